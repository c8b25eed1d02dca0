internal import Bytes
internal import GitObjects
internal import SystemPackage

/// Where a repository's parts are, before anything of it is read.
struct RepositoryLocation: Sendable {
    /// `.git`, or the bare repository itself, or a linked worktree's own directory below `worktrees/`.
    var gitDirectory: FilePath
    /// The directory above `.git`, where discovery came from there.
    var workTree: FilePath?
    /// The `.git` file that named the directory, where it was one.
    var gitFile: FilePath?

    /// Searches `directory` and those above it.
    static func find(from directory: FilePath, _ discovery: Discovery) throws(RepositoryError) -> RepositoryLocation {
        if let explicit = discovery.gitDirectory {
            let path = directory.pushing(explicit).lexicallyNormalized()
            if isRepository(path) { return RepositoryLocation(gitDirectory: path) }
            if let target = try readGitFile(path), isRepository(target) {
                return RepositoryLocation(gitDirectory: target, gitFile: path)
            }
            throw RepositoryError(.notARepository, "not a git repository: '\(explicit)'", subject: explicit.string)
        }
        var current = directory
        let device = try? FileStatus.of(directory, followingLinks: true)?.device
        let ceilings = Set(discovery.ceilingDirectories.map { $0.lexicallyNormalized() })
        while true {
            if let found = try look(in: current) { return found }
            let above = current.removingLastComponent()
            if above == current || ceilings.contains(above) || current.components.isEmpty { break }
            if !discovery.crossesFileSystems, let status = try? FileStatus.of(above, followingLinks: true),
                status.device != device
            {
                throw RepositoryError(
                    .notARepository,
                    "not a git repository (or any parent up to mount point \(current))\n"
                        + "Stopping at filesystem boundary (GIT_DISCOVERY_ACROSS_FILESYSTEM not set).")
            }
            current = above
        }
        throw RepositoryError(.notARepository, "not a git repository (or any of the parent directories): .git")
    }

    private static func look(in directory: FilePath) throws(RepositoryError) -> RepositoryLocation? {
        let candidate = directory.appending(".git")
        if let status = try? FileStatus.of(candidate, followingLinks: true) {
            if status.kind == .directory, isRepository(candidate) {
                return RepositoryLocation(gitDirectory: candidate, workTree: directory)
            }
            if status.kind == .regular {
                guard let target = try readGitFile(candidate), isRepository(target) else {
                    throw RepositoryError(
                        .notARepository, "not a git repository: '\(candidate)' names none", subject: candidate.string)
                }
                return RepositoryLocation(gitDirectory: target, workTree: directory, gitFile: candidate)
            }
        }
        return isRepository(directory) ? RepositoryLocation(gitDirectory: directory) : nil
    }

    /// What a `.git` file points to; nil where the path is no regular file.
    private static func readGitFile(_ path: FilePath) throws(RepositoryError) -> FilePath? {
        guard (try? FileStatus.of(path, followingLinks: true))?.kind == .regular else { return nil }
        guard let content = try? Files.read(path, limit: 1 << 20), content.starts(with: Array("gitdir: ".utf8)) else {
            throw RepositoryError(.notARepository, "invalid gitfile format: \(path)", subject: path.string)
        }
        var target = content.dropFirst(8)
        while let last = target.last, last == 10 || last == 13 { target.removeLast() }
        return path.removingLastComponent().pushing(FilePath(bytes: target)).lexicallyNormalized()
    }

    /// Git's own test: a valid `HEAD`, `objects/` and `refs/`, the last two possibly in the common directory.
    static func isRepository(_ path: FilePath) -> Bool {
        guard isHead(path.appending("HEAD")) else { return false }
        let common = commonDirectory(of: path)
        return (try? FileStatus.of(common.appending("objects"), followingLinks: true))?.kind == .directory
            && (try? FileStatus.of(common.appending("refs"), followingLinks: true))?.kind == .directory
    }

    private static func isHead(_ path: FilePath) -> Bool {
        if let target = try? Files.readLink(path) { return target.starts(with: Array("refs/".utf8)) }
        guard let content = try? Files.readIfPresent(path, limit: 4096) else { return false }
        if content.starts(with: Array("ref:".utf8)) {
            return content.dropFirst(4).drop { $0 == 0x20 || $0 == 9 }.starts(with: Array("refs/".utf8))
        }
        let digits = content.prefix { Hex.value($0) != nil }
        return digits.count == 40 || digits.count == 64
    }

    /// The directory that all worktrees of a repository share.
    static func commonDirectory(of gitDirectory: FilePath) -> FilePath {
        guard let content = try? Files.readIfPresent(gitDirectory.appending("commondir"), limit: 1 << 16) else {
            return gitDirectory
        }
        var target = content[...]
        while let last = target.last, last == 10 || last == 13 { target.removeLast() }
        return gitDirectory.pushing(FilePath(bytes: target)).lexicallyNormalized()
    }
}
