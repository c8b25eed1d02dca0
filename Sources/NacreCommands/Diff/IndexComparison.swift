internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Compares the index with trees and files, giving entries in the index's order.
struct IndexComparison {
    let repository: Repository
    let index: Index
    let worktree: Worktree?
    let pathspec: Pathspec
    /// Whether entries that did not change are given too: copies may come from them.
    var includesUnchanged = false
    /// Whether paths that were only announced (`add -N`) count as files of the index, as the plumbing has it.
    var showsAnnounced = false
    /// The stage that stands for a path in conflict.
    var stage: ConflictStage?
    /// Whether conflicts of two sides are left to ``conflicts()``.
    var combines = false
    /// Whether files in conflict that are as the index has them are left out, as the verbs for people do.
    var omitsEqualFiles = false
    /// Looks into nested repositories; nil compares their commits only.
    var nested: NestedStatus?

    private var algorithm: Bytes.HashAlgorithm { repository.algorithm }

    private func absent(_ path: GitPath) -> DiffSide { .absent(path, repository.algorithm) }

    private func side(_ entry: IndexEntry) -> DiffSide { DiffSide(path: entry.path, mode: entry.mode, id: entry.id) }

    /// The index against the files.
    func files() throws -> [DiffEntry] {
        guard let worktree else { throw CommandError.fatal("this operation must be run in a work tree") }
        var changed: [Int: FileChange] = [:]
        for change in try changes(worktree) { changed[change.position] = change }
        var result: [DiffEntry] = []
        var lastConflict: GitPath?
        for (position, entry) in index.entries.enumerated() {
            if entry.stage != .merged {
                guard entry.path != lastConflict, pathspec.matches(entry.path) else { continue }
                lastConflict = entry.path
                if combines, sides(of: entry.path) != nil { continue }
                result += try conflict(entry.path, worktree)
                continue
            }
            guard let change = changed[position] else {
                if includesUnchanged, pathspec.matches(entry.path) {
                    result.append(DiffEntry(old: side(entry), new: side(entry)))
                }
                continue
            }
            result.append(self.entry(entry, change))
        }
        return result
    }

    private func entry(_ entry: IndexEntry, _ change: FileChange) -> DiffEntry {
        let old = change.kind == .added ? absent(entry.path) : side(entry)
        guard change.kind != .deleted, let mode = change.mode else {
            return DiffEntry(old: old, new: absent(entry.path))
        }
        return DiffEntry(old: old, new: fileSide(entry, mode, change))
    }

    /// The side of a file that is there.
    private func fileSide(_ entry: IndexEntry, _ mode: GitObjects.FileMode, _ change: FileChange) -> DiffSide {
        var side = DiffSide(path: entry.path, mode: mode, id: change.isContentChanged ? .zero(algorithm) : entry.id)
        side.isDirty = change.nested?.isDirty ?? false
        return side
    }

    /// The entries whose files differ.
    private func changes(_ worktree: Worktree) throws -> [FileChange] {
        var options = Worktree.ComparisonOptions()
        options.pathspec = pathspec
        options.nested = nested?.look
        let changes = try worktree.compare(index, options).changes
        guard let nested else { return changes }
        return changes.filter { $0.nested == nil || !nested.isIgnored(index.entries[$0.position].path) }
    }

    /// A path in conflict: a mark, and the file against the side that was asked for (ours by default).
    private func conflict(_ path: GitPath, _ worktree: Worktree) throws -> [DiffEntry] {
        let status = try worktree.status(path)
        let mode = status.flatMap { worktree.mode(of: $0, previous: nil) }
        var result: [DiffEntry] = []
        let chosen = stage ?? .ours
        result.append(
            DiffEntry(
                status: .unmerged, old: absent(path), new: DiffSide(path: path, mode: mode, id: .zero(algorithm))))
        if let position = index.range(of: path).first(where: { index.entries[$0].stage == chosen }), let mode {
            let old = side(index.entries[position])
            if omitsEqualFiles, old.mode == mode, try isFile(path, worktree, like: old.id) { return result }
            result.append(DiffEntry(old: old, new: DiffSide(path: path, mode: mode, id: .zero(algorithm))))
        }
        return result
    }

    /// Ours and theirs of a path in conflict; nil where one of them has no such file.
    private func sides(of path: GitPath) -> [DiffSide]? {
        let sides = index.range(of: path).filter { [.ours, .theirs].contains(index.entries[$0].stage) }
        return sides.count == 2 ? sides.map { side(index.entries[$0]) } : nil
    }

