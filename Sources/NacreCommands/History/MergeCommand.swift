internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `merge`: joins another history to this one.
enum MergeCommand: Command {
    static let name = "merge"
    static let summary = "join two or more development histories together"
    static let usage = ["[<options>] [<commit>...]", "--abort", "--continue", "--quit"]
    static let options: [OptionSpec] = [
        .shortFlag("n", "do not show a diffstat at the end of the merge"),
        .flag("stat", "show a diffstat at the end of the merge"),
        .optional("log", "n", "add (at most <n>) entries from shortlog to merge commit message"),
        .flag("squash", "create a single commit instead of doing a merge"),
        .flag("commit", "perform a commit if the merge succeeds (default)"),
        .flag("edit", "e", "edit message before committing"),
        .flag("ff", "allow fast-forward (default)"),
        .flag("ff-only", negatable: false, "abort if fast-forward is not possible"),
        .value("strategy", "s", "strategy", negatable: false, "merge strategy to use: ort or ours"),
        .value("strategy-option", "X", "option=value", negatable: false, "option for selected merge strategy"),
        .value("message", "m", "message", negatable: false, "merge commit message (for a non-fast-forward merge)"),
        .value("into-name", "name", negatable: false, "use <name> instead of the real target"),
        .value("cleanup", "mode", "how to strip spaces and #comments from message"),
        .flag("signoff", "add a Signed-off-by trailer"),
        .flag("verify", "verify commit-msg hook"),
        .value("file", "F", "path", negatable: false, "read message from file"),
        .flag("verify-signatures", "verify that the named commit has a valid GPG signature"),
        .flag("quiet", "q", negatable: false, "be quiet"),
        .flag("autostash", "automatically stash/stash pop before and after"),
        .flag("abort", negatable: false, "abort the current in-progress merge"),
        .flag("quit", negatable: false, "--abort but leave index and working tree alone"),
        .flag("continue", negatable: false, "continue the current in-progress merge"),
        .flag("rerere-autoupdate", "update the index with reused conflict resolution if possible"),
        .flag("allow-unrelated-histories", "allow merging unrelated histories"), CommitSigning.option,
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        let operation = MergeOperation(arguments, context, repository)
        if arguments.isOn("abort") { return try operation.abort() }
        if arguments.isOn("quit") { return try operation.quit() }
        if arguments.isOn("continue") { return try operation.resume() }
        return try operation.run()
    }
}

/// One run of `merge`.
struct MergeOperation {
    let arguments: Arguments
    let context: Context
    let repository: Repository
    let support: MergeSupport
    let commits: HistoryCommit
    /// Who the commit is by; nil for whoever runs the command.
    var author: Signature?
    /// The refs of `FETCH_HEAD` that a merge takes, where it was named.
    private var fetched: [FetchHead.Entry]?

    init(_ arguments: Arguments, _ context: Context, _ repository: Repository) {
        self.arguments = arguments
        self.context = context
        self.repository = repository
        support = MergeSupport(context: context, repository: repository)
        commits = HistoryCommit(context: context, repository: repository)
    }

    private var isQuiet: Bool { arguments.isOn("quiet") }

    func say(_ text: String) { if !isQuiet { context.output.line(text) } }

    func sayStopped() { context.errors.line("Automatic merge went well; stopped before committing as requested") }

    // MARK: An interrupted merge

    func abort() throws -> ExitCode {
        guard try support.read("MERGE_HEAD") != nil else {
            throw CommandError.fatal("There is no merge to abort (MERGE_HEAD missing).")
        }
        try RerereDatabase(context, repository)?.clear()
        let session = try IndexSession(repository)
        let worktree = try context.worktree()
        try HardReset.run(&session.index, worktree, to: try commits.tree(try commits.head()), keepingLocal: true)
        try session.commit(worktree)
        try removeState()
        try autostash.restore()
        return .success
    }

    func quit() throws -> ExitCode {
        try autostash.keep()
        try removeState()
        return .success
    }

    private func removeState() throws {
        try support.remove("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE", "SQUASH_MSG", "MERGE_RR")
    }

    func resume() throws -> ExitCode {
        guard try support.read("MERGE_HEAD") != nil else {
            throw CommandError.fatal("There is no merge in progress (MERGE_HEAD missing).")
        }
        guard let command = CommandTable.find("commit") else { throw CommandError.fatal("there is no commit command") }
        return try command.run(Arguments(), context)
    }

