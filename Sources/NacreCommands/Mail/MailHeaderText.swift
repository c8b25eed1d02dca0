/// Names and subjects as mail headers hold them (RFC 2047, RFC 822), in Git's way of folding lines.
enum MailHeaderText {
    /// What is encoded: a name beside an address, or a subject.
    enum Kind { case address, subject }

    static func needsEncoding(_ text: [UInt8]) -> Bool {
        for (index, byte) in text.enumerated() {
            if isSpecialByte(byte) || byte == 10 { return true }
            if byte == UInt8(ascii: "="), index + 1 < text.count, text[index + 1] == UInt8(ascii: "?") { return true }
        }
        return false
    }

    /// A byte that mail cannot carry as it is.
    static func isSpecialByte(_ byte: UInt8) -> Bool { byte >= 0x80 || byte == 0x1b }

    private static func needsQuoting(_ name: [UInt8]) -> Bool {
        name.contains { "()<>[]:;@\\,.\"".utf8.contains($0) }
    }

    private static func isSpecial(_ byte: UInt8, _ kind: Kind) -> Bool {
        if isSpecialByte(byte) || CommitText.isSpace(byte) { return true }
        if "=?_".utf8.contains(byte) { return true }
        guard kind == .address else { return false }
        let isAlphanumeric = byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
        return !isAlphanumeric && !"!*+-/".utf8.contains(byte)
    }

    /// `=?UTF-8?q?…?=`, broken into as many words as it takes.
    ///
    /// - Parameter column: how much of the line is taken already.
    static func encoded(_ text: [UInt8], _ kind: Kind, column: Int) -> [UInt8] {
        let opening = Array("=?UTF-8?q?".utf8)
        var result = opening
        var length = column + opening.count
        var position = 0
        while position < text.count {
            let width = max(TextColumns.scalar(text[...], position)?.1 ?? 1, 1)
            let isEncoded = width > 1 || isSpecial(text[position], kind)
            let size = isEncoded ? 3 * width : 1
            if length + size + 2 > 76 {
                result += Array("?=\n ".utf8) + opening
                length = opening.count + 1
            }
            for byte in text[position..<min(position + width, text.count)] {
                if isEncoded { result += hex(byte) } else { result.append(byte) }
            }
            length += size
            position += width
        }
        return result + Array("?=".utf8)
    }

    private static func hex(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    /// `From: name <address>` and a newline.
    static func from(_ name: [UInt8], _ address: [UInt8], encodes: Bool = true) -> [UInt8] {
        var result = Array("From: ".utf8)
        var limit = 78
        if encodes && needsEncoding(name) {
            result += encoded(name, .address, column: 6)
            limit = 76
        } else {
            var text = name
            if needsQuoting(name) {
                text = [UInt8(ascii: "\"")]
                for byte in name {
                    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
                    text.append(byte)
                }
                text.append(UInt8(ascii: "\""))
            }
            result += TextWrapping.wrap(text, width: limit, first: -6, rest: 1)
        }
        let last = result.count - (result.lastIndex(of: 10).map { $0 + 1 } ?? 0)
        if limit < last + address.count + 3 { result.append(10) }
        return result + Array(" <".utf8) + address + Array(">\n".utf8)
    }

    /// `Subject: [PATCH] title` and a newline.
    static func subject(_ prefix: [UInt8], _ title: [UInt8], encodes: Bool = true) -> [UInt8] {
        let start = Array("Subject: ".utf8) + prefix
        if encodes && needsEncoding(title) { return start + encoded(title, .subject, column: start.count) + [10] }
        return start + TextWrapping.wrap(title, width: 78, first: -start.count, rest: 1) + [10]
    }
}
