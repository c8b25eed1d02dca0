internal import Bytes
internal import GitObjects
public import GitRefs
internal import SystemPackage

/// What an operation can change besides the index and the work tree: `HEAD`, the refs, and the files that say what is in
/// progress.
public struct OperationState: Sendable, Hashable {
    /// `HEAD` and everything below `refs/` but the operation log's own refs.
    public var refs: [RefName: RefTarget]
    /// The files of a merge, rebase, bisect and so on, and the log of the stash: path below the repository's directory, content.
    public var files: [String: [UInt8]]
    /// The index file's identity; nil where there is none.
    var index: IndexIdentity?

    /// What tells one version of the index file from another.
    struct IndexIdentity: Sendable, Hashable {
        var inode: UInt64
        var size: Int64
        var modified: FileStatus.Time
    }

    /// Files directly in the repository's directory that belong to an unfinished command.
    static let fileNames: Set = [
        "MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "MERGE_RR", "AUTO_MERGE", "CHERRY_PICK_HEAD", "REVERT_HEAD",
        "ORIG_HEAD",
        "SQUASH_MSG", "REBASE_HEAD", "BISECT_LOG", "BISECT_START", "BISECT_TERMS", "BISECT_NAMES",
        "BISECT_EXPECTED_REV",
        "BISECT_ANCESTORS_OK", "BISECT_FIRST_PARENT", "BISECT_RUN", "BISECT_HEAD", "MERGE_AUTOSTASH",
        "NOTES_MERGE_PARTIAL", "NOTES_MERGE_REF",
    ]
    /// The patterns of a sparse checkout, on which the index's marks rest.
    static let sparsePatterns = "info/sparse-checkout"
    /// Directories of unfinished commands.
    static let directoryNames: Set = ["rebase-merge", "rebase-apply", "sequencer", "NOTES_MERGE_WORKTREE"]
    /// The log whose lines are the stash's entries.
    static let stashLog = "logs/refs/stash"
    /// The refs that the log itself lives in.
    static let ownPrefix = "refs/nacre/operations"

    /// Reads the state of a repository.
    ///
    /// - Complexity: one listing of the refs and one of the repository's directory; no object is read.
    static func capture(_ repository: Repository) throws -> OperationState {
        var refs: [RefName: RefTarget] = [:]
        for ref in try repository.refs.list() where !ref.name.starts(with: ownPrefix) { refs[ref.name] = ref.target }
        if let head = try repository.refs.read(.head) { refs[.head] = head }
        var files: [String: [UInt8]] = [:]
        for entry in try Files.list(repository.gitDirectory) ?? [] {
            let name = String(decoding: entry.name, as: UTF8.self)
            if fileNames.contains(name) {
                files[name] = try Files.readIfPresent(repository.gitDirectory.appending(name), limit: 64 << 20)
            } else if directoryNames.contains(name) {
                try collect(repository.gitDirectory, name, into: &files, depth: 0)
            }
        }
        files[sparsePatterns] = try Files.readIfPresent(
            repository.gitDirectory.appending(sparsePatterns), limit: 64 << 20)
        files[sparseSettings] = try readSparseSettings(repository)
        files[stashLog] = try Files.readIfPresent(repository.commonDirectory.appending(stashLog), limit: 64 << 20)
        let index = try FileStatus.of(repository.indexFile, followingLinks: true).map {
            IndexIdentity(inode: $0.inode, size: $0.size, modified: $0.modified)
        }
        return OperationState(refs: refs, files: files, index: index)
    }

    private static func collect(
        _ root: FilePath, _ path: String, into files: inout [String: [UInt8]], depth: Int
    ) throws {
        guard depth < 8 else { return }
        for entry in try Files.list(root.appending(path)) ?? [] {
            let name = path + "/" + String(decoding: entry.name, as: UTF8.self)
            if entry.kind == .directory {
                try collect(root, name, into: &files, depth: depth + 1)
            } else {
                files[name] = try Files.readIfPresent(root.appending(name), limit: 64 << 20)
            }
        }
    }

    /// Puts the files of unfinished commands back as they are here, removing those that are not.
    func restoreFiles(from current: OperationState, _ repository: Repository) throws {
        try restoreSparseSettings(from: current, repository)
        for path in current.files.keys.sorted() where files[path] == nil && path != Self.sparseSettings {
            let root = path == Self.stashLog ? repository.commonDirectory : repository.gitDirectory
            try Files.remove(root.appending(path))
            if let directory = path.split(separator: "/").first, Self.directoryNames.contains(String(directory)) {
                try Files.removeEmptyDirectory(root.appending(path).removingLastComponent())
            }
        }
        for (path, content) in files.sorted(by: { $0.key < $1.key })
        where current.files[path] != content && path != Self.sparseSettings {
            let root = path == Self.stashLog ? repository.commonDirectory : repository.gitDirectory
            let target = root.appending(path)
            try Files.makeDirectory(target.removingLastComponent())
            try TemporaryFile.replace(target, with: content)
        }
        for name in Self.directoryNames where !files.keys.contains(where: { $0.hasPrefix(name + "/") }) {
            try Files.removeTree(repository.gitDirectory.appending(name))
        }
    }
}

/// A change of one ref.
public struct RefDifference: Sendable, Hashable {
    /// The ref.
    public let name: RefName
    /// What it held; nil where it did not exist.
    public let old: RefTarget?
    /// What it holds; nil where it is gone.
    public let new: RefTarget?

    /// The refs that differ, by name.
    static func between(_ old: OperationState, _ new: OperationState) -> [RefDifference] {
        var names = Set(old.refs.keys)
        names.formUnion(new.refs.keys)
        return names.sorted().compactMap { name in
            let (before, after) = (old.refs[name], new.refs[name])
            return before == after ? nil : RefDifference(name: name, old: before, new: after)
        }
    }
}
