internal import Synchronization

/// The repositories that were pushed to since maintenance last looked.
final class PushedRepositories: Sendable {
    private let names = Mutex<Set<RepositoryName>>([])

    /// Says that a repository was pushed to.
    func note(_ name: RepositoryName) { names.withLock { _ = $0.insert(name) } }

    /// Takes them all.
    func take() -> [RepositoryName] {
        names.withLock { names in
            defer { names = [] }
            return names.sorted()
        }
    }
}
