internal import Bytes
internal import GitRepository
internal import LargeFiles
internal import Synchronization
internal import SystemPackage

/// The repositories that requests use, kept open for the next request: packs stay mapped and their indexes warm.
final class OpenRepositories: Sendable {
    private struct Entry {
        var repository: Repository
        var largeFiles: LargeFileStore
        /// Tells a repository from another that took its place.
        var inode: UInt64
        /// Settings are read when a repository is opened.
        var configuration: FileStatus?
        var lastUse: Int
    }

    private struct State {
        var entries: [RepositoryName: Entry] = [:]
        var clock = 0
    }

    private let store: RepositoryStore
    private let state = Mutex(State())
    private let capacity = 128

    init(_ store: RepositoryStore) { self.store = store }

    /// The repository, open. Blocks.
    func repository(_ name: RepositoryName) throws -> Repository { try entry(name).repository }

    /// The repository's large files, open. Blocks.
    func largeFiles(_ name: RepositoryName) throws -> LargeFileStore { try entry(name).largeFiles }

    private func entry(_ name: RepositoryName) throws -> Entry {
        let path = store.path(of: name)
        guard let status = try FileStatus.of(path) else { throw HTTPFailure.notFound }
        let configuration = try FileStatus.of(path.appending("config"))
        let known = state.withLock { state -> Entry? in
            guard let entry = state.entries[name], entry.inode == status.inode, entry.configuration == configuration
            else {
                return nil
            }
            state.clock += 1
            state.entries[name]?.lastUse = state.clock
            return entry
        }
        if let known { return known }
        let repository = try Repository.open(path)
        let fresh = Entry(
            repository: repository, largeFiles: LargeFileStore(commonDirectory: path, workers: 1), inode: status.inode,
            configuration: configuration, lastUse: 0)
        return state.withLock { state in
            state.clock += 1
            if state.entries.count >= capacity,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries[oldest.key] = nil
            }
            var entry = fresh
            entry.lastUse = state.clock
            state.entries[name] = entry
            return entry
        }
    }

    /// Forgets a repository, so that the next request opens it anew.
    func forget(_ name: RepositoryName) {
        state.withLock { $0.entries[name] = nil }
    }
}
