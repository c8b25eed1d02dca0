/// Transfer encodings of mail.
enum MailCoding {
    /// Turns bytes of a character set into UTF-8.
    typealias Converter = (_ bytes: [UInt8], _ charset: String) -> [UInt8]

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// Quoted-printable; with `isHeader`, `_` is a space.
    static func quotedPrintable(_ text: ArraySlice<UInt8>, isHeader: Bool) -> [UInt8] {
        var result: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            index += 1
            if byte == 0x3d, index < text.endIndex {
                if text[index] == 10 {
                    // A line that goes on.
                    index += 1
                    continue
                }
                if index + 1 < text.endIndex, let high = hexValue(text[index]), let low = hexValue(text[index + 1]) {
                    result.append(high << 4 | low)
                    index += 2
                    continue
                }
            }
            result.append(isHeader && byte == 0x5f ? 32 : byte)
        }
        return result
    }

    /// Base 64; what is no digit is passed over.
    static func base64(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text {
            let value: UInt8
            switch byte {
            case 0x41...0x5a: value = byte - 0x41
            case 0x61...0x7a: value = byte - 0x61 + 26
            case 0x30...0x39: value = byte - 0x30 + 52
            case 0x2b: value = 62
            case 0x2f: value = 63
            default: continue
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return result
    }

    /// A header's text with its `=?charset?q?…?=` words put in plain.
    static func header(_ text: [UInt8], _ convert: Converter) -> [UInt8] {
        var result: [UInt8] = []
        var rest = text[...]
        var wasWord = false
        while let start = find(rest) {
            let before = rest[..<start]
            // Blanks between two coded words belong to neither.
            if !(wasWord && before.allSatisfy(Mailbox.isSpace)) { result += before }
            guard let (decoded, end) = word(rest[start...], convert) else {
                result += rest[start..<(start + 2)]
                rest = rest[(start + 2)...]
                wasWord = false
                continue
            }
            result += decoded
            rest = rest[end...]
            wasWord = true
        }
        return result + rest
    }

    private static func find(_ text: ArraySlice<UInt8>) -> Int? {
        text.indices.dropLast().first { text[$0] == 0x3d && text[$0 + 1] == 0x3f }
    }

    private static func word(_ text: ArraySlice<UInt8>, _ convert: Converter) -> (decoded: [UInt8], end: Int)? {
        let start = text.startIndex + 2
        guard let first = text[start...].firstIndex(of: 0x3f), first + 2 < text.endIndex, text[first + 2] == 0x3f else {
            return nil
        }
        let charset = String(decoding: text[start..<first], as: UTF8.self)
        let body = first + 3
        guard let end = text[body...].indices.dropLast().first(where: { text[$0] == 0x3f && text[$0 + 1] == 0x3d })
        else {
            return nil
        }
        let coded = text[body..<end]
        let bytes: [UInt8]
        switch text[first + 1] | 0x20 {
        case UInt8(ascii: "q"): bytes = quotedPrintable(coded, isHeader: true)
        case UInt8(ascii: "b"): bytes = base64(coded)
        default: return nil
        }
        return (convert(bytes, charset), end + 2)
    }
}
