internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Stashes a part of the changes: what is staged, or the hunks that a person chooses.
struct StashSelection {
    let operation: StashOperation
    let context: Context
    let repository: Repository

    private var history: HistoryCommit { operation.history }

    func push(_ pathspec: Pathspec) throws -> ExitCode {
        guard let head = try history.head() else {
            throw CommandError(.error, "You do not have the initial commit yet", exitCode: .failure)
        }
        try operation.support.checkUnmerged(try context.index(), "Stashing")
        guard try hasChanges(head, pathspec) else {
            operation.say("No local changes to save")
            return .success
        }
        let isChosen = operation.arguments.has("patch")
        guard let tree = try isChosen ? chosen(head, pathspec) : staged(head) else {
            operation.say(isChosen ? "No changes selected" : "No staged changes")
            return .failure
        }
        let patch = try self.patch(from: try history.tree(head), to: tree)
        let commit = try make(head, tree)
        guard try takeBack(patch, fromIndex: !isChosen) else {
            context.errors.line("Cannot remove worktree changes")
            return .failure
        }
        if isChosen, operation.arguments.flag("keep-index") != true { try resetIndex(head) }
        operation.say("Saved working directory and index state \(commit.subject)")
        return .success
    }

    private func hasChanges(_ head: ObjectID, _ pathspec: Pathspec) throws -> Bool {
        let comparison = IndexComparison(
            repository: repository, index: try context.index(), worktree: try context.worktree(), pathspec: pathspec)
        return try !comparison.files().isEmpty || !comparison.tree(history.tree(head)).isEmpty
    }

    /// HEAD with the hunks that were chosen; nil where there are none.
    private func chosen(_ head: ObjectID, _ pathspec: Pathspec) throws -> ObjectID? {
        let headTree = try history.tree(head)
        let files = try headTree.map { try TreeFiles.list($0, repository.objects) } ?? []
        var index = Index(
            algorithm: repository.algorithm, entries: files.map { IndexEntry(path: $0.path, id: $0.id, mode: $0.mode) })
        let worktree = try context.worktree()
        let context = context
        let objects = repository.objects
        let selector = try HunkSelector(context, .stash(headTree), pathspec) { patch in
            var options = PatchApplication.Options()
            options.leavesFiles = true
            options.usesIndex = true
            options.image.allowsOverlap = true
            options.noticesWhitespace = false
            let application = PatchApplication(
                try PatchParser.parse(patch), files: WorktreePatchFiles(worktree, keptDirectory: nil), worktree: nil,
                objects: objects, index: index, options: options, say: { context.errors.line($0) })
            guard try application.check() else { return false }
            _ = try application.write()
            index = application.index
            return true
        }
        _ = try selector.run()
        let tree = try written(&index)
        return tree == headTree ? nil : tree
    }

    private func staged(_ head: ObjectID) throws -> ObjectID? {
        var index = try context.index()
        let tree = try written(&index)
        return try tree == history.tree(head) ? nil : tree
    }

    private func written(_ index: inout Index) throws -> ObjectID {
        let batch = repository.objects.beginBatch()
        let tree = try index.writeTree(into: batch)
        try batch.finish()
        return tree
    }

    private func patch(from old: ObjectID?, to new: ObjectID) throws -> [UInt8] {
        var options = DiffOptions()
        options.formats = .patch
        options.showsBinary = true
        options.showsFullIndex = true
        // Changes beside the chosen ones stand in the files still.
        options.hunks.context = 1
        let entries = try TreeDiff.compare(old, new, source: repository.objects)
        var text: [UInt8] = []
        var printer = DiffPrinter(source: repository.objects, options: options) { text += copy $0 }
        try printer.print(entries)
        return text
    }

    /// Writes the stash's commits and puts them into the list.
    private func make(_ head: ObjectID, _ tree: ObjectID) throws -> (id: ObjectID, subject: String) {
        let branch = try history.branch().map {
            $0.string.hasPrefix("refs/heads/") ? String($0.string.dropFirst(11)) : $0.string
        }
        let place = branch ?? "(no branch)"
        let base = "\(place): \(history.short(head)) \(try history.subject(head))"
        var index = try context.index()
        let indexCommit = try history.write(
            tree: try written(&index), parents: [head], message: Array("index on \(base)\n".utf8))
        let subject = operation.message.map { "On \(place): \($0)" } ?? "WIP on \(base)"
        let commit = try history.write(tree: tree, parents: [head, indexCommit], message: Array(subject.utf8))
        try operation.store(commit, subject)
        return (commit, subject)
    }

    private func takeBack(_ patch: [UInt8], fromIndex: Bool) throws -> Bool {
        var settings = PatchSettings()
        settings.application.isReversed = true
        settings.application.usesIndex = fromIndex
        settings.whitespace = .ignore
        settings.application.noticesWhitespace = false
        return try PatchOperation(context: context, settings: settings).run(patch, name: "<stdin>") == .success
    }

    private func resetIndex(_ head: ObjectID) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        let files = try history.tree(head).map { try TreeFiles.list($0, repository.objects) } ?? []
        try IndexReset.apply(files, to: &session.index, matching: .all, intentToAdd: false)
        worktree.refresh(&session.index, try worktree.compare(session.index))
        try session.commit(worktree)
    }
}
