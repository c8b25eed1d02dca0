internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// One run of `rebase`. The state between stops is Git's (`rebase-merge/`), so that either program can continue.
struct RebaseOperation {
    let arguments: Arguments
    let context: Context
    let repository: Repository
    let support: MergeSupport
    let history: HistoryCommit
    static let directory = "rebase-merge"

    init(_ arguments: Arguments, _ context: Context, _ repository: Repository) {
        self.arguments = arguments
        self.context = context
        self.repository = repository
        support = MergeSupport(context: context, repository: repository)
        history = HistoryCommit(context: context, repository: repository)
    }

    func read(_ name: String) throws -> [UInt8]? { try support.read("\(Self.directory)/\(name)") }
    func readLine(_ name: String) throws -> String? { try support.readLine("\(Self.directory)/\(name)") }
    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
    func write(_ name: String, _ text: [UInt8]) throws { try support.write("\(Self.directory)/\(name)", text) }
    func remove(_ names: String...) throws {
        for name in names { try Files.remove(support.file("\(Self.directory)/\(name)")) }
    }

    var isUnderWay: Bool { get throws { try readLine("head-name") != nil } }

    /// The sign that comments begin with.
    var comment: UInt8 {
        guard let text = repository.config.string("core.commentchar"), text.utf8.count == 1,
            let byte = text.utf8.first
        else { return UInt8(ascii: "#") }
        return byte
    }

    /// What is rebased, from where, to where.
    struct Request {
        /// The branch that moves; nil for a detached HEAD.
        var branch: RefName?
        var head: ObjectID
        /// As the person named it.
        var headName: String?
        /// Where to, and how that was named.
        var onto: ObjectID
        var ontoName: String
        /// What is not rebased; nil where everything is.
        var upstream: ObjectID?
        /// What is not rebased either.
        var fork: ObjectID?
        /// The commit of nothing that stands for "no base".
        var newRoot: ObjectID?
    }

    // MARK: Starting

    func start() throws -> ExitCode {
        try checkState()
        try finishState()
        let request = try request()
        var settings = try RebaseSettings(arguments, context, repository)
        settings.root = request.newRoot
        let stash = try checkClean()
        if try isUpToDate(request), let code = try stayUpToDate(request, stash) { return code }
        guard try isAllowed(request) else {
            throw CommandError.fatal("The pre-rebase hook refused to rebase.")
        }
        try printStat(request, settings)
        var todo = try plan(request, settings)
        try saveState(request, settings, stash)
        if todo.count == 0 { todo.steps.append(RebaseStep(.noop)) }
        if arguments.isOn("interactive") {
            let wanted =
                try arguments.flag("autosquash") ?? repository.config.bool("rebase.autosquash") ?? false
            if wanted { try todo.autosquash { try history.subject($0) } }
        }
        if try isOn("update-refs", "rebase.updaterefs") {
            try RebaseRefs(operation: self).addSteps(&todo, head: request.branch)
        }
        todo.addCommands(arguments.allTexts("exec"))
        if arguments.isOn("interactive") {
            guard let edited = try edit(todo, request, stash) else { return .failure }
            todo = edited
            try RebaseRefs(operation: self).keep(todo)
        }
        // Blank lines count where the steps are counted.
        let blankCount = todo.steps.count { $0.action == .comment && $0.text.isEmpty }
        todo.removeComments()
        let (done, base) = try passOver(&todo, from: request.onto, settings)
        try write("git-rebase-todo", todo.text())
        try detach(base, from: request)
        try write("done", RebaseTodo(steps: done).text())
        let total = done.count + todo.count + blankCount
        try write("end", "\(total)\n")
        return try RebaseRunner(
            operation: self, settings: settings, todo: todo, doneCount: done.count, total: total
        ).run()
    }

    private func isOn(_ option: String, _ key: String) throws -> Bool {
        try arguments.flag(option) ?? repository.config.bool(key) ?? false
    }

    private func checkState() throws {
        if try support.read("rebase-apply/applying") != nil {
            throw CommandError.fatal("It looks like 'git am' is in progress. Cannot rebase.")
        }
        if arguments.isOn("apply") {
            throw CommandError.fatal("--apply is not supported: commits are rebased by merging (--merge)")
        }
        guard try isUnderWay else { return }
        throw CommandError.fatal(
            "It seems that there is already a rebase-merge directory, and\nI wonder if you are in the middle of another "
                + "rebase.  If that is the\ncase, please try\n\tgit rebase (--continue | --abort | --skip)\nIf that is not "
                + "the case, please\n\trm -fr \"\(context.gitPath(Self.directory))\"\nand run me again.  I am stopping in "
                + "case you still have something\nvaluable there.\n")
    }

