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
        if first == UInt8(ascii: "\""), let (text, count) = GitPath.unquote(prefixOf: rest) {
            subject = text
            rest = rest.dropFirst(count)
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
}
