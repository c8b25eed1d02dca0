internal import Bytes
public import GitConfig
internal import GitStorage
internal import SystemPackage

extension Repository {
    /// The settings that hold where there is no repository.
    public static func configurationOutside(_ discovery: Discovery) throws -> Config {
        try Config(
            loading: sharedSources(discovery) + [.parameters(commandSettings(discovery))],
            context: ConfigContext(home: discovery.home))
    }

    private static func sharedSources(_ discovery: Discovery) -> [ConfigSource] {
        (discovery.systemConfig.map { [.file($0, .system)] } ?? []) + discovery.globalConfig.map { .file($0, .global) }
    }

    private static func commandSettings(_ discovery: Discovery) -> [(key: String, value: String?)] {
        discovery.commandConfig.map { (key: $0.name, value: $0.value) }
    }

    /// The settings of all scopes.
    static func configuration(
        _ gitDirectory: FilePath, common: FilePath, _ discovery: Discovery
    ) throws -> Config {
        let local = common.appending("config")
        var sources = sharedSources(discovery) + [.file(local, .local)]
        let worktreeFile = gitDirectory.appending("config.worktree")
        if try FileStatus.of(worktreeFile) != nil,
            try Config(loading: [.file(local, .local)], context: ConfigContext(followsIncludes: false))
                .bool("extensions.worktreeconfig") == true
        {
            sources.append(.file(worktreeFile, .worktree))
        }
        sources.append(.parameters(commandSettings(discovery)))
        return try Config(
            loading: sources,
            context: ConfigContext(
                home: discovery.home, gitDirectory: gitDirectory, branch: branchName(gitDirectory)))
    }

    /// The branch that `HEAD` names, read before there is a ref store: `includeIf "onbranch:"` asks for it.
    private static func branchName(_ gitDirectory: FilePath) -> [UInt8]? {
        guard let content = try? Files.readIfPresent(gitDirectory.appending("HEAD"), limit: 4096),
            content.starts(with: Array("ref: refs/heads/".utf8))
        else { return nil }
        return Array(content.dropFirst(16).prefix { $0 != 10 })
    }

    /// Refuses what this program would damage or misread.
    ///
    /// - Returns: the hash function that the repository uses.
    static func checkFormat(_ config: Config, _ directory: FilePath) throws -> HashAlgorithm {
        func local(_ key: String) -> [ConfigEntry] { config.all(key).filter { $0.origin.scope == .local } }
        let version = local("core.repositoryformatversion").last.flatMap { Int($0.text) } ?? 0
        guard version == 0 || version == 1 else {
            throw RepositoryError(
                .unsupportedFormat, "Expected git repo version <= 1, found \(version)", subject: directory.string)
        }
        let everywhere: Set = ["noop", "preciousobjects", "partialclone", "worktreeconfig"]
        let versionOne: Set = ["noop-v1", "objectformat"]
        for entry in config.entries where entry.origin.scope == .local && entry.key.section == "extensions" {
            let name = entry.key.name
            if everywhere.contains(name) { continue }
            if versionOne.contains(name) {
                guard version == 1 else {
                    throw RepositoryError(
                        .unsupportedFormat, "repo version is 0, but v1-only extension found:\n\t\(name)")
                }
            } else if version == 1 {
                throw RepositoryError(.unsupportedFormat, "unknown repository extension found:\n\t\(name)")
            }
        }
        guard let name = local("extensions.objectformat").last?.text else { return .sha1 }
        guard let algorithm = HashAlgorithm(name: name.lowercased()) else {
            throw RepositoryError(.unsupportedFormat, "invalid value for 'extensions.objectformat': '\(name)'")
        }
        return algorithm
    }

    /// Where the work tree is, and whether the repository is bare.
    static func workTree(
        _ location: RepositoryLocation, _ config: Config, _ workingDirectory: FilePath, _ discovery: Discovery
    ) throws -> (workTree: FilePath?, isBare: Bool) {
        if discovery.isBare { return (nil, true) }
        if let explicit = discovery.workTree {
            return (workingDirectory.pushing(explicit).lexicallyNormalized(), false)
        }
        if location.gitFile == nil || location.gitDirectory.removingLastComponent().lastComponent?.string != "worktrees"
        {
            if let configured = config.string("core.worktree") {
                return (location.gitDirectory.pushing(FilePath(configured)).lexicallyNormalized(), false)
            }
            if try config.bool("core.bare") == true { return (nil, true) }
        }
        if let found = location.workTree { return (found, false) }
        // With GIT_DIR alone the working directory is the top of the work tree; a directory that was found by being a
        // repository itself is bare.
        return discovery.gitDirectory == nil ? (nil, true) : (workingDirectory, false)
    }

    /// The object database's options by configuration.
    static func objectOptions(_ config: Config) throws -> ObjectDatabase.Options {
        var options = ObjectDatabase.Options()
        options.looseCompression = try config.int("core.loosecompression") ?? config.int("core.compression") ?? 1
        options.packCompression = try config.int("pack.compression") ?? config.int("core.compression") ?? -1
        if let limit = try config.int("core.deltabasecachelimit") { options.deltaBaseCacheLimit = max(0, limit) }
        if let threshold = try config.int("core.bigfilethreshold") { options.bigFileThreshold = max(0, threshold) }
        if let text = config.string("core.abbrev"), text != "auto" {
            options.abbreviation = ["no", "false", "off"].contains(text) ? 64 : try config.int("core.abbrev")
        }
        return options
    }
}

extension RepositoryLocation {
    /// Refuses a repository that somebody else owns, whose configuration could make this program run anything, unless
    /// `safe.directory` names it.
    func checkOwner(_ discovery: Discovery) throws {
        guard let user = discovery.userIdentifier, discovery.gitDirectory == nil else { return }
        let places = [gitFile, workTree, gitDirectory].compactMap { $0 }
        let isOwn = places.allSatisfy { path in
            guard let owner = (try? FileStatus.of(path))?.owner else { return false }
            return owner == user
        }
        if isOwn { return }
        let subject = workTree ?? gitDirectory
        // Only scopes that the user controls count; a repository must not be able to declare itself safe.
        let config = try Repository.configurationOutside(discovery)
        var isSafe = false
        for entry in config.all("safe.directory") {
            let value = entry.text
            if value.isEmpty {
                isSafe = false
            } else if value == "*" {
                isSafe = true
            } else {
                var path = FilePath(value)
                if value.hasPrefix("~/"), let home = discovery.home {
                    path = home.appending(String(value.dropFirst(2)))
                }
                if path.lexicallyNormalized() == subject.lexicallyNormalized() { isSafe = true }
            }
        }
        guard isSafe else {
            throw RepositoryError(
                .unsafeOwner,
                "detected dubious ownership in repository at '\(subject)'\n"
                    + "To add an exception for this directory, call:\n\n"
                    + "\tgit config --global --add safe.directory \(subject)",
                subject: subject.string)
        }
    }
}
