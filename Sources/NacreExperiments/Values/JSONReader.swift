internal import Bytes

/// Reads JSON (RFC 8259), and beyond it the `NaN`, `Infinity` and `-Infinity` that Python writes.
///
/// Never recurses deeper than ``depthLimit``; a key that stands twice in a mapping is an error with its line.
public struct JSONReader {
    /// How many lists and mappings may stand inside each other.
    public static let depthLimit = 256

    private let bytes: [UInt8]
    private let source: String
    private var offset = 0
    private var depth = 0

    private init(_ bytes: [UInt8], source: String) {
        self.bytes = bytes
        self.source = source
    }

    /// The value that a whole file holds. `source` names the file in errors.
    public static func read(_ bytes: [UInt8], source: String) throws(ValueError) -> Value {
        var reader = JSONReader(bytes, source: source)
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { reader.offset = 3 }
        reader.skipSpace()
        let value = try reader.readValue()
        reader.skipSpace()
        guard reader.offset == bytes.count else { throw reader.error("something follows the end of the JSON value") }
        return value
    }

    private func error(_ reason: String, at position: Int? = nil) -> ValueError {
        let end = min(position ?? offset, bytes.count)
        let line = bytes[..<end].reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        return ValueError(source, line: line, "not valid JSON: " + reason)
    }

    private mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            default: return
            }
        }
    }

    private mutating func readValue() throws(ValueError) -> Value {
        guard offset < bytes.count else { throw error("the file ends where a value must stand") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return try readObject()
        case UInt8(ascii: "["): return try readArray()
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
        default:
            for (word, value) in Self.words where bytes[offset...].starts(with: word.utf8) {
                offset += word.utf8.count
                return value
            }
            throw error("a value must stand here")
        }
    }

    private static let words: [(String, Value)] = [
        ("true", .bool(true)), ("false", .bool(false)), ("null", .null), ("NaN", .float(.nan)),
        ("Infinity", .float(.infinity)),
    ]

    private mutating func enter() throws(ValueError) {
        depth += 1
        offset += 1
        guard depth <= Self.depthLimit else { throw error("more than \(Self.depthLimit) levels of nesting") }
        skipSpace()
    }

    /// Whether the byte is next; passes it over then.
    private mutating func take(_ byte: Character) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte.asciiValue else { return false }
        offset += 1
        return true
    }

    private mutating func readObject() throws(ValueError) -> Value {
        try enter()
        var object = ValueObject()
        if !take("}") {
            while true {
                let start = offset
                guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
                    throw error("a key in double quotes must stand here")
                }
                let key = try readString()
                guard object[key] == nil else { throw error("the key '\(key)' stands twice", at: start) }
                skipSpace()
                guard take(":") else { throw error("a ':' must follow the key '\(key)'") }
                skipSpace()
                object[key] = try readValue()
                skipSpace()
                if take("}") { break }
                guard take(",") else { throw error("a ',' or '}' must stand here") }
                skipSpace()
            }
        }
        depth -= 1
        return .object(object)
    }

    private mutating func readArray() throws(ValueError) -> Value {
        try enter()
        var values: [Value] = []
        if !take("]") {
            while true {
                values.append(try readValue())
                skipSpace()
                if take("]") { break }
                guard take(",") else { throw error("a ',' or ']' must stand here") }
                skipSpace()
            }
        }
        depth -= 1
        return .array(values)
    }

    private mutating func readNumber() throws(ValueError) -> Value {
        let start = offset
        if bytes[offset...].starts(with: "-Infinity".utf8) {
            offset += 9
            return .float(-.infinity)
        }
        var isInteger = true
        offset += 1
        scan: while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                isInteger = false
            default: break scan
            }
            offset += 1
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        let digits = bytes[start..<offset].drop { $0 == UInt8(ascii: "-") }
        let hasLeadingZero =
            digits.count > 1 && digits.first == UInt8(ascii: "0")
            && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digits[digits.startIndex + 1])
        guard !hasLeadingZero, digits.first != UInt8(ascii: "."), digits.last != UInt8(ascii: ".") else {
            throw error("'\(text)' is not a number", at: start)
        }
        if isInteger, let number = Int64(text) { return .integer(number) }
        guard let number = Double(text) else { throw error("'\(text)' is not a number", at: start) }
        return .float(number)
    }

    private mutating func readString() throws(ValueError) -> String {
        let start = offset
        offset += 1
        let plain = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\""), bytes[offset] != UInt8(ascii: "\\"),
            bytes[offset] >= 0x20
        { offset += 1 }
        guard offset < bytes.count else { throw error("the text has no closing quote", at: start) }
        if bytes[offset] == UInt8(ascii: "\"") {
            offset += 1
            return try text(Array(bytes[plain..<(offset - 1)]), from: start)
        }
        var result = Array(bytes[plain..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(result, from: start)
            case UInt8(ascii: "\\"): try readEscape(into: &result)
            case 0..<0x20: throw error("a control character stands unescaped in a text")
            default: result.append(byte)
            }
        }
        throw error("the text has no closing quote", at: start)
    }

    private func text(_ bytes: [UInt8], from start: Int) throws(ValueError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error("a text is not UTF-8", at: start)
        }
        return text
    }

    private mutating func readEscape(into result: inout [UInt8]) throws(ValueError) {
        guard offset < bytes.count else { throw error("the file ends in an escape") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
        case UInt8(ascii: "b"): result.append(8)
        case UInt8(ascii: "f"): result.append(12)
        case UInt8(ascii: "n"): result.append(10)
        case UInt8(ascii: "r"): result.append(13)
        case UInt8(ascii: "t"): result.append(9)
        case UInt8(ascii: "u"):
            var unit = try readHex()
            if (0xd800..<0xdc00).contains(unit) {
                guard bytes[offset...].starts(with: "\\u".utf8) else { throw error("half of a surrogate pair") }
                offset += 2
                let low = try readHex()
                guard (0xdc00..<0xe000).contains(low) else { throw error("half of a surrogate pair") }
                unit = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw error("half of a surrogate pair") }
            result.append(contentsOf: String(Character(scalar)).utf8)
        default: throw error("an escape that JSON does not have")
        }
    }

    private mutating func readHex() throws(ValueError) -> UInt32 {
        guard bytes.count - offset >= 4 else { throw error("the file ends in an escape") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Hex.value(bytes[offset]) else { throw error("'\\u' must be followed by four digits") }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }
}
