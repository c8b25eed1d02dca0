public import SystemPackage

/// A place that settings are read from.
public enum ConfigSource: Sendable {
    /// A file of a scope; one that is missing holds nothing.
    case file(FilePath, ConfigScope)
    /// Settings of the command line and the environment, in order, each a key as written and a value.
    case parameters([(key: String, value: String?)])
}

/// What conditions of includes and relative paths are judged by.
public struct ConfigContext: Sendable {
    /// The home directory, for `~/`.
    public var home: FilePath?
    /// The repository's directory, for `gitdir:` conditions; nil outside of one.
    public var gitDirectory: FilePath?
    /// The short name of the branch that `HEAD` names, for `onbranch:`; nil where it names none.
    public var branch: [UInt8]?
    /// Whether `include.path` and `includeIf` are followed.
    public var followsIncludes: Bool

    /// Makes a context.
    public init(
        home: FilePath? = nil, gitDirectory: FilePath? = nil, branch: [UInt8]? = nil, followsIncludes: Bool = true
    ) {
        self.home = home
        self.gitDirectory = gitDirectory
        self.branch = branch
        self.followsIncludes = followsIncludes
    }
}
