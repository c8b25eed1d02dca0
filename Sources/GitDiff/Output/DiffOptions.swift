/// What a comparison looks for and how it is shown: the options that `diff`, `log`, `show` and their kin share.
public struct DiffOptions: Sendable {
    /// What is printed.
    public struct Formats: OptionSet, Sendable, Hashable {
        /// The bits.
        public let rawValue: UInt16
        /// Makes a set from bits.
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        /// Unified diffs.
        public static let patch = Formats(rawValue: 1)
        /// Modes and ids.
        public static let raw = Formats(rawValue: 2)
        /// Paths only.
        public static let nameOnly = Formats(rawValue: 4)
        /// Paths with a letter.
        public static let nameStatus = Formats(rawValue: 8)
        /// Counts with a bar.
        public static let stat = Formats(rawValue: 16)
        /// Counts for programs.
        public static let numstat = Formats(rawValue: 32)
        /// The sums.
        public static let shortstat = Formats(rawValue: 64)
        /// Files that came and went, and modes that changed.
        public static let summary = Formats(rawValue: 128)
        /// The share of each directory.
        public static let dirstat = Formats(rawValue: 256)
        /// Errors in white space.
        public static let check = Formats(rawValue: 512)
        /// Nothing.
        public static let none = Formats(rawValue: 1024)
    }

    /// How the share of a directory is measured.
    public struct Dirstat: Sendable, Hashable {
        /// By bytes that moved, by lines, or by files.
        public enum Measure: Sendable, Hashable { case changes, lines, files }
        /// What is counted.
        public var measure = Measure.changes
        /// Whether a directory's share counts for those above it too.
        public var isCumulative = false
        /// Shares below this many tenths of a per cent are left out.
        public var permille = 30
        /// Git's defaults.
        public init() {}
    }

    /// Word diffs.
    public enum WordDiff: Sendable, Hashable {
        /// Lines.
        case none
        /// `[-old-]{+new+}`.
        case plain
        /// By colour only.
        case color
        /// For programs.
        case porcelain
    }

    /// How a merge's changes are shown.
    public enum Merges: Sendable, Hashable {
        /// Not at all.
        case none
        /// Against the first parent.
        case firstParent
        /// Against each parent.
        case separate
        /// All parents in one diff, of the files that differ from each (`-c`).
        case combined
        /// As combined, less the hunks that were taken from a parent unchanged (`--cc`).
        case dense

        /// Whether all parents are compared in one diff.
        public var isCombined: Bool { self == .combined || self == .dense }
    }

