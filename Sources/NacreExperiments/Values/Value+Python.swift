/// Values as DVC, which is written in Python, shows them.
extension Value {
    /// As DVC puts it into a difference.
    var inDifference: Value { array == nil ? self : .string(pythonText) }

    /// What counts as a metric, as DVC shows it in JSON: numbers, texts and truth values, and mappings that hold some.
    public var metrics: Value? {
        switch self {
        case .null, .array: return nil
        case .object(let object):
            let inner = object.entries.compactMap { entry in entry.value.metrics.map { (entry.key, $0) } }
            return inner.isEmpty ? nil : .object(ValueObject(inner))
        default: return self
        }
    }

    /// A truth value as the number that Python counts it as.
    var counted: Value { bool.map { .integer($0 ? 1 : 0) } ?? self }

    /// As Python's `str` writes it inside a list: `[1, 'a', {'k': True}]`.
    var pythonText: String {
        switch self {
        case .null: return "None"
        case .bool(let value): return value ? "True" : "False"
        case .string(let text):
            let quote = text.contains("'") && !text.contains("\"") ? "\"" : "'"
            var result = ""
            for character in text {
                switch character {
                case "\\": result += "\\\\"
                case "\n": result += "\\n"
                case "\t": result += "\\t"
                case "'" where quote == "'": result += "\\'"
                default: result.append(character)
                }
            }
            return quote + result + quote
        case .array(let values): return "[" + values.map(\.pythonText).joined(separator: ", ") + "]"
        case .object(let object):
            return "{" + object.entries.map { "'\($0.key)': \($0.value.pythonText)" }.joined(separator: ", ") + "}"
        default: return text
        }
    }
}
