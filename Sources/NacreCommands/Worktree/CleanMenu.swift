internal import GitObjects
internal import GitWorktree

/// `clean --interactive`: lets a person choose among what would go.
struct CleanMenu {
    /// A path as it is shown, and as it is meant.
    typealias Item = (shown: [UInt8], path: GitPath)

    private let context: Context
    private let worktree: Worktree
    private var items: [Item]

    /// What a menu offers.
    private static let commands: [(key: Character, title: String)] = [
        ("c", "clean"), ("f", "filter by pattern"), ("s", "select by numbers"), ("a", "ask each"), ("q", "quit"),
        ("h", "help"),
    ]

    init(_ items: [Item], _ context: Context, _ worktree: Worktree) {
        self.items = items
        self.context = context
        self.worktree = worktree
    }

    private var output: OutputStream { context.output }

    /// What is left to be removed.
    mutating func run() -> [GitPath] {
        while !items.isEmpty {
            output.line("Would remove the following item\(items.count == 1 ? "" : "s"):")
            showItems()
            switch chooseCommand() {
            case 0: return items.map(\.path)
            case 1: filter()
            case 2: select()
            case 3:
                askEach()
                return items.map(\.path)
            case 5: showHelp()
            default:
                output.line("Bye.")
                return []
            }
            if items.isEmpty { output.line("No more files to clean, exiting.") }
        }
        return []
    }

    private func readLine() -> [UInt8]? {
        output.flush()
        guard let line = Swift.readLine(strippingNewline: true) else { return nil }
        return Array(line.utf8)
    }

    private func showItems() {
        let layout = ColumnLayout(width: context.terminalWidth - 1, isByRow: false)
        output.write(layout.text(items.map { context.quoted($0.shown) }, padding: 2, indent: [32, 32]))
    }

    private func showMenu(_ titles: [[UInt8]], _ chosen: [Bool]) {
        let words = titles.enumerated().map { number, title in
            let count = "\(number + 1)"
            return Array("\(chosen[number] ? "*" : " ")\(count.utf8.count < 2 ? " " : "")\(count): ".utf8) + title
        }
        output.write(
            ColumnLayout(width: context.terminalWidth - 1, isByRow: true).text(words, padding: 2, indent: [32, 32]))
    }

    // MARK: Choosing

    /// The number of a command; nil at the end of the input.
    private func chooseCommand() -> Int? {
        let titles = Self.commands.map { Array($0.title.utf8) }
        while true {
            output.line("*** Commands ***")
            showMenu(titles, Array(repeating: false, count: titles.count))
            output.write("What now> ")
            guard let answer = readLine() else { return nil }
            if answer == [UInt8(ascii: "?")] {
                showPromptHelp(isSingle: true)
                continue
            }
            var chosen = Array(repeating: false, count: titles.count)
            let word = answer.trimmed
            if !word.isEmpty { choose(word, &chosen, isSingle: true) { command($0) } }
            if let number = chosen.firstIndex(of: true) { return number }
        }
    }

    /// The command that a key or the beginning of its title names, counted from 1; 0 for none.
    private func command(_ text: [UInt8]) -> Int {
        let word = String(decoding: text, as: UTF8.self)
        if word.count == 1, let found = Self.commands.firstIndex(where: { String($0.key) == word }) { return found + 1 }
        let found = Self.commands.indices.filter { Self.commands[$0].title.hasPrefix(word.lowercased()) }
        return found.count == 1 ? found[0] + 1 : 0
    }

    private mutating func select() {
        var chosen = Array(repeating: false, count: items.count)
        while true {
            showMenu(items.map(\.shown), chosen)
            output.write("Select items to delete>> ")
            guard let answer = readLine() else {
                chosen = Array(repeating: false, count: items.count)
                break
            }
            if answer == [UInt8(ascii: "?")] {
                showPromptHelp(isSingle: false)
                continue
            }
            if answer.isEmpty { break }
            for word in answer.split(whereSeparator: { $0 == 32 || $0 == UInt8(ascii: ",") }) {
                choose(Array(word), &chosen, isSingle: false) { text in
                    let found = items.indices.filter { items[$0].shown.starts(with: text) }
                    return found.count == 1 ? found[0] + 1 : 0
                }
            }
        }
        items = zip(items, chosen).filter(\.1).map(\.0)
    }

