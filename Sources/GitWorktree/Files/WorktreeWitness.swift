public import GitObjects

/// Is told what is about to be changed in a work tree, so that it can keep what would be lost. A layer above implements it
/// (the operation log).
public protocol WorktreeWitness: Sendable {
    /// Called before files at these paths are written, replaced or removed; not called for what `add` and `commit` read.
    ///
    /// A path may name a directory, which is about to go with everything in it.
    ///
    /// - Throws: where the content cannot be kept; nothing may be changed then.
    func willChange(_ paths: [GitPath], in worktree: Worktree) throws
}

extension Worktree {
    /// Tells the witness, where there is one. Everything that changes files calls this first.
    ///
    /// - Throws: ``WorktreeError/witness(_:)``.
    public func willChange(_ paths: [GitPath]) throws(WorktreeError) {
        guard let witness, !paths.isEmpty else { return }
        do { try witness.willChange(paths, in: self) } catch { throw .witness("\(error)") }
    }
}
