internal import Bytes

/// What is looked for in texts, in one of four languages: plain text, basic and extended POSIX expressions, and Swift's own
/// expressions, which are close to Perl's. Works on bytes; a line never holds its newline.
///
/// Each thread should have its own: a compiled POSIX expression lets one thread at a time use it.
public struct TextPattern {
    /// How a pattern is read.
    public enum Language: Sendable, Hashable {
        /// As it stands.
        case plain
        /// POSIX, basic.
        case basic
        /// POSIX, extended.
        case extended
        /// Perl's.
        case perl
    }

    private enum Matcher {
        case plain([UInt8])
        case folded(FoldedText)
        case posix(LinePattern, literal: [UInt8])
        case perl(Regex<AnyRegexOutput>)
    }

    private let matcher: Matcher

    /// Compiles a pattern; nil where it is malformed.
    public init?(_ source: [UInt8], _ language: Language, ignoresCase: Bool = false) {
        let special = Array("$()*+.?[\\^{|".utf8)
        if language == .plain || !source.contains(where: { special.contains($0) }) {
            matcher = ignoresCase ? .folded(FoldedText(source)) : .plain(source)
            return
        }
        let text = String(decoding: source, as: UTF8.self)
        if language == .perl {
            guard let regex = try? Regex(text) else { return nil }
            matcher = .perl(regex.ignoresCase(ignoresCase).anchorsMatchLineEndings())
            return
        }
        guard let pattern = LinePattern(text, isExtended: language == .extended, ignoresCase: ignoresCase) else {
            return nil
        }
        let literal = ignoresCase ? [] : TextPattern.literal(in: source, isExtended: language == .extended)
        matcher = .posix(pattern, literal: literal)
    }

    /// Whether a text of many lines is worth looking at line by line: false where no line can match.
    public func mayMatch(_ text: UnsafeRawBufferPointer) -> Bool {
        switch matcher {
        case .plain(let bytes): return ByteSearch.find(bytes, in: text) != nil
        case .folded(let folded): return folded.find(in: text) != nil
        case .posix(_, let literal): return literal.isEmpty || ByteSearch.find(literal, in: text) != nil
        case .perl: return true
        }
    }

    /// Where the first match in a text of many lines begins, or before it in the same line; nil where nothing matches.
    public func firstCandidate(_ text: UnsafeRawBufferPointer) -> Int? {
        switch matcher {
        case .plain(let bytes): return ByteSearch.find(bytes, in: text)
        case .folded(let folded): return folded.find(in: text)
        case .posix(let pattern, let literal):
            if !literal.isEmpty { return ByteSearch.find(literal, in: text) }
            return pattern.firstRange(text)?.lowerBound
        case .perl: return text.isEmpty ? nil : 0
        }
    }

    /// The first match in one line.
    public func firstMatch(_ line: UnsafeRawBufferPointer, isLineStart: Bool = true) -> Range<Int>? {
        switch matcher {
        case .plain(let bytes):
            guard let start = ByteSearch.find(bytes, in: line) else { return nil }
            return start..<(start + bytes.count)
        case .folded(let folded):
            guard let start = folded.find(in: line) else { return nil }
            return start..<(start + folded.count)
        case .posix(let pattern, _): return pattern.firstRange(line, isLineStart: isLineStart)
        case .perl(let regex):
            let text = String(decoding: line, as: UTF8.self)
            guard let match = (try? regex.firstMatch(in: text)) ?? nil else { return nil }
            let start = text.utf8.distance(from: text.startIndex, to: match.range.lowerBound)
            let end = text.utf8.distance(from: text.startIndex, to: match.range.upperBound)
            guard end <= line.count else { return nil }
            return start..<end
        }
    }

    /// Whether the pattern is found in a line.
    public func matches(_ line: ArraySlice<UInt8>) -> Bool { line.withUnsafeBytes { firstMatch($0) != nil } }

    /// The longest text that every match must hold, as far as that is plain to see; empty where nothing is.
    static func literal(in source: [UInt8], isExtended: Bool) -> [UInt8] {
        var best: [UInt8] = []
        var run: [UInt8] = []
        func end(dropsLast: Bool) {
            if dropsLast, !run.isEmpty { run.removeLast() }
            if run.count > best.count { best = run }
            run = []
        }
        var index = 0
        while index < source.count {
            let byte = source[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\\"):
                guard index < source.count else { return [] }
                let next = source[index]
                index += 1
                // Only escaped punctuation stands for itself; groups, back references and the like end the search.
                guard "./*[]$^-\\".utf8.contains(next) else { return [] }
                run.append(next)
            case UInt8(ascii: "*"): end(dropsLast: true)
            case UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
                if !isExtended { run.append(byte) } else { end(dropsLast: true) }
                if byte == UInt8(ascii: "{"), isExtended { return [] }
            case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "|"):
                if isExtended { return [] }
                run.append(byte)
            case UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "$"): end(dropsLast: false)
            case UInt8(ascii: "["):
                end(dropsLast: false)
                guard let close = bracketEnd(source, index) else { return [] }
                index = close
            default: run.append(byte)
            }
        }
        end(dropsLast: false)
        return best
    }

    private static func bracketEnd(_ source: [UInt8], _ start: Int) -> Int? {
        var index = start
        if index < source.count, source[index] == UInt8(ascii: "^") { index += 1 }
        if index < source.count, source[index] == UInt8(ascii: "]") { index += 1 }
        while index < source.count {
            if source[index] == UInt8(ascii: "["), index + 1 < source.count, ":.=".utf8.contains(source[index + 1]) {
                let kind = source[index + 1]
                index += 2
                while index + 1 < source.count, source[index] != kind || source[index + 1] != UInt8(ascii: "]") {
                    index += 1
                }
                index += 2
            } else if source[index] == UInt8(ascii: "]") {
                return index + 1
            } else {
                index += 1
            }
        }
        return nil
    }
}

/// A text that is found in either case: Horspool's search over folded bytes.
struct FoldedText {
    private let text: [UInt8]
    private let skip: [Int32]

    var count: Int { text.count }

    @inline(__always)
    private static func fold(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    init(_ text: [UInt8]) {
        self.text = text.map(FoldedText.fold)
        var skip = [Int32](repeating: Int32(truncatingIfNeeded: max(text.count, 1)), count: 256)
        for (index, byte) in self.text.enumerated().dropLast() {
            let distance = Int32(truncatingIfNeeded: text.count - 1 - index)
            skip[Int(byte)] = distance
            if byte &- 0x61 < 26 { skip[Int(byte & 0xdf)] = distance }
        }
        self.skip = skip
    }

    func find(in buffer: UnsafeRawBufferPointer) -> Int? {
        let length = text.count
        guard length > 0 else { return 0 }
        guard buffer.count >= length else { return nil }
        return text.withUnsafeBufferPointer { text in
            skip.withUnsafeBufferPointer { skip in
                var end = length - 1
                while end < buffer.count {
                    let last = buffer[end]
                    if FoldedText.fold(last) == text[length - 1] {
                        var index = length - 2
                        while index >= 0, FoldedText.fold(buffer[end - (length - 1) + index]) == text[index] {
                            index -= 1
                        }
                        if index < 0 { return end - (length - 1) }
                    }
                    end += Int(skip[Int(last)])
                }
                return nil
            }
        }
    }
}
