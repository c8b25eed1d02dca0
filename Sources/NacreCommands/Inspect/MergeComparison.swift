internal import GitConfig
internal import GitDiff

/// How the changes of merges are shown: `-m`, `-c`, `--cc`, `--diff-merges` and what depends on them.
struct MergeComparison {
    /// The way.
    private(set) var mode = DiffOptions.Merges.none
    /// Whether a way was asked for.
    private(set) var isExplicit = false
    /// Whether patches of all commits are shown where no format is asked for (`-c`, `--cc`).
    private(set) var impliesPatch = false
    /// Whether merges are compared even where other commits are not (`--diff-merges=…`).
    private(set) var needsDiff = false
    /// Whether each parent's path is shown (`--combined-all-paths`).
    private(set) var showsAllPaths = false

    static let specs: [OptionSpec] = [
        .shortFlag("m", "compare merges with each parent"),
        .shortFlag("c", "compare merges with all parents at once"),
        .flag("cc", negatable: false, "as -c, without the hunks that were taken from a parent"),
        .value("diff-merges", "how", "show the changes of merges: off, m, 1, separate, c, cc"),
        .flag("combined-all-paths", negatable: false, "name the path in each parent"),
    ]

    /// Reads the options in the order in which they stand.
    ///
    /// - Throws: Git's error for a way that does not exist.
    init(_ arguments: Arguments, _ config: Config) throws {
        for occurrence in arguments.occurrences {
            switch occurrence.name {
            case "m":
                set(try Self.configured(config))
                needsDiff = false
            case "c":
                set(.combined)
                impliesPatch = true
            case "cc":
                set(.dense)
                impliesPatch = true
            case "combined-all-paths": showsAllPaths = true
            case "diff-merges":
                if occurrence.isNegated {
                    set(.none)
                    needsDiff = false
                    continue
                }
                let text = occurrence.text ?? ""
                guard let mode = try Self.mode(text, config) else {
                    throw CommandError.fatal("invalid value for '--diff-merges': '\(text)'")
                }
                set(mode)
                needsDiff = mode != .none
            default: continue
            }
        }
        if showsAllPaths, !mode.isCombined {
            throw CommandError.fatal("--combined-all-paths makes no sense without -c or --cc")
        }
    }

    private mutating func set(_ mode: DiffOptions.Merges) {
        self.mode = mode
        isExplicit = true
        impliesPatch = false
        showsAllPaths = false
    }

    /// Takes a way where none was asked for.
    mutating func setDefault(_ mode: DiffOptions.Merges) { if !isExplicit { self.mode = mode } }

    /// What follows from `--first-parent`.
    mutating func followFirstParent() {
        if !isExplicit || mode == .separate { mode = .firstParent }
    }

    private static func configured(_ config: Config) throws -> DiffOptions.Merges {
        guard let text = config.string("log.diffmerges") else { return .separate }
        guard !["on", "m"].contains(text), let mode = try mode(text, config) else {
            throw CommandError.fatal("bad config variable 'log.diffmerges'")
        }
        return mode
    }

    private static func mode(_ text: String, _ config: Config) throws -> DiffOptions.Merges? {
        switch text {
        case "off", "none": DiffOptions.Merges.none
        case "1", "first-parent": .firstParent
        case "separate": .separate
        case "c", "combined": .combined
        case "cc", "dense-combined": .dense
        case "m", "on": try configured(config)
        case "r", "remerge": throw CommandError.fatal("--diff-merges=remerge is not supported")
        default: nil
        }
    }
}