    // MARK: A new merge

    func run() throws -> ExitCode {
        _ = try givenMessage()
        _ = try MergeSummary.limit(arguments, context, repository)
        let session = try IndexSession(repository)
        try check(session.index)
        let head = try commits.head()
        var operation = self
        let targets = try operation.readTargets()
        return try operation.run(targets, head, session)
    }

    /// The commits that are to be merged, as they were named; `FETCH_HEAD` alone stands for what was fetched.
    private mutating func readTargets() throws -> [(String, ObjectID)] {
        let names = arguments.texts.isEmpty ? ["@{upstream}"] : arguments.texts
        if names == ["FETCH_HEAD"] {
            guard try support.read("FETCH_HEAD") != nil else {
                throw CommandError.fatal(
                    "could not open '\(context.gitPath("FETCH_HEAD"))' for reading: No such file or directory")
            }
            let entries = try FetchHead(repository).mergeable
            fetched = entries
            return try entries.map { ($0.id.hex, try repository.objects.peel($0.id, to: .commit)) }
        }
        let resolver = try context.diffResolver()
        return try names.map { name in
            do { return (name, try resolver.commit(name)) } catch {
                throw CommandError(.silent, "", exitCode: refuse(name))
            }
        }
    }

    private func run(
        _ all: [(String, ObjectID)], _ head: ObjectID?, _ session: consuming IndexSession
    ) throws -> ExitCode {
        guard let head else {
            try MergeSignatures(operation: self).check(all.map(\.1))
            return try start(all.map(\.1), session)
        }
        let octopus = OctopusMerge(operation: self, head: head)
        let targets = try all.count == 1 ? all : octopus.reduced(all)
        guard targets.count <= 1 else {
            try MergeSignatures(operation: self).check(targets.map(\.1))
            return try octopus.run(targets, session)
        }
        guard let (name, target) = targets.first else {
            try commits.saveOriginal(head)
            return sayUpToDate()
        }
        var finder = MergeBases(repository)
        let bases = try finder.bases(of: head, [target])
        if bases.contains(target) {
            try commits.saveOriginal(head)
            return sayUpToDate()
        }
        try MergeSignatures(operation: self).check([target])
        if bases.isEmpty && !arguments.isOn("allow-unrelated-histories") {
            throw CommandError.fatal("refusing to merge unrelated histories")
        }
        try commits.saveOriginal(head)
        let allowsForward = arguments.flag("ff") ?? (repository.config.string("merge.ff")?.lowercased() != "false")
        let onlyForward =
            arguments.isOn("ff-only")
            || (arguments.flag("ff") == nil && repository.config.string("merge.ff")?.lowercased() == "only")
        if bases == [head], allowsForward || onlyForward { return try forward(name, head, target, session) }
        if onlyForward { throw CommandError.fatal("Not possible to fast-forward, aborting.", hints: []) }
        return try merge(name, head, target, bases, autostash.begin(session))
    }

    private func sayUpToDate() -> ExitCode {
        say(arguments.isOn("squash") ? "Already up to date. (nothing to squash)" : "Already up to date.")
        return .success
    }

    private func refuse(_ name: String) -> ExitCode {
        context.errors.line("merge: \(name) - not something we can merge")
        return .failure
    }

    private func check(_ index: Index) throws {
        if !index.conflictedPaths.isEmpty { try support.checkUnmerged(index, "Merging") }
        if try support.read("MERGE_HEAD") != nil {
            throw CommandError.fatal(
                "You have not concluded your merge (MERGE_HEAD exists).\nPlease, commit your changes before you merge.")
        }
        if try support.read("CHERRY_PICK_HEAD") != nil {
            throw CommandError.fatal(
                "You have not concluded your cherry-pick (CHERRY_PICK_HEAD exists).\nPlease, commit your changes before you merge."
            )
        }
    }

