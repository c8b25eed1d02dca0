internal import GitObjects

/// One assignment of an attributes line.
struct AttributeAssignment: Sendable {
    let name: String
    /// Nil for `!name`: unspecified, whatever less important lines say.
    let value: AttributeValue?
}

/// The lines of one attributes file.
struct AttributeFile: Sendable {
    struct Line: Sendable {
        let pattern: PathPattern
        let assignments: [AttributeAssignment]
    }

    /// Lines with a pattern, in order.
    var lines: [Line] = []
    /// Macros defined here, by name; of several the last counts.
    var macros: [String: [AttributeAssignment]] = [:]
    /// Every attribute and macro named, in order of appearance.
    var names: [String] = []
    /// The directory that the patterns are relative to.
    let base: GitPath

    /// Git passes over lines longer than this.
    private static let maximumLineLength = 2048

    init(parsing content: [UInt8], base: GitPath, allowsMacros: Bool) {
        self.base = base
        var content = content[...]
        if content.starts(with: [0xef, 0xbb, 0xbf]) { content = content.dropFirst(3) }
        for line in content.split(separator: UInt8(ascii: "\n")) where line.count < AttributeFile.maximumLineLength {
            parse(line, allowsMacros: allowsMacros)
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == 9 || byte == 13 || byte == 10
    }

    private mutating func parse(_ line: ArraySlice<UInt8>, allowsMacros: Bool) {
        var rest = line.drop(while: AttributeFile.isBlank)
        guard let first = rest.first, first != UInt8(ascii: "#") else { return }
        var subject: [UInt8]
        if first == UInt8(ascii: "\""), let (text, after) = AttributeFile.unquote(rest) {
            subject = text
            rest = rest[after...]
        } else {
            let end = rest.firstIndex(where: AttributeFile.isBlank) ?? rest.endIndex
            subject = Array(rest[..<end])
            rest = rest[end...]
        }
        let macroPrefix = Array("[attr]".utf8)
        if subject.count > macroPrefix.count, subject.starts(with: macroPrefix) {
            guard allowsMacros else { return }
            let name = String(decoding: subject.dropFirst(macroPrefix.count), as: UTF8.self)
            guard AttributeFile.isValidName(name) else { return }
            names.append(name)
            guard let assignments = assignments(rest) else { return }
            macros[name] = assignments
            return
        }
        // Git ignores negative patterns here.
        guard subject.first != UInt8(ascii: "!"), let assignments = assignments(rest) else { return }
        lines.append(Line(pattern: PathPattern(subject[...]), assignments: assignments))
    }

    private mutating func assignments(_ text: ArraySlice<UInt8>) -> [AttributeAssignment]? {
        var result: [AttributeAssignment] = []
        for word in text.split(whereSeparator: AttributeFile.isBlank) {
            var word = word
            let mark = word.first
            if mark == UInt8(ascii: "-") || mark == UInt8(ascii: "!") { word.removeFirst() }
            let equals = word.firstIndex(of: UInt8(ascii: "="))
            let name = String(decoding: word[..<(equals ?? word.endIndex)], as: UTF8.self)
            // One bad name spoils the line.
            guard AttributeFile.isValidName(name) else { return nil }
            names.append(name)
            let value: AttributeValue?
            if mark == UInt8(ascii: "-") {
                value = .unset
            } else if mark == UInt8(ascii: "!") {
                value = nil
            } else if let equals {
                value = .value(Array(word[(equals + 1)...]))
            } else {
                value = .set
            }
            result.append(AttributeAssignment(name: name, value: value))
        }
        return result
    }

    static func isValidName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "-") else { return false }
        return name.utf8.allSatisfy {
            $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
                || ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5a) || ($0 >= 0x61 && $0 <= 0x7a)
        }
    }

    /// The text of a C string that starts at the beginning, and the index after it; nil where it is broken.
    static func unquote(_ text: ArraySlice<UInt8>) -> ([UInt8], Int)? {
        var result: [UInt8] = []
        var index = text.startIndex + 1
        while index < text.endIndex {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return (result, index) }
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard index < text.endIndex else { return nil }
            let escape = text[index]
            index += 1
            switch escape {
            case UInt8(ascii: "a"): result.append(7)
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "v"): result.append(11)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result.append(escape)
            case UInt8(ascii: "0")...UInt8(ascii: "3"):
                guard index + 1 < text.endIndex, (0x30...0x37).contains(text[index]),
                    (0x30...0x37).contains(text[index + 1])
                else { return nil }
                result.append((escape - 0x30) << 6 | (text[index] - 0x30) << 3 | (text[index + 1] - 0x30))
                index += 2
            default: return nil
            }
        }
        return nil
    }
}
