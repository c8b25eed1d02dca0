/// What a repository's configuration says of its work tree.
public struct WorktreeSettings: Sendable {
    /// `core.fileMode`: whether the executable bit of files counts.
    public var isTrustingExecutableBit = true
    /// `core.symlinks`: whether links can be made; otherwise they are files that hold the target.
    public var hasSymbolicLinks = true
    /// `core.ignoreCase`.
    public var ignoresCase = false
    /// `core.trustctime` and `core.checkStat`.
    public var stat = StatData.Options()
    /// `core.autocrlf`.
    public var autoCRLF = AutoCRLF.off
    /// `core.eol`: whether text files end their lines with CR LF where nothing else is said.
    public var usesCRLF = false
    /// `core.safecrlf`.
    public var safeCRLF = SafeCRLF.warn
    /// Filter commands by name (`filter.<name>.*`).
    public var drivers: [String: FilterDriver] = [:]
    /// The files that are wanted, in a sparse check-out.
    public var sparse: SparsePatterns?
    /// How many threads work.
    public var workers: Int?

    /// Git's defaults.
    public init() {}

    /// `core.autocrlf`.
    public enum AutoCRLF: Sendable, Hashable {
        /// No conversion without attributes.
        case off
        /// CR LF in the work tree, LF in blobs.
        case on
        /// LF in blobs; nothing is done on the way out.
        case input
    }

    /// `core.safecrlf`: what becomes of a file that would not come back as it was.
    public enum SafeCRLF: Sendable, Hashable {
        /// Nothing is said.
        case off
        /// A warning.
        case warn
        /// An error.
        case fail
    }
}

/// `filter.<name>.*`: commands that turn files into blobs and back.
public struct FilterDriver: Sendable, Hashable {
    /// The name in `filter=<name>`.
    public var name: String
    /// The command for file to blob.
    public var clean: String?
    /// The command for blob to file.
    public var smudge: String?
    /// The command that stays and does both for many files.
    public var process: String?
    /// Whether a failure of the command is an error.
    public var isRequired = false

    /// Makes a driver without commands.
    public init(name: String) { self.name = name }
}
