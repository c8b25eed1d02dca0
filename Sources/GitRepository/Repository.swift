public import Bytes
public import GitConfig
public import GitRefs
public import GitStorage
public import SystemPackage

/// A repository: its objects, refs, settings and work tree.
///
/// Opening reads the configuration and nothing else; the rest is read when it is asked for. The value is shared between
/// threads; what it holds is thread-safe by itself.
public final class Repository: Sendable {
    /// `.git`, or a linked worktree's own directory, or the bare repository; absolute.
    public let gitDirectory: FilePath
    /// What all worktrees share: objects, refs, configuration.
    public let commonDirectory: FilePath
    /// The top of the work tree; nil for a bare repository.
    public let workTree: FilePath?
    /// Whether there is no work tree by configuration.
    public let isBare: Bool
    /// The hash function that names objects.
    public let algorithm: HashAlgorithm
    /// All settings, the environment's included.
    public let config: Config
    /// The objects.
    public let objects: ObjectDatabase
    /// The refs.
    public let refs: RefStore
    /// The index.
    public let indexFile: FilePath
    /// What it was found by.
    public let discovery: Discovery

    /// Opens the repository at a location that was found.
    init(_ location: RepositoryLocation, workingDirectory: FilePath, _ discovery: Discovery) throws {
        gitDirectory = location.gitDirectory
        commonDirectory = discovery.commonDirectory ?? RepositoryLocation.commonDirectory(of: gitDirectory)
        self.discovery = discovery
        config = try Repository.configuration(gitDirectory, common: commonDirectory, discovery)
        algorithm = try Repository.checkFormat(config, commonDirectory)
        (workTree, isBare) = try Repository.workTree(location, config, workingDirectory, discovery)
        indexFile = discovery.indexFile.map { workingDirectory.pushing($0) } ?? gitDirectory.appending("index")
        objects = try ObjectDatabase(
            objectsDirectory: discovery.objectDirectory.map { workingDirectory.pushing($0) }
                ?? commonDirectory.appending("objects"),
            algorithm: algorithm, options: try Repository.objectOptions(config),
            additionalAlternates: discovery.alternateObjectDirectories.map { workingDirectory.pushing($0) })
        var options = RefStore.Options()
        if let policy = try Repository.reflogPolicy(config) { options.reflogPolicy = policy }
        refs = RefStore(
            gitDirectory: gitDirectory, commonDirectory: commonDirectory, algorithm: algorithm, options: options)
    }

    /// What `core.logAllRefUpdates` says, if it says anything.
    private static func reflogPolicy(_ config: Config) throws -> RefStore.ReflogPolicy? {
        guard let text = config.string("core.logallrefupdates") else { return nil }
        if text.lowercased() == "always" { return .always }
        return try config.bool("core.logallrefupdates") ?? true ? .branches : RefStore.ReflogPolicy.none
    }

    /// Finds the repository that `directory` stands in and opens it.
    ///
    /// - Throws: ``RepositoryError`` with `.notARepository`, `.unsafeOwner` or `.unsupportedFormat`; ``ConfigError`` where
    ///   its configuration cannot be read.
    public static func discover(from directory: FilePath, _ discovery: Discovery) throws -> Repository {
        let location = try RepositoryLocation.find(from: directory, discovery)
        try location.checkOwner(discovery)
        return try Repository(location, workingDirectory: directory, discovery)
    }

    /// Opens the repository at a path: a work tree's top or a repository's directory, without searching above it.
    public static func open(_ path: FilePath, _ discovery: Discovery = Discovery()) throws -> Repository {
        let nested = path.appending(".git")
        var discovery = discovery
        discovery.gitDirectory = nil
        discovery.workTree = nil
        discovery.ceilingDirectories = [path.removingLastComponent()]
        discovery.crossesFileSystems = true
        guard (try? FileStatus.of(nested)) != nil || RepositoryLocation.isRepository(path) else {
            throw RepositoryError(
                .notARepository, "'\(path)' does not appear to be a git repository", subject: path.string)
        }
        return try discover(from: path, discovery)
    }

    /// The directory of Nacre's own state.
    public var nacreDirectory: FilePath { commonDirectory.appending("nacre") }

    /// The repository's hooks: `core.hooksPath`, or `hooks/`.
    public var hooksDirectory: FilePath {
        get throws {
            guard let path = try config.path("core.hookspath", home: discovery.home) else {
                return commonDirectory.appending("hooks")
            }
            return (workTree ?? gitDirectory).pushing(path)
        }
    }
}
