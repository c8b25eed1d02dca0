/// Finds the lines of a diff that were lost in one place and came up in another.
///
/// All files of a diff are looked at together: its lines are gathered first, and printed with their marks afterwards. Which
/// lines form a block, and which blocks are marked in the second colour, is as Git decides it.
struct MovedLineFinder {
    /// A line that came or went, or a place where something else stands.
    enum Kind { case old, new, other }

    /// What is known of a line that moved.
    struct Mark: OptionSet {
        let rawValue: UInt8
        /// It moved.
        static let moved = Mark(rawValue: 1)
        /// It belongs to a block beside another one.
        static let alternative = Mark(rawValue: 2)
        /// It stands inside of its block.
        static let dimmed = Mark(rawValue: 4)
    }

    private struct Line {
        let kind: Kind
        let text: [UInt8]
        var number = -1
        /// The columns of its indentation; nil for a blank line.
        var indentation: Int?
        var mark: Mark = []
    }

    /// A place from which the lines before may have moved.
    private struct Candidate {
        var line: Int
        /// By how much its indentation differs; nil as long as all lines were blank.
        var shift: Int?
    }

    /// How many letters and digits a block needs.
    private static let leastCharacters = 20

    private let options: MovedLines
    private var lines: [Line] = []
    private var numbers: [[UInt8]: Int] = [:]
    /// By the number of a text: where it came, and where it went, the last place first.
    private var came: [[Int]] = []
    private var went: [[Int]] = []

    init(_ options: MovedLines) { self.options = options }

    /// Notes that something else stands between lines.
    mutating func addBreak() {
        if lines.last?.kind != .other { lines.append(Line(kind: .other, text: [])) }
    }

    /// Notes a line.
    mutating func add(_ kind: Kind, _ text: ArraySlice<UInt8>, tabWidth: Int) {
        var line = Line(kind: kind, text: Array(text))
        var start = text.startIndex
        if options.allowsIndentation {
            (start, line.indentation) = Self.indentation(text, tabWidth)
        }
        var key: [UInt8] = []
        LineClasses.append(text[start...], options.blanks, to: &key)
        let number = numbers[key] ?? numbers.count
        if number == numbers.count {
            numbers[key] = number
            came.append([])
            went.append([])
        }
        line.number = number
        if kind == .new { came[number].append(lines.count) } else { went[number].append(lines.count) }
        lines.append(line)
    }

    /// Where the indentation ends, and how many columns it takes; nil for a blank line.
    private static func indentation(_ text: ArraySlice<UInt8>, _ tabWidth: Int) -> (Int, Int?) {
        var position = text.startIndex
        while position < text.endIndex,
            text[position] == 12 || text[position] == 11
                || (text[position] == 13 && position < text.endIndex - 1)
        {
            position += 1
        }
        var width = 0
        while position < text.endIndex {
            if text[position] == 32 {
                width += 1
            } else if text[position] == 9 {
                width += tabWidth - width % tabWidth
            } else {
                break
            }
            position += 1
        }
        if text[position...].allSatisfy(Whitespace.isSpace) { return (text.endIndex, nil) }
        return (position, width)
    }

    // MARK: Finding

    /// The marks of all lines that came or went, in order.
    mutating func find() -> [Mark] {
        findBlocks()
        if options.mode == .dimmedZebra { dim() }
        return lines.filter { $0.kind != .other }.map(\.mark)
    }

    private mutating func findBlocks() {
        var candidates: [Candidate] = []
        var isFlipped = false
        var length = 0
        var movedKind = Kind.other
        var n = 0
        while n < lines.count {
            defer { n += 1 }
            var kind = lines[n].kind
            var matches = kind == .other ? [] : kind == .new ? went[lines[n].number] : came[lines[n].number]
            if kind == .other { isFlipped = false }
            if !candidates.isEmpty, matches.isEmpty || kind != movedKind {
                if !keepsBlock(endingBefore: n, length), length > 1 {
                    // Another block may begin at the second line of this one.
                    matches = []
                    n -= length
                }
                candidates = []
                length = 0
                isFlipped = false
            }
            if matches.isEmpty {
                movedKind = .other
                continue
            }
            if options.mode == .plain {
                lines[n].mark.insert(.moved)
                continue
            }
            candidates = candidates.compactMap { advanced($0, to: lines[n]) }
            if candidates.isEmpty {
                let isContiguous = keepsBlock(endingBefore: n, length)
                if !isContiguous, length > 1 {
                    n -= length
                    kind = lines[n].kind
                } else {
                    candidates = matches.reversed().map { Candidate(line: $0, shift: shift(lines[n], lines[$0])) }
                }
                isFlipped = isContiguous && !candidates.isEmpty && movedKind == kind ? !isFlipped : false
                movedKind = candidates.isEmpty ? .other : kind
                length = 0
            }
            if !candidates.isEmpty {
                length += 1
                lines[n].mark.insert(.moved)
                if isFlipped, options.mode != .blocks { lines[n].mark.insert(.alternative) }
            }
        }
        _ = keepsBlock(endingBefore: lines.count, length)
    }

    private func shift(_ line: Line, _ other: Line) -> Int? {
        guard options.allowsIndentation else { return 0 }
        guard line.indentation != nil || other.indentation != nil else { return nil }
        return (line.indentation ?? 0) - (other.indentation ?? 0)
    }

    /// The candidate with the line behind it, where that is the same as the next line of the block.
    private func advanced(_ candidate: Candidate, to line: Line) -> Candidate? {
        let next = candidate.line + 1
        guard next < lines.count, lines[next].kind == lines[candidate.line].kind, lines[next].number == line.number
        else { return nil }
        var result = Candidate(line: next, shift: candidate.shift)
        guard options.allowsIndentation, let width = lines[next].indentation else { return result }
        let shift = (line.indentation ?? 0) - width
        if result.shift == nil { result.shift = shift }
        return shift == result.shift ? result : nil
    }

    /// Whether the lines before one are worth a mark; takes theirs away where not.
    private mutating func keepsBlock(endingBefore end: Int, _ length: Int) -> Bool {
        if options.mode == .plain { return length > 0 }
        var count = 0
        for index in stride(from: end - 1, through: end - length, by: -1) {
            for byte in lines[index].text {
                if byte == 0 { break }
                let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26
                if !isLetter && byte &- UInt8(ascii: "0") >= 10 { continue }
                count += 1
                if count >= Self.leastCharacters { return true }
            }
        }
        for index in stride(from: end - 1, through: end - length, by: -1) {
            lines[index].mark.subtract([.moved, .alternative])
        }
        return false
    }

    /// Marks lines inside of blocks, and blocks beside nothing that moved.
    private mutating func dim() {
        let zebra: Mark = [.moved, .alternative]
        for n in lines.indices where lines[n].mark.contains(.moved) {
            let mark = lines[n].mark
            func neighbour(_ index: Int) -> Mark? {
                lines.indices.contains(index) && lines[index].kind != .other ? lines[index].mark : nil
            }
            let before = neighbour(n - 1)
            let after = neighbour(n + 1)
            let isInside = [before, after].allSatisfy { $0?.intersection(zebra) == mark.intersection(zebra) }
            func isBorder(_ other: Mark?) -> Bool {
                guard let other, other.contains(.moved) else { return false }
                return other.contains(.alternative) != mark.contains(.alternative)
            }
            if isInside || !(isBorder(before) || isBorder(after)) { lines[n].mark.insert(.dimmed) }
        }
    }
}
