internal import Bytes
internal import GitRepository
internal import Synchronization
internal import SystemPackage

/// The repositories that requests use, kept open for the next request: packs stay mapped and their indexes warm.
final class OpenRepositories: Sendable {
    private struct Entry {
        var repository: Repository
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
    func repository(_ name: RepositoryName) throws -> Repository {
        let path = store.path(of: name)
        guard let status = try FileStatus.of(path) else { throw HTTPFailure.notFound }
        let configuration = try FileStatus.of(path.appending("config"))
        let known = state.withLock { state -> Repository? in
            guard let entry = state.entries[name], entry.inode == status.inode, entry.configuration == configuration
            else {
                return nil
            }
            state.clock += 1
            state.entries[name]?.lastUse = state.clock
            return entry.repository
        }
        if let known { return known }
        let repository = try Repository.open(path)
        state.withLock { state in
            state.clock += 1
            if state.entries.count >= capacity,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries[oldest.key] = nil
            }
            state.entries[name] = Entry(
                repository: repository, inode: status.inode, configuration: configuration, lastUse: state.clock)
        }
        return repository
    }

    /// Forgets a repository, so that the next request opens it anew.
    func forget(_ name: RepositoryName) {
        state.withLock { $0.entries[name] = nil }
    }
}
