/// Numbers as text.
enum NumberText {
    /// The shortest digits that give the number back, laid out as Python's `repr` does, so that files written by either
    /// compare equal: `0.1`, `100000.0`, `1e-05`, `1e+16`, `nan`, `inf`.
    static func shortest(_ number: Double) -> String {
        if number.isNaN { return "nan" }
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        if number == 0 { return number.sign == .minus ? "-0.0" : "0.0" }
        let (digits, exponent) = decimal(number.magnitude)
        let sign = number < 0 ? "-" : ""
        // `exponent` is that of the first digit.
        if exponent < -4 || exponent >= 16 {
            var mantissa = String(decoding: digits.prefix(1), as: UTF8.self)
            if digits.count > 1 { mantissa += "." + String(decoding: digits.dropFirst(), as: UTF8.self) }
            let magnitude = String(abs(exponent))
            return sign + mantissa + "e" + (exponent < 0 ? "-" : "+") + (magnitude.utf8.count < 2 ? "0" : "")
                + magnitude
        }
        if exponent < 0 {
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + String(decoding: digits, as: UTF8.self)
        }
        let whole = digits.prefix(exponent + 1)
        let padding = String(repeating: "0", count: max(0, exponent + 1 - digits.count))
        let fraction = digits.dropFirst(exponent + 1)
        return sign + String(decoding: whole, as: UTF8.self) + padding + "."
            + (fraction.isEmpty ? "0" : String(decoding: fraction, as: UTF8.self))
    }

    /// The shortest significant digits, and the power of ten of the first of them.
    private static func decimal(_ number: Double) -> (digits: [UInt8], exponent: Int) {
        var digits: [UInt8] = []
        var pointPosition: Int?
        var written = 0
        var text = ArraySlice("\(number)".utf8)
        if let mark = text.firstIndex(of: UInt8(ascii: "e")) {
            written = Int(String(decoding: text[(mark + 1)...], as: UTF8.self)) ?? 0
            text = text[..<mark]
        }
        for byte in text {
            if byte == UInt8(ascii: ".") { pointPosition = digits.count } else { digits.append(byte) }
        }
        var exponent = (pointPosition ?? digits.count) - 1 + written
        while digits.count > 1, digits.first == UInt8(ascii: "0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, exponent)
    }

    /// A number for a table: at most `digits` significant digits, trailing zeros dropped, whole numbers without a
    /// fraction.
    static func rounded(_ number: Double, digits: Int = 5) -> String {
        guard number.isFinite else { return shortest(number) }
        if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
        guard number != 0 else { return "0" }
        let magnitude = exponentOfTen(number)
        // Digits before the point are never rounded away.
        let decimals = max(0, digits - 1 - magnitude)
        if magnitude < -5 || magnitude >= 15 || decimals > 17 { return shortest(significant(number, digits)) }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (number * scale).rounded()
        guard scaled.magnitude < 9e15 else { return shortest(number) }
        let text = shortest(scaled / scale)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func exponentOfTen(_ number: Double) -> Int { decimal(number.magnitude).exponent }

    private static func significant(_ number: Double, _ digits: Int) -> Double {
        let (all, exponent) = decimal(number.magnitude)
        guard all.count > digits else { return number }
        let kept = String(decoding: all.prefix(digits), as: UTF8.self)
        let value = Double("\(kept)e\(exponent - digits + 1)") ?? number.magnitude
        return number < 0 ? -value : value
    }
}
