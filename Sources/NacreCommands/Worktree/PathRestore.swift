internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Brings files back from the index or a tree: what `checkout -- <path>` and `restore` share.
struct PathRestore {
    let context: Context
    let repository: Repository
    let worktree: Worktree
    var pathspec: Pathspec
    /// The tree to take from; nil for the index.
    var tree: ObjectID?
    var changesIndex = true
    var changesFiles = true
    /// Paths that the tree does not have are kept (`checkout`), not removed (`restore`).
    var isOverlay = true
    var isForced = false
    var ignoresUnmerged = false
    /// The side of a conflict to take.
    var side: ConflictStage?
    /// `-m`: conflicts are merged anew.
    var isMerging = false
    /// `--conflict`: how they are marked.
    var conflictStyle: FileMergeOptions.Style?
    /// Shows how far writing is, where that takes long.
    var progress: CheckoutProgress?

    init(_ context: Context, _ operands: [[UInt8]]) throws {
        self.context = context
        (repository, _) = try context.repositoryWithWorkTree()
        worktree = try context.worktree()
        pathspec = try context.pathspec(operands, attributes: worktree.attributes)
    }

    /// How many files were written, by where they came from.
    struct Outcome {
        var written = 0
        /// Conflicts that were merged anew.
        var recreated = 0
        var hasErrors = false
    }

    func run() throws -> Outcome {
        let session = try IndexSession(repository)
        var index = session.index
        if isMerging { reviveConflicts(&index) }
        var paths: [IndexEntry] = []
        var removals: [GitPath] = []
        let files = try tree.map { tree in
            try TreeFiles.list(tree, repository.objects) { pathspec.mayMatch(inside: $0) }.filter {
                pathspec.matches($0.path)
            }
        }
        var known = index
        if let files {
            known.apply(
                adding: files.filter { !index.contains($0.path) }.map {
                    IndexEntry(path: $0.path, id: $0.id, mode: $0.mode)
                })
        }
        try checkMatches(files, index)
        let comparison = try worktree.compare(
            index,
            {
                var o = Worktree.ComparisonOptions(); o.pathspec = pathspec; return o
            }())
        let dirty = Set(comparison.changes.map { index.entries[$0.position].path })
        worktree.refresh(&index, comparison)
        if let files {
            plan(files, index, dirty, &paths, &removals)
        } else {
            paths = try entries(of: index, dirty)
        }
        var outcome = Outcome()
        if isMerging { try addMerges(index, &paths, &outcome) }
        if changesIndex, files != nil {
            index.apply(
                adding: paths.filter { path in
                    guard let entry = index[path.path] else { return true }
                    return entry.id != path.id || entry.mode != path.mode
                }
                .map { IndexEntry(path: $0.path, id: $0.id, mode: $0.mode, flags: $0.flags) },
                removing: removals)
        }
        if changesFiles {
            var request = CheckoutRequest()
            request.writes = paths.filter { needsWriting($0, index, dirty) }
            request.removals = removals
            request.keptDirectory = try context.prefix()
            request.progress = progress?.report
            let done = try worktree.checkOut(request)
            progress?.finish()
            for failure in done.failures {
                context.errors.line(failure.message)
                outcome.hasErrors = true
            }
            outcome.written = done.written.count + done.missing.count - outcome.recreated
            // A file from another tree than the index's is not the index's.
            var own = done.written
            if files != nil || side != nil || isMerging {
                let written = Dictionary(request.writes.map { ($0.path, $0) }) { $1 }
                own.removeAll { item in
                    guard let entry = index[item.path], let source = written[item.path] else { return true }
                    return source.id != entry.id || source.mode != entry.mode
                }
            }
            var recorded = done
            recorded.written = own
            worktree.record(recorded, in: &index)
        }
        session.index = index
        try session.commit(worktree)
        return outcome
    }

    private func needsWriting(_ entry: IndexEntry, _ index: Index, _ dirty: Set<GitPath>) -> Bool {
        if side != nil || index[entry.path] == nil || dirty.contains(entry.path) { return true }
        guard let current = index[entry.path], current.id == entry.id, current.mode == entry.mode else { return true }
        // What the index got from the tree just now has no status yet.
        return current.stat == StatData()
    }

