internal import Bytes
public import GitObjects
internal import GitStorage
internal import GitWorktree

/// The work tree at one moment as a tree: tracked files with their edits, untracked files that are not ignored, and
/// ignored files that are asked for. Index, branch and work tree stay as they are.
public struct Snapshot: Sendable {
    /// The tree.
    public let tree: ObjectID
    /// Untracked files that nobody asked for and that were left out because they are too large, with their sizes.
    public let leftOut: [(path: GitPath, size: Int64)]
    /// What was hashed, so that a second snapshot need not hash it again.
    let known: [GitPath: Known]
    /// What was seen on the way.
    let sight: Sight

    /// The index as it was read, with what the comparison learnt of the files, and the directories: a second snapshot takes
    /// them where the index file is still the same.
    struct Sight: Sendable {
        let indexStatus: FileStatus?
        var index: Index
        let directories: DirectoryMemory
        /// Before the first file was looked at, by more than a tick of any clock.
        let time: FileStatus.Time
    }

    /// A file that was stored: valid while the file's status is the same.
    struct Known: Sendable {
        let status: FileStatus
        let file: TreeEditor.File
    }

    /// An untracked file of more bytes than this is left out: a download in the wrong place must not fill the disk.
    public static let untrackedLimit: Int64 = 4 << 30
}

/// Why no snapshot can be taken.
public enum SnapshotError: Error, CustomStringConvertible {
    /// A merge left conflicts.
    case conflicts([GitPath])

    public var description: String {
        switch self {
        case .conflicts(let paths):
            "cannot run while a merge has conflicts in '\(paths.first?.description ?? "")'"
                + (paths.count > 1 ? " and \(paths.count - 1) more" : "") + "; resolve them or abort the merge first"
        }
    }
}

extension Workspace {
    /// Takes a snapshot.
    ///
    /// - Parameters:
    ///   - forced: files and directories that are included even where they are ignored.
    ///   - replacements: files that stand in the snapshot with other content than on the disk.
    ///   - limit: untracked files of more bytes are left out, except those that are asked for.
    ///   - left: files that are left out because an earlier snapshot left them out.
    ///   - earlier: a snapshot whose work is used again where files have not changed.
    func snapshot(
        including forced: [GitPath] = [], replacing replacements: [GitPath: [UInt8]] = [:],
        after earlier: Snapshot? = nil, limit: Int64 = Snapshot.untrackedLimit, leavingOut left: Set<GitPath> = []
    ) throws -> Snapshot {
        var (sight, comparison, found) = try look(after: earlier?.sight)
        var index = sight.index
        var changed: [GitPath] = []
        var removed: [GitPath] = []
        for change in comparison.changes {
            let entry = index.entries[change.position]
            guard entry.mode != .gitlink else { continue }
            if change.kind == .deleted { removed.append(entry.path) } else { changed.append(entry.path) }
        }
        var new = found.untracked.filter { $0.bytes.last != UInt8(ascii: "/") }
        var leftOut: [(path: GitPath, size: Int64)] = []
        let wanted = Set(try forced.flatMap { try self.filesOnDisk(below: $0) })
        new = try new.filter { path in
            if left.contains(path) { return false }
            guard !wanted.contains(path), let status = try worktree.status(path), status.size > limit else {
                return true
            }
            leftOut.append((path, status.size))
            return false
        }
        let seen = Set(new)
        new += wanted.filter { !index.contains($0) && !seen.contains($0) }.sorted()
        let work = SnapshotWork(workspace: self, earlier: earlier)
        let result = try work.store(changed: changed, new: new, replacements: replacements, index: index)
        let isEdited = !result.files.isEmpty || !removed.isEmpty
        if isEdited {
            index.apply(
                adding: result.files.map { IndexEntry(path: $0.key, id: $0.value.id, mode: $0.value.mode) },
                removing: removed)
        }
        let batch = objects.beginBatch()
        let tree = try index.writeTree(into: batch)
        try batch.finish()
        // Trees that were not known are not made a second time.
        if !isEdited { sight.index = index }
        worktree.settle(&sight.index, comparison, at: sight.time)
        return Snapshot(tree: tree, leftOut: leftOut, known: result.known, sight: sight)
    }

