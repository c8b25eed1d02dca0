/// What a parameter or metric file holds: the tree that JSON, YAML and TOML share, its keys in the file's order.
public indirect enum Value: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number written without a fraction that fits 64 bits.
    case integer(Int64)
    /// Any other number; NaN and the infinities are kept, for whoever uses the number to refuse.
    case float(Double)
    /// Text.
    case string(String)
    /// A list.
    case array([Value])
    /// A mapping.
    case object(ValueObject)

    /// The number, where this is one that is not NaN or infinite.
    public var finiteNumber: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .float(let number): number.isFinite ? number : nil
        default: nil
        }
    }

    /// The number, also where it is NaN or infinite.
    public var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .float(let number): number
        default: nil
        }
    }

    /// The text, where this is one.
    public var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The truth value, where this is one.
    public var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The list, where this is one.
    public var array: [Value]? {
        if case .array(let values) = self { return values }
        return nil
    }

    /// The mapping, where this is one.
    public var object: ValueObject? {
        if case .object(let object) = self { return object }
        return nil
    }

    /// Whether it holds other values.
    public var isComposite: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    /// What it is, for messages: `a list`.
    public var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a truth value"
        case .integer, .float: "a number"
        case .string: "text"
        case .array: "a list"
        case .object: "a mapping"
        }
    }

    /// Whether both are the same value: order of keys does not matter, NaN is the same as NaN, 1 the same as 1.0.
    public func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.integer, .float), (.float, .integer), (.float, .float):
            guard let left = number, let right = other.number else { return false }
            return left == right || (left.isNaN && right.isNaN)
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.object(let left), .object(let right)):
            guard left.count == right.count else { return false }
            return left.entries.allSatisfy { entry in right[entry.key]?.isSame(as: entry.value) ?? false }
        default: return self == other
        }
    }

    /// The value as a person would type it: text as it is, everything else as compact JSON.
    public var text: String {
        switch self {
        case .string(let text): text
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let number): String(number)
        case .float(let number): NumberText.shortest(number)
        default: JSONWriter.string(self, style: .python)
        }
    }
}
