/// How many columns text takes on a terminal.
enum TextColumns {
    /// The width of one scalar: 0 for what combines with the one before it, 2 for wide East Asian ones.
    static func width(_ scalar: UInt32) -> Int {
        switch scalar {
        case 0..<0x20, 0x7f..<0xa0: 0
        case 0x20..<0x300: scalar == 0xad ? 0 : 1
        case 0x300...0x36f, 0x483...0x489, 0x591...0x5bd, 0x610...0x61a, 0x64b...0x65f, 0x200b...0x200f,
            0x202a...0x202e,
            0x2060...0x2064, 0x20d0...0x20f0, 0xfe00...0xfe0f, 0xfe20...0xfe2f, 0xfeff, 0xe0100...0xe01ef:
            0
        case 0x1100...0x115f, 0x231a...0x231b, 0x2329...0x232a, 0x23e9...0x23ec, 0x23f0, 0x23f3, 0x25fd...0x25fe,
            0x2614...0x2615, 0x2648...0x2653, 0x267f, 0x2693, 0x26a1, 0x26aa...0x26ab, 0x26bd...0x26be, 0x26c4...0x26c5,
            0x26ce, 0x26d4, 0x26ea, 0x26f2...0x26f3, 0x26f5, 0x26fa, 0x26fd, 0x2705, 0x270a...0x270b, 0x2728, 0x274c,
            0x274e, 0x2753...0x2755, 0x2757, 0x2795...0x2797, 0x27b0, 0x27bf, 0x2b1b...0x2b1c, 0x2b50, 0x2b55,
            0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xa000...0xa4cf, 0xa960...0xa97c,
            0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6,
            0x16fe0...0x18aff, 0x1b000...0x1b2ff, 0x1f004, 0x1f0cf, 0x1f18e, 0x1f191...0x1f19a, 0x1f200...0x1f320,
            0x1f32d...0x1f335, 0x1f337...0x1f37c, 0x1f37e...0x1f393, 0x1f3a0...0x1f3ca, 0x1f3cf...0x1f3d3,
            0x1f3e0...0x1f3f0, 0x1f3f4, 0x1f3f8...0x1f43e, 0x1f440, 0x1f442...0x1f4fc, 0x1f4ff...0x1f53d,
            0x1f54b...0x1f54e, 0x1f550...0x1f567, 0x1f57a, 0x1f595...0x1f596, 0x1f5a4, 0x1f5fb...0x1f64f,
            0x1f680...0x1f6c5, 0x1f6cc, 0x1f6d0...0x1f6d2, 0x1f6d5...0x1f6d7, 0x1f6dc...0x1f6df, 0x1f6eb...0x1f6ec,
            0x1f6f4...0x1f6fc, 0x1f7e0...0x1f7eb, 0x1f7f0, 0x1f90c...0x1f93a, 0x1f93c...0x1f945, 0x1f947...0x1f9ff,
            0x1fa70...0x1faff, 0x20000...0x3fffd:
            2
        default: 1
        }
    }

    /// The width of text, colours not counted; the number of bytes where it is not UTF-8.
    static func width(_ bytes: ArraySlice<UInt8>) -> Int {
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return bytes.count }
        var total = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if let end = escapeEnd(bytes, index) {
                index = end
                continue
            }
            guard let (scalar, length) = scalar(bytes, index) else { return bytes.count }
            total += width(scalar)
            index += length
        }
        return total
    }

    /// Where the colour sequence ends that starts at an index; nil where none does.
    static func escapeEnd(_ bytes: ArraySlice<UInt8>, _ index: Int) -> Int? {
        guard bytes[index] == 0x1b, index + 1 < bytes.endIndex, bytes[index + 1] == UInt8(ascii: "[") else {
            return nil
        }
        var end = index + 2
        while end < bytes.endIndex, (bytes[end] >= 0x30 && bytes[end] <= 0x39) || bytes[end] == UInt8(ascii: ";") {
            end += 1
        }
        guard end < bytes.endIndex, bytes[end] == UInt8(ascii: "m") else { return nil }
        return end + 1
    }

    /// The scalar that starts at an index, and how many bytes it has; nil for broken UTF-8.
    static func scalar(_ bytes: ArraySlice<UInt8>, _ index: Int) -> (UInt32, Int)? {
        let first = bytes[index]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0
        guard length > 0, first < 0xf8, index + length <= bytes.endIndex else { return nil }
        var value = UInt32(first) & (length == 2 ? 0x1f : length == 3 ? 0x0f : 0x07)
        for offset in 1..<length {
            let byte = bytes[index + offset]
            guard byte & 0xc0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        return (value, length)
    }
}
