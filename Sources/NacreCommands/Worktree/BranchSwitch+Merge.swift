internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

extension BranchSwitch {
    /// Takes local changes along to another commit (`-m`): a merge of the work tree and the new tree, the old tree being
    /// their base. The index becomes the new tree but for conflicts; the files are the merge.
    ///
    /// - Returns: what was changed locally, and still is.
    /// - Throws: where something is staged: a merge could not tell it from what is not.
    func mergeFiles(
        _ target: Target, _ session: IndexSession, from old: ObjectID, to new: ObjectID
    ) throws -> [(path: GitPath, kind: FileChange.Kind)] {
        let objects = repository.objects
        let staged = try TreeFiles.changes(from: old, to: session.index, objects).map(\.path.description)
        guard staged.isEmpty else {
            throw CommandError.fatal(
                "cannot continue with staged changes in the following files:\n" + staged.joined(separator: " "))
        }
        let local = try treeOfFiles(session.index)
        let result = try merge(target, old, new, local)
        var forced = TreeSwitch.Options()
        forced.isForced = true
        forced.keptDirectory = try context.prefix()
        forced.progress = progress?.report
        _ = try TreeSwitch.run(worktree, &session.index, from: old, to: new, forced)
        var merged = session.index
        _ = try TreeSwitch.run(worktree, &merged, from: new, to: result.tree, forced)
        // What the merge wrote is not what the index remembers of the new tree's files.
        for change in try TreeFiles.changes(new, result.tree, objects) {
            if case .found(let position) = session.index.position(of: change.path) {
                session.index.setStat(StatData(), at: position)
            }
        }
        for path in Set(result.stages.map(\.path)) { session.index.remove(path) }
        for stage in result.stages {
            guard let number = ConflictStage(rawValue: UInt8(stage.stage)) else { continue }
            session.index.add(IndexEntry(path: stage.path, id: stage.id, mode: stage.mode, stage: number))
        }
        session.index.resolveUndo = []
        let comparison = try worktree.compare(session.index)
        worktree.refresh(&session.index, comparison)
        return comparison.changes.map { (session.index.entries[$0.position].path, $0.kind) }
            + session.index.conflictedPaths.map { ($0, .modified) }
    }

    /// The tree that the tracked files make as they stand.
    private func treeOfFiles(_ index: Index) throws -> ObjectID {
        var index = index
        let batch = repository.objects.beginBatch()
        var options = Worktree.ComparisonOptions()
        options.comparesContent = false
        let changed = try worktree.compare(index, options).changes.map { index.entries[$0.position].path }
        _ = try worktree.stage(changed, in: &index, batch: batch)
        let tree = try index.writeTree(into: batch)
        try batch.finish()
        return tree
    }

    private func merge(
        _ target: Target, _ old: ObjectID, _ new: ObjectID, _ local: ObjectID
    ) throws -> TreeMerge.Result {
        let support = MergeSupport(context: context, repository: repository)
        var options = try support.options(
            strategyOptions: [], ours: target.branch?.shortened ?? target.name, theirs: "local", worktree: worktree)
        options.base = state.branchName ?? state.head.map { context.abbreviated($0) } ?? "empty tree"
        if let conflictStyle { options.file.style = conflictStyle }
        return try CommitMerge(repository, options: options).merge(base: old, ours: new, theirs: local)
    }
}

extension Context {
    /// The style that `--conflict` names.
    func conflictStyle(_ arguments: Arguments) throws -> FileMergeOptions.Style? {
        guard let name = arguments.text("conflict") else { return nil }
        guard let style = FileMergeOptions.Style(name: name) else {
            throw CommandError.fatal("unknown style '\(name)' given for 'merge.conflictstyle'")
        }
        return style
    }
}