    private func plan(_ request: Request, _ settings: RebaseSettings) throws -> RebaseTodo {
        var plan = RebasePlan(context: context, repository: repository, history: history, head: request.head)
        plan.excluded = [request.upstream, request.fork].compactMap { $0 }
        let base = request.upstream ?? request.onto
        if request.upstream == nil { plan.excluded.append(request.onto) }
        plan.keepsEmpty = arguments.flag("keep-empty") ?? true
        plan.saysSkipped = !settings.isQuiet
        if arguments.flag("reapply-cherry-picks") != true { plan.upstream = base }
        guard let mode = try rebaseMerges() else { return try plan.todo() }
        var finder = MergeBases(repository)
        let isShort = try repository.config.bool("rebase.abbreviatecommands") ?? false
        var merges = RebaseMergePlan(
            plan, base: try finder.bases(of: base, [request.head]).first, movesCousins: mode == "rebase-cousins",
            hasBaseForRoots: request.upstream == nil && arguments.has("onto"), isShort: isShort)
        return try merges.todo()
    }

    /// `--rebase-merges`: nil where merges are left out.
    private func rebaseMerges() throws -> String? {
        guard arguments.flag("rebase-merges") == true else { return nil }
        let mode = arguments.text("rebase-merges") ?? ""
        guard ["", "no-rebase-cousins", "rebase-cousins"].contains(mode) else {
            throw CommandError.fatal("Unknown mode: \(mode)")
        }
        return mode
    }

    private func saveState(_ request: Request, _ settings: RebaseSettings, _ stash: ObjectID?) throws {
        try write("onto", "\(request.onto)\n")
        try write("orig-head", "\(request.head)\n")
        try write("interactive", "")
        if let stash { try write("autostash", "\(stash)\n") }
        try settings.write(self)
        if let root = request.newRoot { try write("squash-onto", "\(root)\n") }
        // The last, because it says that a rebase is under way: who is killed before has begun none.
        try write("head-name", (request.branch?.string ?? "detached HEAD") + "\n")
    }

    /// The steps at the beginning that would change nothing, and the commit that stands behind them.
    private func passOver(_ todo: inout RebaseTodo, from onto: ObjectID, _ settings: RebaseSettings) throws
        -> (done: [RebaseStep], base: ObjectID)
    {
        var base = onto
        var count = 0
        guard settings.allowsForward else { return ([], onto) }
        for step in todo.steps {
            if step.action.changesNothing {
                count += 1
                continue
            }
            guard step.action == .pick, let id = step.commit, try repository.objects.commit(id).parents == [base] else {
                break
            }
            base = id
            count += 1
        }
        guard count > 0 else { return ([], onto) }
        let done = Array(todo.steps.prefix(count))
        todo.steps.removeFirst(count)
        if todo.steps.first?.action.isMelded == true, base != onto { try write("rewritten-pending", "\(base)\n") }
        return (done, base)
    }

    /// Takes HEAD, index and files to where the commits are put, off any branch.
    func detach(_ target: ObjectID, from request: Request) throws {
        let current = try history.head()
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        do {
            _ = try TreeSwitch.run(
                worktree, &session.index, from: try history.tree(current), to: try history.tree(target))
        } catch let refusal as TreeSwitchRefusal {
            context.output.flush()
            context.errors.write("\(refusal)Aborting\n")
            let stash = try readLine("autostash").flatMap { ObjectID(hex: $0) }
            try removeState()
            try restoreStash(stash)
            throw CommandError(.error, "could not detach HEAD")
        }
        try history.saveOriginal(request.head)
        var transaction = repository.refs.beginTransaction()
        transaction.update(
            .head, to: target, message: context.reflogMessage("rebase (start): checkout \(request.ontoName)"),
            followingSymbolic: false)
        try transaction.commit(committer: try context.reflogIdentity())
        try session.commit(worktree)
        let old = current ?? .zero(repository.algorithm)
        try repository.runHook("post-checkout", .init(arguments: [old.hex, target.hex, "1"]))
    }

    /// Removes the state and the refs that labels made.
    func removeState() throws {
        if let names = try read("refs-to-delete") {
            var transaction = repository.refs.beginTransaction()
            for line in String(decoding: names, as: UTF8.self).split(separator: "\n") {
                if let name = try? RefName(String(line)) { transaction.delete(name, message: "(rebase) cleanup") }
            }
            if !transaction.isEmpty { try transaction.commit(committer: try context.reflogIdentity()) }
        }
        try remove("head-name")
        try Files.removeTree(support.file(Self.directory))
    }
}
