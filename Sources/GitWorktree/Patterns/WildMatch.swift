/// Git's shell patterns (`wildmatch.c`), as ignore rules, attributes, pathspecs and ref patterns use them.
public enum WildMatch {
    /// How a pattern is read.
    public struct Options: OptionSet, Sendable {
        /// The bits.
        public let rawValue: UInt8
        /// Makes a set from bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// `*` and `?` do not match `/`, and `**` has its meaning.
        public static let pathName = Options(rawValue: 1)
        /// ASCII letters match in either case.
        public static let ignoringCase = Options(rawValue: 2)
    }

    private enum Outcome { case match, noMatch, abortAll, abortToStarStar }

    /// More nested stars than any pattern needs: what recursion may use of the stack.
    private static let maximumDepth = 512

    /// Whether the whole text matches.
    public static func matches(
        _ pattern: some Collection<UInt8>, _ text: some Collection<UInt8>, _ options: Options = []
    ) -> Bool {
        func run(_ pattern: UnsafeBufferPointer<UInt8>) -> Bool {
            text.withContiguousStorageIfAvailable { match(pattern, $0, options) }
                ?? Array(text).withUnsafeBufferPointer { match(pattern, $0, options) }
        }
        return pattern.withContiguousStorageIfAvailable(run) ?? Array(pattern).withUnsafeBufferPointer(run)
    }

    static func match(
        _ pattern: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>, _ options: Options
    ) -> Bool {
        Matcher(pattern: pattern, text: text, options: options).run(0, 0, 0) == .match
    }

