/// Which lines are looked for: patterns, and how they are combined (`-e`, `--and`, `--or`, `--not`, parentheses).
public struct LineQuery {
    /// A word of the command line.
    public enum Token: Sendable, Hashable {
        /// A pattern, and where it stands, as messages name it.
        case pattern([UInt8], origin: String)
        /// `--and`.
        case and
        /// `--not`.
        case not
        /// `(`.
        case open
        /// `)`.
        case close
    }

    /// Why patterns cannot be used; in Git's words.
    public struct Failure: Error, Sendable, Hashable {
        /// The message.
        public let message: String
    }

    /// What was found in a line.
    public struct Hit {
        /// Whether the line is one that is looked for.
        public var isHit: Bool
        /// Where the first pattern matched that asks for lines.
        public var column: Int?
        /// Where the first pattern matched that stands behind `--not`.
        public var negatedColumn: Int?
    }

    private indirect enum Node {
        case pattern(Int)
        case not(Node)
        case and(Node, Node)
        case or(Node, Node)
    }

    private let patterns: [TextPattern]
    private let expression: Node?
    private let matchesWords: Bool
    private let needsColumns: Bool

    /// Compiles patterns.
    ///
    /// - Parameters:
    ///   - isCombined: whether the patterns are an expression even without `--and` and its like (`--all-match`).
    ///   - needsColumns: whether all patterns are tried, to find the first column that matches.
    public init(
        _ tokens: [Token], _ language: TextPattern.Language, ignoresCase: Bool, matchesWords: Bool,
        isCombined: Bool = false, needsColumns: Bool = false
    ) throws(Failure) {
        self.matchesWords = matchesWords
        self.needsColumns = needsColumns
        var patterns: [TextPattern] = []
        for case .pattern(let source, let origin) in tokens {
            guard let pattern = TextPattern(source, language, ignoresCase: ignoresCase) else {
                let text = String(decoding: source, as: UTF8.self)
                let problem = LinePattern.problem(in: text, isExtended: language == .extended)
                throw Failure(message: "\(origin), '\(text)': \(problem ?? "Invalid regular expression")")
            }
            patterns.append(pattern)
        }
        self.patterns = patterns
        let isPlain = tokens.allSatisfy { if case .pattern = $0 { true } else { false } }
        guard isCombined || !isPlain else {
            expression = nil
            return
        }
        var parser = Parser(tokens: tokens[...])
        expression = try parser.disjunction()
        if let rest = parser.tokens.first {
            throw Failure(message: "incomplete pattern expression: \(Parser.text(rest))")
        }
    }

    /// Whether lines can be passed over that ``firstCandidate(_:)`` does not find.
    public var allowsLookingAhead: Bool { expression == nil }

    /// Where in a text of many lines the next one stands that may be a hit; nil where there is none.
    public func firstCandidate(_ text: UnsafeRawBufferPointer) -> Int? {
        var first: Int?
        for pattern in patterns {
            guard let start = pattern.firstCandidate(text) else { continue }
            if start < first ?? .max { first = start }
        }
        return first
    }

    /// Looks at a line.
    public func look(_ line: UnsafeRawBufferPointer) -> Hit {
        var hit = Hit(isHit: false)
        if let expression {
            hit.isHit = evaluate(expression, line, &hit.column, &hit.negatedColumn)
            return hit
        }
        for pattern in patterns {
            guard let match = match(pattern, line, isLineStart: true) else { continue }
            hit.isHit = true
            guard needsColumns else { break }
            hit.column = min(hit.column ?? .max, match.lowerBound)
        }
        return hit
    }

    /// How many alternatives the expression has at its top (`--all-match`).
    public var alternativeCount: Int {
        var count = 1
        var node = expression
        while case .or(_, let right)? = node {
            count += 1
            node = right
        }
        return count
    }

    /// Marks the alternatives that match a line.
    public func markAlternatives(_ line: UnsafeRawBufferPointer, _ marks: inout [Bool]) {
        var node = expression
        var index = 0
        var column: Int?
        var negated: Int?
        while let current = node, index < marks.count {
            if case .or(let left, let right) = current {
                if !marks[index] { marks[index] = evaluate(left, line, &column, &negated) }
                node = right
            } else {
                if !marks[index] { marks[index] = evaluate(current, line, &column, &negated) }
                node = nil
            }
            index += 1
        }
    }