    /// A branch without commits takes the other history as it is.
    private func start(_ targets: [ObjectID], _ session: consuming IndexSession) throws -> ExitCode {
        if arguments.isOn("squash") { throw CommandError.fatal("Squash commit into empty head not supported yet") }
        if arguments.flag("ff") == false {
            throw CommandError.fatal("Non-fast-forward commit does not make sense into an empty head")
        }
        guard targets.count == 1 else { throw CommandError.fatal("Can merge only exactly one commit into empty head") }
        let worktree = try context.worktree()
        var options = TreeSwitch.Options()
        options.verb = .merge
        do {
            _ = try TreeSwitch.run(
                worktree, &session.index, from: nil, to: try commits.tree(targets[0]), options)
        } catch let refusal as TreeSwitchRefusal {
            context.errors.write("\(refusal)Aborting\n")
            return .fatal
        }
        try commits.moveHead(to: targets[0], from: nil, "initial pull")
        try session.commit(worktree)
        return .success
    }

    private func forward(_ name: String, _ head: ObjectID, _ target: ObjectID, _ session: consuming IndexSession) throws
        -> ExitCode
    {
        say("Updating \(commits.short(head))..\(commits.short(target))")
        let session = try autostash.begin(session)
        let worktree = try context.worktree()
        var options = TreeSwitch.Options()
        options.verb = .merge
        options.keptDirectory = try context.prefix()
        do {
            _ = try TreeSwitch.run(
                worktree, &session.index, from: try commits.tree(head), to: try commits.tree(target), options)
        } catch let refusal as TreeSwitchRefusal {
            context.output.flush()
            context.errors.write("\(refusal)Aborting\n")
            session.release()
            try autostash.restore()
            return .failure
        }
        if arguments.isOn("squash") {
            try session.commit(worktree)
            say("Fast-forward")
            let code = try squash(head, [target])
            try printStat(head, target)
            try finish()
            return code
        }
        try commits.moveHead(to: target, from: head, "merge \(name): Fast-forward")
        try session.commit(worktree)
        say("Fast-forward")
        try printStat(head, target)
        try finish()
        return .success
    }

    func printStat(_ old: ObjectID, _ new: ObjectID) throws {
        let configured = try repository.config.bool("merge.stat") ?? true
        let isWanted = arguments.has("n") ? false : arguments.flag("stat") ?? configured
        guard isWanted, !isQuiet else { return }
        try commits.printChanges(from: old, to: new, formats: [.stat, .summary])
    }

    private func merge(
        _ name: String, _ head: ObjectID, _ target: ObjectID, _ bases: [ObjectID], _ session: consuming IndexSession
    ) throws -> ExitCode {
        let completion = MergeCommit(operation: self, targets: [(name, target)])
        _ = try completion.usesEditor
        let worktree = try context.worktree()
        let strategy = arguments.text("strategy") ?? "ort"
        let result: TreeMerge.Result
        switch strategy {
        case "ort", "recursive":
            let options = try support.options(
                strategyOptions: arguments.allTexts("strategy-option"), ours: "HEAD",
                theirs: name, worktree: worktree)
            result = try CommitMerge(
                repository, options: options, shift: support.shift(arguments.allTexts("strategy-option"))
            ).merge(ours: head, theirs: target, bases: bases)
        case "ours":
            guard let tree = try commits.tree(head) else { throw CommandError.fatal("HEAD has no tree") }
            result = TreeMerge.Result(tree: tree, isClean: true, stages: [], messages: [])
        default: throw CommandError.fatal("strategy '\(strategy)' is not supported; use ort or ours")
        }
        let staged = try session.index.entries.isEmpty ? [] : stagedPaths(session.index, head)
        guard staged.isEmpty else {
            context.output.flush()
            context.errors.line(
                "error: Your local changes to the following files would be overwritten by merge:\n  "
                    + staged.map { "\($0)" }.joined(separator: " ") + "\nMerge with strategy \(strategy) failed.")
            return ExitCode(2)
        }
        guard try support.apply(result, from: try commits.tree(head), &session.index, worktree) else {
            context.errors.line("Merge with strategy \(strategy) failed.")
            session.release()
            try autostash.restore()
            return ExitCode(2)
        }
        support.printMessages(result)
        let message = try self.message([(name, target)])
        let comment = support.conflictComment(session.index)
        try session.commit(worktree)
        if arguments.isOn("squash") {
            let code = try squash(head, [target])
            if !comment.isEmpty { try support.write("MERGE_MSG", comment) }
            if strategy != "ours" { try support.write("AUTO_MERGE", result.tree.hexBytes + [10]) }
            try runHook()
            guard !result.isClean else {
                sayStopped()
                return code
            }
            context.output.line("Automatic merge failed; fix conflicts and then commit the result.")
            return .failure
        }
        if !result.isClean || arguments.flag("commit") == false {
            try completion.writeState(message + comment)
            if strategy != "ours" { try support.write("AUTO_MERGE", result.tree.hexBytes + [10]) }
            guard result.isClean else {
                try RerereDatabase(context, repository)?.run(autoupdate: arguments.flag("rerere-autoupdate"))
                context.output.line("Automatic merge failed; fix conflicts and then commit the result.")
                autostash.remind()
                return .failure
            }
            context.output.flush()
            sayStopped()
            autostash.remind()
            return .success
        }
        guard let text = try completion.message(message) else { return .failure }
        let commit = try write(tree: result.tree, parents: [head, target], message: text, names: [name])
        try commits.moveHead(to: commit, from: head, "merge \(name): Merge made by the '\(strategy)' strategy.")
        say("Merge made by the '\(strategy)' strategy.")
        try printStat(head, commit)
        try finish()
        return .success
    }

