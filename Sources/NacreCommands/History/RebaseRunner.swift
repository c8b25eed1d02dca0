internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Works off a to-do list.
struct RebaseRunner {
    let operation: RebaseOperation

    private var context: Context { operation.context }
    private var repository: Repository { operation.repository }
    private var history: HistoryCommit { operation.history }
    private var support: MergeSupport { operation.support }

    private func steps(_ name: String) throws -> [RebaseStep] {
        try RebaseTodo(saved: try operation.read(name) ?? [], resolver: try context.diffResolver()).steps
    }

    private enum Stop: Error { case here(ExitCode) }

    /// Does the steps that are left, then puts the branch where HEAD is.
    func run() throws -> ExitCode {
        var todo = try steps("git-rebase-todo")
        var done = try steps("done")
        let isQuiet = try operation.read("quiet") != nil
        let total = done.count + todo.count
        while let step = todo.first {
            todo.removeFirst()
            done.append(step)
            try operation.saveTodo(RebaseTodo(steps: todo), done: done)
            if !isQuiet, step.action != .noop { context.errors.write("Rebasing (\(done.count)/\(total))\r") }
            if let code = try perform(step, next: todo.first) { return code }
        }
        return try finish(isQuiet)
    }

    private func perform(_ step: RebaseStep, next: RebaseStep?) throws -> ExitCode? {
        switch step.action {
        case .noop, .drop: return nil
        case .stop:
            clearCount()
            if let head = try history.head() {
                context.errors.line("Stopped at \(history.short(head)) (\(try history.subject(head)))")
            }
            return .success
        case .exec: return try execute(step.text)
        case .pick, .reword, .edit, .squash, .fixup:
            guard let commit = step.commit else { return nil }
            return try pick(step, commit, next)
        }
    }

    private func execute(_ command: String) throws -> ExitCode? {
        context.output.flush()
        clearCount()
        context.errors.line("Executing: \(command)")
        let result = try ChildProcess.run(ChildProcess.Request(shell: command), input: [])
        context.output.write(result.output)
        guard !result.status.isSuccess else { return nil }
        context.errors.write(
            "warning: execution failed: \(command)\nYou can fix the problem, and then run\n\n  git rebase --continue\n\n\n"
        )
        return .failure
    }

    private func pick(_ step: RebaseStep, _ id: ObjectID, _ next: RebaseStep?) throws -> ExitCode? {
        let head = try history.head()
        let commit = try repository.objects.commit(id)
        // On a commit of nothing that stands for "no base", roots are roots again.
        let isRoot = try operation.readLine("squash-onto") == head?.hex
        let isMelded = step.action == .squash || step.action == .fixup
        if isMelded, isRoot { throw CommandError(.error, "cannot fixup root commit") }
        if !isMelded, commit.parents == (isRoot ? [] : head.map { [$0] } ?? []), !operation.arguments.isOn("no-ff") {
            try operation.moveFiles(from: head, to: id)
            try history.moveHead(to: id, from: head, "rebase: fast-forward")
        } else {
            var pick = PickOperation(context: context, repository: repository, direction: .pick)
            pick.isSilent = true
            pick.allowsEmpty = true
            pick.signing = try operation.committing.signing
            pick.reflogAction = "rebase (\(step.action.rawValue))"
            pick.makesRoot = isRoot
            let handling = try operation.readLine("nacre-empty") ?? "drop"
            pick.keepsRedundant = handling == "keep"
            let options = try operation.readLine("strategy_opts") ?? ""
            pick.strategyOptions = options.split(separator: " ").map { String($0.drop { $0 == "-" }) }
            switch try pick.run(id) {
            case .committed, .staged: break
            case .empty:
                if handling == "ask" { return try stopForEmpty(id) }
                context.errors.line("dropping \(id) \(try history.subject(id)) -- patch contents already upstream")
                return nil
            case .refused:
                try operation.write("stopped-sha", "\(id)\n")
                return .failure
            case .conflicts: return try stopForConflict(step, id)
            }
            if isMelded { try meld(step, id, into: head, next) }
        }
        try recordRewrite(id)
        switch step.action {
        case .reword: try reword()
        case .edit: return try stopForEdit(id)
        default: break
        }
        return nil
    }

    private func recordRewrite(_ id: ObjectID) throws {
        guard let now = try history.head(), now != id else { return }
        let list = try operation.read("rewritten-list") ?? []
        try support.write("\(RebaseOperation.directory)/rewritten-list", list + Array("\(id) \(now)\n".utf8))
    }

