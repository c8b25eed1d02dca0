/// Replaces `${a.b[0].c}` in text by values, by DVC's rules.
struct Interpolation {
    /// How mappings in commands become options.
    struct Style: Sendable, Hashable {
        /// `--no-key` for false, where it is otherwise left out.
        var namesFalse = false
        /// `--key a --key b` for lists, where it is otherwise `--key a b`.
        var repeatsLists = false
    }

    let context: TemplateContext
    let source: String
    var style = Style()

    private enum Piece {
        case text(String)
        case reference(String)
    }

    /// Whether a text holds `${…}` that is not escaped.
    static func isTemplate(_ text: String) -> Bool {
        pieces(text).contains { if case .reference = $0 { true } else { false } }
    }

    private static func pieces(_ text: String) -> [Piece] {
        let bytes = Array(text.utf8)
        var result: [Piece] = []
        var plain: [UInt8] = []
        var offset = 0
        func flush() {
            if !plain.isEmpty { result.append(.text(String(decoding: plain, as: UTF8.self))) }
            plain = []
        }
        let open = Array("${".utf8)
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "\\"), bytes[(offset + 1)...].starts(with: open) {
                plain += open
                offset += 3
            } else if bytes[offset...].starts(with: open),
                let close = bytes[(offset + 2)...].firstIndex(of: UInt8(ascii: "}")), close > offset + 2
            {
                flush()
                result.append(.reference(String(decoding: bytes[(offset + 2)..<close], as: UTF8.self)))
                offset = close + 1
            } else {
                plain.append(bytes[offset])
                offset += 1
            }
        }
        flush()
        return result
    }

    /// The value with every text in it replaced; keys of mappings too.
    ///
    /// - Throws: ``ValueError`` where a name is not known, or a list or mapping stands inside a text.
    func resolve(_ value: Value, isCommand: Bool = false) throws(ValueError) -> Value {
        switch value {
        case .string(let text): return try resolve(text, isCommand: isCommand)
        case .array(let values):
            var result: [Value] = []
            for value in values { result.append(try resolve(value, isCommand: isCommand)) }
            return .array(result)
        case .object(let object):
            var result = ValueObject()
            for entry in object.entries {
                let key = try resolve(entry.key, isCommand: false)
                result[key.text] = try resolve(entry.value, isCommand: isCommand || entry.key == "cmd")
            }
            return .object(result)
        default: return value
        }
    }

    private func resolve(_ text: String, isCommand: Bool) throws(ValueError) -> Value {
        let pieces = Self.pieces(text)
        if pieces.count == 1, case .reference(let name) = pieces[0] {
            let value = try lookUp(name)
            guard isCommand else { return value }
            return .string(try render(value, name: name, isCommand: true))
        }
        var result = ""
        for piece in pieces {
            switch piece {
            case .text(let text): result += text
            case .reference(let name): result += try render(try lookUp(name), name: name, isCommand: isCommand)
            }
        }
        return .string(result)
    }

    private func lookUp(_ name: String) throws(ValueError) -> Value {
        let trimmed = String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        guard let path = ValuePath(parsing: trimmed) else {
            throw ValueError(
                source, "'${\(name)}' is not a name (write ${a.b} or ${a[0]}, or \\${ for the text itself)")
        }
        guard let value = Value.object(context.values)[path] else {
            throw ValueError(source, "'${\(name)}' is not set in params.yaml or the variables of the pipeline")
        }
        return value
    }

    private func render(_ value: Value, name: String, isCommand: Bool) throws(ValueError) -> String {
        switch value {
        case .object(let object):
            guard isCommand else {
                throw ValueError(source, "'${\(name)}' is a mapping, which may stand in 'cmd' only")
            }
            return try options(object)
        case .array: throw ValueError(source, "'${\(name)}' is a list, which cannot stand inside a text")
        case .null: return "None"
        default: return value.text
        }
    }

    private func options(_ object: ValueObject) throws(ValueError) -> String {
        var words: [String] = []
        for (key, value) in Value.object(object).flattened {
            switch value {
            case .bool(let isOn):
                if isOn { words.append("--\(key)") } else if style.namesFalse { words.append("--no-\(key)") }
            case .string(let text): words.append("--\(key) \(ShellWord.quote(text))")
            case .array(let items):
                var quoted: [String] = []
                for item in items {
                    guard !item.isComposite else {
                        throw ValueError(source, "a list inside the list '\(key)' cannot become an option")
                    }
                    quoted.append(item.string.map(ShellWord.quote) ?? item.text)
                }
                if style.repeatsLists {
                    words += quoted.map { "--\(key) \($0)" }
                } else if !quoted.isEmpty {
                    words.append("--\(key) " + quoted.joined(separator: " "))
                }
            case .null: words.append("--\(key) None")
            default: words.append("--\(key) \(value.text)")
            }
        }
        return words.joined(separator: " ")
    }
}

/// Words of a command line.
public enum ShellWord {
    private static let safe = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_".utf8)

    /// The text as one word for `/bin/sh`, in single quotes where it needs them.
    public static func quote(_ text: String) -> String {
        if !text.isEmpty, text.utf8.allSatisfy({ safe.contains($0) }) { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\"'\"'") + "'"
    }
}
