internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitWorktree

/// A change of the index: locked, read, changed, written. Going away gives the lock back and leaves the file as it was.
final class IndexSession {
    private var lock: IndexLock?
    /// The index being changed.
    var index: Index

    /// Why the lock could not be had; said when there is something to write.
    private var refusal: (any Error)?

    /// Whether this session holds the lock.
    var isLocked: Bool { refusal == nil }

    /// Takes the lock and reads the index.
    ///
    /// - Parameter waitsToComplain: a lock that another process holds is an error only once there is something to write.
    init(_ repository: Repository, waitsToComplain: Bool = false) throws {
        index = Index(algorithm: repository.algorithm)
        do {
            lock = try IndexLock(repository.indexFile)
        } catch {
            guard waitsToComplain else { throw error }
            refusal = error
        }
        index = try repository.readIndex()
        if index.timestamp == nil { index.version = UInt32(try repository.config.int("index.version") ?? 2) }
    }

    /// Writes the index and gives the lock back.
    func commit(_ worktree: Worktree?) throws {
        if let refusal { throw refusal }
        worktree?.smudgeRacyEntries(&index)
        guard let taken = lock.take() else { return }
        try taken.commit(index)
    }

    /// Gives the lock back, leaving the file as it was, before others change the index.
    func release() { lock = nil }

    /// Writes the index into the lock file for hooks to read, keeping the lock.
    func write(_ worktree: Worktree) throws {
        worktree.smudgeRacyEntries(&index)
        try lock?.write(index)
    }

    /// Puts what was written in place.
    func commitWritten() throws {
        guard let taken = lock.take() else { return }
        try taken.commitWritten()
    }
}
