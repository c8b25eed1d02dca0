internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import Glibc
internal import SystemPackage

/// Lets a person choose hunks one by one: `add -p` and its kin.
final class HunkSelector {
    let context: Context
    let mode: SelectionMode
    private let pathspec: Pathspec
    private let colors: DiffColors?
    /// Applies what was chosen of a file; nil: to index or files, as the mode says.
    private let apply: (([UInt8]) throws -> Bool)?

    init(
        _ context: Context, _ mode: SelectionMode, _ pathspec: Pathspec, apply: (([UInt8]) throws -> Bool)? = nil
    ) throws {
        self.context = context
        self.mode = mode
        self.pathspec = pathspec
        self.apply = apply
        let isColored = try context.usesColor(nil, key: "color.interactive")
        colors = isColored ? try DiffDefaults.colors(context) : nil
    }

    func run() throws -> ExitCode {
        let files = SelectableFile.parse(try diff())
        var isOver = false
        for file in files where !isOver && !(file.isBinary && file.count == 0) { isOver = try choose(file) }
        context.output.flush()
        if files.isEmpty {
            context.errors.line("No changes.")
        } else if files.allSatisfy({ $0.isBinary && $0.count == 0 }) {
            context.errors.line("Only binary files changed.")
        }
        return .success
    }

    /// The comparison as a patch.
    private func diff() throws -> [UInt8] {
        let (repository, _) = try context.repositoryWithWorkTree()
        let worktree = try context.worktree()
        let index = try context.index()
        var comparison = IndexComparison(
            repository: repository, index: index, worktree: worktree, pathspec: pathspec)
        comparison.showsAnnounced = false
        var entries: [DiffEntry]
        switch mode.comparison {
        case .files: entries = try comparison.files()
        case .staged(let tree): entries = try comparison.tree(tree)
        case .treeAndFiles(let tree): entries = try comparison.treeAndFiles(tree)
        }
        // What is in conflict cannot be chosen from.
        let conflicts = Set(index.conflictedPaths)
        for path in conflicts.sorted() where pathspec.matches(path) {
            context.errors.line("ignoring unmerged: \(path)")
        }
        entries.removeAll { conflicts.contains($0.path) }
        var options = DiffOptions()
        options.formats = .patch
        options.quotesHighBytes = context.quotesHighBytes
        options.isReversed = mode.isShownReversed
        if let name = repository.config.string("diff.algorithm"), let algorithm = DiffDefaults.algorithm(name) {
            options.lines.algorithm = algorithm
        }
        let source = try RepositoryDiffSource(repository, worktree: worktree)
        let selection = try DiffSelection(entries, source: source, options: options)
        var text: [UInt8] = []
        var printer = DiffPrinter(source: source, options: options) { text += copy $0 }
        try printer.print(selection.entries)
        return text
    }

    // MARK: Talking

    private func write(_ bytes: [UInt8]) { context.output.write(bytes) }

    private func show(_ text: [UInt8]) {
        guard let colors else {
            write(text)
            return
        }
        for line in text.split(separator: 10, omittingEmptySubsequences: false).dropLast() {
            let color: String
            switch line.first {
            case UInt8(ascii: "+") where !line.starts(with: "+++".utf8): color = colors.new
            case UInt8(ascii: "-") where !line.starts(with: "---".utf8): color = colors.old
            case UInt8(ascii: "@"): color = colors.fragment
            case 0x20, 0x5c, nil: color = ""
            default: color = colors.meta
            }
            write(Array(color.utf8) + line + (color.isEmpty ? [] : Array(colors.reset.utf8)) + [10])
        }
    }

    private func complain(_ text: String) { context.output.line(text) }

