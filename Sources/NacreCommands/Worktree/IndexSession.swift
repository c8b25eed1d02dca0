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

    /// Takes the lock and reads the index.
    init(_ repository: Repository) throws {
        index = Index(algorithm: repository.algorithm)
        lock = try IndexLock(repository.indexFile)
        index = try repository.readIndex()
        if index.timestamp == nil { index.version = UInt32(try repository.config.int("index.version") ?? 2) }
    }

    /// Writes the index and gives the lock back.
    func commit(_ worktree: Worktree?) throws {
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
