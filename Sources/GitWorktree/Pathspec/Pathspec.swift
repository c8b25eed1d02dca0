public import GitObjects

/// The paths that a command's operands name, with Git's magic: `:(top,literal,icase,glob,attr:…,exclude)` and `:/`, `:!`, `:^`.
public struct Pathspec: Sendable {
    /// One operand.
    public struct Item: Sendable {
        /// The operand as given.
        public let original: [UInt8]
        /// The pattern from the top of the work tree, without a slash at its end.
        public let match: [UInt8]
        /// How many bytes of ``match`` are literal.
        public let literalCount: Int
        /// How many bytes of ``match`` come from the working directory and never are a pattern.
        public let prefixCount: Int
        /// Whether it ended with a slash: only directories and what is in them match.
        public let isForDirectories: Bool
        /// `:(exclude)`.
        public let isExcluding: Bool
        /// `:(icase)`.
        public let ignoresCase: Bool
        /// `:(glob)`: `*` does not match `/`.
        public let isGlob: Bool
        /// `:(literal)`.
        public let isLiteral: Bool
        /// `:(attr:…)`: all must hold.
        public let requirements: [AttributeRequirement]

        /// Whether the whole pattern is literal.
        public var isPlain: Bool { literalCount == match.count }
    }

    /// A condition of `:(attr:…)`.
    public struct AttributeRequirement: Sendable {
        let name: String
        /// Nil: unspecified.
        let value: AttributeValue?
    }

    /// How a path matched.
    public enum Match: Int, Sendable, Comparable {
        /// Not at all.
        case none
        /// By a directory above it, or the empty pathspec.
        case recursively
        /// As a pattern.
        case pattern
        /// Byte for byte.
        case exactly

        public static func < (left: Match, right: Match) -> Bool { left.rawValue < right.rawValue }
    }

    /// The operands.
    public private(set) var items: [Item] = []
    /// The attributes that `:(attr:…)` asks for.
    public var attributes: AttributeRules?

    /// Matches every path.
    public static let all = Pathspec()

    private init() {}

    /// Pathspecs that name these paths and what is below them, literally.
    public init(literal paths: [GitPath]) {
        items = paths.map {
            Item(
                original: $0.bytes, match: $0.bytes, literalCount: $0.bytes.count, prefixCount: 0,
                isForDirectories: false, isExcluding: false, ignoresCase: false, isGlob: false, isLiteral: true,
                requirements: [])
        }
    }

    /// Reads operands.
    ///
    /// - Parameters:
    ///   - prefix: the working directory below the top of the work tree.
    ///   - root: the top's absolute path, which absolute operands are made relative to.
    public init(
        _ operands: [[UInt8]], prefix: GitPath, root: [UInt8], defaults: Defaults = Defaults()
    ) throws(PathspecError) {
        for operand in operands {
            items.append(try PathspecParser(operand, prefix: prefix, root: root, defaults: defaults).parse())
        }
        // Only exclusions: everything else is meant, from the working directory on.
        if !items.isEmpty, items.allSatisfy(\.isExcluding) {
            items.append(
                Item(
                    original: [], match: prefix.bytes, literalCount: prefix.bytes.count,
                    prefixCount: prefix.bytes.count, isForDirectories: false, isExcluding: false, ignoresCase: false,
                    isGlob: false, isLiteral: true, requirements: []))
        }
    }

    /// Magic that holds for all operands (`GIT_LITERAL_PATHSPECS` and its siblings).
    public struct Defaults: Sendable {
        /// Operands are literal.
        public var isLiteral = false
        /// Operands are globs.
        public var isGlob = false
        /// Operands are literal unless they say `:(glob)`.
        public var isNoGlob = false
        /// Case does not count.
        public var ignoresCase = false

        /// None.
        public init() {}
    }

    /// Whether every path matches.
    public var isEmpty: Bool { items.isEmpty }

    /// Whether a path matches.
    public func matches(_ path: GitPath, isDirectory: Bool = false) -> Bool {
        if items.isEmpty { return true }
        return match(path, isDirectory: isDirectory) != .none
    }

