internal import GitConfig
internal import GitTransport

extension ConfigSession {
    /// The settings of a section that hold for a URL: those whose own URL matches it best.
    func getURLMatch() throws -> ExitCode {
        let url = RemoteURL(words[1])
        guard url.isURL else { throw CommandError.fatal("invalid URL scheme name or missing '://' suffix") }
        let parts = words[0].split(separator: ".", maxSplits: 1).map { $0.lowercased() }
        guard let section = parts.first else { throw CommandError.error("key does not contain a section: \(words[0])") }
        let settings = URLSettings(Config(entries: try entries()), section: section, url: url)
        let names = settings.names.filter { parts.count == 1 || $0 == parts[1] }
        for name in names {
            guard let found = settings.entry(name) else { continue }
            let entry = ConfigEntry(key: try key("\(section).\(name)"), value: found.value, origin: found.origin)
            context.output.write(try line(entry, showsKey: parts.count == 1))
        }
        return names.isEmpty ? .failure : .success
    }
}