    /// A line of standard input without its newline; nil at its end.
    private func readLine() -> String? {
        context.output.flush()
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(0, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
            if byte == 10 { return String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self) }
            line.append(byte)
        }
    }

    /// Asks until the answer is yes or no; no answer is no.
    func confirms(_ question: String) -> Bool {
        while true {
            write(Array(question.utf8))
            guard let answer = readLine() else { return false }
            switch answer.first {
            case "y", "Y": return true
            case "n", "N": return false
            default: continue
            }
        }
    }

    // MARK: Choosing

    /// Where a person stands in a file.
    struct Place {
        var index = 0
        var previousOpen: Int?
        var nextOpen: Int?
        var commands = ""
        var everOffered: Set<String> = []
    }

    /// Asks about each hunk of a file, then applies what was chosen.
    ///
    /// - Returns: whether the person wants to end.
    private func choose(_ whole: SelectableFile) throws -> Bool {
        var file = whole
        var place = Place()
        var isOver = false
        show(file.headerText())
        asking: while true {
            if place.index >= file.count { place.index = 0 }
            look(file, &place)
            if place.previousOpen == nil, place.nextOpen == nil, file.choice(place.index) != .undecided { break }
            if file.count > 0 { show(text(file, place.index)) }
            write(Array("(\(place.index + 1)/\(max(file.count, 1))) ".utf8))
            write(Array(mode.prompt(what(file, place.index), place.commands).utf8))
            guard let answer = readLine() else { break }
            guard let letter = answer.first else { continue }
            switch try take(letter, answer, &file, &place) {
            case .goOn: continue
            case .endFile: break asking
            case .endAll:
                isOver = true
                break asking
            }
        }
        if file.isUsed, try !applyChosen(file.patch(isReverse: mode.isReverse)) {
            context.output.flush()
            context.errors.line("error: 'git apply' failed")
        }
        write([10])
        return isOver
    }

    private enum Step { case goOn, endFile, endAll }

    private func look(_ file: SelectableFile, _ place: inout Place) {
        place.previousOpen = (0..<min(place.index, file.count)).last { file.choice($0) == .undecided }
        place.nextOpen = nil
        if place.index + 1 < file.count {
            place.nextOpen = ((place.index + 1)..<file.count).first { file.choice($0) == .undecided }
        }
        var commands = ""
        if file.count > 0 {
            if place.previousOpen != nil { commands += ",k" }
            if place.index > 0 { commands += ",K" }
            if place.nextOpen != nil { commands += ",j" }
            if place.index + 1 < file.count { commands += ",J" }
            if file.count > 1 { commands += ",g,/" }
            if let hunk = hunk(file, place.index) {
                if hunk.parts > 1 { commands += ",s" }
                if !file.isDeleted { commands += ",e" }
            }
        }
        place.commands = commands
        for letter in ["k", "K", "j", "J"] where commands.contains(",\(letter)") { place.everOffered.insert(letter) }
    }

    private func hunk(_ file: SelectableFile, _ index: Int) -> SelectableHunk? {
        let position = index - (file.hasModeChange ? 1 : 0)
        return file.hunks.indices.contains(position) ? file.hunks[position] : nil
    }

    private func text(_ file: SelectableFile, _ index: Int) -> [UInt8] {
        hunk(file, index)?.text() ?? file.modeLines.flatMap { $0 }
    }

    private func what(_ file: SelectableFile, _ index: Int) -> String {
        if file.isDeleted { return "deletion" }
        if file.isNew { return "addition" }
        return file.hasModeChange && index == 0 ? "mode change" : "this hunk"
    }

    private func decide(_ choice: SelectableHunk.Choice, _ file: inout SelectableFile, _ place: inout Place) {
        file.setChoice(choice, place.index)
        place.index = place.nextOpen ?? file.count
    }

    private func decideRest(_ choice: SelectableHunk.Choice, _ file: inout SelectableFile, _ place: inout Place) {
        if file.count == 0 {
            if file.wholeChoice == .undecided { file.wholeChoice = choice }
            return
        }
        for index in place.index..<file.count where file.choice(index) == .undecided { file.setChoice(choice, index) }
        place.index = file.count
    }

    private func take(
        _ letter: Character, _ answer: String, _ file: inout SelectableFile, _ place: inout Place
    ) throws -> Step {
        func isOffered(_ command: String) -> Bool { place.commands.contains(",\(command)") }
        // A step that was possible once in this file stays so, and leads around its end.
        func wasOffered(_ command: String) -> Bool { place.everOffered.contains(command) }
        switch letter {
        case "y", "Y": decide(.use, &file, &place)
        case "n", "N": decide(.skip, &file, &place)
        case "a", "A": decideRest(.use, &file, &place)
        case "d", "D": decideRest(.skip, &file, &place)
        case "q", "Q":
            decideRest(.skip, &file, &place)
            return .endAll
        case "K":
            if wasOffered("K") { place.index = max(place.index - 1, 0) } else { complain("No previous hunk") }
        case "J": if wasOffered("J") { place.index += 1 } else { complain("No next hunk") }
        case "k": if wasOffered("k") { place.index = place.previousOpen ?? 0 } else { complain("No previous hunk") }
        case "j": if wasOffered("j") { place.index = place.nextOpen ?? 0 } else { complain("No next hunk") }
        case "g", "G":
            guard isOffered("g") else {
                complain("No other hunks to goto")
                break
            }
            goTo(answer.dropFirst(), file, &place)
        case "/":
            guard isOffered("/") else {
                complain("No other hunks to search")
                break
            }
            search(String(answer.dropFirst()), file, &place)
        case "s", "S":
            guard isOffered("s"), let parts = hunk(file, place.index)?.split() else {
                complain("Sorry, cannot split this hunk")
                break
            }
            let position = place.index - (file.hasModeChange ? 1 : 0)
            file.hunks.replaceSubrange(position...position, with: parts)
            context.output.line("Split into \(parts.count) hunks.")
        case "e", "E":
            guard isOffered("e") else {
                complain("Sorry, cannot edit this hunk")
                break
            }
            if try edit(&file, place) { decide(.use, &file, &place) }
        default: help(place)
        }
        return .goOn
    }

    private func help(_ place: Place) {
        context.output.write(mode.help)
        let rest = [
            "j - leave this hunk undecided, see next undecided hunk", "J - leave this hunk undecided, see next hunk",
            "k - leave this hunk undecided, see previous undecided hunk",
            "K - leave this hunk undecided, see previous hunk", "g - select a hunk to go to",
            "/ - search for a hunk matching the given regex", "s - split the current hunk into smaller hunks",
            "e - manually edit the current hunk", "? - print help",
        ]
        for line in rest where line.first == "?" || place.commands.contains(line.first ?? "?") {
            context.output.line(line)
        }
    }

    private func goTo(_ rest: Substring, _ file: SelectableFile, _ place: inout Place) {
        var answer = rest.filter { !$0.isWhitespace }
        var next = max(place.index - 10, file.hasModeChange ? 1 : 0)
        while answer.isEmpty {
            let end = min(next + 20, file.count)
            for index in next..<max(next, end) {
                let sign = file.choice(index) == .use ? "+" : file.choice(index) == .skip ? "-" : " "
                let number = "\(index + 1)"
                write(Array("\(sign)\(String(repeating: " ", count: max(2 - number.count, 0)))\(number): ".utf8))
                write((hunk(file, index)?.summary ?? []) + [10])
            }
            next = max(next, end)
            write(Array((next < file.count ? "go to which hunk (<ret> to see more)? " : "go to which hunk? ").utf8))
            guard let line = readLine() else { break }
            answer = line.filter { !$0.isWhitespace }
        }
        guard let number = Int(answer) else {
            complain("Invalid number: '\(answer)'")
            return
        }
        if number > 0, number <= file.count {
            place.index = number - 1
        } else {
            complain("Sorry, only \(file.count) hunk\(file.count == 1 ? "" : "s") available.")
        }
    }

    private func search(_ rest: String, _ file: SelectableFile, _ place: inout Place) {
        var pattern = rest
        if pattern.isEmpty {
            write(Array("search for regex? ".utf8))
            guard let line = readLine(), !line.isEmpty else { return }
            pattern = line
        }
        var expression = regex_t()
        let code = regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE)
        guard code == 0 else {
            var buffer = [CChar](repeating: 0, count: 1000)
            regerror(code, &expression, &buffer, buffer.count)
            let reason = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            complain("Malformed search regexp \(pattern): \(reason)")
            return
        }
        defer { regfree(&expression) }
        for step in 0..<file.count {
            let index = (place.index + step) % file.count
            if regexec(&expression, String(decoding: text(file, index), as: UTF8.self), 0, nil, 0) == 0 {
                place.index = index
                return
            }
        }
        complain("No hunk matches the given pattern")
    }

    // MARK: Applying

    private func settings(toIndex: Bool) -> PatchSettings {
        var settings = PatchSettings()
        settings.application.leavesFiles = toIndex
        settings.application.usesIndex = toIndex
        settings.application.isReversed = mode.isReverse
        settings.application.image.allowsOverlap = true
        settings.whitespace = .ignore
        settings.application.noticesWhitespace = false
        return settings
    }

    private func apply(_ patch: [UInt8], toIndex: Bool, checking: Bool = false) throws -> Bool {
        var settings = settings(toIndex: toIndex)
        if checking {
            settings.applies = false
            settings.checks = true
        }
        return try PatchOperation(context: context, settings: settings).run(patch, name: "<stdin>") == .success
    }

    func check(_ patch: [UInt8]) throws -> Bool {
        if apply != nil { return true }
        if try apply(patch, toIndex: mode.target != .files, checking: true) { return true }
        context.errors.line("error: 'git apply\(mode.target == .files ? "" : " --cached")' failed")
        return false
    }

    private func applyChosen(_ patch: [UInt8]) throws -> Bool {
        context.output.flush()
        if let apply { return try apply(patch) }
        switch mode.target {
        case .index: return try apply(patch, toIndex: true)
        case .files: return try apply(patch, toIndex: false)
        case .both:
            let fitsIndex = try apply(patch, toIndex: true, checking: true)
            guard try apply(patch, toIndex: false, checking: true) else { return false }
            if fitsIndex {
                guard try apply(patch, toIndex: true) else { return false }
            } else {
                complain("The selected hunks do not apply to the index!")
                guard confirms("Apply them to the worktree anyway? ") else {
                    complain("Nothing was applied.\n")
                    return true
                }
            }
            return try apply(patch, toIndex: false)
        }
    }
}
