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
        options.defaultWordExpression = config.string("diff.wordregex")
        if let text = config.string("diff.colormoved") {
            options.movedLines.mode = try movedMode(text, option: false)
        }
        if let text = config.string("diff.colormovedws") {
            try readMovedBlanks(text, into: &options.movedLines, option: false)
        }
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

    /// The way of that name to mark lines that moved.
    static func movedMode(_ name: String, option: Bool) throws -> MovedLines.Mode {
        switch name.lowercased() {
        case "no", "false", "off", "0": return .none
        case "default", "zebra", "true", "yes", "on", "1", "": return .zebra
        case "plain": return .plain
        case "blocks": return .blocks
        case "dimmed-zebra", "dimmed_zebra": return .dimmedZebra
        default:
            let message =
                "color moved setting must be one of 'no', 'default', 'blocks', 'zebra', 'dimmed-zebra', 'plain'"
            throw CommandError(
                .error, option ? message + "\nerror: bad --color-moved argument: \(name)" : message, exitCode: .usage)
        }
    }

    /// Reads which white space does not count where lines moved.
    static func readMovedBlanks(_ text: String, into moved: inout MovedLines, option: Bool) throws {
        moved.blanks = .exact
        moved.allowsIndentation = false
        func fail(_ message: String) -> CommandError {
            CommandError(
                .error, option ? message + "\nerror: invalid mode '\(text)' in --color-moved-ws" : message,
                exitCode: .usage)
        }
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            switch word.filter({ $0 != " " }) {
            case "no": (moved.blanks, moved.allowsIndentation) = (.exact, false)
            case "ignore-space-change": if moved.blanks != .ignoreAll { moved.blanks = .ignoreChange }
            case "ignore-space-at-eol": if moved.blanks == .exact { moved.blanks = .ignoreAtEnd }
            case "ignore-all-space": moved.blanks = .ignoreAll
            case "allow-indentation-change": moved.allowsIndentation = true
            default:
                throw fail(
                    "unknown color-moved-ws mode '\(word)', possible values are 'ignore-space-change', "
                        + "'ignore-space-at-eol', 'ignore-all-space', 'allow-indentation-change'")
            }
        }
        if moved.allowsIndentation, moved.blanks != .exact {
            throw fail(
                "color-moved-ws: allow-indentation-change cannot be combined with other whitespace modes")
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
        read("contextBold", into: \.contextBold)
        read("contextDimmed", into: \.contextDimmed)
        read("oldDimmed", into: \.oldDimmed)
        read("newDimmed", into: \.newDimmed)
        read("oldBold", into: \.oldBold)
        read("newBold", into: \.newBold)
        read("oldMoved", into: \.oldMoved)
        read("oldMovedAlternative", into: \.oldMovedAlternative)
        read("oldMovedDimmed", into: \.oldMovedDimmed)
        read("oldMovedAlternativeDimmed", into: \.oldMovedAlternativeDimmed)
        read("newMoved", into: \.newMoved)
        read("newMovedAlternative", into: \.newMovedAlternative)
        read("newMovedDimmed", into: \.newMovedDimmed)
        read("newMovedAlternativeDimmed", into: \.newMovedAlternativeDimmed)
        return colors
    }
}
