/// Bundles that a server names for clones to begin with: a pack that any web server can give away, before what is left is
/// fetched.
///
/// <https://git-scm.com/docs/gitprotocol-v2#_bundle_uri>
public struct BundleList: Sendable, Hashable {
    /// Which of them are needed.
    public enum Mode: String, Sendable {
        /// Every one.
        case all
        /// The first that can be had.
        case any
    }

    /// A bundle.
    public struct Bundle: Sendable, Hashable {
        /// What the list calls it.
        public let id: String
        /// Where it is: an address, or a path seen from the repository's.
        public var uri: String

        /// Names a bundle.
        public init(id: String, uri: String) {
            self.id = id
            self.uri = uri
        }
    }

    /// See ``Mode``.
    public var mode = Mode.all
    /// The bundles, in their order.
    public var bundles: [Bundle] = []
    private var version = 0

    /// The most bundles that are taken.
    static let limit = 1000

    /// An empty list.
    public init() {}

    /// Whether it is a list that is understood.
    public var isUsable: Bool { version == 1 && bundles.contains { !$0.uri.isEmpty } }

    /// The lines of an answer.
    public var lines: [String] {
        ["bundle.version=1", "bundle.mode=\(mode.rawValue)"] + bundles.map { "bundle.\($0.id).uri=\($0.uri)" }
    }

    /// Takes a line of an answer; keys that are not known are passed over.
    ///
    /// - Throws: ``ProtocolError`` where the line is none, or there are too many bundles.
    public mutating func take(_ line: some Sequence<UInt8>) throws(ProtocolError) {
        let text = String(decoding: Array(line), as: UTF8.self)
        guard let equals = text.firstIndex(of: "="), text.hasPrefix("bundle.") else {
            throw .unexpected(line: String(text.prefix(80)), expected: "'bundle.<key>=<value>'")
        }
        let key = text[..<equals].dropFirst(7)
        let value = String(text[text.index(after: equals)...])
        switch key {
        case "version": version = Int(value) ?? 0
        case "mode": mode = Mode(rawValue: value) ?? .all
        default:
            guard key.hasSuffix(".uri"), key.utf8.count > 4 else { return }
            guard bundles.count < Self.limit else { throw .tooLarge("number of bundles", limit: Self.limit) }
            bundles.append(Bundle(id: String(key.dropLast(4)), uri: value))
        }
    }
}