    /// The match of any pattern that comes first in a line, and of those the longest.
    public func nextMatch(_ line: UnsafeRawBufferPointer, isLineStart: Bool) -> Range<Int>? {
        guard !line.isEmpty else { return nil }
        var best: Range<Int>?
        for pattern in patterns {
            guard let match = match(pattern, line, isLineStart: isLineStart) else { continue }
            if let known = best {
                if match.lowerBound > known.lowerBound { continue }
                if match.lowerBound == known.lowerBound, match.upperBound < known.upperBound { continue }
            }
            best = match
        }
        return best
    }

    private func evaluate(
        _ node: Node, _ line: UnsafeRawBufferPointer, _ column: inout Int?, _ negated: inout Int?
    ) -> Bool {
        switch node {
        case .pattern(let index):
            guard let match = match(patterns[index], line, isLineStart: true) else { return false }
            column = min(column ?? .max, match.lowerBound)
            return true
        case .not(let inner): return !evaluate(inner, line, &negated, &column)
        case .and(let left, let right):
            let isHit = evaluate(left, line, &column, &negated)
            guard isHit || needsColumns else { return false }
            return evaluate(right, line, &column, &negated) && isHit
        case .or(let left, let right):
            let isHit = evaluate(left, line, &column, &negated)
            guard !isHit || needsColumns else { return true }
            return evaluate(right, line, &column, &negated) || isHit
        }
    }

    private func match(
        _ pattern: TextPattern, _ line: UnsafeRawBufferPointer, isLineStart: Bool
    ) -> Range<Int>? {
        guard matchesWords else { return pattern.firstMatch(line, isLineStart: isLineStart) }
        var start = 0
        var isLineStart = isLineStart
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: line[start...])
            guard let found = pattern.firstMatch(rest, isLineStart: isLineStart) else { return nil }
            let begin = found.lowerBound
            let startsWord = begin == 0 || !LineQuery.isWord(rest[begin - 1])
            let endsWord = found.upperBound == rest.count || !LineQuery.isWord(rest[found.upperBound])
            if startsWord, endsWord, !found.isEmpty { return (start + begin)..<(start + found.upperBound) }
            // A later place in the line may be a word by itself.
            guard begin + 1 < rest.count else { return nil }
            start += begin + 1
            while start < line.count, LineQuery.isWord(line[start - 1]) { start += 1 }
            guard start < line.count else { return nil }
            isLineStart = false
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "_")
    }

    /// Reads an expression: `--not` binds first, then `--and`; what stands side by side is an alternative.
    private struct Parser {
        var tokens: ArraySlice<Token>
        private var count = 0

        init(tokens: ArraySlice<Token>) { self.tokens = tokens }

        static func text(_ token: Token) -> String {
            switch token {
            case .pattern(let bytes, _): String(decoding: bytes, as: UTF8.self)
            case .and: "--and"
            case .not: "--not"
            case .open: "("
            case .close: ")"
            }
        }

        mutating func disjunction() throws(Failure) -> Node? {
            let left = try conjunction()
            guard let left, let next = tokens.first, next != .close else { return left }
            guard let right = try disjunction() else {
                throw Failure(message: "not a pattern expression \(Self.text(next))")
            }
            return .or(left, right)
        }

        private mutating func conjunction() throws(Failure) -> Node? {
            let left = try negation()
            guard tokens.first == .and else { return left }
            guard let left else { throw Failure(message: "--and not preceded by pattern expression") }
            tokens = tokens.dropFirst()
            guard let right = try conjunction() else {
                throw Failure(message: "--and not followed by pattern expression")
            }
            return .and(left, right)
        }

        private mutating func negation() throws(Failure) -> Node? {
            guard tokens.first == .not else { return try atom() }
            tokens = tokens.dropFirst()
            guard !tokens.isEmpty else { throw Failure(message: "--not not followed by pattern expression") }
            guard let inner = try negation() else {
                throw Failure(message: "--not followed by non pattern expression")
            }
            return .not(inner)
        }

        private mutating func atom() throws(Failure) -> Node? {
            switch tokens.first {
            case .pattern:
                tokens = tokens.dropFirst()
                count += 1
                return .pattern(count - 1)
            case .open:
                tokens = tokens.dropFirst()
                let inner = try disjunction()
                guard tokens.first == .close else { throw Failure(message: "unmatched parenthesis") }
                tokens = tokens.dropFirst()
                return inner
            default: return nil
            }
        }
    }
}
