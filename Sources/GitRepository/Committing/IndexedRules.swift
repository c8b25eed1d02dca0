internal import Bytes
internal import GitObjects
internal import GitStorage
internal import GitWorktree
internal import Synchronization

/// The `.gitignore` and `.gitattributes` that the index has and the work tree has not.
///
/// Asked for every directory without such a file: the index is read once, and again only when its file is another one.
final class IndexedRules: Sendable {
    private struct State {
        var status: FileStatus?
        var isLoaded = false
        var entries: [GitPath: IndexEntry] = [:]
    }

    private let repository: Repository
    private let state = Mutex(State())

    init(_ repository: Repository) { self.repository = repository }

    /// The content of a `.gitattributes`, which counts also where its file was removed.
    func attributes(_ path: GitPath) -> [UInt8]? { entry(path).flatMap(content) }

    /// The content of a `.gitignore`, which counts only where its file is not wanted (sparse checkout).
    func ignores(_ path: GitPath) -> [UInt8]? {
        guard let entry = entry(path), entry.flags.contains(.skipWorktree) else { return nil }
        return content(entry)
    }

    private func content(_ entry: IndexEntry) -> [UInt8]? { try? repository.objects.read(entry.id, as: .blob) }

    private func entry(_ path: GitPath) -> IndexEntry? {
        let status = (try? FileStatus.of(repository.indexFile)) ?? nil
        let (isKnown, entry) = state.withLock { state in
            (state.isLoaded && state.status == status, state.entries[path])
        }
        if isKnown { return entry }
        let entries = load()
        state.withLock { $0 = State(status: status, isLoaded: true, entries: entries) }
        return entries[path]
    }

    private static let names = [Array(".gitignore".utf8), Array(".gitattributes".utf8)]

    private func load() -> [GitPath: IndexEntry] {
        // Most indexes hold no such file, and passing over one is far cheaper than making its entries.
        guard let content = (try? Files.readIfPresent(repository.indexFile)) ?? nil,
            IndexNameScan.mayHold(Self.names, in: content, idByteCount: repository.algorithm.byteCount),
            let index = try? repository.readIndex()
        else { return [:] }
        var entries: [GitPath: IndexEntry] = [:]
        for entry in index.entries where Self.isRules(entry.path.bytes) { entries[entry.path] = entry }
        return entries
    }

    /// Whether a path ends as the names of rules files do.
    private static func isRules(_ path: [UInt8]) -> Bool {
        guard let last = path.last else { return false }
        if last == UInt8(ascii: "e") { return path.suffix(10).elementsEqual(".gitignore".utf8) }
        return last == UInt8(ascii: "s") && path.suffix(14).elementsEqual(".gitattributes".utf8)
    }
}
