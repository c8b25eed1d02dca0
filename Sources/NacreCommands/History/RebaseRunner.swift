internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Works off a to-do list.
final class RebaseRunner {
    let operation: RebaseOperation
    var settings: RebaseSettings
    /// What is left; the first is the step under way.
    private(set) var todo: RebaseTodo
    private var doneCount: Int
    /// How many steps there are in all, as it is shown.
    private var total: Int
    /// How reflogs name what is made: after the last step that picked a commit.
    private(set) var action = "rebase"
    /// What this process has done, in order.
    private var performed: [RebaseStep] = []
    /// The list as this process wrote it last: a command may write another one.
    private var written: [UInt8] = []

    var context: Context { operation.context }
    var repository: Repository { operation.repository }
    var support: MergeSupport { operation.support }
    var history: HistoryCommit {
        HistoryCommit(context: operation.context, repository: operation.repository, signing: settings.signing)
    }

    init(operation: RebaseOperation, settings: RebaseSettings, todo: RebaseTodo, doneCount: Int, total: Int) {
        self.operation = operation
        self.total = total
        self.settings = settings
        self.todo = todo
        self.doneCount = doneCount
    }

    /// The step behind the one under way.
    var next: RebaseStep? { todo.steps.dropFirst().first }
    /// The step that comes first, before the list is worked off.
    var first: RebaseStep? { todo.steps.first }

    // MARK: The list

    private func saveTodo(from place: Int) throws {
        written = Array(RebaseTodo(steps: Array(todo.steps.dropFirst(place))).text().utf8)
        try operation.write("git-rebase-todo", written)
    }

    private func appendDone(_ step: RebaseStep) throws {
        try operation.write("done", try (operation.read("done") ?? []) + Array((step.line() + "\n").utf8))
    }

    /// Puts the step under way back into the list.
    func reschedule() throws {
        guard let step = todo.steps.first else { return }
        context.output.flush()
        let lines =
            "Could not execute the todo command\n\n    \(step.line())\n\n"
            + "It has been rescheduled; To edit the command before continuing, please\n"
            + "edit the todo list first:\n\n    git rebase --edit-todo\n    git rebase --continue"
        for line in lines.split(separator: "\n", omittingEmptySubsequences: false) { context.hint(String(line)) }
        try saveTodo(from: 0)
        if performed.count > 1 { try appendDone(performed[performed.count - 2]) }
    }

    /// Takes the list that a command or an editor may have left in place of this one.
    ///
    /// - Returns: false where it cannot be read; the words have been said.
    private func reread() throws -> Bool {
        let now = try operation.read("git-rebase-todo") ?? []
        guard now != written else { return true }
        let errors = context.errors
        guard
            let list = RebaseTodo(
                now, resolver: try context.diffResolver(), hasBegun: true, complain: { errors.line($0) })
        else { return false }
        todo.steps = Array(todo.steps.prefix(1)) + list.steps
        total = doneCount + list.count
        return true
    }

    /// How a step ended.
    enum Outcome {
        case done
        /// The same, and the list may be another one by now.
        case doneOutside
        /// A person goes on from here.
        case stopped(ExitCode)
    }

    /// Does the steps that are left, then puts the branch where HEAD is.
    func run() throws -> ExitCode {
        try pickAhead()
        while let step = todo.steps.first {
            try saveTodo(from: 1)
            try appendDone(step)
            countStep(step)
            try operation.write("msgnum", "\(doneCount)\n")
            try operation.remove("message", "author-script", "stopped-sha", "amend")
            try support.remove("MERGE_HEAD", "REBASE_HEAD")
            switch try perform(step) {
            case .done: break
            case .doneOutside: guard try reread() else { return .failure }
            case .stopped(let code): return code
            }
            todo.steps.removeFirst()
        }
        return try finish()
    }

    /// Counts a step as done, and says so.
    func countStep(_ step: RebaseStep) {
        performed.append(step)
        doneCount += 1
        if step.action.picks { action = "rebase (\(step.action.rawValue))" }
        guard !settings.isQuiet else { return }
        context.output.flush()
        context.errors.write("Rebasing (\(doneCount)/\(total))" + (settings.isVerbose ? "\n" : "\r"))
    }

    /// Takes steps that are done off the list.
    func skipSteps(_ count: Int) throws {
        todo.steps.removeFirst(count)
        try saveTodo(from: 0)
        try operation.write("msgnum", "\(doneCount)\n")
    }

    private func perform(_ step: RebaseStep) throws -> Outcome {
        switch step.action {
        case .noop, .drop, .comment: return .done
        case .stop:
            clearCount()
            if let head = try history.head() {
                context.errors.line("Stopped at \(history.short(head)) (\(try history.subject(head)))")
            }
            return .stopped(.success)
        case .exec: return try execute(step.text)
        case .label: return try label(step.text)
        case .reset: return try reset(step.text)
        case .merge: return try merge(step)
        case .updateRef:
            if let head = try history.head() { try RebaseRefs(operation: operation).set(step.text, to: head) }
            return .done
        case .pick, .reword, .edit, .squash, .fixup:
            guard let commit = step.commit else { return .done }
            return try pick(step, commit)
        }
    }

