/// A verb's manual: as plain text for `--help`, and as troff for `man`.
enum ManualPage {
    /// The manual as text.
    static func plain(_ command: any Command.Type) -> String {
        var text = "NAME\n    nacre-\(command.name) - \(command.summary)\n\nSYNOPSIS\n"
        for synopsis in command.usage { text += "    nacre \(command.name) \(synopsis)\n" }
        if !command.details.isEmpty { text += "\nDESCRIPTION\n" }
        text += command.details.map { wrap($0, indent: 4) }.joined(separator: "\n")
        let options = command.options.filter { !$0.isHidden }
        if !options.isEmpty { text += "\nOPTIONS\n" }
        for option in options { text += "    \(Usage.form(option))\n" + wrap(option.help, indent: 8) }
        return text
    }

    /// The manual as a man page of section 1.
    static func troff(_ command: any Command.Type) -> String {
        var text = ".TH NACRE-\(command.name.uppercased()) 1 \"\" \"nacre \(Version.number)\" \"Nacre Manual\"\n"
        text += ".SH NAME\nnacre\\-\(escape(command.name)) \\- \(escape(command.summary))\n.SH SYNOPSIS\n.nf\n"
        for synopsis in command.usage { text += "nacre \(escape(command.name)) \(escape(synopsis))\n" }
        text += ".fi\n"
        if !command.details.isEmpty { text += ".SH DESCRIPTION\n" }
        text += command.details.map { escape($0) + "\n" }.joined(separator: ".PP\n")
        let options = command.options.filter { !$0.isHidden }
        if !options.isEmpty { text += ".SH OPTIONS\n" }
        for option in options { text += ".TP\n.B \(escape(Usage.form(option)))\n\(escape(option.help))\n" }
        return text
    }

    private static func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case ".", "'": result += result.isEmpty ? "\\&\(character)" : String(character)
            default: result.append(character)
            }
        }
        return result
    }

    /// Lines of at most 80 columns.
    private static func wrap(_ text: String, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > 80 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(line) }
        return lines.map { margin + $0 + "\n" }.joined()
    }
}
