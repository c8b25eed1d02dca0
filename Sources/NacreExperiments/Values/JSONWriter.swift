/// Writes JSON.
public struct JSONWriter {
    /// How the text is laid out.
    public enum Style: Sendable {
        /// No spaces: `{"a":1}`.
        case compact
        /// As Python's `json.dumps` does by default: `{"a": 1}`, and `NaN` and `Infinity` as Python writes them.
        case python
        /// One entry a line, indented by two spaces.
        case pretty
    }

    private var output: [UInt8] = []
    private let style: Style

    private init(style: Style) { self.style = style }

    /// The value as JSON. NaN and the infinities, which JSON does not have, become `null` but in Python's style.
    public static func string(_ value: Value, style: Style = .compact) -> String {
        String(decoding: bytes(value, style: style), as: UTF8.self)
    }

    /// The value as JSON.
    public static func bytes(_ value: Value, style: Style = .compact) -> [UInt8] {
        var writer = JSONWriter(style: style)
        writer.write(value, indentation: 0)
        return writer.output
    }

    private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

    private mutating func separate(_ isFirst: Bool, indentation: Int) {
        switch style {
        case .compact: if !isFirst { append(",") }
        case .python: if !isFirst { append(", ") }
        case .pretty:
            if !isFirst { append(",") }
            append("\n" + String(repeating: "  ", count: indentation))
        }
    }

    private mutating func write(_ value: Value, indentation: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let number): append(String(number))
        case .float(let number): write(number)
        case .string(let text): write(text)
        case .array(let values):
            append("[")
            for (index, value) in values.enumerated() {
                separate(index == 0, indentation: indentation + 1)
                write(value, indentation: indentation + 1)
            }
            if style == .pretty, !values.isEmpty { append("\n" + String(repeating: "  ", count: indentation)) }
            append("]")
        case .object(let object):
            append("{")
            for (index, entry) in object.entries.enumerated() {
                separate(index == 0, indentation: indentation + 1)
                write(entry.key)
                append(style == .compact ? ":" : ": ")
                write(entry.value, indentation: indentation + 1)
            }
            if style == .pretty, !object.isEmpty { append("\n" + String(repeating: "  ", count: indentation)) }
            append("}")
        }
    }

    private mutating func write(_ number: Double) {
        if number.isFinite { return append(NumberText.shortest(number)) }
        guard style == .python else { return append("null") }
        append(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
    }

    private mutating func write(_ text: String) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 10: append("\\n")
            case 13: append("\\r")
            case 9: append("\\t")
            case 8: append("\\b")
            case 12: append("\\f")
            case 0..<0x20, 0x7f:
                append("\\u00")
                output.append(contentsOf: Array("0123456789abcdef".utf8)[Int(byte >> 4)...Int(byte >> 4)])
                output.append(contentsOf: Array("0123456789abcdef".utf8)[Int(byte & 15)...Int(byte & 15)])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
