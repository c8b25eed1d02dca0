internal import Bytes
internal import SystemPackage

/// `rev-parse --parseopt`: reads a script's words by a specification on standard input, and prints the `set --` that a shell evaluates.
struct ScriptOptions {
    /// An option, or a heading between options.
    struct Item {
        var short: Character?
        var long: String?
        var takesValue = false
        var valueIsOptional = false
        var isNegatable = true
        var isHidden = false
        var placeholder: String?
        var help = ""
        /// Whether this is a heading: ``help`` is its text.
        var isHeading = false

        /// By what ``Arguments`` knows it.
        var key: String { long ?? short.map { String($0) } ?? "" }
    }

    private static let ownOptions: [OptionSpec] = [
        .flag("keep-dashdash", "keep the `--` passed as an arg"),
        .flag("stop-at-non-option", "stop parsing after the first non-option argument"),
        .flag("stuck-long", "output in stuck long form"),
    ]

    private let usage: [String]
    private let items: [Item]
    private let keepsSeparator: Bool
    private let stopsAtOperand: Bool
    private let isStuckLong: Bool
    private let context: Context

    static func run(_ words: [[UInt8]], _ context: Context) throws -> ExitCode {
        let own = words.prefix { $0 != Array("--".utf8) }
        let settings = try ArgumentParser.parse(Array(own), options: ownOptions)
        guard own.count < words.count, settings.operands.isEmpty else {
            throw CommandError.usage("--parseopt needs `--` before the words that it reads")
        }
        let content = try Files.readAll(0, path: "standard input", limit: 64 << 20)
        let script = try ScriptOptions(specification: content, settings, context)
        return script.read(Array(words[(own.count + 1)...]))
    }

    private init(specification: [UInt8], _ settings: Arguments, _ context: Context) throws {
        self.context = context
        keepsSeparator = settings.isOn("keep-dashdash")
        stopsAtOperand = settings.isOn("stop-at-non-option")
        isStuckLong = settings.isOn("stuck-long")
        var lines = String(decoding: specification, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)[...]
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard let separator = lines.firstIndex(of: "--") else { throw CommandError.fatal("premature end of input") }
        guard separator > lines.startIndex else {
            throw CommandError.fatal("no usage string given before the `--' separator")
        }
        usage = lines[..<separator].map(String.init)
        items = try lines[(separator + 1)...].filter { !$0.isEmpty }.map { try Self.item($0) }
    }

