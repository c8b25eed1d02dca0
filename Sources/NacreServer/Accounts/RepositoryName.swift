/// `namespace/name`: the only spelling under which a repository is reached, free of anything that a path could be bent with.
package struct RepositoryName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Who or what it belongs to.
    package let namespace: String
    /// The name without `.git`.
    package let name: String

    /// Checks the two parts: ASCII letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 100
    /// bytes, not ending in `.lock` or `.git`; namespaces that are addresses of the server itself are refused.
    package init?(namespace: String, name: String) {
        guard RepositoryName.isValidPart(namespace), RepositoryName.isValidPart(name),
            !RepositoryName.reserved.contains(namespace)
        else { return nil }
        self.namespace = namespace
        self.name = name
    }

    /// Reads `namespace/name` or `namespace/name.git`.
    package init?(_ path: some StringProtocol) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let name = parts[1].hasSuffix(".git") ? parts[1].dropLast(4) : parts[1][...]
        self.init(namespace: String(parts[0]), name: String(name))
    }

    private static let reserved: Set<String> = ["api", "healthz", "readyz", "metrics", "static"]

    /// Whether this may name a user, a namespace or a repository.
    package static func isValidPart(_ part: String) -> Bool {
        let bytes = Array(part.utf8)
        guard let first = bytes.first, bytes.count <= 100, isAlphanumeric(first) else { return false }
        let others: [UInt8] = [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")]
        guard bytes.allSatisfy({ isAlphanumeric($0) || others.contains($0) }) else { return false }
        return !part.hasSuffix(".lock") && !part.hasSuffix(".git") && !part.hasSuffix(".") && !part.contains("..")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// `namespace/name`.
    package var path: String { "\(namespace)/\(name)" }

    package var description: String { path }

    package static func < (left: RepositoryName, right: RepositoryName) -> Bool { left.path < right.path }
}
