/// Git's glob matching, of ref patterns, ignore and attribute rules, pathspecs and `includeIf` conditions.
///
/// `?`, `*`, `[…]` with ranges, negation (`!`, `^`) and POSIX classes, `\` to escape. With ``Options/pathname``, a `*`
/// stops at slashes and `**` between slashes crosses them.
public enum Wildmatch {
    /// How a pattern is read.
    public struct Options: OptionSet, Sendable {
        /// The bits.
        public let rawValue: UInt8

        /// Makes a set of bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// ASCII letters match in either case.
        public static let ignoringCase = Options(rawValue: 1)
        /// `*`, `?` and brackets do not match a slash; `**` does.
        public static let pathname = Options(rawValue: 2)
    }

    /// Whether the whole text matches the pattern.
    ///
    /// - Complexity: Exponential only in the number of `**`; a `*` that cannot match gives up at once.
    public static func matches(
        _ pattern: some Collection<UInt8>, _ text: some Collection<UInt8>, options: Options = []
    ) -> Bool {
        func run(_ pattern: UnsafeBufferPointer<UInt8>) -> Bool {
            text.withContiguousStorageIfAvailable { matches(pattern: pattern, text: $0, options: options) }
                ?? Array(text).withUnsafeBufferPointer { matches(pattern: pattern, text: $0, options: options) }
        }
        return pattern.withContiguousStorageIfAvailable(run) ?? Array(pattern).withUnsafeBufferPointer(run)
    }

    /// The same of bytes that stand somewhere already: nothing is copied.
    public static func matches(
        pattern: UnsafeBufferPointer<UInt8>, text: UnsafeBufferPointer<UInt8>, options: Options
    ) -> Bool {
        var matcher = Matcher(pattern: pattern, text: text, options: options)
        return matcher.match(0, 0, depth: 0) == .match
    }

    /// How many bytes stand before the first that means more than itself.
    public static func literalCount(_ pattern: some Collection<UInt8>) -> Int {
        pattern.prefix { !isSpecial($0) }.count
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[") || byte == 0x5c
    }

    /// Whether a pattern has characters that mean more than themselves.
    public static func isGlob(_ pattern: some Sequence<UInt8>) -> Bool {
        pattern.contains(where: isSpecial)
    }
}

extension Wildmatch {
    enum Outcome {
        case match
        case noMatch
        /// The text ended: nothing before can help.
        case abort
        /// No match from here up to the enclosing `**`.
        case abortToDoubleStar
    }

    struct Matcher {
        let pattern: UnsafeBufferPointer<UInt8>
        let text: UnsafeBufferPointer<UInt8>
        let options: Options
        /// Bounds the work on patterns made to take for ever.
        var steps = 0
        static let maximumSteps = 10_000_000
        static let maximumDepth = 1000

        init(pattern: UnsafeBufferPointer<UInt8>, text: UnsafeBufferPointer<UInt8>, options: Options) {
            self.pattern = pattern
            self.text = text
            self.options = options
        }

        private func fold(_ byte: UInt8) -> UInt8 {
            options.contains(.ignoringCase) && byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
        }

        mutating func match(_ patternStart: Int, _ textStart: Int, depth: Int) -> Outcome {
            guard depth < Self.maximumDepth else { return .abort }
            var p = patternStart
            var t = textStart
            let slash = UInt8(ascii: "/")
            while p < pattern.count {
                let symbol = pattern[p]
                if t >= text.count && symbol != UInt8(ascii: "*") { return .abort }
                switch symbol {
                case UInt8(ascii: "\\"):
                    guard p + 1 < pattern.count else { return .abort }
                    p += 1
                    if fold(text[t]) != fold(pattern[p]) { return .noMatch }
                case UInt8(ascii: "?"):
                    if options.contains(.pathname) && text[t] == slash { return .noMatch }
                case UInt8(ascii: "*"):
                    return matchStar(p, t, depth: depth)
                case UInt8(ascii: "["):
                    var end = p
                    switch bracket(at: p, end: &end, byte: text[t]) {
                    case nil: return .abort
                    case false?: return .noMatch
                    case true?:
                        if options.contains(.pathname) && text[t] == slash { return .noMatch }
                        p = end
                    }
                default:
                    if fold(text[t]) != fold(symbol) { return .noMatch }
                }
                p += 1
                t += 1
            }
            return t >= text.count ? .match : .noMatch
        }

        private mutating func matchStar(_ star: Int, _ textStart: Int, depth: Int) -> Outcome {
            let slash = UInt8(ascii: "/")
            var p = star + 1
            var t = textStart
            var crossesSlashes = !options.contains(.pathname)
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
                if options.contains(.pathname) {
                    let startsComponent = star == 0 || pattern[star - 1] == slash
                    let endsComponent =
                        p == pattern.count || pattern[p] == slash
                        || (pattern[p] == UInt8(ascii: "\\") && p + 1 < pattern.count && pattern[p + 1] == slash)
                    if startsComponent && endsComponent {
                        // `a/**/b` also matches `a/b`.
                        if p < pattern.count, pattern[p] == slash, match(p + 1, t, depth: depth + 1) == .match {
                            return .match
                        }
                        crossesSlashes = true
                    }
                }
            }
            if p == pattern.count {
                if !crossesSlashes && text[t...].contains(slash) { return .abortToDoubleStar }
                return .match
            }
            if !crossesSlashes && pattern[p] == slash {
                guard let next = text[t...].firstIndex(of: slash) else { return .abortToDoubleStar }
                return match(p, next, depth: depth + 1)
            }
            return scan(p, &t, crossesSlashes: crossesSlashes, depth: depth)
        }

        private mutating func scan(_ p: Int, _ t: inout Int, crossesSlashes: Bool, depth: Int) -> Outcome {
            let slash = UInt8(ascii: "/")
            let first = pattern[p]
            let isLiteral = ![UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "\\")].contains(
                first)
            while t < text.count {
                steps += 1
                guard steps < Self.maximumSteps else { return .abort }
                if isLiteral {
                    while t < text.count, fold(text[t]) != fold(first), crossesSlashes || text[t] != slash { t += 1 }
                    guard t < text.count, fold(text[t]) == fold(first) else {
                        return crossesSlashes ? .abort : .abortToDoubleStar
                    }
                }
                let outcome = match(p, t, depth: depth + 1)
                if outcome != .noMatch {
                    if !crossesSlashes || outcome != .abortToDoubleStar { return outcome }
                } else if !crossesSlashes && text[t] == slash {
                    return .abortToDoubleStar
                }
                t += 1
            }
            return .abort
        }
    }
}
