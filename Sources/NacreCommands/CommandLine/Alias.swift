internal import Bytes
internal import GitConfig
internal import GitRepository
internal import Glibc
internal import SystemPackage

/// `alias.<name>` from the configuration: a command line in a verb's place, or with `!` a shell command.
enum Alias {
    enum Expansion {
        /// Other words to run.
        case words([[UInt8]])
        /// A shell command has run.
        case ended(ExitCode)
    }

    /// What `verb` stands for, or nil where it is no alias.
    ///
    /// - Throws: where aliases name each other without end, or the value's quotes do not close.
    static func expand(
        _ verb: String, _ arguments: [[UInt8]], _ context: Context, depth: Int
    ) throws -> Expansion? {
        guard let value = try context.configuration().string("alias.\(verb)") else { return nil }
        guard depth < 10 else {
            throw CommandError.fatal("alias loop detected: expansion of '\(verb)' does not terminate")
        }
        if value.hasPrefix("!") {
            if let repository = try context.repositoryIfPresent(), let top = repository.workTree {
                _ = chdir(top.string)
            }
            context.output.flush()
            let words = arguments.map { String(decoding: $0, as: UTF8.self) }
            var child = try ChildProcess(.init(shell: String(value.dropFirst()), arguments: words))
            return .ended(ExitCode(child.wait().code))
        }
        guard let words = split(value) else { throw CommandError.fatal("bad alias.\(verb) string: unclosed quote") }
        guard let first = words.first else { throw CommandError.fatal("empty alias for \(verb)") }
        guard first != verb else { throw CommandError.fatal("recursive alias: \(verb)") }
        return .words(words.map { Array($0.utf8) } + arguments)
    }

    /// Words as a shell's simplest rules split them; nil where a quote does not close.
    static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: [UInt8]?
        var quote: UInt8?
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                word = (word ?? []) + [byte]
                isEscaped = false
            } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
                isEscaped = true
            } else if let open = quote {
                if byte == open { quote = nil } else { word = (word ?? []) + [byte] }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                word = word ?? []
            } else if byte == 0x20 || (9...13).contains(byte) {
                if let done = word { words.append(String(decoding: done, as: UTF8.self)) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
        guard quote == nil, !isEscaped else { return nil }
        if let done = word { words.append(String(decoding: done, as: UTF8.self)) }
        return words
    }
}