    /// Joins the commit just made with the one before it.
    private func meld(_ step: RebaseStep, _ id: ObjectID, into previous: ObjectID?, _ next: RebaseStep?) throws {
        guard let previous, let made = try history.head() else { return }
        let base = try repository.objects.commit(previous)
        var message = base.message
        if step.action == .squash {
            message =
                MessageCleanup.strip(message) + [10] + MessageCleanup.strip(try repository.objects.commit(id).message)
        }
        let continues = next?.action == .squash || next?.action == .fixup
        if step.action == .squash && !continues { message = try edited(message) }
        let tree = try repository.objects.commit(made).tree
        let melded = try operation.committing.write(
            tree: tree, parents: base.parents, author: base.author, message: message)
        let subject = String(decoding: message.prefix { $0 != 10 }, as: UTF8.self)
        try history.moveHead(to: melded, from: made, "rebase (\(step.action.rawValue)): \(subject)")
    }

    private func edited(_ message: [UInt8]) throws -> [UInt8] {
        let name = "COMMIT_EDITMSG"
        try support.write(name, message)
        try context.edit(support.file(name))
        let text = MessageCleanup.strip(try support.read(name) ?? [])
        if text.isEmpty { throw CommandError.error("Aborting commit due to empty commit message.") }
        return text
    }

    private func reword() throws {
        guard let head = try history.head() else { return }
        let commit = try repository.objects.commit(head)
        let text = try edited(commit.message)
        let made = try operation.committing.write(
            tree: commit.tree, parents: commit.parents, author: commit.author, message: text)
        let subject = String(decoding: text.prefix { $0 != 10 }, as: UTF8.self)
        try history.moveHead(to: made, from: head, "rebase (reword): \(subject)")
    }

    // MARK: Stopping

    private func stopForEdit(_ id: ObjectID) throws -> ExitCode {
        guard let head = try history.head() else { return .failure }
        try operation.write("amend", "\(head)\n")
        try operation.write("stopped-sha", "\(id)\n")
        context.errors.write(
            "Stopped at \(history.short(id))...  \(try history.subject(id))\nYou can amend the commit now, with\n\n"
                + "  git commit --amend \n\nOnce you are satisfied with your changes, run\n\n  git rebase --continue\n")
        return .success
    }

    /// A commit that brings nothing any more is a person's to judge.
    private func stopForEmpty(_ id: ObjectID) throws -> ExitCode {
        try operation.write("stopped-sha", "\(id)\n")
        try support.write("REBASE_HEAD", id.hexBytes + [10])
        try support.write("CHERRY_PICK_HEAD", id.hexBytes + [10])
        try support.write("MERGE_MSG", try repository.objects.commit(id).message)
        if let status = CommandTable.find("status") { _ = try status.run(Arguments(), context) }
        context.output.flush()
        context.errors.write(
            "The previous cherry-pick is now empty, possibly due to conflict resolution.\n"
                + "If you wish to commit it anyway, use:\n\n    git commit --allow-empty\n\n"
                + "Otherwise, please use 'git rebase --skip'\n"
                + "Could not apply \(history.short(id))... \(try history.subject(id))\n")
        return .failure
    }

    private func stopForConflict(_ step: RebaseStep, _ id: ObjectID) throws -> ExitCode {
        context.output.flush()
        let name = "\(history.short(id))... \(try history.subject(id))"
        context.errors.line("error: could not apply \(name)")
        context.hint(
            "Resolve all conflicts manually, mark them as resolved with",
            "\"git add/rm <conflicted_files>\", then run \"git rebase --continue\".",
            "You can instead skip this commit: run \"git rebase --skip\".",
            "To abort and get back to the state before \"git rebase\", run \"git rebase --abort\".")
        try RerereDatabase(context, repository)?.recordConflicts()
        context.errors.line("Could not apply \(name)")
        try operation.write("stopped-sha", "\(id)\n")
        try support.write("\(RebaseOperation.directory)/message", try repository.objects.commit(id).message)
        try operation.write("nacre-action", step.action.rawValue + "\n")
        try support.remove("CHERRY_PICK_HEAD")
        try support.write("REBASE_HEAD", id.hexBytes + [10])
        return .failure
    }