    /// What is printed; empty: the verb's own default.
    public var formats: Formats = []
    /// How lines are compared.
    public var lines = LineDiffOptions()
    /// How much is shown around changes.
    public var hunks = HunkBuilder.Options()
    /// Which pairs of paths are looked for.
    public var renames: RenameOptions = {
        var options = RenameOptions()
        options.detection = .none
        return options
    }()
    /// Whether directories are entered.
    public var isRecursive = true
    /// Whether an entered directory is reported too.
    public var reportsTrees = false
    /// Whether ids are written in full in patches.
    public var showsFullIndex = false
    /// How many digits ids have at least; nil: Git's choice, 0: all.
    public var abbreviation: Int?
    /// Whether binary files are put into patches.
    public var showsBinary = false
    /// Whether all files are taken for text.
    public var treatsAllAsText = false
    /// Whether texts made for people stand in for contents (`textconv`).
    public var usesShownText = true
    /// Whether blobs that only stand for their content are shown as they are.
    public var showsStandIns = false
    /// Whether names end with NUL.
    public var endsWithNUL = false
    /// Whether names with bytes above 127 are quoted.
    public var quotesHighBytes = true
    /// What stands before old paths.
    public var oldPrefix: [UInt8] = Array("a/".utf8)
    /// What stands before new paths.
    public var newPrefix: [UInt8] = Array("b/".utf8)
    /// What stands before every line.
    public var linePrefix: [UInt8] = []
    /// The characters before new, old and unchanged lines.
    public var indicators: (new: UInt8, old: UInt8, context: UInt8) = (0x2b, 0x2d, 0x20)
    /// Whether the content of deleted files is left out (`-D`).
    public var omitsDeletedContent = false
    /// Whether the sides are exchanged.
    public var isReversed = false
    /// Only paths below this are shown, without it.
    public var relativeTo: [UInt8]?
    /// Which entries are shown; empty: all.
    public var filter = DiffFilter()
    /// Which changes are looked for by content.
    public var pickaxe: Pickaxe?
    /// The order of paths: patterns, the first that matches counts.
    public var order: [[UInt8]] = []
    /// The path that comes first, those before it last.
    public var rotateTo: [UInt8]?
    /// The path that comes first, those before it left out.
    public var skipTo: [UInt8]?
    /// The width of `--stat`; nil: the terminal's, or 80 columns.
    public var statWidth: Int?
    /// The width of the terminal, of which ``linePrefix`` takes its part.
    public var terminalWidth: Int?
    /// The most columns for names.
    public var statNameWidth: Int?
    /// The most columns for bars.
    public var statGraphWidth: Int?
    /// The most files that `--stat` lists.
    public var statCount: Int?
    /// How the shares of directories are measured.
    public var dirstat = Dirstat()
    /// The colours; nil: none.
    public var colors: DiffColors?
    /// Whether moved lines have colours of their own.
    public var movedLines = MovedLines()
    /// Whether words are compared.
    public var wordDiff = WordDiff.none
    /// What a word is: an extended regular expression.
    public var wordExpression: String?
    /// What a word is where neither ``wordExpression`` nor a driver says so.
    public var defaultWordExpression: String?
    /// Where files came from and went to, and their modes, in the names of `--stat` (`--compact-summary`).
    public var statShowsSummary = false
    /// Whether the texts are patches themselves: no headers, no line numbers, and signs of their own colours
    /// (`range-diff`).
    public var comparesPatches = false
    /// Whether signs within patches have colours of their own.
    public var usesDualColor = false
    /// Which lines' errors in white space are shown in colour.
    public var highlightsWhitespaceOf: Set<LineKind> = [.new]
    /// How merges are shown.
    public var merges = Merges.none
    /// Whether `-c` and `--cc` name all parents' paths.
    public var showsAllPaths = false
    /// Whether a difference makes the exit code 1.
    public var setsExitCode = false
    /// Gitlinks are passed over (`--ignore-submodules=all`).
    public var ignoresGitlinks = false
    /// Whether nothing is printed.
    public var isQuiet = false

    /// A line's part in a diff.
    public enum LineKind: Sendable, Hashable { case context, old, new }

    /// The defaults of Git's plumbing: no pairs, no format.
    public init() {}
}

/// Which entries are shown, by status.
public struct DiffFilter: Sendable, Hashable {
    private var wanted: Set<UInt8> = []
    private var unwanted: Set<UInt8> = []
    private var isAllOrNone = false

    /// All entries.
    public init() {}

    /// Whether all entries pass.
    public var isEmpty: Bool { wanted.isEmpty && unwanted.isEmpty && !isAllOrNone }

    /// Adds letters as `--diff-filter` takes them: small ones are left out, `*` means all or none.
    ///
    /// - Returns: the first letter that is unknown, or nil.
    public mutating func add(_ letters: some StringProtocol) -> Character? {
        for letter in letters {
            guard let byte = letter.asciiValue else { return letter }
            if letter == "*" {
                isAllOrNone = true
            } else if "ACDMRTUXB".utf8.contains(byte & 0xdf), letter.isLetter {
                if byte & 0x20 != 0 { unwanted.insert(byte & 0xdf) } else { wanted.insert(byte) }
            } else {
                return letter
            }
        }
        return nil
    }

    private func passes(_ entry: DiffEntry) -> Bool {
        var letter = entry.status.rawValue
        // A rewrite is a broken pair, which `B` names; `M` names the others.
        let isRewrite = entry.status == .modified && entry.score > 0
        if isRewrite && (wanted.contains(0x42) || unwanted.contains(0x42)) { letter = 0x42 }
        if wanted.contains(letter) || (isRewrite && wanted.contains(entry.status.rawValue)) { return true }
        if unwanted.contains(letter) { return false }
        return wanted.isEmpty && !unwanted.isEmpty
    }

    /// The entries that pass.
    public func apply(_ entries: [DiffEntry]) -> [DiffEntry] {
        if isEmpty { return entries }
        if isAllOrNone { return entries.contains(where: passes) ? entries : [] }
        return entries.filter(passes)
    }
}
