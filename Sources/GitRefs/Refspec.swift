/// What a fetch or push moves: `[+]<source>[:<destination>]`, `^<source>` to leave refs out.
public struct Refspec: Sendable, Hashable, CustomStringConvertible {
    /// Whether updates that are no fast-forward are allowed (`+`).
    public let isForced: Bool
    /// Whether it takes refs out of what the others match (`^`).
    public let isNegative: Bool
    /// The source: a ref, a pattern with one `*`, or for a push any revision; nil for a push that deletes (`:name`) or
    /// pushes what matches on both sides (`:`).
    public let source: String?
    /// The destination; nil where there is no colon or nothing after it.
    public let destination: String?
    /// Whether there is a colon.
    public let hasColon: Bool

    /// Whether both sides hold a `*`.
    public var isPattern: Bool { source?.contains("*") ?? false }

    /// Whether it is `:`, which stands for all branches that are on both sides.
    public var isMatching: Bool { hasColon && source == nil && destination == nil }

    /// Reads a refspec of a fetch or a push.
    ///
    /// - Throws: ``RefError/badName(_:)`` with the text where it is none.
    public init(_ text: String, forPush: Bool) throws(RefError) {
        var rest = text[...]
        isForced = rest.hasPrefix("+")
        isNegative = rest.hasPrefix("^")
        if isForced || isNegative { rest.removeFirst() }
        // The destination holds no colon, a push's source may (`HEAD:path` never, `:/text` does).
        let colon = rest.lastIndex(of: ":")
        hasColon = colon != nil
        let left = colon.map { rest[..<$0] } ?? rest
        let right = colon.map { rest[rest.index(after: $0)...] }
        source = left.isEmpty ? nil : (left == "@" ? "HEAD" : String(left))
        destination = right.flatMap { $0.isEmpty ? nil : String($0) }
        guard Self.isValid(source, destination, colon != nil, isNegative, forPush) else { throw .badName(text) }
    }

    private static func isValid(
        _ source: String?, _ destination: String?, _ hasColon: Bool, _ isNegative: Bool, _ forPush: Bool
    ) -> Bool {
        func isName(_ text: String, _ rules: RefName.Rules) -> Bool {
            RefName.isValid(Array(text.utf8), options: rules)
        }
        let isPattern = source?.contains("*") ?? false
        if isNegative {
            guard !hasColon, let source else { return false }
            return isName(source, [.oneLevel, .pattern])
        }
        if let destination, (destination.contains("*") != isPattern) { return false }
        let rules: RefName.Rules = isPattern ? [.oneLevel, .pattern] : .oneLevel
        if forPush {
            if isPattern, let source, !isName(source, rules) { return false }
            if isPattern && !hasColon { return true }
            if hasColon && source != nil && destination == nil { return false }
            if let destination { return isName(destination, rules) }
            return hasColon || source.map { isName($0, rules) } ?? false
        }
        if let source, !isName(source, rules), !isID(source) { return false }
        if isPattern && destination == nil && hasColon { return false }
        return destination.map { isName($0, rules) } ?? true
    }

    /// Whether the text is a whole object id, which a fetch may ask for by name.
    private static func isID(_ text: String) -> Bool {
        (text.utf8.count == 40 || text.utf8.count == 64) && text.allSatisfy(\.isHexDigit)
    }

    /// The text that it was read from, with `@` written out.
    public var description: String {
        (isForced ? "+" : "") + (isNegative ? "^" : "") + (source ?? "") + (hasColon ? ":" + (destination ?? "") : "")
    }

    /// Whether a ref's name matches the source.
    public func matchesSource(_ name: RefName) -> Bool {
        guard let source else { return false }
        return Self.star(source, name.string) != nil
    }

    /// Where a ref of the source side goes; nil where it does not match, or there is no destination.
    public func destination(for name: RefName) -> RefName? {
        Self.map(name, from: source, to: destination)
    }

    /// Where a ref of the destination side comes from; nil where it does not match.
    public func source(for name: RefName) -> RefName? {
        Self.map(name, from: destination, to: source)
    }

    private static func map(_ name: RefName, from: String?, to: String?) -> RefName? {
        guard let from, let to, let middle = star(from, name.string) else { return nil }
        guard let star = to.firstIndex(of: "*") else { return try? RefName(to) }
        return try? RefName(to[..<star] + middle + to[to.index(after: star)...])
    }

    /// What the `*` of a pattern stands for; the empty string where a plain name is equal; nil where nothing matches.
    private static func star(_ pattern: String, _ text: String) -> String? {
        guard let star = pattern.firstIndex(of: "*") else { return pattern == text ? "" : nil }
        let prefix = Array(pattern[..<star].utf8)
        let suffix = Array(pattern[pattern.index(after: star)...].utf8)
        let bytes = Array(text.utf8)
        guard bytes.count >= prefix.count + suffix.count, bytes.starts(with: prefix),
            bytes.suffix(suffix.count).elementsEqual(suffix)
        else { return nil }
        return String(decoding: bytes[prefix.count..<(bytes.count - suffix.count)], as: UTF8.self)
    }
}
