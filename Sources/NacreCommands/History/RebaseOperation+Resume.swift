internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

extension RebaseOperation {
    func requireState() throws {
        guard try isUnderWay else {
            // What a rebase that was killed while it began or ended left behind goes; what it had put aside comes back.
            try finishState()
            throw CommandError.fatal("No rebase in progress?")
        }
    }

    private func reset(to id: ObjectID?) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        try HardReset.run(&session.index, worktree, to: try history.tree(id))
        try session.commit(worktree)
    }

    func showCurrent() throws -> ExitCode {
        try requireState()
        guard try support.read("REBASE_HEAD") != nil, let show = CommandTable.find("show") else {
            throw CommandError.fatal("there is no commit being applied; see 'nacre status'")
        }
        let words = [Array("REBASE_HEAD".utf8), Array("--".utf8)]
        return try show.run(try ArgumentParser.parse(words, options: show.options), context)
    }

    func resume() throws -> ExitCode {
        try requireState()
        let index = try context.index()
        for path in index.conflictedPaths { context.output.line("\(path): needs merge") }
        guard try !changes().unstaged else {
            context.output.write("You must edit all merge conflicts and then\nmark them as resolved using git add\n")
            return .failure
        }
        return try goOn()
    }

    func skip() throws -> ExitCode {
        try requireState()
        try RerereDatabase(context, repository)?.clear()
        try reset(to: try history.head())
        try removeBranchState()
        return try goOn()
    }

    /// Reads the list that is left and works it off.
    private func goOn() throws -> ExitCode {
        let errors = context.errors
        let resolver = try context.diffResolver()
        let hasBegun = try read("done") != nil
        guard
            let todo = RebaseTodo(
                try read("git-rebase-todo") ?? [], resolver: resolver, hasBegun: hasBegun, complain: { errors.line($0) }
            )
        else {
            context.errors.line("error: please fix this using 'git rebase --edit-todo'.")
            return .failure
        }
        if try read("dropped") != nil {
            if let before = RebaseTodo(
                try read("git-rebase-todo.backup") ?? [], resolver: resolver, hasBegun: true, complain: { _ in }),
                try !check(todo, against: before)
            {
                return .failure
            }
            try remove("dropped")
        }
        let done = RebaseTodo(try read("done") ?? [], resolver: resolver, hasBegun: true) { _ in }
        let total = (done?.count ?? 0) + todo.count
        try write("end", "\(total)\n")
        let runner = try RebaseRunner(
            operation: self, settings: RebaseSettings(self), todo: todo, doneCount: done?.count ?? 0, total: total)
        guard try runner.commitStopped() else { return .failure }
        return try runner.run()
    }

    private func removeBranchState() throws {
        try support.remove(
            "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_HEAD", "MERGE_RR", "MERGE_MSG", "MERGE_MODE", "SQUASH_MSG",
            "AUTO_MERGE")
    }

    func abort() throws -> ExitCode {
        try requireState()
        let head = try history.head()
        guard let original = try readLine("orig-head").flatMap({ ObjectID(hex: $0) }) else {
            throw CommandError.fatal("could not read orig-head")
        }
        try RerereDatabase(context, repository)?.clear()
        try reset(to: original)
        let name = try readLine("head-name") ?? ""
        var transaction = repository.refs.beginTransaction()
        if name.hasPrefix("refs/") {
            transaction.setSymbolic(.head, to: try RefName(name), message: "rebase (abort): returning to \(name)")
        } else if head != original {
            transaction.update(
                .head, to: original, message: "rebase (abort): returning to \(original)", followingSymbolic: false)
        }
        if !transaction.isEmpty { try transaction.commit(committer: try context.reflogIdentity()) }
        try removeBranchState()
        try finishState()
        return .success
    }

    /// The state goes, and what was put aside comes back.
    func finishState() throws {
        let stash = try readLine("autostash").flatMap { ObjectID(hex: $0) }
        try remove("head-name")
        try restoreStash(stash)
        try removeState()
        try support.remove("REBASE_HEAD", "AUTO_MERGE")
    }

    func quit() throws -> ExitCode {
        try requireState()
        if let stash = try readLine("autostash").flatMap({ ObjectID(hex: $0) }) {
            try StashOperation(Arguments(), context, repository).keep(stash, "autostash")
            context.errors.write(MergeAutostash.kept)
        }
        try removeState()
        return .success
    }
}
