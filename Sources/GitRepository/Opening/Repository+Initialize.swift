public import Bytes
internal import GitConfig
public import SystemPackage

extension Repository {
    /// What a new repository is to be.
    public struct InitializeOptions: Sendable {
        /// Without a work tree.
        public var isBare = false
        /// The branch that `HEAD` names, without `refs/heads/`.
        public var initialBranch = "master"
        /// The hash function; nil keeps what a repository has that stands already, else SHA-1.
        public var algorithm: HashAlgorithm?
        /// Files to copy into it: hooks, exclude patterns.
        public var template: FilePath?
        /// Where the repository itself is put when the work tree gets a `.git` file that points to it.
        public var separateGitDirectory: FilePath?
        /// `core.sharedRepository`, as it is to be written: `1` for the group, `2` for everybody, or an octal mode.
        public var shared: String?

        /// The defaults.
        public init() {}
    }

    /// What ``initialize(_:options:)`` found.
    public struct InitializeResult: Sendable {
        /// The repository's own directory.
        public let gitDirectory: FilePath
        /// Whether a repository stood there already; its content was left as it was.
        public let isReinitialized: Bool
    }

    /// Makes a repository in `directory` (the work tree's top, or the bare repository itself), or completes one that
    /// stands there already.
    ///
    /// - Throws: ``FileError``; ``ConfigError``; ``RepositoryError`` with `.invalid` where the hash function of an existing
    ///   repository would change. What was made up to then stays, and calling again completes it.
    @discardableResult
    public static func initialize(
        _ directory: FilePath, options: InitializeOptions = InitializeOptions()
    ) throws -> InitializeResult {
        try Files.makeDirectory(directory)
        let inside = options.isBare ? directory : directory.appending(".git")
        if let separate = options.separateGitDirectory {
            if try FileStatus.of(inside)?.kind == .directory { try Files.rename(inside, to: separate) }
            try TemporaryFile.replace(inside, with: Array("gitdir: \(separate)\n".utf8))
        }
        return try initialize(inPlace: options.separateGitDirectory ?? inside, options: options)
    }

    /// Makes a repository whose own directory is `target`, wherever its work tree may be.
    ///
    /// - Throws: as ``initialize(_:options:)``.
    @discardableResult
    public static func initialize(
        inPlace target: FilePath, options: InitializeOptions = InitializeOptions()
    ) throws -> InitializeResult {
        let exists = RepositoryLocation.isRepository(target)
        for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"] {
            try Files.makeDirectory(target.appending(folder))
        }
        if let template = options.template { try copyTemplate(template, to: target) }
        try writeIfMissing(
            target.appending("description"), "An unnamed repository: the first line of this file names it.\n")
        try writeIfMissing(
            target.appending("info/exclude"), "# Patterns of files that are not tracked, for this repository alone.\n")
        if !exists {
            try TemporaryFile.replace(
                target.appending("HEAD"), with: Array("ref: refs/heads/\(options.initialBranch)\n".utf8))
        }
        try writeConfiguration(target, options, exists: exists)
        return InitializeResult(gitDirectory: target, isReinitialized: exists)
    }

    private static func writeConfiguration(
        _ target: FilePath, _ options: InitializeOptions, exists: Bool
    ) throws {
        let path = target.appending("config")
        let config = try Config(loading: [.file(path, .local)], context: ConfigContext(followsIncludes: false))
        let present = try exists ? checkFormat(config, target) : nil
        if let present, let wanted = options.algorithm, wanted != present {
            throw RepositoryError(.invalid, "attempt to reinitialize repository with different hash")
        }
        let algorithm = present ?? options.algorithm ?? .sha1
        var settings: [(String, String)] = [
            (
                "core.repositoryformatversion",
                algorithm == .sha256 ? "1" : config.string("core.repositoryformatversion") ?? "0"
            ),
            ("core.filemode", "true"),
            ("core.bare", options.isBare ? "true" : "false"),
        ]
        if !options.isBare { settings.append(("core.logallrefupdates", "true")) }
        if let shared = options.shared {
            settings.append(("core.sharedrepository", shared))
            settings.append(("receive.denyNonFastforwards", "true"))
        }
        if algorithm == .sha256 { settings.append(("extensions.objectformat", "sha256")) }
        try ConfigFile.edit(path) { file throws(ConfigError) in
            for (key, value) in settings where config.string(key) != value { try file.set(key, to: value) }
        }
    }

    private static func writeIfMissing(_ path: FilePath, _ content: String) throws {
        guard try FileStatus.of(path) == nil else { return }
        try TemporaryFile.replace(path, with: Array(content.utf8), synchronizing: false)
    }

    /// Copies the files of a template that are missing; hidden ones are left out, as Git leaves them.
    private static func copyTemplate(_ source: FilePath, to target: FilePath) throws {
        for entry in try Files.list(source) ?? [] where entry.name.first != UInt8(ascii: ".") {
            let from = source.appending(bytes: entry.name)
            let to = target.appending(bytes: entry.name)
            guard let status = try FileStatus.of(from, followingLinks: true) else { continue }
            if status.kind == .directory {
                try Files.makeDirectory(to)
                try copyTemplate(from, to: to)
            } else if try FileStatus.of(to) == nil {
                var file = try TemporaryFile(in: target, prefix: "template", permissions: status.permissions)
                try file.output.write(try Files.read(from))
                try file.finish(as: to, synchronizing: false)
            }
        }
    }
}
