/// A ref's full name: `HEAD`, `refs/heads/main`. Bytes, because git allows names that are not UTF-8.
public struct RefName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The bytes.
    public let bytes: [UInt8]

    /// A name that keeps the rules of git-check-ref-format(1), one level (`HEAD`) allowed.
    ///
    /// - Throws: ``RefError/badName(_:)``.
    public init(_ bytes: some Collection<UInt8>) throws(RefError) {
        let bytes = Array(bytes)
        guard RefName.isValid(bytes, options: .oneLevel) else {
            throw .badName(String(decoding: bytes, as: UTF8.self))
        }
        self.bytes = bytes
    }

    /// A name that keeps the rules.
    ///
    /// - Throws: ``RefError/badName(_:)``.
    public init(_ string: String) throws(RefError) { try self.init(Array(string.utf8)) }

    /// A name that was checked, or comes from a place where bad names must be shown.
    public init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    init(known: StaticString) {
        bytes = known.withUTF8Buffer { Array($0) }
    }

    /// `HEAD`.
    public static let head = RefName(known: "HEAD")

    /// `refs/heads/<name>`.
    ///
    /// - Throws: ``RefError/badName(_:)`` where no branch can have the name.
    public static func branch(_ name: String) throws(RefError) -> RefName {
        guard !name.hasPrefix("-"), name != "HEAD" else { throw .badName(name) }
        return try RefName("refs/heads/" + name)
    }

    /// `refs/tags/<name>`.
    ///
    /// - Throws: ``RefError/badName(_:)`` where no tag can have the name.
    public static func tag(_ name: String) throws(RefError) -> RefName {
        guard !name.hasPrefix("-") else { throw .badName(name) }
        return try RefName("refs/tags/" + name)
    }

    /// As text, broken UTF-8 replaced.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// As text.
    public var description: String { string }

    /// The name without `refs/heads/`, `refs/tags/`, `refs/remotes/` or `refs/`, as messages show it.
    public var shortened: String {
        for prefix in ["refs/heads/", "refs/tags/", "refs/remotes/", "refs/"] where starts(with: prefix) {
            return String(decoding: bytes.dropFirst(prefix.utf8.count), as: UTF8.self)
        }
        return string
    }

    /// Whether the name begins with this.
    public func starts(with prefix: String) -> Bool { bytes.starts(with: prefix.utf8) }

    /// What follows `prefix`, or nil where the name does not begin with it.
    public func dropping(_ prefix: String) -> String? {
        starts(with: prefix) ? String(decoding: bytes.dropFirst(prefix.utf8.count), as: UTF8.self) : nil
    }

    /// Whether it is a branch's.
    public var isBranch: Bool { starts(with: "refs/heads/") }

    /// Whether it is a tag's.
    public var isTag: Bool { starts(with: "refs/tags/") }

    /// Whether it is a remote-tracking branch's.
    public var isRemote: Bool { starts(with: "refs/remotes/") }

    /// Whether each work tree has its own ref of this name: `HEAD` and its like, `refs/bisect/`, `refs/worktree/`,
    /// `refs/rewritten/`.
    public var isPerWorktree: Bool {
        starts(with: "refs/bisect/") || starts(with: "refs/worktree/") || starts(with: "refs/rewritten/")
            || !starts(with: "refs/")
    }

    /// The bytes at once: one at a time, as an array does it, costs many times as much.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// Orders them.
    public static func < (left: RefName, right: RefName) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension RefName {
    /// What a name may look like besides the plain rules.
    public struct Rules: OptionSet, Sendable {
        /// The bits.
        public let rawValue: UInt8

        /// Makes a set of bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// One component is enough.
        public static let oneLevel = Rules(rawValue: 1)
        /// One `*` may stand in it.
        public static let pattern = Rules(rawValue: 2)
    }

    /// Whether a name keeps the rules of git-check-ref-format(1).
    public static func isValid(_ name: [UInt8], options: Rules = []) -> Bool {
        guard name != [UInt8(ascii: "@")], !name.isEmpty, name.last != UInt8(ascii: ".") else { return false }
        var hasStar = false
        var components = 0
        for component in name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            components += 1
            guard let first = component.first, first != UInt8(ascii: "."), !component.ends(with: ".lock") else {
                return false
            }
            var previous: UInt8 = 0
            for byte in component {
                switch byte {
                case 0...0x20, 0x7f, UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: ":"), UInt8(ascii: "?"),
                    UInt8(ascii: "["), UInt8(ascii: "\\"):
                    return false
                case UInt8(ascii: "*"):
                    guard options.contains(.pattern), !hasStar else { return false }
                    hasStar = true
                case UInt8(ascii: "."): if previous == byte { return false }
                case UInt8(ascii: "{"): if previous == UInt8(ascii: "@") { return false }
                default: break
                }
                previous = byte
            }
        }
        return components > 1 || options.contains(.oneLevel)
    }
}

extension ArraySlice<UInt8> {
    func ends(with suffix: StaticString) -> Bool {
        count >= suffix.utf8CodeUnitCount && suffix.withUTF8Buffer { self.suffix($0.count).elementsEqual($0) }
    }
}
