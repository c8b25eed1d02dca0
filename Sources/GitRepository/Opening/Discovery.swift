public import SystemPackage

/// What finding and opening a repository depends on besides the directory: the environment's variables and the command
/// line's options, which only the commands may read.
public struct Discovery: Sendable {
    /// `GIT_DIR` or `--git-dir`: nothing is searched then.
    public var gitDirectory: FilePath?
    /// `GIT_WORK_TREE` or `--work-tree`.
    public var workTree: FilePath?
    /// `GIT_COMMON_DIR`.
    public var commonDirectory: FilePath?
    /// `GIT_OBJECT_DIRECTORY`.
    public var objectDirectory: FilePath?
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
    public var alternateObjectDirectories: [FilePath] = []
    /// `GIT_INDEX_FILE`.
    public var indexFile: FilePath?
    /// `GIT_CEILING_DIRECTORIES`: directories at which the search stops.
    public var ceilingDirectories: [FilePath] = []
    /// `GIT_DISCOVERY_ACROSS_FILESYSTEM`.
    public var crossesFileSystems = false
    /// The home directory.
    public var home: FilePath?
    /// The system's configuration file; nil for none.
    public var systemConfig: FilePath?
    /// The user's configuration files, the one that wins last.
    public var globalConfig: [FilePath] = []
    /// Settings of the command line and the environment.
    public var commandConfig: [(name: String, value: String?)] = []
    /// Whether `refs/replace/` is followed.
    public var usesReplaceObjects = true
    /// `--bare`.
    public var isBare = false
    /// The user whose repositories are trusted; nil trusts everyone's.
    public var userIdentifier: UInt32?

    /// A search that asks nothing of the environment and trusts every owner.
    public init() {}
}
