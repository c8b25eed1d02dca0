public import SystemPackage

/// Where a setting applies, from the widest to the narrowest; a later scope wins.
public enum ConfigScope: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// `/etc/gitconfig`.
    case system
    /// The person's own: `~/.gitconfig`, `$XDG_CONFIG_HOME/git/config`.
    case global
    /// The repository's `config`.
    case local
    /// `config.worktree` of one work tree, where `extensions.worktreeConfig` is set.
    case worktree
    /// `-c`, `GIT_CONFIG_COUNT`, or a file named by an option.
    case command

    /// The word that `config --show-scope` prints.
    public var name: String {
        switch self {
        case .system: "system"
        case .global: "global"
        case .local: "local"
        case .worktree: "worktree"
        case .command: "command"
        }
    }

    /// Orders them.
    public static func < (left: ConfigScope, right: ConfigScope) -> Bool { left.rawValue < right.rawValue }
}

/// Where a setting was read.
public struct ConfigOrigin: Sendable, Hashable {
    /// What kind of place.
    public enum Place: Sendable, Hashable {
        /// A file.
        case file(FilePath)
        /// The command line or the environment.
        case commandLine
        /// A blob, by its name.
        case blob(String)
        /// Standard input.
        case standardInput
    }

    /// The scope of the source that was being read.
    public let scope: ConfigScope
    /// The place.
    public let place: Place
    /// The line on which the setting ends, from 1; 0 on the command line.
    public let line: Int

    /// Makes an origin.
    public init(scope: ConfigScope, place: Place, line: Int = 0) {
        self.scope = scope
        self.place = place
        self.line = line
    }

    /// The file, where it is one.
    public var file: FilePath? {
        if case .file(let path) = place { path } else { nil }
    }

    /// As Git names it in messages: `file .git/config`.
    public var phrase: String {
        switch place {
        case .file(let path): "file \(path)"
        case .commandLine: "command line"
        case .blob(let name): "blob \(name)"
        case .standardInput: "standard input"
        }
    }
}
