internal import Bytes
internal import GitConfig
internal import GitRepository
internal import GitStorage
internal import Glibc
internal import SystemPackage

extension Context {
    /// The repository that the process stands in, found once.
    ///
    /// - Throws: ``RepositoryError``: none found, or it belongs to somebody else.
    func repository() throws -> Repository {
        if let opened { return opened }
        let repository = try Repository.discover(from: workingDirectory, discovery)
        opened = repository
        if let name = command?.name, !Context.looksOnly.contains(name) { try fetchPromisedObjects(repository) }
        return repository
    }

    /// Verbs that ask what is here, or move it as it is: they must not fetch what a partial clone left out.
    private static let looksOnly: Set<String> = [
        "fsck", "gc", "repack", "prune", "pack-objects", "index-pack", "unpack-objects", "upload-pack", "receive-pack",
        "count-objects", "rev-parse", "multi-pack-index", "commit-graph", "clone",
    ]

    /// Lets a partial clone fetch what it left out when it is read.
    func fetchPromisedObjects(_ repository: Repository) throws {
        guard try !repository.promisorRemotes.isEmpty else { return }
        try repository.fetchesPromisedObjects(remoteAccess())
    }

    /// The repository, or nil where there is none (other failures are thrown).
    func repositoryIfPresent() throws -> Repository? {
        do {
            return try repository()
        } catch let error as RepositoryError where error.code == .notARepository {
            return nil
        }
    }

    /// The repository and its work tree.
    ///
    /// - Throws: Git's error where the repository is bare.
    func repositoryWithWorkTree() throws -> (repository: Repository, workTree: FilePath) {
        let repository = try repository()
        guard let workTree = repository.workTree else {
            throw CommandError.fatal("this operation must be run in a work tree")
        }
        return (repository, workTree)
    }

    /// Configuration where there may be no repository: its own, else the user's and the system's.
    func configuration() throws -> Config {
        try repositoryIfPresent()?.config ?? Repository.configurationOutside(discovery)
    }

    /// What finding a repository takes from the environment and the options.
    var discovery: Discovery {
        var discovery = Discovery()
        func path(_ name: String) -> FilePath? { environment.nonEmpty(name).map { FilePath($0) } }
        func paths(_ name: String) -> [FilePath] {
            (environment[name] ?? "").split(separator: ":").map { FilePath(String($0)) }
        }
        discovery.gitDirectory = (options.gitDirectory ?? environment["GIT_DIR"]).map { FilePath($0) }
        discovery.workTree = (options.workTree ?? environment["GIT_WORK_TREE"]).map { FilePath($0) }
        discovery.commonDirectory = path("GIT_COMMON_DIR")
        discovery.objectDirectory = path("GIT_OBJECT_DIRECTORY")
        discovery.alternateObjectDirectories = paths("GIT_ALTERNATE_OBJECT_DIRECTORIES")
        discovery.indexFile = path("GIT_INDEX_FILE")
        discovery.ceilingDirectories = paths("GIT_CEILING_DIRECTORIES")
        discovery.crossesFileSystems = environment.isOn("GIT_DISCOVERY_ACROSS_FILESYSTEM")
        discovery.home = home
        discovery.systemConfig = systemConfig
        discovery.globalConfig = globalConfig
        discovery.commandConfig = commandConfiguration
        discovery.usesReplaceObjects = options.usesReplaceObjects && environment["GIT_NO_REPLACE_OBJECTS"] == nil
        discovery.isBare = options.isBare
        discovery.userIdentifier = trustedUser
        return discovery
    }

    /// Whose repositories are trusted: the process's user, or under sudo the user who called it.
    private var trustedUser: UInt32 {
        let user = geteuid()
        if user == 0, let caller = environment["SUDO_UID"].flatMap({ UInt32($0) }) { return caller }
        return user
    }

    private var systemConfig: FilePath? {
        if environment.isOn("GIT_CONFIG_NOSYSTEM") { return nil }
        return FilePath(environment["GIT_CONFIG_SYSTEM"] ?? "/etc/gitconfig")
    }

    /// The user's files, the one that wins last.
    private var globalConfig: [FilePath] {
        if let file = environment["GIT_CONFIG_GLOBAL"] { return file.isEmpty ? [] : [FilePath(file)] }
        var files: [FilePath] = []
        if let folder = environment.nonEmpty("XDG_CONFIG_HOME") {
            files.append(FilePath(folder).appending("git/config"))
        } else if let home {
            files.append(home.appending(".config/git/config"))
        }
        if let home { files.append(home.appending(".gitconfig")) }
        return files
    }

    /// `GIT_CONFIG_COUNT` and its pairs, then `-c`.
    private var commandConfiguration: [(name: String, value: String?)] {
        var settings: [(name: String, value: String?)] = []
        if let count = environment["GIT_CONFIG_COUNT"].flatMap({ Int($0) }), count > 0, count < 10_000 {
            for index in 0..<count {
                guard let name = environment["GIT_CONFIG_KEY_\(index)"] else { continue }
                settings.append((name, environment["GIT_CONFIG_VALUE_\(index)"] ?? ""))
            }
        }
        return settings + options.configuration
    }
}
