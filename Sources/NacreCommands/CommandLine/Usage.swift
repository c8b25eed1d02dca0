/// Help as text: Git's layout of synopsis and options.
enum Usage {
    /// `usage: nacre verb …` with the options, as `-h` and usage errors print it.
    static func text(_ command: any Command.Type) -> String {
        var lines: [String] = []
        for (index, synopsis) in command.usage.enumerated() {
            lines.append((index == 0 ? "usage: " : "   or: ") + "nacre \(command.name) \(synopsis)")
        }
        lines.append("")
        for option in command.options where !option.isHidden { lines += line(option) }
        if !command.options.isEmpty { lines.append("") }
        return lines.map { $0 + "\n" }.joined()
    }

    /// How an option is written: `-n, --dry-run`, `--color[=<when>]`.
    static func form(_ option: OptionSpec) -> String {
        var forms: [String] = []
        if let short = option.short { forms.append("-\(short)") }
        if option.kind == .number { forms.append("-<\(option.placeholder)>") }
        if option.hasLong { forms.append("--" + option.name) }
        var text = forms.joined(separator: ", ")
        switch option.kind {
        case .flag, .number: break
        case .value: text += " <\(option.placeholder)>"
        case .valueUnlessLast: text += " [<\(option.placeholder)>]"
        case .optionalValue: text += option.hasLong ? "[=<\(option.placeholder)>]" : "[<\(option.placeholder)>]"
        }
        return text
    }

    private static func line(_ option: OptionSpec) -> [String] {
        let left = "    " + form(option)
        let width = 26
        guard left.count < width else { return [left, String(repeating: " ", count: width) + option.help] }
        return [left + String(repeating: " ", count: width - left.count) + option.help]
    }
}
