internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import SystemPackage

/// Turns options of the command line into ``DiffOptions``.
struct DiffOptionReader {
    var options: DiffOptions
    let context: Context
    private var isPickaxeRegex = false
    private var pickaxeText: [UInt8]?
    private var pickaxePattern: String?
    private var color: String??
    private var wantsColorWords = false
    private var findsAll = false
    private var relative: [UInt8]??

    init(options: DiffOptions, context: Context) {
        self.options = options
        self.context = context
    }

    private func number(_ option: Arguments.Occurrence) throws -> Int {
        guard let text = option.text, let number = Arguments.integer(text), number >= 0 else {
            throw CommandError.usage("option `\(option.name)' expects a numerical value")
        }
        return number
    }

    private func bytes(_ option: Arguments.Occurrence) -> [UInt8] { option.value ?? [] }

    mutating func take(_ option: Arguments.Occurrence) throws {
        if try takeFormat(option) || takeStat(option) || takeLines(option) || takePairs(option) { return }
        try takeRest(option)
    }

    // MARK: What is printed

    private mutating func takeFormat(_ option: Arguments.Occurrence) throws -> Bool {
        switch option.name {
        case "patch", "u": options.formats.insert(.patch)
        case "no-patch": options.formats = .none
        case "unified":
            options.hunks.context = try number(option)
            options.formats.insert(.patch)
        case "function-context": options.hunks.showsWholeFunctions = !option.isNegated
        case "inter-hunk-context": options.hunks.interHunkContext = try number(option)
        case "raw": options.formats.insert(.raw)
        case "patch-with-raw": options.formats.formUnion([.patch, .raw])
        case "patch-with-stat": options.formats.formUnion([.patch, .stat])
        case "numstat": options.formats.insert(.numstat)
        case "shortstat": options.formats.insert(.shortstat)
        case "summary": options.formats.insert(.summary)
        case "check": options.formats.insert(.check)
        case "name-only": options.formats.insert(.nameOnly)
        case "name-status": options.formats.insert(.nameStatus)
        case "dirstat": try takeDirstat(option.text ?? "")
        case "dirstat-by-file": try takeDirstat("files," + (option.text ?? ""))
        case "cumulative": try takeDirstat("cumulative")
        case "binary":
            options.showsBinary = true
            options.formats.insert(.patch)
        default: return false
        }
        if option.name != "no-patch" { options.formats.remove(.none) }
        return true
    }

    private mutating func takeDirstat(_ text: String) throws {
        options.formats.insert(.dirstat)
        for word in text.split(separator: ",") {
            switch word {
            case "changes": options.dirstat.measure = .changes
            case "lines": options.dirstat.measure = .lines
            case "files": options.dirstat.measure = .files
            case "cumulative": options.dirstat.isCumulative = true
            case "noncumulative": options.dirstat.isCumulative = false
            default:
                let parts = word.split(separator: ".", maxSplits: 1)
                guard let whole = parts.first.flatMap({ Int($0) }), whole >= 0, whole < 10000 else {
                    throw CommandError.fatal(
                        "Failed to parse --dirstat/-X option parameter:\n  Unknown dirstat parameter '\(word)'\n")
                }
                let tenth = parts.count > 1 ? parts[1].first.flatMap { $0.wholeNumberValue } ?? 0 : 0
                options.dirstat.permille = whole * 10 + tenth
            }
        }
    }

