internal import Bytes
internal import GitConfig
public import GitObjects
public import GitRefs
internal import Glibc
public import SystemPackage

/// A work tree of a repository: the main one, or one that `worktree add` made.
public struct LinkedWorktree: Sendable {
    /// Its name below `worktrees/`; nil for the main one.
    public let name: String?
    /// Its own part of the repository.
    public let gitDirectory: FilePath
    /// Its top.
    public let path: FilePath
    /// Whether it is the repository itself, which has no work tree.
    public let isBare: Bool
    /// The branch that its `HEAD` names.
    public let branch: RefName?
    /// The commit; zero before the first.
    public let head: ObjectID
    /// Why it must not be pruned: empty where no reason was given; nil where it is not locked.
    public let lockReason: String?

    /// Whether it is the one that belongs to the repository.
    public var isMain: Bool { name == nil }
}

extension Repository {
    /// The directory in which linked worktrees are kept.
    public var worktreesDirectory: FilePath { commonDirectory.appending("worktrees") }

    /// All work trees: the main one, then the others by path.
    ///
    /// - Throws: ``FileError`` where a file cannot be read.
    public func worktrees() throws -> [LinkedWorktree] {
        var top = Repository.realPath(commonDirectory) ?? commonDirectory
        if top.lastComponent?.string == ".git" { top.removeLastComponent() }
        let isMainBare = try config.bool("core.bare") ?? isBare
        var result = [try worktree(nil, commonDirectory, top, isBare: isMainBare)]
        var linked: [LinkedWorktree] = []
        for entry in try Files.list(worktreesDirectory) ?? [] {
            let directory = worktreesDirectory.appending(bytes: entry.name)
            guard let path = try linkedPath(directory) else { continue }
            linked.append(
                try worktree(String(decoding: entry.name, as: UTF8.self), directory, path, isBare: false))
        }
        result += linked.sorted { $0.path.string.utf8.lexicographicallyPrecedes($1.path.string.utf8) }
        return result
    }

    /// The top of the work tree that an administrative directory belongs to.
    private func linkedPath(_ directory: FilePath) throws -> FilePath? {
        guard let content = try Files.readIfPresent(directory.appending("gitdir")) else { return nil }
        var file = FilePath(bytes: content.prefix { $0 != 10 && $0 != 13 })
        if file.isEmpty { return nil }
        if file.isRelative { file = directory.pushing(file).lexicallyNormalized() }
        if file.lastComponent?.string == ".git" { file.removeLastComponent() }
        return file
    }

    private func worktree(
        _ name: String?, _ directory: FilePath, _ path: FilePath, isBare: Bool
    ) throws -> LinkedWorktree {
        let store = RefStore(gitDirectory: directory, commonDirectory: commonDirectory, algorithm: algorithm)
        var branch: RefName?
        if case .symbolic(let target)? = try? store.read(.head) { branch = target }
        let head = (try? store.resolve(.head)) ?? nil
        let reason = name == nil ? nil : try Files.readIfPresent(directory.appending("locked"))
        return LinkedWorktree(
            name: name, gitDirectory: directory, path: path, isBare: isBare, branch: branch,
            head: head ?? .zero(algorithm),
            lockReason: reason.map { String(decoding: $0, as: UTF8.self).trimmingBlanks })
    }

    /// Why the administrative directory of a worktree is of no use any more; nil where it is.
    ///
    /// - Parameter expiry: one whose files are gone is kept while its index is younger than this.
    public func pruneReason(worktree name: String, expiry: Int64) throws -> String? {
        let directory = worktreesDirectory.appending(name)
        guard try FileStatus.of(directory, followingLinks: true)?.kind == .directory else {
            return "not a valid directory"
        }
        if try FileStatus.of(directory.appending("locked")) != nil { return nil }
        guard let content = try Files.readIfPresent(directory.appending("gitdir")) else {
            return "gitdir file does not exist"
        }
        var file = content[...]
        while let last = file.last, last == 10 || last == 13 { file.removeLast() }
        if file.isEmpty { return "invalid gitdir file" }
        if try FileStatus.of(FilePath(bytes: file), followingLinks: true) != nil { return nil }
        if let index = try FileStatus.of(directory.appending("index")), index.modified.seconds > expiry { return nil }
        return "gitdir file points to non-existent location"
    }

    /// A path without links; nil where it does not exist.
    public static func realPath(_ path: FilePath) -> FilePath? {
        path.withPlatformString { name in
            guard let real = realpath(name, nil) else { return nil }
            defer { free(real) }
            return FilePath(platformString: real)
        }
    }
}

extension String {
    /// Without blanks and newlines at its ends.
    var trimmingBlanks: String {
        let isBlank: (Character) -> Bool = { $0.isWhitespace }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
