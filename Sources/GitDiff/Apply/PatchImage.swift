/// A text that hunks are applied to, one after another.
public struct PatchImage: Sendable {
    /// How hunks find their place.
    public struct Options: Sendable {
        /// Whether hunks have no context, so that they may stand anywhere.
        public var hasNoContext = false
        /// The fewest lines of context that must match; nil: all (`-C`).
        public var minimumContext: Int?
        /// Whether context matches whatever its blanks are (`--ignore-whitespace`).
        public var ignoresBlanks = false
        /// Whether hunks may touch lines that earlier hunks made.
        public var allowsOverlap = false
        /// Whether lines are added (`--no-add` says no).
        public var addsLines = true
        /// The rules by which added lines are mended; nil where they are taken as they are.
        public var fixing: WhitespaceRules?
        /// Blank lines at the end of the file count as an error.
        public var noticesBlankEnd = false

        /// `git apply`'s.
        public init() {}
    }

    /// What became of a hunk.
    public struct Placement: Sendable {
        /// The line where it was found, from 0.
        public var position: Int
        /// Where it was expected.
        public var expected: Int
        /// The context that was used.
        public var leading: Int
        /// The context that was used.
        public var trailing: Int
        /// How many added lines were mended.
        public var fixedLines = 0
        /// The input line at which blank lines begin that it adds at the end of the file.
        public var blankEnd: Int?
    }

    private struct Line {
        var text: ArraySlice<UInt8>
        var isPatched = false
    }

    private var lines: [Line]
    private let options: Options

    /// Takes a text.
    public init(_ content: [UInt8], options: Options) {
        self.options = options
        lines = []
        var start = 0
        while start < content.count {
            let end = content[start...].firstIndex(of: 10).map { $0 + 1 } ?? content.count
            lines.append(Line(text: content[start..<end]))
            start = end
        }
    }

