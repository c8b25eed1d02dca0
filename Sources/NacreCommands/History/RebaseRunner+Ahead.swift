internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Picks that need nobody are made without touching HEAD, index or files, which then go to the last of them in one step:
/// what a long rebase costs is creating, renaming and synchronizing the same files over and over.
extension RebaseRunner {
    /// A pick that was made.
    private struct Made {
        let step: RebaseStep
        let original: ObjectID
        let new: ObjectID
        let log: String
    }

    /// Fewer are not worth it.
    private static let fewest = 3

    /// Makes the picks at the head of the list up to the first that stops, that brings nothing, or that anybody else has a
    /// word in; the usual way goes on from there.
    ///
    /// A process that is killed in here has changed nothing, or files and index only (`--abort` leads back), or has moved
    /// HEAD and not yet shortened the list (what is picked again brings nothing then).
    func pickAhead() throws {
        guard try isPlain(), let start = try history.head() else { return }
        var made: [Made] = []
        var head = start
        for (place, step) in todo.steps.enumerated() {
            let isMeldedInto = place + 1 < todo.steps.count && todo.steps[place + 1].action.isMelded
            guard step.action == .pick, !isMeldedInto, let id = step.commit,
                let next = try pickInMemory(step, id, onto: head)
            else { break }
            made.append(next)
            head = next.new
        }
        guard made.count >= Self.fewest, try moveFilesQuietly(from: start, to: head) else { return }
        try moveHead(from: start, made)
        try note(made)
    }

    /// Whether no hook, and no setting that looks at HEAD, has a say in a pick.
    private func isPlain() throws -> Bool {
        guard settings.root == nil, settings.strategyOptions.isEmpty, !settings.signsOff, !settings.takesAuthorDate,
            !settings.ignoresDate
        else { return false }
        for hook in ["prepare-commit-msg", "post-commit", "reference-transaction"]
        where try repository.hook(hook) != nil { return false }
        return true
    }

    private func pickInMemory(_ step: RebaseStep, _ id: ObjectID, onto head: ObjectID) throws -> Made? {
        let objects = repository.objects
        let commit = try objects.commit(id)
        guard commit.parents.count == 1, let parent = commit.parents.first else { return nil }
        if settings.allowsForward, parent == head {
            return Made(step: step, original: id, new: id, log: "rebase: fast-forward")
        }
        let before = try objects.commit(parent).tree
        let ours = try objects.commit(head).tree
        // Attributes say how files are merged, and are read from the work tree.
        let changes = try TreeDiff.compare(before, commit.tree, source: objects, options: TreeDiff.Options())
        guard !changes.contains(where: { $0.new.path.name.elementsEqual(".gitattributes".utf8) }) else { return nil }
        let options = try support.options(
            strategyOptions: [], ours: "HEAD", theirs: history.short(id), worktree: context.worktree())
        let result = try CommitMerge(repository, options: options).merge(base: before, ours: ours, theirs: commit.tree)
        guard result.isClean, result.tree != ours else { return nil }
        let new = try history.write(
            tree: result.tree, parents: [head], author: commit.author, message: commit.message)
        let subject = String(decoding: commit.message.prefix { $0 != 10 }, as: UTF8.self)
        return Made(step: step, original: id, new: new, log: "rebase (pick): \(subject)")
    }

    /// Takes index and files along; false where something is in the way, and nothing was done: the usual way says at which
    /// commit.
    private func moveFilesQuietly(from old: ObjectID, to new: ObjectID) throws -> Bool {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        let comparison = IndexComparison(
            repository: repository, index: session.index, worktree: nil, pathspec: .all)
        guard try comparison.tree(history.tree(old)).isEmpty else { return false }
        var options = TreeSwitch.Options()
        options.verb = .merge
        do {
            _ = try TreeSwitch.run(
                worktree, &session.index, from: try history.tree(old), to: try history.tree(new), options)
        } catch is TreeSwitchRefusal {
            return false
        }
        try session.commit(worktree)
        return true
    }

    /// Moves HEAD, and gives its log an entry for each pick.
    private func moveHead(from start: ObjectID, _ made: [Made]) throws {
        guard let last = made.last else { return }
        try history.moveHead(to: last.new, from: start, last.log)
        let who = try context.reflogIdentity()
        try repository.refs.rewriteReflog(.head) { entries in
            guard entries.last?.new == last.new else { return nil }
            var old = start
            let steps = made.map { pick in
                defer { old = pick.new }
                return ReflogEntry(
                    old: old, new: pick.new, committer: who, message: Array(context.reflogMessage(pick.log).utf8))
            }
            return entries.dropLast() + steps
        }
    }

    /// Writes down what was done as if it had been done step by step.
    private func note(_ made: [Made]) throws {
        var done = try operation.read("done") ?? []
        var rewritten = try operation.read("rewritten-list") ?? []
        for pick in made {
            done += Array((pick.step.line() + "\n").utf8)
            rewritten += Array("\(pick.original) \(pick.new)\n".utf8)
            countStep(pick.step)
        }
        try operation.write("done", done)
        try operation.write("rewritten-list", rewritten)
        try skipSteps(made.count)
    }
}