    /// How a path matches; `seen` collects the best match of each item, for "did not match any files".
    public func match(_ path: GitPath, isDirectory: Bool = false, seen: inout [Match]) -> Match {
        if items.isEmpty { return .recursively }
        var best = Match.none
        for (index, item) in items.enumerated() where !item.isExcluding {
            let how = Pathspec.match(item, path, isDirectory: isDirectory, attributes: attributes)
            if how != .none && index < seen.count && seen[index] < how { seen[index] = how }
            if how > best { best = how }
        }
        guard best != .none else { return .none }
        for (index, item) in items.enumerated() where item.isExcluding {
            let how = Pathspec.match(item, path, isDirectory: isDirectory, attributes: attributes)
            if how != .none {
                if index < seen.count && seen[index] < how { seen[index] = how }
                return .none
            }
        }
        return best
    }

    /// How a path matches.
    public func match(_ path: GitPath, isDirectory: Bool = false) -> Match {
        var seen: [Match] = []
        return match(path, isDirectory: isDirectory, seen: &seen)
    }

    /// Whether something below a directory may match: nothing does where this is false.
    public func mayMatch(inside directory: GitPath) -> Bool {
        if items.isEmpty || directory.isRoot { return true }
        for item in items where !item.isExcluding {
            let literal = item.match.prefix(item.literalCount)
            let shared = min(literal.count, directory.bytes.count)
            if item.ignoresCase {
                if literal.prefix(shared).elementsEqual(directory.bytes.prefix(shared), by: Pathspec.equalFolding) {
                    return true
                }
                continue
            }
            if literal.prefix(shared).elementsEqual(directory.bytes.prefix(shared)) { return true }
        }
        return false
    }

    /// The directory that every operand lies in, with a slash at its end; empty for the top.
    public var commonDirectory: [UInt8] {
        let named = items.filter { !$0.isExcluding }
        guard let first = named.first else { return [] }
        var length = 0
        for (number, item) in named.enumerated() {
            let literal = item.match.prefix(item.ignoresCase ? item.prefixCount : item.literalCount)
            let limit = number == 0 ? literal.count : min(literal.count, length)
            var shared = 0
            for position in 0..<limit {
                guard literal[position] == first.match[position] else { break }
                if literal[position] == UInt8(ascii: "/") { shared = position + 1 }
            }
            // A slash at the end of an operand was taken off.
            if number == 0, item.isForDirectories, item.isPlain, named.count == 1 {
                return literal + [UInt8(ascii: "/")]
            }
            length = shared
            if length == 0 { return [] }
        }
        return Array(first.match.prefix(length))
    }

    private static func equalFolding(_ a: UInt8, _ b: UInt8) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte }
        return lower(a) == lower(b)
    }

    private static func match(
        _ item: Item, _ path: GitPath, isDirectory: Bool, attributes: AttributeRules?
    ) -> Match {
        let how = matchPath(item, path, isDirectory: isDirectory)
        guard how != .none, !item.requirements.isEmpty else { return how }
        guard let attributes else { return .none }
        let values = attributes.attributes(of: path, isDirectory: isDirectory)
        return item.requirements.allSatisfy { values[$0.name] == $0.value } ? how : .none
    }

    private static func matchPath(_ item: Item, _ path: GitPath, isDirectory: Bool) -> Match {
        let pattern = item.match
        let text = path.bytes
        if pattern.isEmpty { return .recursively }
        let slash = UInt8(ascii: "/")
        func equal(_ count: Int) -> Bool {
            guard text.count >= count else { return false }
            if item.ignoresCase {
                return pattern[..<count].elementsEqual(text[..<count], by: equalFolding)
                    && pattern[..<min(item.prefixCount, count)].elementsEqual(text[..<min(item.prefixCount, count)])
            }
            return pattern[..<count].elementsEqual(text[..<count])
        }
        if equal(pattern.count) {
            if text.count == pattern.count { return !item.isForDirectories || isDirectory ? .exactly : .none }
            if text[pattern.count] == slash { return .recursively }
        }
        guard !item.isPlain else { return .none }
        guard equal(min(item.prefixCount, pattern.count)) else { return .none }
        var options: Wildmatch.Options = item.isGlob ? [.pathname] : []
        if item.ignoresCase { options.insert(.ignoringCase) }
        let patternRest = pattern[item.prefixCount...] + (item.isForDirectories ? [slash] : [])
        let textRest = text[item.prefixCount...] + (isDirectory && item.isForDirectories ? [slash] : [])
        return Wildmatch.matches(patternRest, textRest, options: options) ? .pattern : .none
    }
}
