internal import Bytes
internal import GitConfig
internal import GitDiff
internal import SystemPackage

/// What `grep` looks for and how it shows it: its flags and the settings `grep.*` and `color.grep.*`.
struct GrepStyle {
    /// The colours of the parts of a line.
    struct Colors {
        var context = ""
        var filename = "\u{1b}[35m"
        var function = ""
        var lineNumber = "\u{1b}[32m"
        var column = "\u{1b}[32m"
        var matchContext = "\u{1b}[1;31m"
        var matchSelected = "\u{1b}[1;31m"
        var selected = ""
        var separator = "\u{1b}[36m"
    }

    /// What becomes of binary files.
    enum Binary {
        case named
        case skipped
        case text
    }

    var tokens: [LineQuery.Token] = []
    var language = TextPattern.Language.basic
    var ignoresCase = false
    var matchesWords = false
    var isInverted = false
    var needsAll = false
    var binary = Binary.named
    var showsName = true
    var isRelative = true
    var showsLineNumber = false
    var showsColumn = false
    var namesOnly = false
    var namesUnmatched = false
    var countsOnly = false
    var isQuiet = false
    var showsMatchesOnly = false
    var usesNul = false
    var breaksFiles = false
    var hasHeading = false
    var before = 0
    var after = 0
    var showsFunction = false
    var showsFunctionBody = false
    var maximumCount: Int?
    var colors: Colors?
    var convertsText = false

    /// Whether parts of lines that are not neighbours are told apart.
    var hasMarks: Bool { before > 0 || after > 0 || showsFunctionBody }

    init(_ arguments: Arguments, _ context: Context) throws {
        let config = try context.configuration()
        try readPatterns(arguments, context)
        try readLanguage(arguments, config)
        ignoresCase = arguments.isOn("ignore-case")
        matchesWords = arguments.isOn("word-regexp")
        isInverted = arguments.isOn("invert-match")
        needsAll = arguments.isOn("all-match")
        if let last = arguments.occurrences.last(where: { $0.name == "text" || $0.name == "I" }) {
            binary = last.name == "I" ? .skipped : last.isNegated ? .named : .text
        }
        showsName = arguments.occurrences.last { $0.name == "h" || $0.name == "H" }?.name != "h"
        isRelative = try !(arguments.flag("full-name") ?? config.bool("grep.fullname") ?? false)
        showsLineNumber = try arguments.flag("line-number") ?? config.bool("grep.linenumber") ?? false
        showsColumn = try arguments.flag("column") ?? config.bool("grep.column") ?? false
        namesOnly = arguments.isOn("files-with-matches")
        namesUnmatched = arguments.isOn("files-without-match")
        countsOnly = arguments.isOn("count")
        isQuiet = arguments.isOn("quiet")
        showsMatchesOnly = arguments.isOn("only-matching") && !isInverted
        usesNul = arguments.isOn("null")
        breaksFiles = arguments.isOn("break")
        hasHeading = arguments.isOn("heading")
        showsFunction = arguments.isOn("show-function")
        showsFunctionBody = arguments.isOn("function-context")
        convertsText = arguments.isOn("textconv")
        try readContext(arguments)
        if let count = try arguments.integer("max-count"), count >= 0 { maximumCount = count }
        if try context.usesColor(arguments.has("color") ? color(arguments) : nil, key: "color.grep") {
            colors = try GrepStyle.colors(config)
        }
    }

    private func color(_ arguments: Arguments) -> String {
        arguments.flag("color") == false ? "never" : arguments.text("color") ?? "always"
    }

    private mutating func readPatterns(_ arguments: Arguments, _ context: Context) throws {
        for occurrence in arguments.occurrences {
            switch occurrence.name {
            case "e": usePattern(occurrence.value ?? [], origin: "-e option")
            case "f":
                let file = occurrence.value ?? []
                let name = String(decoding: file, as: UTF8.self)
                for (index, line) in try GrepStyle.lines(file, context).enumerated() where !line.isEmpty {
                    tokens.append(.pattern(line, origin: "In '\(name)' at \(index + 1)"))
                }
            case "and": tokens.append(.and)
            case "not": tokens.append(.not)
            case "(": tokens.append(.open)
            case ")": tokens.append(.close)
            default: break
            }
        }
    }

    /// Takes a pattern; each line of it is one by itself.
    mutating func usePattern(_ pattern: [UInt8], origin: String) {
        for line in pattern.split(separator: 10, omittingEmptySubsequences: false) {
            tokens.append(.pattern(Array(line), origin: origin))
        }
    }

    private static func lines(_ file: [UInt8], _ context: Context) throws -> [[UInt8]] {
        let content: [UInt8]
        if file.elementsEqual("-".utf8) {
            content = try Files.readAll(0, path: "standard input")
        } else {
            guard let read = try? Files.read(context.workingDirectory.pushing(FilePath(bytes: file))) else {
                throw CommandError.fatal(
                    "cannot open '\(String(decoding: file, as: UTF8.self))': No such file or directory")
            }
            content = read
        }
        return content.split(separator: 10).map { Array($0.last == 13 ? $0.dropLast() : $0) }
    }

    private mutating func readLanguage(_ arguments: Arguments, _ config: Config) throws {
        let names: [String: TextPattern.Language] = [
            "extended-regexp": .extended, "basic-regexp": .basic, "fixed-strings": .plain, "perl-regexp": .perl,
        ]
        if let last = arguments.occurrences.last(where: { names[$0.name] != nil }) {
            if !last.isNegated { language = names[last.name] ?? .basic }
            return
        }
        switch config.string("grep.patterntype") {
        case nil, "default": if try config.bool("grep.extendedregexp") ?? false { language = .extended }
        case "basic": language = .basic
        case "extended": language = .extended
        case "fixed": language = .plain
        case "perl": language = .perl
        case let other?: throw CommandError.fatal("bad grep.patterntype argument: \(other)")
        }
    }

    private mutating func readContext(_ arguments: Arguments) throws {
        for occurrence in arguments.occurrences {
            guard ["context", "before-context", "after-context"].contains(occurrence.name) else { continue }
            let number = occurrence.isNegated ? 0 : occurrence.text.flatMap { Int($0) }
            guard let number, number >= 0 else {
                let letter = occurrence.name == "context" ? "C" : occurrence.name == "before-context" ? "B" : "A"
                throw CommandError.usage("switch `\(letter)' expects a numerical value")
            }
            if occurrence.name != "after-context" { before = number }
            if occurrence.name != "before-context" { after = number }
        }
    }

    private static func colors(_ config: Config) throws -> Colors {
        var colors = Colors()
        func read(_ names: String..., into path: WritableKeyPath<Colors, String>) throws {
            for name in names {
                guard let text = config.string("color.grep.\(name.lowercased())") else { continue }
                guard let color = TerminalColor.sequence(text) else {
                    throw CommandError.fatal("invalid color value: \(text)")
                }
                colors[keyPath: path] = color
            }
        }
        try read("context", into: \.context)
        try read("filename", into: \.filename)
        try read("function", into: \.function)
        try read("lineNumber", into: \.lineNumber)
        try read("column", into: \.column)
        try read("match", "matchContext", into: \.matchContext)
        try read("match", "matchSelected", into: \.matchSelected)
        try read("selected", into: \.selected)
        try read("separator", into: \.separator)
        return colors
    }
}
