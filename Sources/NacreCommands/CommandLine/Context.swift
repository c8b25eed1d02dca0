internal import Bytes
internal import GitConfig
internal import GitRepository
internal import Glibc
internal import SystemPackage

/// What a verb needs besides its arguments: the streams, the environment, the repository. One for each process.
final class Context {
    let environment: ProcessEnvironment
    let options: GlobalOptions
    /// Standard output, buffered.
    let output = OutputStream(1)
    /// Standard error, at once.
    let errors = OutputStream(2, limit: 0)
    /// The verb that runs; for messages with its usage.
    var command: (any Command.Type)?
    private var opened: Repository?

    init(environment: ProcessEnvironment, options: GlobalOptions) {
        self.environment = environment
        self.options = options
    }

    /// Does what `-C` asks.
    func changeDirectory() throws(CommandError) {
        for directory in options.directories where !directory.isEmpty {
            guard chdir(directory) == 0 else {
                throw .fatal("cannot change to '\(directory)': \(String(cString: strerror(errno)))")
            }
        }
    }

    /// The working directory, absolute.
    var workingDirectory: FilePath {
        guard let pointer = getcwd(nil, 0) else { return "." }
        defer { free(pointer) }
        return FilePath(platformString: pointer)
    }

    /// The home directory, where `HOME` names one.
    var home: FilePath? { environment.nonEmpty("HOME").map { FilePath($0) } }

    /// The repository that the process stands in, found once.
    ///
    /// - Throws: ``RepositoryError``: none found, or it belongs to somebody else.
    func repository() throws -> Repository {
        if let opened { return opened }
        let repository = try Repository.discover(from: workingDirectory, discovery)
        opened = repository
        return repository
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
        Discovery(
            gitDirectory: (options.gitDirectory ?? environment["GIT_DIR"]).map { FilePath($0) },
            workTree: (options.workTree ?? environment["GIT_WORK_TREE"]).map { FilePath($0) },
            commonDirectory: environment.nonEmpty("GIT_COMMON_DIR").map { FilePath($0) },
            objectDirectory: environment.nonEmpty("GIT_OBJECT_DIRECTORY").map { FilePath($0) },
            alternateObjectDirectories: (environment.nonEmpty("GIT_ALTERNATE_OBJECT_DIRECTORIES") ?? "")
                .split(separator: ":").map { FilePath(String($0)) },
            indexFile: environment.nonEmpty("GIT_INDEX_FILE").map { FilePath($0) },
            ceilingDirectories: (environment.nonEmpty("GIT_CEILING_DIRECTORIES") ?? "")
                .split(separator: ":").map { FilePath(String($0)) },
            crossesFileSystems: environment.isOn("GIT_DISCOVERY_ACROSS_FILESYSTEM"),
            home: home,
            systemConfig: systemConfig,
            globalConfig: globalConfig,
            commandConfig: commandConfiguration,
            usesReplaceObjects: options.usesReplaceObjects && environment["GIT_NO_REPLACE_OBJECTS"] == nil,
            isBare: options.isBare)
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