    /// Of the ways to take a conflict only one can be meant. From a tree they mean nothing, which Git lets pass.
    mutating func validate() throws {
        if tree != nil { side = nil }
        guard tree == nil, [side != nil, isForced, isMerging].count(where: { $0 }) > 1 else { return }
        throw CommandError.fatal(
            "git checkout: --ours/--theirs, --force and --merge are incompatible when\nchecking out of the index.")
    }

    /// Adds the merges of the conflicts that match to what is to be written.
    private func addMerges(_ index: Index, _ paths: inout [IndexEntry], _ outcome: inout Outcome) throws {
        let support = MergeSupport(context: context, repository: repository)
        for path in index.conflictedPaths where pathspec.matches(path) {
            let sides = index.range(of: path).map { index.entries[$0] }
            if let entry = try mergedEntry(path, sides, support) {
                paths.append(entry)
                outcome.recreated += 1
            } else {
                outcome.hasErrors = true
            }
        }
        paths.sort { $0.path < $1.path }
    }

    private func checkMatches(_ files: [TreeFile]?, _ index: Index) throws {
        var seen = Array(repeating: Pathspec.Match.none, count: pathspec.items.count)
        if let files { for file in files { _ = pathspec.match(file.path, seen: &seen) } }
        if files == nil || !isOverlay {
            for entry in index.entries { _ = pathspec.match(entry.path, seen: &seen) }
        }
        var isBad = false
        for (item, match) in zip(pathspec.items, seen) where match == .none && !item.isExcluding {
            isBad = true
            context.errors.line(
                "error: pathspec '\(String(decoding: item.original, as: UTF8.self))' did not match any file(s) known to git"
            )
        }
        if isBad { throw CommandError(.silent, "", exitCode: .failure) }
    }

    /// From a tree: its files; without overlay, what it does not have goes.
    private func plan(
        _ files: [TreeFile], _ index: Index, _ dirty: Set<GitPath>, _ paths: inout [IndexEntry],
        _ removals: inout [GitPath]
    ) {
        for file in files {
            // A conflict that is brought back is not taken from the tree.
            if isMerging, index.range(of: file.path).contains(where: { index.entries[$0].stage != .merged }) {
                continue
            }
            if changesIndex, changesFiles, let current = index[file.path], current.id == file.id,
                current.mode == file.mode
            {
                paths.append(current)
            } else {
                paths.append(IndexEntry(path: file.path, id: file.id, mode: file.mode))
            }
        }
        guard !isOverlay else { return }
        let wanted = Set(files.map(\.path))
        for entry in index.entries where pathspec.matches(entry.path) && !wanted.contains(entry.path) {
            if removals.last != entry.path { removals.append(entry.path) }
        }
    }

    /// From the index.
    private func entries(of index: Index, _ dirty: Set<GitPath>) throws -> [IndexEntry] {
        var result: [IndexEntry] = []
        var isBad = false
        var position = 0
        while position < index.entries.count {
            let entry = index.entries[position]
            let range = index.range(of: entry.path)
            position = range.upperBound
            guard pathspec.matches(entry.path) else { continue }
            if entry.stage == .merged {
                if !entry.flags.contains(.skipWorktree), dirty.contains(entry.path) {
                    result.append(entry)
                }
                continue
            }
            if let side {
                guard var found = range.map({ index.entries[$0] }).first(where: { $0.stage == side }) else {
                    isBad = true
                    context.errors.line(
                        "error: path '\(entry.path)' does not have \(side == .ours ? "our" : "their") version")
                    continue
                }
                found.stage = .merged
                result.append(found)
            } else if isMerging {
                let stages = range.map { index.entries[$0].stage }
                guard stages.contains(.ours), stages.contains(.theirs) else {
                    isBad = true
                    context.errors.line("error: path '\(entry.path)' does not have all necessary versions")
                    continue
                }
            } else if isForced || ignoresUnmerged {
                context.errors.line("warning: path '\(entry.path)' is unmerged")
            } else {
                isBad = true
                context.errors.line("error: path '\(entry.path)' is unmerged")
            }
        }
        if isBad { throw CommandError(.silent, "", exitCode: .failure) }
        return result
    }
}