    /// Compares index and files, and finds the untracked ones. Where the index file is the one that was seen before, neither
    /// it nor directories without a change are read again.
    private func look(
        after earlier: Snapshot.Sight?
    ) throws -> (sight: Snapshot.Sight, comparison: FileComparison, found: UntrackedScan.Result) {
        let time = FileStatus.Time(seconds: Int64(Timestamp.now()) - 1, nanoseconds: 0)
        let status = try FileStatus.of(indexFile, followingLinks: true)
        let known = earlier.flatMap { $0.indexStatus == status ? $0 : nil }
        let index = try known?.index ?? Index.read(indexFile, algorithm: objects.algorithm, objects: objects)
        guard !index.hasConflicts else { throw SnapshotError.conflicts(index.conflictedPaths) }
        let sight = Snapshot.Sight(
            indexStatus: status, index: index, directories: known?.directories ?? DirectoryMemory(), time: time)
        var options = UntrackedScan.Options()
        options.listsAllFiles = true
        options.memory = sight.directories
        var comparing = Worktree.ComparisonOptions()
        // What changed since then is hashed where it is stored.
        comparing.comparesContent = known == nil
        let (comparison, found) = try worktree.compare(index, comparing, findingUntracked: options)
        return (sight, comparison, found)
    }

    /// Stores files and directories of the work tree as blobs, large ones as pointers, without putting them into a tree.
    func store(_ paths: [GitPath]) throws -> [(path: GitPath, file: TreeEditor.File)] {
        let index = try Index.read(indexFile, algorithm: objects.algorithm, objects: objects)
        let files = try paths.flatMap { try self.filesOnDisk(below: $0) }
        let result = try SnapshotWork(workspace: self, earlier: nil).store(
            changed: files.filter { index.contains($0) }, new: files.filter { !index.contains($0) }, replacements: [:],
            index: index)
        return files.compactMap { path in result.files[path].map { (path, $0) } }
    }

    /// The files and links on disk that a path is or holds.
    private func filesOnDisk(below path: GitPath, depth: Int = 32) throws -> [GitPath] {
        guard depth > 0, let status = try FileStatus.of(worktree.file(path)) else { return [] }
        switch status.kind {
        case .regular, .symbolicLink: return [path]
        case .directory:
            let names = (try Files.list(worktree.file(path)) ?? []).map(\.name).filter { $0 != Array(".git".utf8) }
            return try names.flatMap { try filesOnDisk(below: path.appending($0), depth: depth - 1) }
        case .other: return []
        }
    }
}

/// Stores the files of a snapshot as blobs.
private struct SnapshotWork {
    let workspace: Workspace
    let earlier: Snapshot?

    struct Result {
        var files: [GitPath: TreeEditor.File] = [:]
        var known: [GitPath: Snapshot.Known] = [:]
    }

    private var worktree: Worktree { workspace.worktree }

    func store(
        changed: [GitPath], new: [GitPath], replacements: [GitPath: [UInt8]], index: Index
    ) throws -> Result {
        var result = Result()
        var pending: [(path: GitPath, status: FileStatus)] = []
        var candidates: [FilteredFile] = []
        let fresh = Set(new)
        for path in changed + new where replacements[path] == nil {
            guard let status = try worktree.status(path) else { continue }
            // One that changed as it was stored may have changed again in the same tick.
            if let earlier, let known = earlier.known[path], known.status == status,
                status.modified < earlier.sight.time
            {
                result.files[path] = known.file
                result.known[path] = known
                continue
            }
            pending.append((path, status))
            if fresh.contains(path), status.kind == .regular {
                let values = worktree.attributes.attributes(of: path)
                if worktree.filter?.claims(path, values) != true {
                    candidates.append(
                        FilteredFile(
                            path: path, file: worktree.file(path), size: status.size, attributes: values, previous: nil)
                    )
                }
            }
        }
        let rules = try addAttributes(for: candidates, index: index, into: &result)
        try store(pending, rules: rules, index: index, into: &result)
        for (path, bytes) in replacements {
            let content = try worktree.contentForBlob(bytes, path: path)
            let mode = index[path]?.mode ?? .regular
            result.files[path] = .init(mode: mode, id: try workspace.objects.write(.blob, content))
        }
        return result
    }