    /// Commits what was resolved since the last stop.
    ///
    /// - Returns: false where conflicts are left; the words have been said.
    func commitStopped() throws -> Bool {
        let index = try context.index()
        guard index.conflictedPaths.isEmpty else {
            for path in index.conflictedPaths { context.output.line("\(path): needs merge") }
            context.output.write("You must edit all merge conflicts and then\nmark them as resolved using git add\n")
            return false
        }
        let head = try history.head()
        var copy = index
        let tree = try copy.writeTree(into: nil)
        guard try tree != history.tree(head) else {
            try clearStop()
            return true
        }
        if let amended = try operation.readLine("amend"), let head, amended == head.hex {
            let commit = try repository.objects.commit(head)
            let made = try operation.committing.write(
                tree: tree, parents: commit.parents, author: commit.author, message: commit.message)
            try history.moveHead(to: made, from: head, "rebase (continue): amend")
        } else if let stopped = try operation.readLine("stopped-sha").flatMap({ ObjectID(hex: $0) }) {
            let original = try repository.objects.commit(stopped)
            let action = try operation.readLine("nacre-action").flatMap { RebaseStep.Action(word: $0) } ?? .pick
            var message = MessageCleanup.strip(try support.read("MERGE_MSG") ?? original.message)
            if action == .squash || action == .fixup, let head {
                let base = try repository.objects.commit(head)
                message =
                    action == .fixup ? base.message : try edited(MessageCleanup.strip(base.message) + [10] + message)
                let made = try operation.committing.write(
                    tree: tree, parents: base.parents, author: base.author, message: message)
                try history.moveHead(
                    to: made, from: head,
                    "rebase (\(action.rawValue)): \(String(decoding: message.prefix { $0 != 10 }, as: UTF8.self))")
            } else {
                message = try edited(message)
                let made = try operation.committing.write(
                    tree: tree, parents: head.map { [$0] } ?? [], author: original.author, message: message)
                try history.moveHead(
                    to: made, from: head,
                    "rebase (continue): \(String(decoding: message.prefix { $0 != 10 }, as: UTF8.self))")
                try history.printSummary(made, parent: head, showsDate: false)
            }
            try recordRewrite(stopped)
        } else {
            context.errors.write(
                "error: you have staged changes in your working tree; commit them or take them back, then run "
                    + "'git rebase --continue'\n")
            return false
        }
        try clearStop()
        return true
    }

    private func clearStop() throws {
        try RerereDatabase(context, repository)?.recordResolutions()
        try support.remove("MERGE_MSG", "CHERRY_PICK_HEAD", "AUTO_MERGE", "REBASE_HEAD")
        for name in ["amend", "stopped-sha", "message", "nacre-action"] {
            try Files.remove(support.file("\(RebaseOperation.directory)/\(name)"))
        }
    }

    /// Wipes out the line that counts.
    private func clearCount() {
        if (try? operation.read("quiet")) != .some(nil) { return }
        let isDumb = context.environment["TERM"] == "dumb" || context.environment["TERM"] == nil
        context.errors.write(isDumb ? "\r" + String(repeating: " ", count: 80) + "\r" : "\r\u{1b}[K")
    }

    private func finish(_ isQuiet: Bool) throws -> ExitCode {
        let head = try history.head()
        let name = try operation.readLine("head-name") ?? ""
        let onto = try operation.readLine("onto") ?? ""
        let original = try operation.readLine("orig-head").flatMap { ObjectID(hex: $0) }
        let stash = try operation.readLine("autostash").flatMap { ObjectID(hex: $0) }
        if name.hasPrefix("refs/"), let head {
            let branch = try RefName(name)
            let who = try context.reflogIdentity()
            var moved = repository.refs.beginTransaction()
            moved.update(
                branch, to: head, expecting: original.map { .exactly($0) } ?? .any,
                message: context.reflogMessage("rebase (finish): \(name) onto \(onto)"))
            try moved.commit(committer: who)
            var attached = repository.refs.beginTransaction()
            attached.setSymbolic(
                .head, to: branch, message: context.reflogMessage("rebase (finish): returning to \(name)"))
            try attached.commit(committer: who)
        }
        let rewritten = try operation.read("rewritten-list")
        try operation.removeState()
        if let rewritten, !rewritten.isEmpty {
            let pairs = rewritten.split(separator: 10).map { line in
                line.split(separator: 0x20).compactMap { ObjectID(hex: $0, algorithm: repository.algorithm) }
            }
            try NotesRewriter(context, repository, command: "rebase")?.copy(
                pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) })
            try repository.runHook("post-rewrite", .init(arguments: ["rebase"], input: rewritten))
        }
        try operation.restoreStash(stash)
        if !isQuiet {
            context.output.flush()
            clearCount()
            context.errors.line("Successfully rebased and updated \(name).")
        }
        return .success
    }
}

extension RebaseOperation {
    /// Takes index and files from one commit to another.
    func moveFiles(from old: ObjectID?, to new: ObjectID) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        var options = TreeSwitch.Options()
        options.verb = .merge
        do {
            _ = try TreeSwitch.run(
                worktree, &session.index, from: try history.tree(old), to: try history.tree(new), options)
        } catch let refusal as TreeSwitchRefusal {
            context.errors.write("\(refusal)Aborting\n")
            throw CommandError(.silent, "", exitCode: .failure)
        }
        try session.commit(worktree)
    }
}
