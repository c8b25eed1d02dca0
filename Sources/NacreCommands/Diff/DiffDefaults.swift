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
                if let value = config.string("color.diff.\(name)"), let sequence = ColorSyntax.sequence(value) {
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

/// Colours as the configuration spells them: `bold red blue`, `#ff8800`, `12`.
enum ColorSyntax {
    private static let names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
    private static let attributes: [(name: String, code: Int, off: Int)] = [
        ("bold", 1, 22), ("dim", 2, 22), ("italic", 3, 23), ("ul", 4, 24), ("blink", 5, 25), ("reverse", 7, 27),
        ("strike", 9, 29),
    ]

    /// The escape sequence, or nil where a word is unknown.
    static func sequence(_ value: String) -> String? {
        var codes: [String] = []
        var colors: [String] = []
        for word in value.lowercased().split(whereSeparator: { $0 == " " || $0 == "\t" }) {
            if word == "reset" { return "\u{1b}[m" }
            if let code = attribute(word) {
                codes.append("\(code)")
            } else if let color = color(word, isBackground: colors.count == 1), colors.count < 2 {
                colors.append(color)
            } else {
                return nil
            }
        }
        let all = codes + colors.filter { !$0.isEmpty }
        return all.isEmpty ? "" : "\u{1b}[" + all.joined(separator: ";") + "m"
    }

    private static func attribute(_ word: Substring) -> Int? {
        for (name, code, off) in attributes {
            if word == name { return code }
            if word == "no" + name || word == "no-" + name { return off }
        }
        return nil
    }

    private static func color(_ word: Substring, isBackground: Bool) -> String? {
        if word == "normal" || word == "-1" { return "" }
        let base = isBackground ? 40 : 30
        if word == "default" { return "\(base + 9)" }
        if let index = names.firstIndex(of: String(word)) { return "\(base + index)" }
        if word.hasPrefix("bright"), let index = names.firstIndex(of: String(word.dropFirst(6))) {
            return "\(base + 60 + index)"
        }
        if word.hasPrefix("#"), word.utf8.count == 7, let number = Int(word.dropFirst(), radix: 16) {
            return "\(base + 8);2;\(number >> 16);\(number >> 8 & 255);\(number & 255)"
        }
        guard let number = Int(word), number >= 0, number < 256 else { return nil }
        return number < 8 ? "\(base + number)" : number < 16 ? "\(base + 52 + number)" : "\(base + 8);5;\(number)"
    }
}
