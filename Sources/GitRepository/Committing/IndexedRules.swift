internal import Bytes
internal import GitObjects
internal import GitStorage
internal import GitWorktree
internal import Synchronization
internal import SystemPackage

/// The `.gitignore` and `.gitattributes` that the index has and a sparse work tree has not.
///
/// Asked for every directory without such a file: the index is read once, and again only when its file is another one.
final class IndexedRules: Sendable {
    private struct State {
        var status: FileStatus?
        var isLoaded = false
        var blobs: [GitPath: ObjectID] = [:]
    }

    private let indexFile: FilePath
    private let objects: ObjectDatabase
    private let state = Mutex(State())

    init(_ indexFile: FilePath, _ objects: ObjectDatabase) {
        self.indexFile = indexFile
        self.objects = objects
    }

    /// The content of a rules file that was left out of the work tree; nil for any other.
    func content(_ path: GitPath) -> [UInt8]? {
        let status = (try? FileStatus.of(indexFile)) ?? nil
        let (isKnown, id) = state.withLock { state in
            (state.isLoaded && state.status == status, state.blobs[path])
        }
        if isKnown { return id.flatMap { try? objects.read($0, as: .blob) } }
        let blobs = load()
        state.withLock { $0 = State(status: status, isLoaded: true, blobs: blobs) }
        return blobs[path].flatMap { try? objects.read($0, as: .blob) }
    }

    private func load() -> [GitPath: ObjectID] {
        guard let index = try? Index.read(indexFile, algorithm: objects.algorithm) else { return [:] }
        let names = [Array(".gitignore".utf8), Array(".gitattributes".utf8)]
        var blobs: [GitPath: ObjectID] = [:]
        for entry in index.entries
        where entry.flags.contains(.skipWorktree) && names.contains(where: { entry.path.name.elementsEqual($0) }) {
            blobs[entry.path] = entry.id
        }
        return blobs
    }
}
