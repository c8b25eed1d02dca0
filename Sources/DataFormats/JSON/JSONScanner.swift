/// A JSON value as it stands. Numbers keep their spelling: a metric must not change because a file was read.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The number's own characters.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Members in the file's order; a name may stand twice.
    case object([Member])

    /// One member of an object.
    public struct Member: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The value.
        public let value: JSONValue

        /// Makes a member.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The last member of that name, where this is an object that has it.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The elements, where this is an array.
    public var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text, where this is a string.
    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The whole number, where this is one that fits.
    public var integer: Int? {
        if case .number(let digits) = self { Int(digits) } else { nil }
    }
}

/// A byte at which JSON ends being JSON.
public struct JSONError: Error, Hashable, CustomStringConvertible {
    /// The offset from the beginning.
    public let offset: Int
    /// What should have stood there.
    public let expected: String

    public var description: String { "malformed JSON at byte \(offset): expected \(expected)" }
}

/// Reads JSON (RFC 8259) with limits on depth and on the number of values.
public struct JSONScanner {
    /// What one document may ask for.
    public struct Limits: Sendable {
        /// How deep arrays and objects nest.
        public var depth = 64
        /// How many values there are in all.
        public var values = 4_000_000

        /// The usual limits.
        public init() {}
    }

    private let bytes: [UInt8]
    private var offset = 0
    private var values = 0
    private let limits: Limits

    private init(_ bytes: [UInt8], _ limits: Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Reads one document: a value with nothing but white space around it.
    public static func parse(_ bytes: [UInt8], limits: Limits = .init()) throws(JSONError) -> JSONValue {
        var scanner = JSONScanner(bytes, limits)
        let value = try scanner.value(depth: 0)
        scanner.skipSpace()
        guard scanner.offset == bytes.count else { throw scanner.error("the end") }
        return value
    }

    private func error(_ expected: String) -> JSONError { JSONError(offset: offset, expected: expected) }

    private mutating func skipSpace() {
        while offset < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[offset]) { offset += 1 }
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        values += 1
        guard values <= limits.values else { throw error("fewer values") }
        guard depth <= limits.depth else { throw error("less depth") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N"): return try word("NaN", .number("NaN"))
        case UInt8(ascii: "I"): return try word("Infinity", .number("Infinity"))
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard bytes[offset...].starts(with: word.utf8) else { throw error("a value") }
        offset += word.utf8.count
        return value
    }

    private mutating func members(depth: Int) throws(JSONError) -> [JSONValue.Member] {
        offset += 1
        var members: [JSONValue.Member] = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            offset += 1
            return members
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a name in quotes") }
            let name = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw error("':'") }
            offset += 1
            members.append(.init(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            let byte = next
            guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else { throw error("',' or '}'") }
            offset += 1
            if byte == UInt8(ascii: "}") { return members }
        }
    }

    private mutating func elements(depth: Int) throws(JSONError) -> [JSONValue] {
        offset += 1
        var elements: [JSONValue] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            offset += 1
            return elements
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            let byte = next
            guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else { throw error("',' or ']'") }
            offset += 1
            if byte == UInt8(ascii: "]") { return elements }
        }
    }

    private mutating func number() throws(JSONError) -> String {
        let start = offset
        if next == UInt8(ascii: "-") { offset += 1 }
        if bytes[offset...].starts(with: "Infinity".utf8) {
            offset += 8
            return "-Infinity"
        }
        func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
        guard isDigit(next) else { throw error("a value") }
        while isDigit(next) { offset += 1 }
        if next == UInt8(ascii: ".") {
            offset += 1
            guard isDigit(next) else { throw error("a digit") }
            while isDigit(next) { offset += 1 }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            guard isDigit(next) else { throw error("a digit") }
            while isDigit(next) { offset += 1 }
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func string() throws(JSONError) -> String {
        offset += 1
        var text: [UInt8] = []
        while true {
            let start = offset
            while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { offset += 1 }
            text += bytes[start..<offset]
            guard let byte = next, byte >= 0x20 else { throw error("'\"'") }
            offset += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            text += try escape()
        }
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        guard let byte = next else { throw error("an escape") }
        offset += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xd800..<0xdc00).contains(code), bytes[offset...].starts(with: "\\u".utf8) {
                let start = offset
                offset += 2
                let low = try hexadecimal()
                if (0xdc00..<0xe000).contains(low) {
                    code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
                } else {
                    offset = start
                }
            }
            return Array(String(Character(Unicode.Scalar(code) ?? "\u{fffd}")).utf8)
        default: throw error("an escape")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard offset + 4 <= bytes.count,
            let code = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits") }
        offset += 4
        return code
    }
}