    /// The files in conflict against ours and theirs, in the index's order.
    func conflicts() throws -> [CombinedFile] {
        guard let worktree else { return [] }
        var result: [CombinedFile] = []
        for entry in index.entries where entry.stage != .merged && pathspec.matches(entry.path) {
            guard entry.path != result.last?.path, let sides = sides(of: entry.path) else { continue }
            let mode = try worktree.status(entry.path).flatMap { worktree.mode(of: $0, previous: sides[0].mode) }
            let file = DiffSide(path: entry.path, mode: mode, id: .zero(algorithm))
            var combined = CombinedFile(
                result: file, parents: sides.map { DiffEntry(status: .modified, old: $0, new: file) })
            combined.isInWorkTree = true
            result.append(combined)
        }
        return result
    }

    /// Whether a work-tree file would be stored as that object.
    private func isFile(_ path: GitPath, _ worktree: Worktree, like id: ObjectID) throws -> Bool {
        let source = try RepositoryDiffSource(repository, worktree: worktree)
        let file = DiffSide(path: path, mode: .regular, id: .zero(algorithm))
        return ObjectID.hash(.blob, try source.content(of: file), algorithm) == id
    }

    /// A tree against the index.
    func tree(_ tree: ObjectID?) throws -> [DiffEntry] {
        try compare(tree) { entry in side(entry) }
    }

    /// A tree against the files that the index knows.
    func treeAndFiles(_ tree: ObjectID?) throws -> [DiffEntry] {
        guard let worktree else { throw CommandError.fatal("this operation must be run in a work tree") }
        var changed: [GitPath: FileChange] = [:]
        for change in try changes(worktree) { changed[index.entries[change.position].path] = change }
        let file = { (path: GitPath) throws -> DiffSide in
            let mode = try worktree.status(path).flatMap { worktree.mode(of: $0, previous: nil) }
            return DiffSide(path: path, mode: mode, id: .zero(algorithm))
        }
        return try compare(tree, conflicts: file) { entry in
            guard let change = changed[entry.path] else { return side(entry) }
            guard change.kind != .deleted, let mode = change.mode else { return nil }
            return fileSide(entry, mode, change)
        }
    }

    /// A path in conflict against a tree: a mark, or the file that stands there.
    private func conflict(
        _ path: GitPath, _ before: DiffSide?, _ file: ((GitPath) throws -> DiffSide)?
    ) throws -> [DiffEntry] {
        guard let file else {
            return [DiffEntry(status: .unmerged, old: before ?? absent(path), new: absent(path))]
        }
        let new = try file(path)
        guard let before else { return new.exists ? [DiffEntry(old: absent(path), new: new)] : [] }
        if omitsEqualFiles, let worktree, new.exists, before.mode == new.mode,
            try isFile(path, worktree, like: before.id)
        {
            return []
        }
        return [DiffEntry(old: before, new: new)]
    }

    private func compare(
        _ tree: ObjectID?, conflicts file: ((GitPath) throws -> DiffSide)? = nil, _ current: (IndexEntry) -> DiffSide?
    ) throws -> [DiffEntry] {
        let pathspec = pathspec
        var options = TreeDiff.Options()
        options.mayMatch = { path, isDirectory in
            isDirectory ? pathspec.mayMatch(inside: GitPath(path)) : pathspec.matches(GitPath(path))
        }
        let listing = try TreeDiff.compare(nil, tree, source: repository.objects, options: options)
        var old = listing[...]
        var result: [DiffEntry] = []
        var lastConflict: GitPath?
        for entry in index.entries where pathspec.matches(entry.path) {
            while let first = old.first, first.path < entry.path {
                result.append(DiffEntry(old: first.new, new: absent(first.path)))
                old = old.dropFirst()
            }
            let before = old.first?.path == entry.path ? old.first?.new : nil
            if entry.stage != .merged {
                if entry.path == lastConflict { continue }
                lastConflict = entry.path
                if before != nil { old = old.dropFirst() }
                result += try conflict(entry.path, before, file)
                continue
            }
            if before != nil { old = old.dropFirst() }
            if !showsAnnounced && entry.flags.contains(.intentToAdd) && before == nil
                && current(entry)?.isUnhashed != true
            {
                continue
            }
            guard let new = current(entry) else {
                if let before { result.append(DiffEntry(old: before, new: absent(entry.path))) }
                continue
            }
            guard let before else {
                result.append(DiffEntry(old: absent(entry.path), new: new))
                continue
            }
            if includesUnchanged || new.isDirty || before.mode != new.mode || before.id != new.id {
                result.append(DiffEntry(old: before, new: new))
            }
        }
        for first in old { result.append(DiffEntry(old: first.new, new: absent(first.path))) }
        return result
    }
}