    private func execute(_ command: String) throws -> Outcome {
        context.output.flush()
        clearCount()
        context.errors.line("Executing: \(command)")
        var child = try ChildProcess(.init(shell: command))
        let status = child.wait()
        let (hasUnstaged, hasStaged) = try operation.changes()
        let isDirty = hasUnstaged || hasStaged
        if isDirty { operation.sayUnclean(hasUnstaged: hasUnstaged, hasStaged: hasStaged) }
        let goingOn = "and then run\n\n  git rebase --continue\n\n\n"
        if !status.isSuccess {
            let trace = isDirty ? "and made changes to the index and/or the working tree\n" : ""
            context.errors.write(
                "warning: execution failed: \(command)\n\(trace)You can fix the problem, \(goingOn)")
            if settings.reschedules { try reschedule() }
            return .stopped(.failure)
        }
        guard !isDirty else {
            context.errors.write(
                "warning: execution succeeded: \(command)\nbut left changes to the index and/or the working tree\n"
                    + "Commit or stash your changes, \(goingOn)")
            if settings.reschedules { try reschedule() }
            return .stopped(.failure)
        }
        return .doneOutside
    }

    /// Wipes out the line that counts.
    func clearCount() {
        guard !settings.isVerbose else { return }
        let isDumb = context.environment["TERM"] == "dumb" || context.environment["TERM"] == nil
        context.errors.write(isDumb ? "\r" + String(repeating: " ", count: 80) + "\r" : "\r\u{1b}[K")
    }

    // MARK: What became of each commit

    /// Notes that a commit has become part of what HEAD is, once nothing more is melded into it.
    func recordRewrite(_ id: ObjectID, next: RebaseStep?) throws {
        let pending = try (operation.read("rewritten-pending") ?? []) + id.hexBytes + [10]
        try operation.write("rewritten-pending", pending)
        if next?.action.isMelded != true { try flushRewritten() }
    }

    private func flushRewritten() throws {
        guard let pending = try operation.read("rewritten-pending"), let now = try history.head() else { return }
        var list = try operation.read("rewritten-list") ?? []
        for line in pending.split(separator: 10) { list += line + Array(" \(now)\n".utf8) }
        try operation.write("rewritten-list", list)
        try operation.remove("rewritten-pending")
    }

    // MARK: The end

    private func finish() throws -> ExitCode {
        let head = try history.head()
        let name = try operation.readLine("head-name") ?? ""
        let original = try operation.readLine("orig-head").flatMap { ObjectID(hex: $0) }
        if name.hasPrefix("refs/"), let head { try moveBranch(name, to: head, from: original) }
        if settings.isVerbose, let original, let head {
            try history.printChanges(from: original, to: head, formats: [.stat])
            context.output.flush()
        }
        try flushRewritten()
        let rewritten = try operation.read("rewritten-list")
        if let rewritten, !rewritten.isEmpty {
            let pairs = rewritten.split(separator: 10).map { line in
                line.split(separator: 0x20).compactMap { ObjectID(hex: $0, algorithm: repository.algorithm) }
            }
            try NotesRewriter(context, repository, command: "rebase")?.copy(
                pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) })
            try repository.runHook("post-rewrite", .init(arguments: ["rebase"], input: rewritten))
        }
        let stash = try operation.readLine("autostash").flatMap { ObjectID(hex: $0) }
        try operation.restoreStash(stash)
        let others = try RebaseRefs(operation: operation).move()
        if !settings.isQuiet {
            context.output.flush()
            clearCount()
            context.errors.line("Successfully rebased and updated \(name).")
            if !others.moved.isEmpty {
                context.errors.write("Updated the following refs with --update-refs:\n")
                for name in others.moved { context.errors.line("\t\(name)") }
            }
            if !others.failed.isEmpty {
                context.errors.write("Failed to update the following refs with --update-refs:\n")
                for name in others.failed { context.errors.line("\t\(name)") }
            }
        }
        try operation.removeState()
        return others.failed.isEmpty ? .success : .failure
    }

    private func moveBranch(_ name: String, to head: ObjectID, from original: ObjectID?) throws {
        let onto = try operation.readLine("onto") ?? ""
        let branch = try RefName(name)
        let who = try context.reflogIdentity()
        var moved = repository.refs.beginTransaction()
        moved.update(
            branch, to: head, expecting: original.map { .exactly($0) } ?? .any,
            message: context.reflogMessage("rebase (finish): \(name) onto \(onto)"))
        try moved.commit(committer: who)
        var attached = repository.refs.beginTransaction()
        attached.setSymbolic(.head, to: branch, message: context.reflogMessage("rebase (finish): returning to \(name)"))
        try attached.commit(committer: who)
    }
}
