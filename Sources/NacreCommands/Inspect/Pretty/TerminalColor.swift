/// Colours as Git's configuration and formats spell them: `bold red blue`, `#ff0000`, `reverse`, `nodim`, `reset`.
enum TerminalColor {
    private static let names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
    private static let attributes = ["bold": 1, "dim": 2, "italic": 3, "ul": 4, "blink": 5, "reverse": 7, "strike": 9]
    private static let negations = [
        "bold": 22, "dim": 22, "italic": 23, "ul": 24, "blink": 25, "reverse": 27, "strike": 29,
    ]

    /// Ends all colours.
    static let reset = "\u{1b}[m"

    /// The sequence that a specification stands for; nil where it is malformed.
    static func sequence(_ text: some StringProtocol) -> String? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        if words.isEmpty { return "" }
        var codes: [String] = []
        var hasReset = false
        var colors: [String?] = []
        var set: Set<Int> = []
        for word in words {
            let word = word.lowercased()
            if word == "reset" {
                hasReset = true
            } else if let code = attribute(word) {
                set.insert(code)
            } else if colors.count < 2, let code = color(word, isBackground: colors.count == 1) {
                colors.append(code)
            } else {
                return nil
            }
        }
        if hasReset, set.isEmpty, colors.allSatisfy({ $0 == nil }) { return reset }
        if hasReset { codes.append("") }
        codes += set.sorted().map(String.init)
        codes += colors.compactMap { $0?.isEmpty == false ? $0 : nil }
        return codes.isEmpty ? "" : "\u{1b}[\(codes.joined(separator: ";"))m"
    }

    private static func attribute(_ word: String) -> Int? {
        if let code = attributes[word] { return code }
        guard word.hasPrefix("no") else { return nil }
        var rest = word.dropFirst(2)
        if rest.hasPrefix("-") { rest = rest.dropFirst() }
        return negations[String(rest)]
    }

    /// The code of a colour; nil for what is none, empty for `normal`.
    private static func color(_ word: String, isBackground: Bool) -> String? {
        let base = isBackground ? 40 : 30
        if word == "normal" { return "" }
        if word == "default" { return String(base + 9) }
        if let index = names.firstIndex(of: word) { return String(base + index) }
        if word.hasPrefix("bright"), let index = names.firstIndex(of: String(word.dropFirst(6))) {
            return String(base + 60 + index)
        }
        if word.hasPrefix("#"), word.utf8.count == 7, let value = Int(word.dropFirst(), radix: 16) {
            return "\(base + 8);2;\(value >> 16);\(value >> 8 & 255);\(value & 255)"
        }
        if let number = Int(word), number >= -1, number <= 255 {
            if number == -1 { return "" }
            if number < 8 { return String(base + number) }
            if number < 16 { return String(base + 60 + number - 8) }
            return "\(base + 8);5;\(number)"
        }
        return nil
    }
}