    /// Marks what a word names: `3`, `2-5`, `4-`, `*`, the beginning of one; with `-` before it, takes the mark away.
    private func choose(_ word: [UInt8], _ chosen: inout [Bool], isSingle: Bool, _ unique: ([UInt8]) -> Int) {
        var word = word
        let isOn = word.first != UInt8(ascii: "-")
        if !isOn { word.removeFirst() }
        let text = String(decoding: word, as: UTF8.self)
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isOfDigits = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        var first = 0
        var last = 0
        if isOfDigits, parts.count == 1 {
            first = Int(text) ?? 0
            last = first
        } else if isOfDigits, parts.count == 2 {
            first = Int(parts[0]) ?? 0
            last = parts[1].isEmpty ? chosen.count : Int(parts[1]) ?? 0
        } else if text == "*" {
            (first, last) = (1, chosen.count)
        } else {
            first = unique(word)
            last = first
        }
        guard first > 0, last >= first, last <= chosen.count, !isSingle || first == last else {
            output.line(Array("Huh (".utf8) + word + Array(")?".utf8))
            return
        }
        for number in first...last { chosen[number - 1] = isOn }
    }

    // MARK: Commands

    private mutating func filter() {
        var isChanged = true
        while !items.isEmpty {
            if isChanged { showItems() }
            output.write("Input ignore patterns>> ")
            let answer = readLine()
            if answer == nil { output.line("") }
            guard let answer, !answer.isEmpty else { return }
            var sources = IgnoreRules.Sources()
            sources.perDirectory = nil
            sources.patterns = answer.split(separator: 32).map { Array($0) }
            let rules = IgnoreRules(
                workTree: worktree.root, sources: sources, ignoringCase: worktree.settings.ignoresCase)
            let kept = items.filter { !rules.isIgnored(GitPath($0.shown), isDirectory: false) }
            isChanged = kept.count < items.count
            items = kept
            if !isChanged { output.line(Array("WARNING: Cannot find items matched by: ".utf8) + answer) }
        }
    }

    private mutating func askEach() {
        var kept: [Item] = []
        var answer: [UInt8] = []
        var isAtEnd = false
        for item in items {
            if !isAtEnd {
                output.write(Array("Remove ".utf8) + context.quoted(item.shown) + Array(" [y/N]? ".utf8))
                if let line = readLine() {
                    answer = line
                } else {
                    output.line("")
                    answer = []
                    isAtEnd = true
                }
            }
            let word = String(decoding: answer, as: UTF8.self).lowercased()
            if !word.isEmpty, "yes".hasPrefix(word) { kept.append(item) }
        }
        items = kept
    }

    private func showPromptHelp(isSingle: Bool) {
        output.write(
            isSingle
                ? """
                Prompt help:
                1          - select a numbered item
                foo        - select item based on unique prefix
                           - (empty) select nothing

                """
                : """
                Prompt help:
                1          - select a single item
                3-5        - select a range of items
                2-3,6-9    - select multiple ranges
                foo        - select item based on unique prefix
                -...       - unselect specified items
                *          - choose all items
                           - (empty) finish selecting

                """)
    }

    private func showHelp() {
        output.write(
            """
            clean               - start cleaning
            filter by pattern   - exclude items from deletion
            select by numbers   - select items to be deleted by numbers
            ask each            - confirm each deletion (like "rm -i")
            quit                - stop cleaning
            help                - this screen
            ?                   - help for prompt selection

            """)
    }
}

extension [UInt8] {
    fileprivate var trimmed: [UInt8] {
        Array(drop { $0 == 32 || $0 == 9 }.reversed().drop { $0 == 32 || $0 == 9 }.reversed())
    }
}
