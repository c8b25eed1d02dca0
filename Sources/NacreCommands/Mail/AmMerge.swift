internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Applies a patch to the blobs that it was made for, and merges what comes of it: `am --3way`.
struct AmMerge {
    let operation: AmOperation

    private var context: Context { operation.context }
    private var repository: Repository { operation.repository }

    /// - Returns: whether index and files hold the patch without conflicts; what went wrong has been said.
    func run(_ patch: [UInt8], title: String) throws -> Bool {
        let parsing = try operation.settings { _ in }.parsing
        let patches: [FilePatch]
        do throws(PatchError) { patches = try PatchParser.parse(patch, options: parsing) } catch {
            return fail("error: \(error)")
        }
        guard var base = try baseIndex(patches) else {
            return fail("error: Repository lacks necessary blobs to fall back on 3-way merge.")
        }
        try operation.say("Using index info to reconstruct a base tree...")
        let batch = repository.objects.beginBatch()
        let baseTree = try base.writeTree(into: batch)
        try batch.finish()
        try list(base)
        guard let theirs = try patched(base, patches) else {
            return fail("error: Did you hand edit your patch?\nIt does not apply to blobs recorded in its index.")
        }
        try operation.say("Falling back to patching base and 3-way merge...")
        return try merge(base: baseTree, theirs: theirs, title: title)
    }

    private func fail(_ text: String) -> Bool {
        context.settle()
        context.errors.line(text)
        return false
    }

    /// The files that the patch was made for, by the ids that it gives; nil where one is not here.
    private func baseIndex(_ patches: [FilePatch]) throws -> Index? {
        var index = Index(algorithm: repository.algorithm)
        let current = try context.index()
        for patch in patches where patch.isNew != true {
            guard let name = patch.oldName else { continue }
            if index.contains(name) { continue }
            var id: ObjectID?
            if let found = try? repository.objects.ids(withHexPrefix: patch.oldID, limit: 2), found.count == 1,
                (try? repository.objects.header(found[0]).kind) == .blob
            {
                id = found[0]
            } else if patch.added == 0, patch.deleted == 0 {
                // A change of mode or name alone needs no content but the present one.
                id = current[name]?.id
            }
            guard let id else { return nil }
            index.add(IndexEntry(path: name, id: id, mode: patch.oldMode ?? current[name]?.mode ?? .regular))
        }
        return index
    }

    /// The paths that HEAD has otherwise.
    private func list(_ base: Index) throws {
        guard try !operation.state.flag("quiet") else { return }
        let comparison = IndexComparison(repository: repository, index: base, worktree: nil, pathspec: .all)
        let tree = try operation.history.tree(try operation.history.head())
        for entry in try comparison.tree(tree) where entry.status == .modified || entry.status == .added {
            context.output.line(Array("\(entry.statusText)\t".utf8) + context.quoted(entry.path.bytes))
        }
    }

    private func patched(_ base: Index, _ patches: [FilePatch]) throws -> ObjectID? {
        var options = try operation.settings { _ in }.application
        options.leavesFiles = true
        let output = context
        output.settle()
        let application = PatchApplication(
            patches, files: WorktreePatchFiles(try context.worktree(), keptDirectory: nil), worktree: nil,
            objects: repository.objects, index: base, options: options, say: { output.errors.line($0) })
        guard try application.check() else { return nil }
        _ = try application.write()
        var index = application.index
        let batch = repository.objects.beginBatch()
        let tree = try index.writeTree(into: batch)
        try batch.finish()
        return tree
    }

    private func merge(base: ObjectID, theirs: ObjectID, title: String) throws -> Bool {
        let worktree = try context.worktree()
        var options = try operation.support.options(
            strategyOptions: [], ours: "HEAD", theirs: title, worktree: worktree)
        options.base = "constructed merge base"
        options.directoryRenames = .ignore
        let session = try IndexSession(repository)
        let ours = try operation.history.tree(try operation.history.head()) ?? .emptyTree(repository.algorithm)
        let result = try CommitMerge(repository, options: options).merge(base: base, ours: ours, theirs: theirs)
        guard try operation.support.apply(result, from: ours, &session.index, worktree) else {
            return fail("error: Failed to merge in the changes.")
        }
        if try !operation.state.flag("quiet") { operation.support.printMessages(result) }
        try session.commit(worktree)
        guard result.isClean else {
            context.settle()
            try RerereDatabase(context, repository)?.recordConflicts()
            return fail("error: Failed to merge in the changes.")
        }
        return true
    }
}
