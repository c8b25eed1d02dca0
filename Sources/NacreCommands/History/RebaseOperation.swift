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
    func write(_ name: String, _ text: String) throws {
        try support.write("\(Self.directory)/\(name)", Array(text.utf8))
    }

    /// Makes commits as the rebase was told when it began.
    var committing: HistoryCommit {
        get throws {
            var result = history
            result.signing = CommitSigning(word: try readLine("gpg_sign_opt"))
            return result
        }
    }

    var isUnderWay: Bool { get throws { try readLine("head-name") != nil } }

    private func isOn(_ option: String, _ key: String) throws -> Bool {
        try arguments.flag(option) ?? repository.config.bool(key) ?? false
    }

    // MARK: Starting

    func start() throws -> ExitCode {
        if try isUnderWay {
            throw CommandError.fatal(
                "It seems that there is already a rebase-merge directory, and\nI wonder if you are in the middle of another "
                    + "rebase.  If that is the\ncase, please try\n\tgit rebase (--continue | --abort | --skip)\nIf that is not "
                    + "the case, please\n\trm -fr \"\(context.gitPath(Self.directory))\"\nand run me again.  I am stopping in "
                    + "case you still have something\nvaluable there.\n")
        }
        let names = arguments.texts
        let isRoot = arguments.isOn("root")
        let keepsBase = arguments.isOn("keep-base")
        if keepsBase, isRoot || arguments.has("onto") {
            let other = isRoot ? "--root" : "--onto"
            throw CommandError.fatal("options '--keep-base' and '\(other)' cannot be used together")
        }
        let resolver = try context.diffResolver()
        let upstreamName = isRoot ? nil : names.first ?? "@{upstream}"
        let branchName = isRoot ? names.first : names.count > 1 ? names[1] : nil
        func commit(_ name: String, _ role: String) throws -> ObjectID {
            do { return try resolver.commit(name) } catch { throw CommandError.fatal("invalid \(role) '\(name)'") }
        }
        var upstream = try upstreamName.map { try commit($0, "upstream") }
        var ontoName = arguments.text("onto") ?? upstreamName ?? ""
        var onto = try arguments.text("onto").map { try commitOrBase($0, resolver) } ?? upstream
        let newRoot = isRoot && arguments.text("onto") == nil ? try emptyRoot() : nil
        if let newRoot {
            onto = newRoot
            ontoName = newRoot.hex
        }
        if keepsBase, let name = upstreamName, let given = upstream {
            let tip = try branchName.map { try commit($0, "branch") } ?? history.head()
            var finder = MergeBases(repository)
            let bases = try tip.map { try finder.bases(of: given, [$0]) } ?? []
            guard bases.count == 1 else {
                throw CommandError.fatal("'\(name)': need exactly one merge base with branch")
            }
            onto = bases[0]
            ontoName = "\(name)...\(try branchName ?? shortBranch() ?? "HEAD")"
            if arguments.flag("reapply-cherry-picks") != false { upstream = onto }
        }
        guard let onto else { throw CommandError.fatal("there is no base to rebase onto") }
        _ = try emptyHandling(isInteractive: arguments.isOn("interactive"))
        let stash = try checkClean()
        if let branchName {
            guard let checkout = CommandTable.find("checkout") else {
                throw CommandError.fatal("there is no checkout command")
            }
            let words = [Array("-q".utf8), Array(branchName.utf8)]
            let code = try checkout.run(try ArgumentParser.parse(words, options: checkout.options), context)
            guard code == .success else { return code }
        }
        guard let head = try history.head() else { throw CommandError.fatal("there are no commits to rebase") }
        let branch = try history.branch()
        var todo = try plan(upstream: upstream, head: head, onto: onto)
        let isInteractive = arguments.isOn("interactive")
        let squashes =
            try arguments.flag("autosquash") ?? (isInteractive ? repository.config.bool("rebase.autosquash") : nil)
            ?? false
        if squashes && isInteractive { todo.autosquash() }
        let commands = arguments.allTexts("exec")
        if !isInteractive, commands.isEmpty, try isUpToDate(head, onto, upstream, todo) {
            let isForced = arguments.isOn("no-ff")
            let name = branch.map { $0.string.hasPrefix("refs/heads/") ? String($0.string.dropFirst(11)) : $0.string }
            if !arguments.isOn("quiet") {
                let text = name.map { "Current branch \($0) is up to date" } ?? "HEAD is up to date"
                context.output.line(text + (isForced ? ", rebase forced." : "."))
            }
            if !isForced {
                try restoreStash(stash)
                return .success
            }
        }
        todo.addCommands(commands)
        if todo.steps.isEmpty { todo.steps = [RebaseStep(action: .noop, commit: nil, text: "")] }
        try saveState(head, branch, onto, stash)
        if let newRoot { try write("squash-onto", "\(newRoot)\n") }
        try write("nacre-empty", try emptyHandling(isInteractive: isInteractive) + "\n")
        if isInteractive {
            guard let edited = try edit(todo, upstream, head, onto) else {
                try removeState()
                try restoreStash(stash)
                throw CommandError(.error, "nothing to do")
            }
            todo = edited
        }
        try history.saveOriginal(head)
        try write("end", "\(todo.steps.count)\n")
        try saveTodo(todo, done: [])
        try detach(onto, from: head, "rebase (start): checkout \(ontoName)")
        return try RebaseRunner(operation: self).run()
    }

    private func shortBranch() throws -> String? {
        try history.branch().map { $0.string.hasPrefix("refs/heads/") ? String($0.string.dropFirst(11)) : $0.string }
    }

    /// A commit of nothing, on which roots are made anew.
    private func emptyRoot() throws -> ObjectID {
        let tree = try repository.objects.write(.tree, [])
        return try history.write(tree: tree, parents: [], message: [])
    }

    /// What becomes of commits that become empty: `drop`, `keep` or `ask`.
    private func emptyHandling(isInteractive: Bool) throws -> String {
        guard let given = arguments.text("empty") else {
            return isInteractive && !arguments.has("exec") ? "ask" : "drop"
        }
        guard ["drop", "keep", "ask"].contains(given.lowercased()) else {
            throw CommandError.fatal(
                "unrecognized empty type '\(given)'; valid values are \"drop\", \"keep\", and \"ask\".")
        }
        return given.lowercased()
    }

    /// `A...B` as a new base is the merge base.
    private func commitOrBase(_ name: String, _ resolver: RevisionResolver) throws -> ObjectID {
        if let range = RevisionRange(name), range.isSymmetric { return try range.ends(resolver)[0] }
        do { return try resolver.commit(name) } catch {
            throw CommandError.fatal("Does not point to a valid commit: '\(name)'")
        }
    }

    /// The commits that upstream does not have, oldest first, without merges and without changes that upstream has already.
    private func plan(upstream: ObjectID?, head: ObjectID, onto: ObjectID) throws -> RebaseTodo {
        let excluded = upstream.map { [$0] } ?? []
        let commits = try CommitList.between(excluded, [head], repository).reversed()
        var known: Set<[UInt8]> = []
        if let upstream, !arguments.isOn("reapply-cherry-picks") {
            for id in try CommitList.between([head], [upstream], repository) {
                if let patch = try PatchID.of(id, repository) { known.insert(patch) }
            }
        }
        var steps: [RebaseStep] = []
        var hasSkipped = false
        for id in commits {
            guard try repository.objects.commit(id).parents.count <= 1 else { continue }
            if !known.isEmpty, let patch = try PatchID.of(id, repository), known.contains(patch) {
                context.errors.line("warning: skipped previously applied commit \(history.short(id))")
                hasSkipped = true
                continue
            }
            steps.append(RebaseStep(action: .pick, commit: id, text: try history.subject(id)))
        }
        if hasSkipped, context.advises("skippedCherryPicks") {
            context.hint(
                "use --reapply-cherry-picks to include skipped commits",
                "Disable this message with \"git config advice.skippedCherryPicks false\"")
        }
        return RebaseTodo(steps: steps)
    }

    private func isUpToDate(_ head: ObjectID, _ onto: ObjectID, _ upstream: ObjectID?, _ todo: RebaseTodo) throws
        -> Bool
    {
        var finder = MergeBases(repository)
        guard try finder.isAncestor(onto, of: head), upstream.map({ $0 == onto }) ?? true || onto == upstream else {
            return false
        }
        var parent = onto
        for step in todo.steps {
            guard let commit = step.commit, try repository.objects.commit(commit).parents == [parent] else {
                return false
            }
            parent = commit
        }
        return parent == head
    }

    /// Uncommitted changes stop a rebase, or are put aside.
    private func checkClean() throws -> ObjectID? {
        let worktree = try context.worktree()
        let index = try context.index()
        let comparison = IndexComparison(repository: repository, index: index, worktree: worktree, pathspec: .all)
        let hasUnstaged = try !comparison.files().isEmpty
        let hasStaged = try !comparison.tree(try history.tree(try history.head())).isEmpty
        guard hasUnstaged || hasStaged else { return nil }
        guard try isOn("autostash", "rebase.autostash") else {
            if hasUnstaged {
                context.errors.line("error: cannot rebase: You have unstaged changes.")
                if hasStaged { context.errors.line("error: additionally, your index contains uncommitted changes.") }
            } else {
                context.errors.line("error: cannot rebase: Your index contains uncommitted changes.")
            }
            throw CommandError(.error, "Please commit or stash them.")
        }
        let stash = StashOperation(Arguments(), context, repository)
        guard let commit = try stash.makeAutomatic() else { return nil }
        context.output.line("Created autostash: \(history.short(commit))")
        return commit
    }

    func restoreStash(_ stash: ObjectID?) throws {
        guard let stash else { return }
        let operation = StashOperation(Arguments(), context, repository)
        if try operation.applyQuietly(stash) {
            context.output.flush()
            context.errors.line("Applied autostash.")
        } else {
            try operation.keep(stash, "autostash")
            context.errors.write(
                "Applying autostash resulted in conflicts.\nYour changes are safe in the stash.\n"
                    + "You can run \"git stash pop\" or \"git stash drop\" at any time.\n")
        }
    }

    private func saveState(_ head: ObjectID, _ branch: RefName?, _ onto: ObjectID, _ stash: ObjectID?) throws {
        try write("head-name", (branch?.string ?? "detached HEAD") + "\n")
        try write("onto", "\(onto)\n")
        try write("orig-head", "\(head)\n")
        try write("interactive", "")
        if arguments.isOn("quiet") { try write("quiet", "\n") }
        if let word = try context.signing(arguments).word { try write("gpg_sign_opt", word + "\n") }
        if let stash { try write("autostash", "\(stash)\n") }
        let options = arguments.allTexts("strategy-option")
        if !options.isEmpty { try write("strategy_opts", options.map { " --\($0)" }.joined() + "\n") }
    }

    func saveTodo(_ todo: RebaseTodo, done: [RebaseStep]) throws {
        func text(_ steps: [RebaseStep]) -> String { steps.map { $0.line { $0.hex } + "\n" }.joined() }
        try write("git-rebase-todo", text(todo.steps))
        try write("done", text(done))
        try write("msgnum", "\(done.count)\n")
    }

    private func edit(_ todo: RebaseTodo, _ upstream: ObjectID?, _ head: ObjectID, _ onto: ObjectID) throws
        -> RebaseTodo?
    {
        var text = todo.steps.map { $0.line(history.short) + "\n" }.joined()
        let range = "\(upstream.map { history.short($0) + ".." } ?? "")\(history.short(head))"
        let count = todo.steps.count
        text +=
            "\n# Rebase \(range) onto \(history.short(onto)) (\(count) command\(count == 1 ? "" : "s"))\n#"
            + RebaseTodo.help.dropFirst(0)
        try write("git-rebase-todo", text)
        try context.edit(support.file("\(Self.directory)/git-rebase-todo"), variable: "GIT_SEQUENCE_EDITOR")
        let result = try RebaseTodo(parsing: try read("git-rebase-todo") ?? [], resolver: try context.diffResolver())
        return result.steps.isEmpty ? nil : result
    }

    // MARK: Moving

    func detach(_ target: ObjectID, from head: ObjectID?, _ message: String) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        do {
            _ = try TreeSwitch.run(
                worktree, &session.index, from: try history.tree(head), to: try history.tree(target))
        } catch let refusal as TreeSwitchRefusal {
            context.errors.write("\(refusal)Aborting\n")
            try removeState()
            throw CommandError(.error, "could not detach HEAD")
        }
        try session.commit(worktree)
        var transaction = repository.refs.beginTransaction()
        transaction.update(.head, to: target, message: context.reflogMessage(message), followingSymbolic: false)
        try transaction.commit(committer: try context.reflogIdentity())
    }

    func removeState() throws { try Files.removeTree(support.file(Self.directory)) }

    private func requireState() throws {
        guard try isUnderWay else { throw CommandError.fatal("No rebase in progress?") }
    }

    func reset(to id: ObjectID?) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        try HardReset.run(&session.index, worktree, to: try history.tree(id))
        try session.commit(worktree)
    }

    // MARK: Going on

    func editTodo() throws -> ExitCode {
        try requireState()
        let before = try RebaseTodo(saved: try read("git-rebase-todo") ?? [], resolver: try context.diffResolver())
        var text = before.steps.map { $0.line(history.short) + "\n" }.joined()
        text += RebaseTodo.help
        text +=
            "# You are editing the todo file of an ongoing interactive rebase.\n# To continue rebase after editing, run:\n"
            + "#     git rebase --continue\n#\n"
        try write("git-rebase-todo", text)
        try context.edit(support.file("\(Self.directory)/git-rebase-todo"), variable: "GIT_SEQUENCE_EDITOR")
        let after = try RebaseTodo(saved: try read("git-rebase-todo") ?? [], resolver: try context.diffResolver())
        try write("git-rebase-todo", after.steps.map { $0.line { $0.hex } + "\n" }.joined())
        return .success
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
        let runner = RebaseRunner(operation: self)
        guard try runner.commitStopped() else { return .failure }
        return try runner.run()
    }

    func skip() throws -> ExitCode {
        try requireState()
        try reset(to: try history.head())
        try support.remove("MERGE_MSG", "CHERRY_PICK_HEAD", "AUTO_MERGE")
        try Files.remove(support.file("\(Self.directory)/amend"))
        return try RebaseRunner(operation: self).run()
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
        let stash = try readLine("autostash").flatMap { ObjectID(hex: $0) }
        try removeState()
        try support.remove("MERGE_MSG", "CHERRY_PICK_HEAD", "AUTO_MERGE", "REBASE_HEAD")
        try restoreStash(stash)
        return .success
    }

    func quit() throws -> ExitCode {
        try requireState()
        if let stash = try readLine("autostash").flatMap({ ObjectID(hex: $0) }) {
            try StashOperation(Arguments(), context, repository).keep(stash, "autostash")
        }
        try removeState()
        try support.remove("MERGE_MSG", "CHERRY_PICK_HEAD", "AUTO_MERGE", "REBASE_HEAD")
        return .success
    }
}

/// What a change is apart from where it stands: equal for the same change made twice.
enum PatchID {
    static func of(_ id: ObjectID, _ repository: Repository) throws -> [UInt8]? {
        let commit = try repository.objects.commit(id)
        guard commit.parents.count <= 1 else { return nil }
        let old = try commit.parents.first.map { try repository.objects.commit($0).tree }
        var options = DiffOptions()
        options.formats = .patch
        options.showsFullIndex = true
        let entries = try TreeDiff.compare(old, commit.tree, source: repository.objects)
        let sink = PatchSink()
        var printer = DiffPrinter(source: repository.objects, options: options) { sink.bytes += copy $0 }
        try printer.print(entries)
        var essence: [UInt8] = []
        for line in sink.bytes.split(separator: 10) {
            if line.starts(with: "index ".utf8) || line.starts(with: "@@ ".utf8) { continue }
            essence += line.filter { $0 != 32 && $0 != 9 && $0 != 13 }
        }
        return essence.isEmpty ? nil : Digest.hash(essence, .sha1)
    }
}

private final class PatchSink {
    var bytes: [UInt8] = []
}