    // MARK: The specification

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 9 && byte <= 13) }

    /// `short,long*=?!hint help`, or a heading that begins with a space.
    private static func item(_ line: Substring) throws -> Item {
        let bytes = Array(line.utf8)
        func text(_ slice: ArraySlice<UInt8>) -> String { String(decoding: slice, as: UTF8.self) }
        guard let gap = bytes.firstIndex(where: isSpace), gap > 0 else {
            return Item(help: text(bytes.drop(while: isSpace)), isHeading: true)
        }
        var item = Item(help: text(bytes[(gap + 1)...].drop(while: isSpace)))
        let flags = Array("*=?!".utf8)
        var end = bytes[..<gap].firstIndex(where: flags.contains) ?? gap
        guard end > 0 else { throw CommandError.fatal("missing opt-spec before option flags") }
        if end == 1 {
            item.short = Character(UnicodeScalar(bytes[0]))
        } else if bytes[1] != UInt8(ascii: ",") {
            item.long = text(bytes[..<end])
        } else {
            item.short = Character(UnicodeScalar(bytes[0]))
            item.long = text(bytes[2..<end])
        }
        while end < gap, flags.contains(bytes[end]) {
            switch bytes[end] {
            case UInt8(ascii: "="): item.takesValue = true
            case UInt8(ascii: "?"): (item.takesValue, item.valueIsOptional) = (true, true)
            case UInt8(ascii: "!"): item.isNegatable = false
            default: item.isHidden = true
            }
            end += 1
        }
        if end < gap { item.placeholder = text(bytes[end..<gap]) }
        return item
    }

    private var options: [OptionSpec] {
        items.filter { !$0.isHeading }.map { item in
            switch (item.long, item.short, item.takesValue, item.valueIsOptional) {
            case (let long?, let short, false, _): .flag(long, short, negatable: item.isNegatable, item.help)
            case (let long?, let short, true, false): .value(long, short, "", negatable: item.isNegatable, item.help)
            case (let long?, let short, true, true): .optional(long, short, "", negatable: item.isNegatable, item.help)
            case (nil, let short, false, _): .shortFlag(short ?? " ", item.help)
            case (nil, let short, true, false): .shortValue(short ?? " ", "", item.help)
            case (nil, let short, true, true): .shortOptional(short ?? " ", "", item.help)
            }
        }
    }

    // MARK: The words

    private func read(_ words: [[UInt8]]) -> ExitCode {
        do {
            if words == [Array("-h".utf8)] || asksForHelp(words, "--help") { return showHelp(isFull: false) }
            if asksForHelp(words, "--help-all") { return showHelp(isFull: true) }
            let arguments = try ArgumentParser.parse(words, options: options, permutes: !stopsAtOperand)
            context.output.line(result(arguments))
            return .success
        } catch {
            if error.message == "unknown switch `h'" { return showHelp(isFull: false) }
            context.errors.write("error: \(error.message)\n")
            // A value that is missing, or is one too many, needs no list of all options.
            if error.message.hasPrefix("ambiguous") { return showHelp(isFull: false) }
            if error.message.hasPrefix("unknown") { context.errors.write(helpText(isFull: false)) }
            return .usage
        }
    }

    /// Whether a word stands where an option is read.
    private func asksForHelp(_ words: [[UInt8]], _ help: String) -> Bool {
        guard let place = words.prefix(while: { $0 != Array("--".utf8) }).firstIndex(of: Array(help.utf8)),
            let before = try? ArgumentParser.parse(
                Array(words[..<place]), options: options, permutes: !stopsAtOperand)
        else { return false }
        return !stopsAtOperand || before.operands.isEmpty
    }

    private func result(_ arguments: Arguments) -> [UInt8] {
        var line = Array("set --".utf8)
        for occurrence in arguments.occurrences {
            guard let item = items.first(where: { !$0.isHeading && $0.key == occurrence.name }) else { continue }
            if occurrence.isNegated {
                line += " --no-\(occurrence.name)".utf8
            } else if let short = item.short, item.long == nil || !isStuckLong {
                line += " -\(short)".utf8
            } else {
                line += " --\(occurrence.name)".utf8
            }
            guard let value = occurrence.value else { continue }
            if !isStuckLong { line.append(0x20) } else if item.long != nil { line += "=".utf8 }
            line += ShellQuoting.quote(value)
        }
        line += " --".utf8
        for (index, operand) in arguments.operands.enumerated() {
            if index == arguments.separator, keepsSeparator { line += " '--'".utf8 }
            line += [0x20] + ShellQuoting.quote(operand)
        }
        if keepsSeparator, arguments.separator == arguments.operands.count { line += " '--'".utf8 }
        return line
    }

    // MARK: Help

    private func showHelp(isFull: Bool) -> ExitCode {
        context.output.write("cat <<\\EOF\n" + helpText(isFull: isFull) + "EOF\n")
        return .usage
    }

    private func helpText(isFull: Bool) -> String {
        var text = ""
        var isBehindGap = false
        for (index, line) in usage.enumerated() {
            if line.isEmpty { isBehindGap = true }
            if isBehindGap {
                text += line.isEmpty ? "\n" : "    \(line)\n"
            } else {
                text += (index == 0 ? "usage: " : "   or: ") + line + "\n"
            }
        }
        var needsGap = true
        for item in items {
            if item.isHeading {
                text += "\n" + (item.help.isEmpty ? "" : item.help + "\n")
                needsGap = false
            } else if isFull || !item.isHidden {
                if needsGap { text += "\n" }
                needsGap = false
                text += line(item)
            }
        }
        return text + "\n"
    }

    private func line(_ item: Item) -> String {
        var left =
            "    "
            + [item.short.map { "-\($0)" }, item.long.map { "--\($0)" }].compactMap(\.self)
            .joined(separator: ", ")
        if item.takesValue {
            let isLiteral = item.placeholder.map { $0.contains { "()<>[]|".contains($0) } } ?? true
            let name = item.placeholder ?? "..."
            let value = isLiteral ? name : "<\(name)>"
            left += !item.valueIsOptional ? " \(value)" : item.long != nil ? "[=\(value)]" : "[\(value)]"
        }
        let width = 26
        let pad = left.count <= width - 2 ? "" : "\n" + String(repeating: " ", count: width)
        return left + (pad.isEmpty ? String(repeating: " ", count: width - left.count) : pad) + item.help + "\n"
    }
}
