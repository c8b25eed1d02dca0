internal import Bytes
internal import GitConfig
internal import SystemPackage

/// The settings of a sparse checkout: the index's marks mean nothing without them, so that they come and go together.
extension OperationState {
    /// Where the settings stand, and the name under which the state keeps them, a line `<key>=<value>` each. The rest of the
    /// file is no part of the state.
    static let sparseSettings = "config.worktree"
    private static let sparseKeys = ["core.sparseCheckout", "core.sparseCheckoutCone", "index.sparse"]

    /// The settings as they stand; nil where there are none. A file that cannot be understood has none.
    static func readSparseSettings(_ repository: Repository) throws -> [UInt8]? {
        let path = repository.gitDirectory.appending(sparseSettings)
        guard let content = try Files.readIfPresent(path, limit: 64 << 20),
            let entries = try? ConfigFile(content: content, place: .file(path)).entries()
        else { return nil }
        let config = Config(entries: entries)
        var text: [UInt8] = []
        for key in sparseKeys {
            // A key without a value is true.
            guard let entry = config.entry(key) else { continue }
            text += Array("\(key)=".utf8) + (entry.value ?? Array("true".utf8)) + [0x0a]
        }
        return text.isEmpty ? nil : text
    }

    /// Puts the settings back as they are here.
    func restoreSparseSettings(from current: OperationState, _ repository: Repository) throws {
        let wanted = files[Self.sparseSettings]
        guard wanted != current.files[Self.sparseSettings] else { return }
        var values: [String: String] = [:]
        for line in (wanted ?? []).split(separator: 0x0a) {
            let parts = line.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            values[String(decoding: parts[0], as: UTF8.self)] = String(decoding: parts[1], as: UTF8.self)
        }
        try ConfigFile.edit(repository.gitDirectory.appending(Self.sparseSettings)) { (file) throws(ConfigError) in
            for key in Self.sparseKeys {
                if let value = values[key] {
                    try file.set(key, to: value)
                } else if try Config(entries: file.entries()).entry(key) != nil {
                    try file.unset(key, all: true)
                }
            }
        }
    }
}
