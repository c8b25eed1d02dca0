/// What a plain YAML scalar means by YAML 1.2's core schema: `no`, `on` and `1_000` are text, `0o17` is a number.
enum YAMLScalar {
    static func resolve(_ text: String) -> Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, isDigit(first) || "+-.".utf8.contains(first) else { return .string(text) }
        let unsigned = bytes.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        guard bytes.count - unsigned.count <= 1 else { return .string(text) }
        let isNegative = bytes.first == UInt8(ascii: "-")
        switch String(decoding: unsigned, as: UTF8.self) {
        case ".inf", ".Inf", ".INF": return .float(isNegative ? -.infinity : .infinity)
        case ".nan", ".NaN", ".NAN": return bytes.count == unsigned.count ? .float(.nan) : .string(text)
        default: break
        }
        if bytes.count == unsigned.count, bytes.count > 2, bytes[0] == UInt8(ascii: "0") {
            let digits = String(decoding: bytes[2...], as: UTF8.self)
            if bytes[1] == UInt8(ascii: "x"), let number = radix(digits, 16) { return .integer(number) }
            if bytes[1] == UInt8(ascii: "o"), let number = radix(digits, 8) { return .integer(number) }
        }
        return number(unsigned, text: text) ?? .string(text)
    }

    private static func radix(_ digits: String, _ radix: Int) -> Int64? {
        guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return Int64(digits, radix: radix)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// `[0-9]+`, or `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
    private static func number(_ bytes: ArraySlice<UInt8>, text: String) -> Value? {
        var rest = bytes
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        if rest.isEmpty { return whole.isEmpty ? nil : Int64(text).map(Value.integer) ?? Double(text).map(Value.float) }
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return nil }
        } else {
            guard rest.isEmpty else { return nil }
        }
        // Swift wants a digit on both sides of the point.
        var padded = text
        if whole.isEmpty, let point = padded.firstIndex(of: ".") { padded.insert("0", at: point) }
        if fraction.isEmpty, let point = padded.firstIndex(of: ".") {
            padded.insert("0", at: padded.index(after: point))
        }
        return Double(padded).map(Value.float)
    }

    /// Whether a text, written without quotes, would be read back as the same text, also inside `[…]` and `{…}`.
    static func isPlainSafe(_ text: String) -> Bool {
        guard case .string = resolve(text), let first = text.utf8.first, let last = text.utf8.last else { return false }
        if "-?:,[]{}#&*!|>'\"%@` ".utf8.contains(first) || last == UInt8(ascii: ":") || last == UInt8(ascii: " ") {
            return false
        }
        if text == "---" || text == "..." || text == "<<" || text == "=" { return false }
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7f || ",[]{}".utf8.contains(byte) { return false }
            if byte == UInt8(ascii: "#"), previous == 0x20 { return false }
            if byte == 0x20, previous == UInt8(ascii: ":") { return false }
            previous = byte
        }
        return true
    }
}
