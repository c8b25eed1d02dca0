/// Settings from all files and the command line, in the order in which they were read: where one stands several times,
/// the last counts.
///
/// Keys are given as `section.name` or `section.subsection.name`; section and name in any case.
public struct Config: Sendable {
    /// How deep files may include each other.
    public static let maximumIncludeDepth = 10

    /// Every setting, in order.
    public private(set) var entries: [ConfigEntry] = []
    /// Positions in `entries` by canonical key.
    private var positions: [ConfigKey: [Int]] = [:]

    /// No settings.
    public init() {}

    /// These settings, in order.
    public init(entries: [ConfigEntry]) {
        self.init()
        for entry in entries { append(entry) }
    }

    /// Adds a setting that wins over those before it.
    public mutating func append(_ entry: ConfigEntry) {
        positions[entry.key, default: []].append(entries.count)
        entries.append(entry)
    }

    /// Every setting of that key, in order.
    public func all(_ key: ConfigKey) -> [ConfigEntry] { (positions[key] ?? []).map { entries[$0] } }

    /// Every setting of that key, in order; none where the key is malformed.
    public func all(_ key: String) -> [ConfigEntry] {
        guard let key = try? ConfigKey(parsing: key.utf8) else { return [] }
        return all(key)
    }

    /// The setting that counts.
    public func entry(_ key: ConfigKey) -> ConfigEntry? { positions[key]?.last.map { entries[$0] } }

    /// The setting that counts.
    public func entry(_ key: String) -> ConfigEntry? {
        guard let key = try? ConfigKey(parsing: key.utf8) else { return nil }
        return entry(key)
    }

    /// The subsections of a section that have a setting, in the order in which they were first met.
    public func subsections(of section: String) -> [[UInt8]] {
        var seen: Set<[UInt8]> = []
        return entries.compactMap { entry in
            guard entry.key.section == section, let name = entry.key.subsection else { return nil }
            return seen.insert(name).inserted ? name : nil
        }
    }
}
