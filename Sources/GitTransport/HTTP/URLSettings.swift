public import GitConfig
public import SystemPackage

/// The settings of a section that has a subsection for each URL (`http.<url>.*`, `credential.<url>.*`): for each name
/// the setting whose URL matches best, those without a URL matching least.
public struct URLSettings: Sendable {
    private var entries: [String: [(rank: Rank, entry: ConfigEntry)]] = [:]

    private struct Rank: Comparable {
        /// The host's length; 0 without a URL.
        var host = 0
        /// The path's length.
        var path = 0
        /// Whether the user matches.
        var hasUser = false

        static func < (left: Rank, right: Rank) -> Bool {
            (left.host, left.path, left.hasUser ? 1 : 0) < (right.host, right.path, right.hasUser ? 1 : 0)
        }
    }

    /// Picks the settings that hold for a URL.
    public init(_ config: Config, section: String, url: RemoteURL) {
        for entry in config.entries where entry.key.section == section {
            guard let subsection = entry.key.subsection else {
                entries[entry.key.name, default: []].append((Rank(), entry))
                continue
            }
            let pattern = RemoteURL(String(decoding: subsection, as: UTF8.self))
            if let rank = URLSettings.match(pattern, url) {
                entries[entry.key.name, default: []].append((rank, entry))
            }
        }
    }

    private static func match(_ pattern: RemoteURL, _ url: RemoteURL) -> Rank? {
        guard pattern.isURL, pattern.protocolName == url.protocolName, pattern.effectivePort == url.effectivePort,
            hostMatches(pattern.host, url.host)
        else { return nil }
        if let user = pattern.user, user != url.user { return nil }
        var prefix = pattern.path
        while prefix.hasSuffix("/") { prefix.removeLast() }
        guard prefix.isEmpty || url.path == prefix || url.path.hasPrefix(prefix + "/") else { return nil }
        return Rank(host: pattern.host.utf8.count, path: prefix.utf8.count + 1, hasUser: pattern.user != nil)
    }

    /// `*` stands for one whole label.
    private static func hostMatches(_ pattern: String, _ host: String) -> Bool {
        let wanted = pattern.split(separator: ".", omittingEmptySubsequences: false)
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return wanted.count == labels.count && zip(wanted, labels).allSatisfy { $0 == "*" || $0 == $1 }
    }

    private func best(_ name: String) -> ConfigEntry? {
        // `max` gives the last of equals: later settings win.
        entries[name]?.enumerated().max { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }?.element.entry
    }

    /// The names that have a setting for the URL, in order.
    public var names: [String] { entries.keys.sorted() }

    /// The setting that matches best.
    public func entry(_ name: String) -> ConfigEntry? { best(name) }

    /// The value as text.
    public func string(_ name: String) -> String? { best(name)?.text }

    /// The value as a boolean.
    public func bool(_ name: String) throws(ConfigError) -> Bool? {
        guard let entry = best(name) else { return nil }
        return try ConfigValue.bool(entry)
    }

    /// The value as a number.
    public func int(_ name: String) throws(ConfigError) -> Int? {
        guard let entry = best(name) else { return nil }
        return try ConfigValue.int(entry)
    }

    /// The value as a path.
    public func path(_ name: String, home: FilePath?) throws(ConfigError) -> FilePath? {
        guard let entry = best(name) else { return nil }
        return try ConfigValue.path(entry, home: home)
    }

    /// All values in order; an empty one forgets those before it.
    public func list(_ name: String) -> [String] {
        var result: [String] = []
        for (_, entry) in entries[name] ?? [] {
            if entry.text.isEmpty { result = [] } else { result.append(entry.text) }
        }
        return result
    }
}
