/// How many columns of a terminal a text takes, and how far it is valid UTF-8, in Git's reckoning.
enum TextWidth {
    /// A character at the beginning of a text.
    struct Character {
        var length: Int
        var columns: Int
    }

    /// The columns of a text; one that is not UTF-8 counts its bytes.
    static func columns(_ text: ArraySlice<UInt8>) -> Int {
        var rest = text
        var width = 0
        while let byte = rest.first {
            if byte >= 0x20, byte < 0x7f {
                width += 1
                rest = rest.dropFirst()
                continue
            }
            guard let scalar = decode(rest) else { return text.count }
            width += columns(scalar.value)
            rest = rest.dropFirst(scalar.length)
        }
        return width
    }

    /// The columns of a text with escape sequences for colours in it.
    static func columnsWithoutColors(_ text: [UInt8]) -> Int {
        var plain: [UInt8] = []
        var isEscaped = false
        for byte in text {
            if byte == 0x1b { isEscaped = true }
            if !isEscaped { plain.append(byte) }
            if isEscaped, byte == UInt8(ascii: "m") { isEscaped = false }
        }
        return columns(plain[...])
    }

    /// The first character; a byte that begins none is one column.
    static func first(_ text: ArraySlice<UInt8>) -> Character {
        guard let scalar = decode(text) else { return Character(length: 1, columns: 1) }
        return Character(length: scalar.length, columns: columns(scalar.value))
    }

    /// The text up to the first byte that is not UTF-8.
    static func validPrefix(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = text
        while let byte = rest.first {
            if byte < 0x80 {
                rest = rest.dropFirst()
                continue
            }
            guard let scalar = decode(rest) else { return text[..<rest.startIndex] }
            rest = rest.dropFirst(scalar.length)
        }
        return text
    }

    /// The first code point and its length; nil for a malformed one, for surrogates and for U+FFFE and U+FFFF.
    static func decode(_ text: ArraySlice<UInt8>) -> (value: UInt32, length: Int)? {
        guard let first = text.first else { return nil }
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first & 0xe0 == 0xc0 ? 2 : first & 0xf0 == 0xe0 ? 3 : first & 0xf8 == 0xf0 ? 4 : 0
        guard length > 0, text.count >= length else { return nil }
        var value = UInt32(first) & (0x7f >> UInt32(length))
        for byte in text.dropFirst().prefix(length - 1) {
            guard byte & 0xc0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        let least: [UInt32] = [0, 0, 0x80, 0x800, 0x10000]
        guard value >= least[length], value <= 0x10ffff, !(0xd800...0xdfff).contains(value),
            value & 0xfffe != 0xfffe || value > 0xffff
        else { return nil }
        return (value, length)
    }

    private static func columns(_ value: UInt32) -> Int {
        if value == 0 || value == 0x200b || (0x300...0x36f).contains(value) || (0xfe00...0xfe0f).contains(value) {
            return 0
        }
        let isWide =
            (0x1100...0x115f).contains(value) || (0x2e80...0x303e).contains(value) || (0x3041...0xa4cf).contains(value)
            || (0xac00...0xd7a3).contains(value) || (0xf900...0xfaff).contains(value)
            || (0xfe30...0xfe6f).contains(value)
            || (0xff00...0xff60).contains(value) || (0xffe0...0xffe6).contains(value)
            || (0x1f300...0x1f64f).contains(value)
            || (0x1f900...0x1f9ff).contains(value) || (0x20000...0x3fffd).contains(value)
        return isWide ? 2 : 1
    }
}
