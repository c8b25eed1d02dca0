internal import Bytes
internal import GitDiff

/// Looks through one text and writes what `grep` shows of it.
struct GrepFileSearch {
    /// What came of it.
    struct Result: Sendable {
        /// Whether the exit code is to say that something was found.
        var isHit = false
        /// What is shown, without the mark that separates it from the file before.
        var output: [UInt8] = []
        /// Whether that is only the notice of a binary file, which nothing separates from what is before it.
        var isNotice = false
    }

    private let style: GrepStyle
    private let query: LineQuery
    private let name: [UInt8]
    private let text: UnsafeRawBufferPointer
    private let naming: () -> FunctionNaming
    private let isBinary: () -> Bool
    private var result = Result()
    /// The number of the last line that was shown, from 1; 0 before the first.
    private var lastShown = 0
    /// Whether the search was led to the end of the text.
    private var isAtPhantom = false

    /// Looks through a text. `isBinary` and `naming` are asked only where the answer matters.
    static func run(
        _ text: UnsafeRawBufferPointer, name: [UInt8], _ style: GrepStyle, _ query: LineQuery,
        isBinary: @escaping () -> Bool, naming: @escaping () -> FunctionNaming
    ) -> Result {
        var search = GrepFileSearch(
            style: style, query: query, name: name, text: text, naming: naming, isBinary: isBinary)
        if style.needsAll, !search.hasAll() { return Result() }
        search.search()
        return search.result
    }

    private init(
        style: GrepStyle, query: LineQuery, name: [UInt8], text: UnsafeRawBufferPointer,
        naming: @escaping () -> FunctionNaming, isBinary: @escaping () -> Bool
    ) {
        self.style = style
        self.query = query
        self.name = name
        self.text = text
        self.naming = naming
        self.isBinary = isBinary
    }

    private func lineEnd(_ start: Int) -> Int {
        guard start < text.count else { return text.count }
        return text[start...].firstIndexOfNewline ?? text.count
    }

