internal import GitConfig
internal import GitDiff

/// What the configuration says of comparisons.
enum DiffDefaults {
    /// The defaults of verbs for people (`diff.*`), or of plumbing, which only a few settings reach.
    static func options(_ context: Context, isPlumbing: Bool = false) throws -> DiffOptions {
        let config = try context.configuration()
        var options = DiffOptions()
        options.quotesHighBytes = try config.bool("core.quotepath") ?? true
        if let limit = try config.int("diff.renamelimit") { options.renames.limit = Int(limit) }
        guard !isPlumbing else { return options }
        options.renames.detection = try detection(config)
        if let context = try config.int("diff.context"), context >= 0 { options.hunks.context = Int(context) }
        if let context = try config.int("diff.interhunkcontext"), context >= 0 {
            options.hunks.interHunkContext = Int(context)
        }
        if let name = config.string("diff.algorithm") {
            guard let algorithm = algorithm(name) else {
                throw CommandError.fatal("unknown value for config 'diff.algorithm': \(name)")
            }
            options.lines.algorithm = algorithm
        }
        options.lines.usesIndentHeuristic = try config.bool("diff.indentheuristic") ?? true
        if try config.bool("diff.noprefix") == true {
            options.oldPrefix = []
            options.newPrefix = []
        }
        if let kinds = config.string("diff.wserrorhighlight") { options.highlightsWhitespaceOf = try self.kinds(kinds) }
        options.wordExpression = config.string("diff.wordregex")
        if let width = try config.int("diff.statgraphwidth") { options.statGraphWidth = Int(width) }
        return options
    }

    private static func detection(_ config: Config) throws -> RenameOptions.Detection {
        switch config.string("diff.renames")?.lowercased() {
        case nil: return .renames
        case "copies", "copy": return .copies
        default: return try config.bool("diff.renames") == false ? .none : .renames
        }
    }

    /// The algorithm of that name.
    static func algorithm(_ name: String) -> LineDiffOptions.Algorithm? {
        switch name.lowercased() {
        case "myers", "default": .myers
        case "minimal": .minimal
        case "patience": .patience
        case "histogram": .histogram
        default: nil
        }
    }

    /// The way of that name to show words.
    static func wordDiff(_ name: String) -> DiffOptions.WordDiff? {
        switch name {
        case "plain": .plain
        case "color": .color
        case "porcelain": .porcelain
        case "none": DiffOptions.WordDiff.none
        default: nil
        }
    }

    /// The lines that `--ws-error-highlight` names.
    static func kinds(_ text: String) throws -> Set<DiffOptions.LineKind> {
        var kinds: Set<DiffOptions.LineKind> = []
        for word in text.split(separator: ",") {
            switch word {
            case "none": kinds = []
            case "default": kinds = [.new]
            case "all": kinds = [.new, .old, .context]
            case "new": kinds.insert(.new)
            case "old": kinds.insert(.old)
            case "context": kinds.insert(.context)
            default: throw CommandError.usage("unknown value after ws-error-highlight=\(text)")
            }
        }
        return kinds
    }

    /// The colours by `color.diff.*`.
    static func colors(_ context: Context) throws -> DiffColors {
        let config = try context.configuration()
        var colors = DiffColors()
        func read(_ names: String..., into path: WritableKeyPath<DiffColors, String>) {
            for name in names {
                if let value = config.string("color.diff.\(name)"), let sequence = TerminalColor.sequence(value) {
                    colors[keyPath: path] = sequence
                }
            }
        }
        read("plain", "context", into: \.context)
        read("meta", into: \.meta)
        read("frag", into: \.fragment)
        read("func", into: \.function)
        read("old", into: \.old)
        read("new", into: \.new)
        read("commit", into: \.commit)
        read("whitespace", into: \.whitespace)
        return colors
    }
}
