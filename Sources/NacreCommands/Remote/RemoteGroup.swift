internal import GitConfig
internal import GitRepository

/// Remotes under one name: `remotes.<group>`.
enum RemoteGroup {
    /// The members of a group; nil where there is no such group.
    static func members(of name: String, _ config: Config) throws -> [String]? {
        let lists = config.strings("remotes.\(name)")
        guard !lists.isEmpty else { return nil }
        return lists.flatMap { $0.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init) }
    }

    /// Remotes for names of remotes and groups, in order.
    ///
    /// - Throws: Git's error where a name is neither.
    static func names(_ given: [String], _ repository: Repository) throws -> [String] {
        try given.flatMap { name -> [String] in
            if let members = try members(of: name, repository.config) { return members }
            guard try Remote(name, repository.config).isConfigured else {
                throw CommandError.fatal("no such remote or remote group: \(name)")
            }
            return [name]
        }
    }
}