    /// Asks the filter which new files are large, and puts its lines into the snapshot's `.gitattributes`.
    private func addAttributes(
        for candidates: [FilteredFile], index: Index, into result: inout Result
    ) throws -> AttributeRules {
        guard let filter = worktree.filter, !candidates.isEmpty else { return worktree.attributes }
        let additions = try filter.additions(candidates, index: index)
        guard !additions.isEmpty else { return worktree.attributes }
        let name = Array(".gitattributes".utf8)
        var contents: [GitPath: [UInt8]] = [:]
        for addition in additions {
            let path = addition.directory.appending(name)
            var content = try contents[path] ?? Files.readIfPresent(worktree.file(path)) ?? []
            if let last = content.last, last != 10 { content.append(10) }
            contents[path] = content + addition.line + [10]
        }
        for (path, content) in contents {
            result.files[path] = .init(mode: .regular, id: try workspace.objects.write(.blob, content))
        }
        let root = worktree.root
        let overlay = contents
        return AttributeRules { path in
            overlay[path] ?? ((try? Files.readIfPresent(root.appending(bytes: path.bytes))) ?? nil)
        }
    }

    private func store(
        _ pending: [(path: GitPath, status: FileStatus)], rules: AttributeRules, index: Index, into result: inout Result
    ) throws {
        var claimed: [(file: FilteredFile, status: FileStatus)] = []
        let batch = workspace.objects.beginBatch()
        for (path, status) in pending {
            guard let mode = worktree.mode(of: status, previous: index[path]?.mode), mode.isBlob else { continue }
            // One that a line of the snapshot's own `.gitattributes` replaced above is not stored twice.
            if result.files[path] != nil, path.name.elementsEqual(".gitattributes".utf8) { continue }
            if mode == .symbolicLink {
                guard let target = try Files.readLink(worktree.file(path)) else { continue }
                result.files[path] = .init(mode: mode, id: try batch.add(.blob, target))
                continue
            }
            let values = rules.attributes(of: path)
            if let filter = worktree.filter, filter.claims(path, values) {
                claimed.append(
                    (
                        FilteredFile(
                            path: path, file: worktree.file(path), size: status.size, attributes: values,
                            previous: index[path]?.id), status
                    ))
                continue
            }
            // A file may go between being seen and being read.
            guard let bytes = try Files.readIfPresent(worktree.file(path)) else { continue }
            let id = try batch.add(.blob, try worktree.contentForBlob(bytes, path: path))
            result.add(path, mode, id, status)
        }
        if let filter = worktree.filter, !claimed.isEmpty {
            let blobs = try filter.clean(claimed.map(\.file), isStoring: true)
            for ((file, status), blob) in zip(claimed, blobs) {
                let mode = worktree.mode(of: status, previous: index[file.path]?.mode) ?? .regular
                result.add(file.path, mode, try batch.add(.blob, blob), status)
            }
        }
        try batch.finish()
    }
}

extension SnapshotWork.Result {
    fileprivate mutating func add(_ path: GitPath, _ mode: FileMode, _ id: ObjectID, _ status: FileStatus) {
        let file = TreeEditor.File(mode: mode, id: id)
        files[path] = file
        known[path] = Snapshot.Known(status: status, file: file)
    }
}
