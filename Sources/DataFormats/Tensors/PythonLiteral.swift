/// A Python literal of the few kinds that NumPy headers use. Nothing is evaluated.
indirect enum PythonLiteral: Hashable {
    case string(String)
    case integer(Int)
    case bool(Bool)
    case none
    case tuple([PythonLiteral])
    case list([PythonLiteral])
    case dictionary([String: PythonLiteral])

    /// The value of a key, where this is a dictionary that has it.
    subscript(key: String) -> PythonLiteral? {
        guard case .dictionary(let values) = self else { return nil }
        return values[key]
    }

    /// Reads one literal with white space around it; nil where it is anything else.
    static func parse(_ bytes: [UInt8]) -> PythonLiteral? {
        var parser = Parser(bytes: bytes)
        guard let value = parser.value(depth: 0) else { return nil }
        parser.skipSpace()
        return parser.offset == bytes.count ? value : nil
    }

    private struct Parser {
        let bytes: [UInt8]
        var offset = 0

        var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

        mutating func skipSpace() {
            while let byte = next, [0x20, 0x0a, 0x0d, 0x09].contains(byte) { offset += 1 }
        }

        mutating func value(depth: Int) -> PythonLiteral? {
            guard depth < 16 else { return nil }
            skipSpace()
            guard let byte = next else { return nil }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): return string(byte).map { .string($0) }
            case UInt8(ascii: "("): return sequence(UInt8(ascii: ")"), depth: depth).map { .tuple($0) }
            case UInt8(ascii: "["): return sequence(UInt8(ascii: "]"), depth: depth).map { .list($0) }
            case UInt8(ascii: "{"): return dictionary(depth: depth)
            case UInt8(ascii: "T"): return word("True", .bool(true))
            case UInt8(ascii: "F"): return word("False", .bool(false))
            case UInt8(ascii: "N"): return word("None", .none)
            default: return integer()
            }
        }

        mutating func word(_ word: String, _ value: PythonLiteral) -> PythonLiteral? {
            guard bytes[offset...].starts(with: word.utf8) else { return nil }
            offset += word.utf8.count
            return value
        }

        mutating func integer() -> PythonLiteral? {
            let start = offset
            if next == UInt8(ascii: "-") { offset += 1 }
            while let byte = next, (0x30...0x39).contains(byte) { offset += 1 }
            let digits = String(decoding: bytes[start..<offset], as: UTF8.self)
            // Python 2 wrote long integers with an L.
            if next == UInt8(ascii: "L") { offset += 1 }
            return Int(digits).map { .integer($0) }
        }

        mutating func string(_ quote: UInt8) -> String? {
            offset += 1
            let start = offset
            while let byte = next, byte != quote {
                // An escape never stands in a header that NumPy writes.
                if byte == UInt8(ascii: "\\") { return nil }
                offset += 1
            }
            guard next == quote else { return nil }
            offset += 1
            return String(decoding: bytes[start..<offset - 1], as: UTF8.self)
        }

        mutating func sequence(_ close: UInt8, depth: Int) -> [PythonLiteral]? {
            offset += 1
            var values: [PythonLiteral] = []
            while true {
                skipSpace()
                if next == close {
                    offset += 1
                    return values
                }
                guard let value = value(depth: depth + 1) else { return nil }
                values.append(value)
                skipSpace()
                if next == UInt8(ascii: ",") { offset += 1 } else if next != close { return nil }
            }
        }

        mutating func dictionary(depth: Int) -> PythonLiteral? {
            offset += 1
            var values: [String: PythonLiteral] = [:]
            while true {
                skipSpace()
                if next == UInt8(ascii: "}") {
                    offset += 1
                    return .dictionary(values)
                }
                guard case .string(let key)? = value(depth: depth + 1) else { return nil }
                skipSpace()
                guard next == UInt8(ascii: ":") else { return nil }
                offset += 1
                guard let value = value(depth: depth + 1) else { return nil }
                values[key] = value
                skipSpace()
                if next == UInt8(ascii: ",") { offset += 1 } else if next != UInt8(ascii: "}") { return nil }
            }
        }
    }
}
