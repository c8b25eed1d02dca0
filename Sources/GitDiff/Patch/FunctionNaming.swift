/// Tells which lines begin a function (or a section), and what of them is shown in hunk headers.
public struct FunctionNaming: Sendable, Hashable {
    /// A pattern; lines that match a negated one before any other are not names.
    public struct Pattern: Sendable, Hashable {
        /// The expression.
        public let pattern: LinePattern
        /// Whether a match says that the line is no name.
        public let isNegated: Bool
    }

    /// How many bytes of a name are shown.
    private static let limit = 80

    private let patterns: [Pattern]

    /// Git's rule where no driver says otherwise: a line that begins with a letter, `_` or `$`.
    public static let standard = FunctionNaming(patterns: [])

    private init(patterns: [Pattern]) { self.patterns = patterns }

    /// Reads patterns one a line, those with `!` before them negated; nil where one is malformed, or the last is negated.
    public init?(expressions: String, isExtended: Bool, ignoresCase: Bool = false) {
        var patterns: [Pattern] = []
        for line in expressions.split(separator: "\n", omittingEmptySubsequences: false) {
            let isNegated = line.hasPrefix("!")
            let source = String(isNegated ? line.dropFirst() : line)
            guard let pattern = LinePattern(source, isExtended: isExtended, ignoresCase: ignoresCase) else {
                return nil
            }
            patterns.append(Pattern(pattern: pattern, isNegated: isNegated))
        }
        guard let last = patterns.last, !last.isNegated else { return nil }
        self.patterns = patterns
    }

    /// What a hunk header shows of the line, or nil where the line names nothing.
    public func name(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        guard !patterns.isEmpty else {
            guard let first = line.first, FunctionNaming.isNameStart(first) else { return nil }
            return FunctionNaming.trimmed(line)
        }
        let text = line.last == 10 ? line.dropLast() : line
        return text.withUnsafeBytes { buffer in
            for pattern in patterns {
                guard let groups = pattern.pattern.firstMatch(buffer) else { continue }
                if pattern.isNegated { return nil }
                guard let range = groups[1] ?? groups[0] else { return nil }
                return FunctionNaming.trimmed([UInt8](UnsafeRawBufferPointer(rebasing: buffer[range]))[...])
            }
            return nil
        }
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
    }

    private static func trimmed(_ name: ArraySlice<UInt8>) -> [UInt8] {
        var result = name.prefix(limit)
        while let last = result.last, Whitespace.isSpace(last) { result.removeLast() }
        return Array(result)
    }
}
