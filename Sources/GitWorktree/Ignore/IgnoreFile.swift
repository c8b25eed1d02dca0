internal import GitObjects

/// A rule of an ignore file: what `check-ignore -v` prints.
public struct IgnoreRule: Sendable {
    let pattern: PathPattern
    /// The line as it stands, without the newline and trailing spaces.
    public let text: [UInt8]
    /// The file that holds it, as Git names it: relative to the top of the work tree, or as configured.
    public let source: [UInt8]
    /// The line, from 1.
    public let line: Int
    /// Whether it takes a path out of the ignored ones.
    public var isNegative: Bool { pattern.isNegative }
}

/// The rules of one ignore file.
struct IgnoreFile: Sendable {
    let rules: [IgnoreRule]
    /// The directory that the rules are relative to.
    let base: GitPath

    init(parsing content: [UInt8], base: GitPath, source: [UInt8]) {
        self.base = base
        var rules: [IgnoreRule] = []
        var content = content[...]
        if content.starts(with: [0xef, 0xbb, 0xbf]) { content = content.dropFirst(3) }
        var number = 0
        for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            var line = line
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            // A NUL ends the line for Git.
            if let nul = line.firstIndex(of: 0) { line = line[..<nul] }
            line = IgnoreFile.trimmed(line)
            rules.append(IgnoreRule(pattern: PathPattern(line), text: Array(line), source: source, line: number))
        }
        self.rules = rules
    }

    /// Without trailing spaces, but for one that a backslash keeps.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var lastSpace: Int?
        var index = line.startIndex
        while index < line.endIndex {
            switch line[index] {
            case UInt8(ascii: " "): if lastSpace == nil { lastSpace = index }
            case UInt8(ascii: "\\"):
                index += 1
                if index >= line.endIndex { return line }
                lastSpace = nil
            default: lastSpace = nil
            }
            index += 1
        }
        return lastSpace.map { line[..<$0] } ?? line
    }

    /// The last rule that matches.
    func lastMatch(
        _ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isDirectory: Bool, ignoringCase: Bool
    ) -> IgnoreRule? {
        var index = rules.count - 1
        while index >= 0 {
            if rules[index].pattern.matches(
                path, nameStart: nameStart, baseCount: base.bytes.count, isDirectory: isDirectory,
                ignoringCase: ignoringCase)
            {
                return rules[index]
            }
            index -= 1
        }
        return nil
    }
}
