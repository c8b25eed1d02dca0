public import GitObjects

/// How files are staged.
public struct StageOptions: Sendable {
    /// Every file is converted anew, whatever the index says of it (`add --renormalize`).
    public var isRenormalizing = false
    /// Files that cannot be read are passed over (`add --ignore-errors`).
    public var ignoresErrors = false
    /// The executable bit that entries get (`add --chmod`); nil for the file's own.
    public var executable: Bool?
    /// Nothing is stored: only what would change is found (`add -n`).
    public var isDryRun = false
    /// The filter may claim new files, and write the attribute lines that say so.
    public var claimsNewFiles = true

    /// `add`'s defaults.
    public init() {}
}

/// What staging did.
public struct StageOutcome: Sendable {
    /// Paths whose entry changed, in order.
    public var changed: [GitPath] = []
    /// Paths that were taken out because their file is gone, in order.
    public var removed: [GitPath] = []
    /// What the large-file filter has to say, a line each.
    public var notices: [String] = []
    /// Files that could not be read, with ``StageOptions/ignoresErrors``.
    public var failures: [(path: GitPath, error: WorktreeError)] = []
}