    private mutating func takeStat(_ option: Arguments.Occurrence) throws -> Bool {
        switch option.name {
        case "stat":
            options.formats.insert(.stat)
            let parts = (option.text ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let numbers = try parts.filter { !$0.isEmpty }.map { part in
                guard let value = Int(part), value >= 0 else {
                    throw CommandError.usage("invalid --stat value: \(part)")
                }
                return value
            }
            if numbers.count > 0 { options.statWidth = numbers[0] }
            if numbers.count > 1 { options.statNameWidth = numbers[1] }
            if numbers.count > 2 { options.statCount = numbers[2] }
        case "stat-width": options.statWidth = try number(option)
        case "stat-name-width": options.statNameWidth = try number(option)
        case "stat-graph-width": options.statGraphWidth = try number(option)
        case "stat-count": options.statCount = try number(option)
        case "compact-summary": options.statShowsSummary = !option.isNegated
        default: return false
        }
        if option.isNegated { return true }
        options.formats.insert(.stat)
        options.formats.remove(.none)
        return true
    }

    // MARK: How lines are compared

    private mutating func takeLines(_ option: Arguments.Occurrence) throws -> Bool {
        switch option.name {
        case "minimal": options.lines.algorithm = option.isNegated ? .myers : .minimal
        case "patience": options.lines.algorithm = .patience
        case "histogram": options.lines.algorithm = .histogram
        case "diff-algorithm":
            guard let algorithm = DiffDefaults.algorithm(option.text ?? "") else {
                throw CommandError.usage(
                    "option diff-algorithm accepts \"myers\", \"minimal\", \"patience\" and \"histogram\"")
            }
            options.lines.algorithm = algorithm
        case "anchored": options.lines.anchors.append(bytes(option))
        case "ignore-all-space": options.lines.blanks = .ignoreAll
        case "ignore-space-change": if options.lines.blanks != .ignoreAll { options.lines.blanks = .ignoreChange }
        case "ignore-space-at-eol":
            if ![.ignoreAll, .ignoreChange].contains(options.lines.blanks) { options.lines.blanks = .ignoreAtEnd }
        case "ignore-cr-at-eol": if options.lines.blanks == .exact { options.lines.blanks = .ignoreCarriageReturn }
        case "ignore-blank-lines": options.lines.ignoresBlankLines = true
        case "ignore-matching-lines":
            if option.isNegated {
                options.lines.ignoredLines = []
            } else {
                guard let pattern = LinePattern(option.text ?? "") else {
                    throw CommandError.error("invalid regex given to -I: '\(option.text ?? "")'")
                }
                options.lines.ignoredLines.append(pattern)
            }
        case "indent-heuristic": options.lines.usesIndentHeuristic = !option.isNegated
        case "word-diff":
            guard let mode = DiffDefaults.wordDiff(option.text ?? "plain") else {
                throw CommandError.usage("bad --word-diff argument: \(option.text ?? "")")
            }
            options.wordDiff = mode
        case "word-diff-regex":
            options.wordExpression = option.text
            if options.wordDiff == .none { options.wordDiff = .plain }
        case "color-words":
            options.wordDiff = .color
            wantsColorWords = true
            if let text = option.text { options.wordExpression = text }
        case "text": options.treatsAllAsText = !option.isNegated
        default: return false
        }
        return true
    }

    // MARK: Pairs

    private mutating func takePairs(_ option: Arguments.Occurrence) throws -> Bool {
        func score() throws -> Int? {
            guard let text = option.text else { return nil }
            guard let score = RenameOptions.score(parsing: text) else {
                throw CommandError.usage("invalid argument to \(option.name)")
            }
            return score == 0 ? 30000 : score
        }
        switch option.name {
        case "find-renames":
            if let score = try score() { options.renames.minimumScore = score }
            options.renames.detection = .renames
        case "find-copies":
            if options.renames.detection == .copies { options.renames.findsCopiesHarder = true }
            if let score = try score() { options.renames.minimumScore = score }
            options.renames.detection = .copies
        case "find-copies-harder":
            options.renames.findsCopiesHarder = !option.isNegated
            if !option.isNegated { findsAll = true }
        case "no-renames": options.renames.detection = .none
        case "rename-empty": options.renames.pairsEmptyFiles = !option.isNegated
        case "rename-limit": options.renames.limit = try number(option)
        case "irreversible-delete": options.omitsDeletedContent = true
        case "break-rewrites":
            let parts = (option.text ?? "").split(separator: "/", omittingEmptySubsequences: false)
            options.renames.breakScore =
                parts.first.flatMap { $0.isEmpty ? nil : RenameOptions.score(parsing: $0) } ?? 0
            if parts.count > 1, let merge = RenameOptions.score(parsing: parts[1]), merge > 0 {
                options.renames.rewriteScore = merge
            }
        default: return false
        }
        return true
    }

    // MARK: The rest

    private mutating func takeRest(_ option: Arguments.Occurrence) throws {
        switch option.name {
        case "full-index": options.showsFullIndex = !option.isNegated
        case "abbrev":
            options.abbreviation = option.isNegated ? 0 : option.value == nil ? nil : max(4, try number(option))
        case "color": color = .some(option.isNegated ? "never" : option.text ?? "always")
        case "ws-error-highlight": options.highlightsWhitespaceOf = try DiffDefaults.kinds(option.text ?? "")
        case "z": options.endsWithNUL = true
        case "src-prefix": options.oldPrefix = bytes(option)
        case "dst-prefix": options.newPrefix = bytes(option)
        case "line-prefix": options.linePrefix = bytes(option)
        case "no-prefix":
            options.oldPrefix = []
            options.newPrefix = []
        case "output-indicator-new": options.indicators.new = try character(option)
        case "output-indicator-old": options.indicators.old = try character(option)
        case "output-indicator-context": options.indicators.context = try character(option)
        case "relative": relative = option.isNegated ? .some(nil) : .some(try option.value ?? context.prefix().bytes)
        case "R": options.isReversed.toggle()
        case "exit-code": options.setsExitCode = !option.isNegated
        case "quiet":
            options.isQuiet = !option.isNegated
            if options.isQuiet { options.setsExitCode = true }
        case "textconv":
            options.usesShownText = !option.isNegated
            options.showsStandIns = option.isNegated
        case "ext-diff": break  // Read by the verb, which knows whether such programs are run without being asked for.
        case "color-moved":
            options.movedLines.mode =
                option.isNegated ? .none : try DiffDefaults.movedMode(option.text ?? "default", option: true)
        case "color-moved-ws":
            if option.isNegated {
                (options.movedLines.blanks, options.movedLines.allowsIndentation) = (.exact, false)
            } else {
                try DiffDefaults.readMovedBlanks(option.text ?? "", into: &options.movedLines, option: true)
            }
        case "ignore-submodules":
            options.ignoresGitlinks = try NestedStatus.Ignored(option.text ?? "all") == .all
        default: try takeSearch(option)
        }
    }

    private func character(_ option: Arguments.Occurrence) throws -> UInt8 {
        guard let value = option.value, value.count == 1 else {
            throw CommandError.usage("\(option.name) expects a character, got '\(option.text ?? "")'")
        }
        return value[0]
    }

    private mutating func takeSearch(_ option: Arguments.Occurrence) throws {
        switch option.name {
        case "S": pickaxeText = bytes(option)
        case "G": pickaxePattern = option.text
        case "pickaxe-all": findsAll = true
        case "pickaxe-regex": isPickaxeRegex = true
        case "O":
            let content = try Files.read(context.workingDirectory.pushing(FilePath(bytes: bytes(option))))
            options.order = content.split(separator: 10).map { Array($0) }.filter { $0.first != UInt8(ascii: "#") }
        case "rotate-to": options.rotateTo = bytes(option)
        case "skip-to": options.skipTo = bytes(option)
        case "find-object":
            let repository = try context.repository()
            let id = try RevisionResolver(repository).resolve(option.text ?? "")
            options.pickaxe = Pickaxe(.object { $0.id == id })
        case "diff-filter":
            if let unknown = options.filter.add(option.text ?? "") {
                throw CommandError.usage("unknown change class '\(unknown)' in --diff-filter=\(option.text ?? "")")
            }
        default: throw CommandError.usage("unknown option `\(option.name)'")
        }
    }

    // MARK: All of it

    mutating func finish() throws -> DiffOptions {
        if pickaxeText != nil && pickaxePattern != nil {
            throw CommandError.fatal("options '-G' and '-S' cannot be used together")
        }
        if let text = pickaxeText {
            if isPickaxeRegex {
                options.pickaxe = Pickaxe(.pattern(try pattern(String(decoding: text, as: UTF8.self))))
            } else {
                options.pickaxe = Pickaxe(.bytes(text))
            }
        }
        if let pickaxePattern { options.pickaxe = Pickaxe(.changedLine(try pattern(pickaxePattern))) }
        if findsAll { options.pickaxe?.showsAll = true }
        if options.renames.findsCopiesHarder { options.renames.detection = .copies }
        let exclusive: [DiffOptions.Formats] = [.nameOnly, .nameStatus, .check, .none]
        if exclusive.count(where: { options.formats.contains($0) }) > 1 {
            throw CommandError.fatal(
                "options '--name-only', '--name-status', '--check', and '-s' cannot be used together")
        }
        // Names alone: everything else that was asked for is left out.
        if let only = [DiffOptions.Formats.nameOnly, .nameStatus, .check].first(where: { options.formats.contains($0) })
        {
            options.formats = only
        }
        if let relative { options.relativeTo = relative.map { $0.isEmpty || $0.last == 0x2f ? $0 : $0 + [0x2f] } }
        if wantsColorWords && color == nil { color = .some("always") }
        let mode: String? = color ?? nil
        options.colors = try context.usesColor(mode, key: "color.diff") ? try DiffDefaults.colors(context) : nil
        return options
    }

    private func pattern(_ text: String) throws -> LinePattern {
        guard let pattern = LinePattern(text) else { throw CommandError.fatal("invalid regex: \(text)") }
        return pattern
    }
}
