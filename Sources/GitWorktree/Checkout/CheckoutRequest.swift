public import GitObjects

/// What is to be done to a work tree.
public struct CheckoutRequest: Sendable {
    /// Files to be removed; directories that become empty go too.
    public var removals: [GitPath] = []
    /// Entries whose files are to be written, replacing what stands there.
    public var writes: [IndexEntry] = []
    /// Blobs of the unchanged files that the writes replace, for filters that read shared ranges from them.
    public var replaced: [GitPath: ObjectID] = [:]
    /// A directory that is never removed: where the person stands.
    public var keptDirectory: GitPath?
    /// Files that stand where one is to be written are kept, and reported (`checkout-index` without `-f`).
    public var keepsExisting = false
    /// Is told now and then, from any thread, that some more of the files are written.
    public var progress: (@Sendable (_ more: Int, _ total: Int) -> Void)?

    /// Nothing.
    public init() {}
}

/// What became of a ``CheckoutRequest``.
public struct CheckoutOutcome: Sendable {
    /// The status of each written file, by path.
    public var written: [(path: GitPath, stat: StatData)] = []
    /// Paths whose content is not at hand: their entries get skip-worktree.
    public var missing: [GitPath] = []
    /// Files that could not be written or removed.
    public var failures: [(path: GitPath, message: String)] = []
    /// Files that stood there already, with ``CheckoutRequest/keepsExisting``.
    public var existing: [GitPath] = []
}
