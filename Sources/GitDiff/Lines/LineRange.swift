/// Reads the line ranges of `-L`: `10,20`, `10,+5`, `/start/,/end/`, `^/start/`, `:function`.
public struct LineRange {
    /// Why a range cannot be had.
    public enum Failure: Error, Sendable, Hashable {
        /// It is not written as ranges are.
        case malformed
        /// It says something that cannot be; in Git's words.
        case refused(String)
    }

    private let lines: Lines
    private let naming: FunctionNaming

    /// Reads ranges of a text whose functions are named by `naming`.
    public init(_ lines: Lines, naming: FunctionNaming?) {
        self.lines = lines
        self.naming = naming ?? .standard
    }

    /// The first and the last line, counted from 1; 0 for one that is left open.
    ///
    /// - Parameter anchor: the line from which searches start: the one after the range before.
    public func parse(_ text: [UInt8], anchor: Int) throws(Failure) -> (first: Int, last: Int) {
        let anchor = min(max(anchor, 1), lines.count + 1)
        if text.first == UInt8(ascii: ":") || text.starts(with: "^:".utf8) {
            return try function(text[...], anchor: text.first == UInt8(ascii: "^") ? 1 : anchor)
        }
        var rest = text[...]
        var first = try place(&rest, after: nil, searchingFrom: anchor) ?? 0
        var last = 0
        if rest.first == UInt8(ascii: ",") {
            rest = rest.dropFirst()
            last = try place(&rest, after: first + 1, searchingFrom: first + 1) ?? 0
        }
        guard rest.isEmpty else { throw .malformed }
        if first != 0, last != 0, last < first { swap(&first, &last) }
        return (first, last)
    }

    /// Where the range ends in an argument of `-L` that goes on with `:` and a file; nil where it is no range.
    public static func end(of argument: [UInt8]) -> Int? {
        if argument.first == UInt8(ascii: ":") || argument.starts(with: "^:".utf8) {
            let start = argument.first == UInt8(ascii: ":") ? 1 : 2
            let end = end(of: argument[start...], at: UInt8(ascii: ":"), escapesLast: false) ?? argument.count
            return end > start ? end : nil
        }
        var rest = argument[...]
        pass(&rest, isFirst: true)
        if rest.first == UInt8(ascii: ",") {
            rest = rest.dropFirst()
            pass(&rest, isFirst: false)
        }
        return rest.startIndex
    }

    /// Passes over one end of a range.
    private static func pass(_ text: inout ArraySlice<UInt8>, isFirst: Bool) {
        if number(&text) != nil { return }
        var rest = text
        if isFirst, rest.first == UInt8(ascii: "^") { rest = rest.dropFirst() }
        guard rest.first == UInt8(ascii: "/") else {
            text = rest
            return
        }
        guard let end = end(of: rest.dropFirst(), at: UInt8(ascii: "/"), escapesLast: true) else { return }
        text = rest[(end + 1)...]
    }

    /// One end of a range; nil where nothing stands there.
    private func place(
        _ text: inout ArraySlice<UInt8>, after start: Int?, searchingFrom anchor: Int
    ) throws(Failure) -> Int? {
        if let start, let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            var rest = text.dropFirst()
            guard let count = Self.number(&rest) else { return nil }
            text = rest
            if count == 0 { throw .refused("-L invalid empty range") }
            return sign == UInt8(ascii: "+") ? start + count - 2 : max(start - count, 1)
        }
        var rest = text
        if let number = Self.number(&rest) {
            text = rest
            if number <= 0 { throw .refused("-L invalid line number: \(number)") }
            return number
        }
        var anchor = anchor
        if start == nil, text.first == UInt8(ascii: "^") {
            anchor = 1
            text = text.dropFirst()
        }
        guard text.first == UInt8(ascii: "/") else { return nil }
        guard let end = Self.end(of: text.dropFirst(), at: UInt8(ascii: "/"), escapesLast: true) else { return nil }
        let source = String(decoding: text[(text.startIndex + 1)..<end], as: UTF8.self)
        text = text[(end + 1)...]
        return try search(source, from: anchor)
    }

    private func search(_ source: String, from anchor: Int) throws(Failure) -> Int {
        guard let pattern = LinePattern(source, isExtended: false) else {
            let problem = LinePattern.problem(in: source, isExtended: false) ?? "Invalid regular expression"
            throw .refused("-L parameter '\(source)' starting at line \(anchor): \(problem)")
        }
        guard anchor - 1 <= lines.count, let start = match(pattern, from: Int(lines.starts[anchor - 1])) else {
            throw .refused("-L parameter '\(source)' starting at line \(anchor): No match")
        }
        return line(at: start.lowerBound) + 1
    }

    private func match(_ pattern: LinePattern, from start: Int) -> Range<Int>? {
        lines.bytes.withUnsafeBytes { pattern.firstMatch($0, from: start)?[0] }
    }

    /// The line in which a byte stands.
    private func line(at offset: Int) -> Int {
        var low = 0
        var high = lines.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if Int(lines.starts[middle]) <= offset { low = middle } else { high = middle }
        }
        return low
    }

    private func function(_ text: ArraySlice<UInt8>, anchor: Int) throws(Failure) -> (first: Int, last: Int) {
        let text = text.first == UInt8(ascii: "^") ? text.dropFirst(2) : text.dropFirst()
        let end = Self.end(of: text, at: UInt8(ascii: ":"), escapesLast: false) ?? text.endIndex
        guard end > text.startIndex, end == text.endIndex else { throw .malformed }
        let source = String(decoding: text[..<end], as: UTF8.self)
        guard let pattern = LinePattern(source, isExtended: false) else {
            let problem = LinePattern.problem(in: source, isExtended: false) ?? "Invalid regular expression"
            throw .refused("-L parameter '\(source)': \(problem)")
        }
        var position = anchor - 1
        while position < lines.count {
            guard let found = match(pattern, from: Int(lines.starts[position])) else { break }
            let line = line(at: found.lowerBound)
            if naming.name(self[line]) != nil {
                var last = line + 1
                while last < lines.count, naming.name(self[last]) == nil { last += 1 }
                return (line + 1, last)
            }
            position = max(line, self.line(at: max(found.lowerBound, found.upperBound - 1))) + 1
        }
        throw .refused("-L parameter '\(source)' starting at line \(anchor): no match")
    }

    private subscript(line: Int) -> ArraySlice<UInt8> { lines[line] }

    private static func number(_ text: inout ArraySlice<UInt8>) -> Int? {
        var rest = text
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let digits = rest.prefix { $0 &- 0x30 < 10 }
        guard !digits.isEmpty, digits.count < 18 else { return nil }
        text = rest[digits.endIndex...]
        let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return isNegative ? -number : number
    }

    /// Where a character stands that no backslash stands before.
    private static func end(of text: ArraySlice<UInt8>, at stop: UInt8, escapesLast: Bool) -> Int? {
        var position = text.startIndex
        while position < text.endIndex {
            if text[position] == stop { return position }
            position += text[position] == UInt8(ascii: "\\") && (escapesLast || position + 1 < text.endIndex) ? 2 : 1
        }
        return nil
    }
}
