public import SystemPackage

extension Config {
    /// The value as text; nil where it is not set or has no value.
    public func string(_ key: String) -> String? { entry(key)?.value.map { String(decoding: $0, as: UTF8.self) } }

    /// The value's bytes; nil where it is not set or has no value.
    public func bytes(_ key: String) -> [UInt8]? { entry(key)?.value }

    /// Whether the key is set at all.
    public func isSet(_ key: String) -> Bool { entry(key) != nil }

    /// The values of every setting of that key as text, in order; the empty string for those without a value.
    public func strings(_ key: String) -> [String] { all(key).map(\.text) }

    /// The value as a boolean; nil where it is not set.
    ///
    /// - Throws: ``ConfigError/badBoolean(key:value:)``.
    public func bool(_ key: String) throws(ConfigError) -> Bool? {
        guard let entry = entry(key) else { return nil }
        return try ConfigValue.bool(entry)
    }

    /// The value as a number with an optional k, m or g; nil where it is not set.
    ///
    /// - Throws: ``ConfigError/badNumber(key:value:_:)``, ``ConfigError/missingValue(key:)``.
    public func int(_ key: String) throws(ConfigError) -> Int? {
        guard let entry = entry(key) else { return nil }
        return try ConfigValue.int(entry)
    }

    /// The value as a path, `~/` and `~user/` expanded; nil where it is not set.
    ///
    /// - Throws: ``ConfigError/badPath(key:value:)``, ``ConfigError/missingValue(key:)``.
    public func path(_ key: String, home: FilePath?) throws(ConfigError) -> FilePath? {
        guard let entry = entry(key) else { return nil }
        return try ConfigValue.path(entry, home: home)
    }
}