    /// The text as it is now.
    public var content: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(lines.reduce(0) { $0 + $1.text.count })
        for line in lines { result += line.text }
        return result
    }

    // MARK: Applying

    /// A hunk's two sides on their way: lines of the side after know their partner before, where they have one.
    private struct Sides {
        var before: [ArraySlice<UInt8>] = []
        var after: [(text: ArraySlice<UInt8>, partner: Int?)] = []
        /// Lines of `before` taken off at the front, which shifts partners.
        var dropped = 0
        var fixedLines = 0
        var blankLines = 0
        var blankStart: Int?
    }

    private func sides(_ hunk: PatchHunk) -> Sides {
        var sides = Sides()
        for line in hunk.lines {
            switch line.kind {
            case .context:
                sides.after.append((line.text, sides.before.count))
                sides.before.append(line.text)
                if !Self.isBlank(line.text) { sides.blankLines = 0 }
            case .old:
                sides.before.append(line.text)
                sides.blankLines = 0
            case .new:
                guard options.addsLines else { continue }
                var text = line.text
                if let rules = options.fixing {
                    let fixed = rules.fixed(text)
                    if fixed.isChanged { sides.fixedLines += 1 }
                    text = fixed.line[...]
                }
                sides.after.append((text, nil))
                if Self.isBlank(line.text) {
                    if sides.blankLines == 0 { sides.blankStart = line.number }
                    sides.blankLines += 1
                } else {
                    sides.blankLines = 0
                }
            }
        }
        return sides
    }

    private static func isBlank(_ line: ArraySlice<UInt8>) -> Bool { line.allSatisfy(Whitespace.isSpace) }

    /// Applies a hunk; nil where it fits nowhere, and nothing was changed.
    public mutating func apply(_ hunk: PatchHunk) -> Placement? {
        var sides = sides(hunk)
        var leading = hunk.leading
        var trailing = hunk.trailing
        var atStart = hunk.oldStart == 0 || (hunk.oldStart == 1 && !options.hasNoContext)
        var atEnd = !options.hasNoContext && trailing == 0
        var expected = max(hunk.newStart - 1, 0)
        let minimum = max(options.minimumContext ?? Int.max, 0)
        var found: Int?
        while true {
            found = find(sides.before, expected, atStart: atStart, atEnd: atEnd)
            if found != nil || (leading <= minimum && trailing <= minimum) { break }
            if atStart || atEnd {
                atStart = false
                atEnd = false
                continue
            }
            if leading >= trailing {
                sides.before.removeFirst()
                sides.after.removeFirst()
                sides.dropped += 1
                expected -= 1
                leading -= 1
            }
            if trailing > leading {
                sides.before.removeLast()
                sides.after.removeLast()
                trailing -= 1
            }
        }
        guard let position = found else { return nil }
        var result = Placement(position: position, expected: expected, leading: leading, trailing: trailing)
        result.fixedLines = sides.fixedLines
        if options.noticesBlankEnd, sides.blankLines > 0, position + sides.before.count >= lines.count {
            result.blankEnd = sides.blankStart
            if options.fixing != nil { sides.after.removeLast(min(sides.blankLines, sides.after.count)) }
        }
        replace(position, sides)
        return result
    }

    private mutating func replace(_ position: Int, _ sides: Sides) {
        let end = min(position + sides.before.count, lines.count)
        let keepsOwn = options.ignoresBlanks || options.fixing != nil
        let new = sides.after.map { line -> Line in
            var text = line.text
            if keepsOwn, let partner = line.partner, position + partner - sides.dropped < end {
                text = lines[position + partner - sides.dropped].text
                if let rules = options.fixing, text != line.text { text = rules.fixed(text).line[...] }
            }
            return Line(text: text, isPatched: !options.allowsOverlap)
        }
        lines.replaceSubrange(position..<end, with: new)
    }

    // MARK: Finding

    /// The place nearest to the expected one, forwards first.
    private func find(_ before: [ArraySlice<UInt8>], _ expected: Int, atStart: Bool, atEnd: Bool) -> Int? {
        var start = expected
        if atStart { start = 0 } else if atEnd { start = max(lines.count - before.count, 0) }
        start = max(min(start, lines.count), 0)
        if matches(before, start, atStart: atStart, atEnd: atEnd) { return start }
        var forward = start
        var backward = start
        while backward > 0 || forward < lines.count {
            if forward < lines.count {
                forward += 1
                if matches(before, forward, atStart: atStart, atEnd: atEnd) { return forward }
            }
            if backward > 0 {
                backward -= 1
                if matches(before, backward, atStart: atStart, atEnd: atEnd) { return backward }
            }
        }
        return nil
    }

    private func matches(_ before: [ArraySlice<UInt8>], _ position: Int, atStart: Bool, atEnd: Bool) -> Bool {
        var count = before.count
        if position + count > lines.count {
            guard let rules = options.fixing, rules.blankAtEOF else { return false }
            count = lines.count - position
            // What the file lacks must be blank lines, and something else must be there.
            guard before[count...].allSatisfy(Self.isBlank), !before[..<count].allSatisfy(Self.isBlank) else {
                return false
            }
        } else if atEnd && position + count != lines.count {
            return false
        }
        if atStart && position != 0 { return false }
        for index in 0..<count {
            let line = lines[position + index]
            if line.isPatched || !isEqual(line.text, before[index]) { return false }
        }
        return true
    }

    private func isEqual(_ line: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
        if line == other { return true }
        if options.ignoresBlanks { return Self.isEqualIgnoringBlanks(line, other) }
        if let rules = options.fixing { return rules.fixed(line).line == rules.fixed(other).line }
        return false
    }

    /// Runs of blanks are one; those at the end of a line are nothing.
    private static func isEqualIgnoringBlanks(_ line: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
        func words(_ text: ArraySlice<UInt8>) -> [UInt8] {
            var result: [UInt8] = []
            var isPending = false
            for byte in text {
                if Whitespace.isSpace(byte) {
                    isPending = true
                    continue
                }
                if isPending { result.append(32) }
                isPending = false
                result.append(byte)
            }
            return result
        }
        return words(line) == words(other)
    }
}