    /// Whether a byte means something in a pattern.
    static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "\\")
    }

    /// How many bytes stand before the first that means something.
    public static func literalCount(_ pattern: some Collection<UInt8>) -> Int {
        pattern.prefix { !isSpecial($0) }.count
    }

    private struct Matcher {
        let pattern: UnsafeBufferPointer<UInt8>
        let text: UnsafeBufferPointer<UInt8>
        let options: Options

        private var isPathName: Bool { options.contains(.pathName) }
        private var isFolding: Bool { options.contains(.ignoringCase) }

        /// The pattern's byte, or 0 past its end.
        private func p(_ index: Int) -> UInt8 { index < pattern.count ? pattern[index] : 0 }
        private func t(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }
        private func fold(_ byte: UInt8) -> UInt8 {
            isFolding && byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
        }
        private func hasSlash(from start: Int) -> Bool { nextSlash(from: start) != nil }
        private func nextSlash(from start: Int) -> Int? {
            var index = start
            while index < text.count {
                if text[index] == UInt8(ascii: "/") { return index }
                index += 1
            }
            return nil
        }

        func run(_ patternStart: Int, _ textStart: Int, _ depth: Int) -> Outcome {
            guard depth < maximumDepth else { return .abortAll }
            var i = patternStart
            var j = textStart
            while i < pattern.count {
                let byte = fold(pattern[i])
                if j >= text.count && byte != UInt8(ascii: "*") { return .abortAll }
                let character = fold(t(j))
                switch byte {
                case UInt8(ascii: "?"):
                    if isPathName && character == UInt8(ascii: "/") { return .noMatch }
                case UInt8(ascii: "*"):
                    if let outcome = star(patternStart, &i, &j, depth) { return outcome }
                case UInt8(ascii: "["):
                    switch bracket(&i, character) {
                    case nil: return .abortAll
                    case false?: return .noMatch
                    case true?: if isPathName && character == UInt8(ascii: "/") { return .noMatch }
                    }
                case UInt8(ascii: "\\"):
                    i += 1
                    if character != p(i) { return .noMatch }
                default:
                    if character != byte { return .noMatch }
                }
                i += 1
                j += 1
            }
            return j < text.count ? .noMatch : .match
        }

        /// At a star: nil means "go on after the slash that both stand on".
        private func star(_ patternStart: Int, _ i: inout Int, _ j: inout Int, _ depth: Int) -> Outcome? {
            let slash = UInt8(ascii: "/")
            var crossesSlash = !isPathName
            i += 1
            if p(i) == UInt8(ascii: "*") {
                let before = i - 2
                repeat { i += 1 } while p(i) == UInt8(ascii: "*")
                if isPathName {
                    let startsComponent = before < patternStart || pattern[before] == slash
                    let endsComponent =
                        i >= pattern.count || p(i) == slash || (p(i) == UInt8(ascii: "\\") && p(i + 1) == slash)
                    if startsComponent && endsComponent {
                        if p(i) == slash && run(i + 1, j, depth + 1) == .match { return .match }
                        crossesSlash = true
                    }
                }
            }
            if i >= pattern.count {
                return !crossesSlash && hasSlash(from: j) ? .abortToStarStar : .match
            }
            if !crossesSlash && p(i) == slash {
                guard let next = nextSlash(from: j) else { return .abortAll }
                j = next
                return nil
            }
            while j < text.count {
                if !isSpecial(p(i)) {
                    let wanted = fold(p(i))
                    while j < text.count, crossesSlash || t(j) != slash, fold(t(j)) != wanted { j += 1 }
                    // No later start can do better: without this, patterns of many stars take exponential time.
                    if j >= text.count || fold(t(j)) != wanted { return crossesSlash ? .abortAll : .abortToStarStar }
                }
                let outcome = run(i, j, depth + 1)
                if outcome != .noMatch {
                    if !crossesSlash || outcome != .abortToStarStar { return outcome }
                } else if !crossesSlash && t(j) == slash {
                    return .abortToStarStar
                }
                j += 1
            }
            return .abortAll
        }

        /// At `[`: whether the class matches, with `i` at its `]`; nil where it never ends.
        private func bracket(_ i: inout Int, _ character: UInt8) -> Bool? {
            i += 1
            var isNegated = false
            if p(i) == UInt8(ascii: "^") || p(i) == UInt8(ascii: "!") {
                isNegated = true
                i += 1
            }
            var previous: UInt8 = 0
            var isMatch = false
            repeat {
                guard i < pattern.count else { return nil }
                var byte = p(i)
                if byte == UInt8(ascii: "\\") {
                    i += 1
                    guard i < pattern.count else { return nil }
                    byte = p(i)
                    if character == byte { isMatch = true }
                } else if byte == UInt8(ascii: "-"), previous != 0, i + 1 < pattern.count, p(i + 1) != UInt8(ascii: "]")
                {
                    i += 1
                    if p(i) == UInt8(ascii: "\\") {
                        i += 1
                        guard i < pattern.count else { return nil }
                    }
                    if contains(previous, p(i), character) { isMatch = true }
                    byte = 0
                } else if byte == UInt8(ascii: "["), p(i + 1) == UInt8(ascii: ":") {
                    switch named(&i, character) {
                    case .unknown: return nil
                    case .matched:
                        isMatch = true
                        byte = 0
                    case .unmatched: byte = 0
                    case .plain: if character == byte { isMatch = true }
                    }
                } else if character == byte {
                    isMatch = true
                }
                previous = byte
                i += 1
            } while p(i) != UInt8(ascii: "]")
            return isMatch != isNegated
        }

        private func contains(_ low: UInt8, _ high: UInt8, _ character: UInt8) -> Bool {
            if character >= low && character <= high { return true }
            guard isFolding, character >= UInt8(ascii: "a"), character <= UInt8(ascii: "z") else { return false }
            return character - 32 >= low && character - 32 <= high
        }

        private enum Named { case matched, unmatched, unknown, plain }

        /// At `[:` inside a class: `i` ends at the `]` of `:]`, or stays where this is no named class.
        private func named(_ i: inout Int, _ character: UInt8) -> Named {
            let start = i + 2
            var end = start
            while end < pattern.count, pattern[end] != UInt8(ascii: "]") { end += 1 }
            guard end < pattern.count else { return .unknown }
            guard end > start, pattern[end - 1] == UInt8(ascii: ":") else { return .plain }
            let name = String(decoding: pattern[start..<(end - 1)], as: UTF8.self)
            guard let isMember = Matcher.isMember(character, of: name, isFolding: isFolding) else { return .unknown }
            i = end
            return isMember ? .matched : .unmatched
        }

        private static func isMember(_ c: UInt8, of name: String, isFolding: Bool) -> Bool? {
            let isLower = c >= 0x61 && c <= 0x7a
            let isUpper = c >= 0x41 && c <= 0x5a
            let isDigit = c >= 0x30 && c <= 0x39
            switch name {
            case "alnum": return isLower || isUpper || isDigit
            case "alpha": return isLower || isUpper
            case "blank": return c == 0x20 || c == 9
            case "cntrl": return c < 0x20 || c == 0x7f
            case "digit": return isDigit
            case "graph": return c > 0x20 && c < 0x7f
            case "lower": return isLower
            case "print": return c >= 0x20 && c < 0x7f
            case "punct": return c > 0x20 && c < 0x7f && !(isLower || isUpper || isDigit)
            case "space": return c == 0x20 || (c >= 9 && c <= 13)
            case "upper": return isUpper || (isFolding && isLower)
            case "xdigit": return isDigit || (c >= 0x61 && c <= 0x66) || (c >= 0x41 && c <= 0x46)
            default: return nil
            }
        }
    }
}