    /// What the commit that merges says, before anybody edits it.
    func message(_ targets: [(String, ObjectID)]) throws -> [UInt8] {
        let limit = try MergeSummary.limit(arguments, context, repository)
        let summary = MergeSummary(
            context: context, repository: repository, limit: limit, namesPeople: arguments.isOn("edit"))
        let merged = Set(targets.map(\.1))
        let taken = try fetched?.filter { merged.contains(try repository.objects.peel($0.id, to: .commit)) }
        let message = MergeMessage(
            context: context, repository: repository, summary: limit > 0 ? summary : nil, fetched: taken)
        return try message.text(
            targets.map { (name: $0.0, commit: $0.1) }, given: try givenMessage(), into: arguments.text("into-name"))
    }

    /// What `MERGE_HEAD` says: tags that were named stand as they are, so that the commit can hold them.
    func mergeHeads(_ targets: [(String, ObjectID)]) throws -> [UInt8] {
        try targets.flatMap { name, target in
            guard let found = try? context.diffResolver().find(name)?.id,
                try repository.objects.header(found).kind == .tag
            else { return target.hexBytes + [10] }
            return found.hexBytes + [10]
        }
    }

    /// Makes the commit of a merge; annotated tags that were merged become part of it.
    func write(tree: ObjectID, parents: [ObjectID], message: [UInt8], names: [String]) throws -> ObjectID {
        var new = NewCommit(
            tree: tree, parents: parents, author: try author ?? context.author(), committer: try context.committer(),
            message: message)
        for name in names {
            guard let tag = try MergeMessage(context: context, repository: repository).tag(name),
                MergeMessage.signatureStart(tag[...]) != nil
            else { continue }
            var content = tag
            if content.last == 10 { content.removeLast() }
            new.extraHeaders.append(("mergetag", content))
        }
        return try repository.writeCommit(
            new, signer: try context.signer(try context.signing(arguments), new.committer))
    }

    /// The hook after a merge, and what was put aside.
    func finish() throws {
        try runHook()
        try autostash.restore()
    }

    func runHook() throws {
        guard try repository.hook("post-merge") != nil else { return }
        context.output.flush()
        try repository.runHook("post-merge", .init(arguments: [arguments.isOn("squash") ? "1" : "0"]))
    }

    /// The message of `-m` and `-F`, a paragraph each.
    func givenMessage() throws -> [String] {
        var parts = arguments.allTexts("message")
        for name in arguments.allBytes("file") {
            let path = context.workingDirectory.pushing(FilePath(bytes: name))
            do throws(FileError) {
                var text = String(decoding: try Files.read(path), as: UTF8.self)
                if text.hasSuffix("\n") { text.removeLast() }
                parts.append(text)
            } catch {
                throw CommandError(
                    .error, "could not read file '\(String(decoding: name, as: UTF8.self))'", exitCode: .usage)
            }
        }
        return parts
    }

    var autostash: MergeAutostash { MergeAutostash(arguments, context, repository) }

    /// Whether the index holds what HEAD does.
    func isIndexClean(_ index: Index, _ head: ObjectID) throws -> Bool { try stagedPaths(index, head).isEmpty }

    /// The paths of which the index holds something else than HEAD.
    private func stagedPaths(_ index: Index, _ head: ObjectID) throws -> [GitPath] {
        let comparison = IndexComparison(repository: repository, index: index, worktree: nil, pathspec: .all)
        return try comparison.tree(try commits.tree(head)).map(\.path)
    }
}