    private func slice(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[start..<max(start, min(end, text.count))])
    }

    /// Whether every alternative is found somewhere.
    private func hasAll() -> Bool {
        var marks = [Bool](repeating: false, count: query.alternativeCount)
        var start = 0
        while start < text.count, marks.contains(false) {
            let end = lineEnd(start)
            query.markAlternatives(slice(start, end), &marks)
            start = end + 1
        }
        return !marks.contains(false)
    }

    // MARK: Searching

    private mutating func search() {
        var start = 0
        var line = 1
        var lastHit = 0
        var count = 0
        var showsFunction = false
        var peeked: Int?
        let looksAhead = query.allowsLookingAhead && !style.isInverted
        guard !text.isEmpty else { return finish(0, 0) }
        // A pattern that matches nothing may be found behind the last newline, where Git sees one more line.
        while start < text.count || (start == text.count && isAtPhantom) {
            isAtPhantom = false
            if looksAhead, start < text.count, !(lastHit > 0 && (showsFunction || line <= lastHit + style.after)) {
                guard skip(&start, &line) else { break }
            }
            let end = lineEnd(start)
            let hit = query.look(slice(start, end))
            let isHit = hit.isHit != style.isInverted
            if style.namesUnmatched {
                if isHit { return }
            } else if isHit, style.maximumCount.map({ count < $0 }) ?? true {
                count += 1
                if lastHit == 0, !isWanted() { return }
                if style.isQuiet {
                    result.isHit = true
                    return
                }
                if style.namesOnly { return showName() }
                lastHit = line
                if !style.countsOnly {
                    if style.binary == .named, isBinary() { return showBinary() }
                    showHit(start, end, line, style.isInverted ? hit.negatedColumn : hit.column)
                    showsFunction = style.showsFunctionBody
                }
            } else if !style.countsOnly, lastHit > 0 {
                if showsFunction, peeked.map({ $0 < start }) ?? true {
                    peeked = skipBlankLines(start)
                    if let line = peeked, isFunction(line, lineEnd(line)) { showsFunction = false }
                }
                if showsFunction || line <= lastHit + style.after {
                    show(start, end, line, hit.column, UInt8(ascii: "-"))
                } else if style.maximumCount.map({ count >= $0 }) ?? false {
                    break
                }
            }
            start = end + 1
            line += 1
        }
        finish(count, lastHit)
    }

    /// Whether a file in which there is something to show is to be looked at.
    private func isWanted() -> Bool { style.binary != .skipped || !isBinary() }

    /// Goes on to the line that may be the next hit; false where there is none.
    private mutating func skip(_ start: inout Int, _ line: inout Int) -> Bool {
        guard let found = query.firstCandidate(slice(start, text.count)) else { return false }
        var position = start
        let target = start + found
        while let newline = text[position..<target].firstIndexOfNewline {
            position = newline + 1
            line += 1
        }
        start = position
        isAtPhantom = start == text.count
        return true
    }

    private mutating func finish(_ count: Int, _ lastHit: Int) {
        if style.isQuiet {
            result.isHit = style.namesUnmatched && isWanted()
        } else if style.namesUnmatched {
            if isWanted() { showName() }
        } else if style.countsOnly {
            guard count > 0 else { return }
            if style.showsName {
                put(name, style.colors?.filename)
                putSeparator(UInt8(ascii: ":"))
            }
            put("\(count)\n")
            result.isHit = true
        } else {
            result.isHit = lastHit > 0
        }
    }

    // MARK: Showing

    private mutating func put(_ text: String) { result.output += text.utf8 }

    private mutating func put(_ bytes: some Collection<UInt8>, _ color: String?) {
        guard let color, !color.isEmpty else {
            result.output += bytes
            return
        }
        put(color)
        result.output += bytes
        put(TerminalColor.reset)
    }

    private mutating func putSeparator(_ sign: UInt8) {
        if style.usesNul { result.output.append(0) } else { put([sign], style.colors?.separator) }
    }

    private mutating func showName() {
        put(name, style.colors?.filename)
        result.output.append(style.usesNul ? 0 : 10)
        result.isHit = true
    }

    private mutating func showBinary() {
        put("Binary file ")
        put(name, style.colors?.filename)
        put(" matches\n")
        result.isNotice = true
        result.isHit = true
    }

    private mutating func showHit(_ start: Int, _ end: Int, _ line: Int, _ column: Int?) {
        if style.before > 0 || style.showsFunctionBody {
            showBefore(start, end, line)
        } else if style.showsFunction {
            showFunctionLine(before: start, line)
        }
        show(start, end, line, column ?? 0, UInt8(ascii: ":"))
    }

    private mutating func show(_ start: Int, _ end: Int, _ line: Int, _ column: Int?, _ sign: UInt8) {
        if !(style.breaksFiles && lastShown == 0), style.hasMarks, lastShown > 0, line > lastShown + 1 {
            put("--".utf8, style.colors?.separator)
            put("\n")
        }
        var column = column.map { $0 + 1 } ?? 0
        if !style.showsMatchesOnly { showHeader(line, column, sign) }
        var rest = start
        if style.colors != nil || style.showsMatchesOnly {
            let lineColor = self.lineColor(sign)
            let matchColor = sign == UInt8(ascii: ":") ? style.colors?.matchSelected : style.colors?.matchContext
            while let match = query.nextMatch(slice(rest, end), isLineStart: rest == start), !match.isEmpty {
                if style.showsMatchesOnly {
                    showHeader(line, column, sign)
                } else {
                    put(slice(rest, rest + match.lowerBound), lineColor)
                }
                put(slice(rest + match.lowerBound, rest + match.upperBound), matchColor)
                if style.showsMatchesOnly { put("\n") }
                rest += match.upperBound
                column += match.upperBound
            }
        }
        guard !style.showsMatchesOnly else { return }
        put(slice(rest, end), lineColor(sign))
        put("\n")
    }

    private func lineColor(_ sign: UInt8) -> String? {
        switch sign {
        case UInt8(ascii: ":"): style.colors?.selected
        case UInt8(ascii: "-"): style.colors?.context
        default: style.colors?.function
        }
    }

    private mutating func showHeader(_ line: Int, _ column: Int, _ sign: UInt8) {
        if style.hasHeading, lastShown == 0 {
            put(name, style.colors?.filename)
            put("\n")
        }
        lastShown = line
        if !style.hasHeading, style.showsName {
            put(name, style.colors?.filename)
            putSeparator(sign)
        }
        if style.showsLineNumber {
            put(String(line).utf8, style.colors?.lineNumber)
            putSeparator(sign)
        }
        if style.showsColumn, column != 0 {
            put(String(column).utf8, style.colors?.column)
            putSeparator(sign)
        }
    }

    // MARK: Context

    private func isFunction(_ start: Int, _ end: Int) -> Bool { naming().name(Array(slice(start, end))[...]) != nil }

    private func isBlank(_ start: Int, _ end: Int) -> Bool {
        slice(start, end).allSatisfy { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
    }

    /// The first line from `start` on that is not blank, or the end.
    private func skipBlankLines(_ start: Int) -> Int {
        var start = start
        while start < text.count {
            let end = lineEnd(start)
            guard isBlank(start, end) else { return start }
            start = end + 1
        }
        return min(start, text.count)
    }

    /// The beginning of the line before the one at `start`.
    private func lineBefore(_ start: Int) -> Int {
        var position = start - 1
        while position > 0, text[position - 1] != 10 { position -= 1 }
        return max(position, 0)
    }

    private mutating func showFunctionLine(before start: Int, _ line: Int) {
        var start = start
        var line = line
        while start > 0 {
            let end = start - 1
            start = lineBefore(start)
            line -= 1
            if line <= lastShown { return }
            if isFunction(start, end) { return show(start, end, line, -1, UInt8(ascii: "=")) }
        }
    }

    private mutating func showBefore(_ hit: Int, _ hitEnd: Int, _ line: Int) {
        var current = line
        var start = hit
        var from = max(style.before < line ? line - style.before : 1, lastShown + 1)
        let contextStart = from
        var functionLine = 0
        var needsFunction = style.showsFunction
        var needsComment = false
        if style.showsFunctionBody {
            if isFunction(hit, hitEnd) { needsComment = true } else { needsFunction = true }
            from = lastShown + 1
        }
        while start > 0, current > from {
            let next = start
            let end = start - 1
            start = lineBefore(start)
            current -= 1
            if needsComment, isBlank(start, end) || isFunction(start, end) {
                needsComment = false
                from = contextStart
                if current < from {
                    current += 1
                    start = next
                    break
                }
            }
            if needsFunction, isFunction(start, end) {
                functionLine = current
                needsFunction = false
                if style.showsFunctionBody { needsComment = true } else { from = contextStart }
            }
        }
        if style.showsFunction, needsFunction { showFunctionLine(before: start, current) }
        while current < line {
            let end = lineEnd(start)
            show(start, end, current, -1, current == functionLine ? UInt8(ascii: "=") : UInt8(ascii: "-"))
            start = end + 1
            current += 1
        }
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Where the next newline stands.
    var firstIndexOfNewline: Int? {
        let buffer = UnsafeRawBufferPointer(rebasing: self)
        return ByteSearch.find(10, in: buffer).map { $0 + startIndex }
    }
}
