internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `stash`: puts local changes aside and brings them back.
enum StashCommand: Command {
    static let name = "stash"
    static let summary = "stash the changes in a dirty working directory away"
    static let usage = [
        "[push [-u] [-k] [-q] [-m <message>] [--] [<pathspec>...]]", "list",
        "show [-u | --include-untracked | --only-untracked] [<options>] [<stash>]",
        "(pop | apply) [--index] [-q] [<stash>]", "drop [-q] [<stash>]", "branch <branchname> [<stash>]", "clear",
        "create [<message>]", "store [-m <message>] [-q] <commit>",
    ]
    static let options: [OptionSpec] =
        [
            .flag("include-untracked", "u", "include untracked files in stash"),
            .flag("only-untracked", negatable: false, "show only the untracked files in the stash"),
            .flag("all", "a", "include ignored files"),
            .flag("keep-index", "k", "keep index"),
            .flag("staged", "S", "stash staged changes only"),
            .flag("patch", "p", negatable: false, "stash in patch mode"),
            .flag("quiet", "q", "quiet mode"),
            .value("message", "m", "message", negatable: false, "stash message"),
            .flag("index", negatable: false, "attempt to recreate the index"),
        ] + DiffOptionTable.specs.filter { !["quiet", "text", "patch"].contains($0.name) && $0.short != "S" }

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        var stash = StashOperation(arguments, context, repository)
        let verb = arguments.separator == 0 ? "push" : arguments.texts.first ?? "push"
        stash.operands =
            arguments.operands.isEmpty || arguments.separator == 0
            ? arguments.operands : Array(arguments.operands.dropFirst())
        if verb != "show", arguments.has("only-untracked") {
            throw CommandError.usage("unknown option `only-untracked'")
        }
        switch verb {
        case "push", "save":
            if verb == "save" { stash.useOperandsAsMessage() }
            return try stash.push()
        case "list": return try stash.list()
        case "show": return try stash.show()
        case "pop": return try stash.apply(dropping: true)
        case "apply": return try stash.apply(dropping: false)
        case "drop": return try stash.drop()
        case "clear": return try stash.clear()
        case "branch": return try stash.branch()
        case "create": return try stash.create()
        case "store": return try stash.storeGiven()
        default:
            if verb.hasPrefix("-") { throw CommandError.usage("unknown option: \(verb)") }
            throw CommandError.usage(
                "subcommand wasn't specified; 'push' can't be assumed due to unexpected token '\(verb)'")
        }
    }
}

/// One run of `stash`.
struct StashOperation {
    let arguments: Arguments
    let context: Context
    let repository: Repository
    let support: MergeSupport
    let history: HistoryCommit
    var operands: [[UInt8]] = []
    private(set) var message: String?

    init(_ arguments: Arguments, _ context: Context, _ repository: Repository) {
        self.arguments = arguments
        self.context = context
        self.repository = repository
        support = MergeSupport(context: context, repository: repository)
        history = HistoryCommit(context: context, repository: repository)
        message = arguments.text("message")
    }

    private var isQuiet: Bool { arguments.isOn("quiet") }

    func name() throws -> RefName { try RefName("refs/stash") }

    func say(_ text: String) { if !isQuiet { context.output.line(text) } }

    mutating func useOperandsAsMessage() {
        let text = operands.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        if !text.isEmpty { message = text }
        operands = []
    }

    // MARK: Making

    /// What a stash is made of.
    private struct Made {
        var commit: ObjectID
        var subject: String
        var untracked: [GitPath]
        var changed: [GitPath]
    }

    private func make(_ index: Index, _ worktree: Worktree, _ pathspec: Pathspec) throws -> Made? {
        guard let head = try history.head() else {
            context.output.flush()
            context.errors.line("You do not have the initial commit yet")
            throw CommandError(.silent, "", exitCode: .failure)
        }
        let comparison = IndexComparison(repository: repository, index: index, worktree: worktree, pathspec: pathspec)
        let headTree = try history.tree(head)
        let staged = try comparison.tree(headTree)
        var options = Worktree.ComparisonOptions()
        options.pathspec = pathspec
        let files = try worktree.compare(index, options).changes.map { index.entries[$0.position].path }
        let wantsUntracked = arguments.isOn("include-untracked") || arguments.isOn("all")
        let untracked = wantsUntracked ? try untrackedFiles(index, worktree, pathspec) : []
        if staged.isEmpty && files.isEmpty && untracked.isEmpty { return nil }
        let branch = try history.branch().map {
            $0.string.hasPrefix("refs/heads/") ? String($0.string.dropFirst(11)) : $0.string
        }
        let place = branch ?? "(no branch)"
        let base = "\(place): \(history.short(head)) \(try history.subject(head))"
        let batch = repository.objects.beginBatch()
        var plain = index
        let indexTree = try plain.writeTree(into: batch)
        var full = index
        let changed = Array(Set(files + staged.map(\.path))).sorted()
        if !pathspec.isEmpty {
            // Only the paths that were named: everything else is as HEAD has it.
            full = try self.index(of: headTree)
            for path in changed {
                full.remove(path)
                if let entry = index[path] { full.add(entry) }
            }
        }
        _ = try worktree.stage(files, in: &full, batch: batch)
        let workTree = try full.writeTree(into: batch)
        var untrackedTree: ObjectID?
        if !untracked.isEmpty {
            var other = Index(algorithm: repository.algorithm)
            // Nobody asked for lines in .gitattributes, which would be one more change to be put aside.
            var options = StageOptions()
            options.claimsNewFiles = false
            _ = try worktree.stage(untracked, in: &other, batch: batch, options)
            untrackedTree = try other.writeTree(into: batch)
        }
        try batch.finish()
        func bytes(_ text: String) -> [UInt8] { Array((text + "\n").utf8) }
        let indexCommit = try history.write(tree: indexTree, parents: [head], message: bytes("index on \(base)"))
        var parents = [head, indexCommit]
        if let untrackedTree {
            parents.append(
                try history.write(tree: untrackedTree, parents: [], message: bytes("untracked files on \(base)")))
        }
        let subject = message.map { "On \(place): \($0)" } ?? "WIP on \(base)"
        // Git ends this message without a newline.
        let text = Array(subject.utf8)
        let commit = try history.write(tree: workTree, parents: parents, message: text)
        return Made(commit: commit, subject: subject, untracked: untracked, changed: changed)
    }

    private func index(of tree: ObjectID?) throws -> Index {
        guard let tree else { return Index(algorithm: repository.algorithm) }
        let files = try TreeFiles.list(tree, repository.objects)
        return Index(
            algorithm: repository.algorithm, entries: files.map { IndexEntry(path: $0.path, id: $0.id, mode: $0.mode) })
    }

    private func untrackedFiles(_ index: Index, _ worktree: Worktree, _ pathspec: Pathspec) throws -> [GitPath] {
        var options = UntrackedScan.Options()
        options.pathspec = pathspec
        options.listsAllFiles = true
        guard arguments.isOn("all") else { return try UntrackedScan.run(worktree, index, options).untracked }
        let all = try context.worktree(ignoring: Context.noIgnores)
        return try UntrackedScan.run(all, index, options).untracked
    }

    func push() throws -> ExitCode {
        let worktree = try context.worktree()
        let pathspec = try context.pathspec(operands, attributes: worktree.attributes)
        if arguments.isOn("staged"), arguments.isOn("include-untracked") || arguments.isOn("all") {
            context.errors.line("Can't use --staged and --include-untracked or --all at the same time")
            throw CommandError(.silent, "", exitCode: .failure)
        }
        if arguments.has("patch") || arguments.isOn("staged") {
            return try StashSelection(operation: self, context: context, repository: repository).push(pathspec)
        }
        let session = try IndexSession(repository)
        guard session.index.conflictedPaths.isEmpty else {
            for path in session.index.conflictedPaths { context.output.line("\(path): needs merge") }
            return .failure
        }
        guard let made = try make(session.index, worktree, pathspec) else {
            say("No local changes to save")
            return .success
        }
        try store(made.commit, made.subject)
        say("Saved working directory and index state \(made.subject)")
        let head = try history.tree(try history.head())
        let target =
            arguments.isOn("keep-index") ? try history.tree(repository.objects.commit(made.commit).parents[1]) : head
        if pathspec.isEmpty {
            try recordReset()
            try HardReset.run(&session.index, worktree, to: target)
            try support.remove(
                "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_HEAD", "MERGE_RR", "MERGE_MSG", "MERGE_MODE", "SQUASH_MSG",
                "AUTO_MERGE")
        } else {
            try restore(made.changed, to: target, &session.index, worktree)
        }
        var request = CheckoutRequest()
        request.removals = made.untracked
        request.keptDirectory = try context.prefix()
        _ = try worktree.checkOut(request)
        try session.commit(worktree)
        return .success
    }

    /// Git gets there by its `reset`, which leaves a line in the log of `HEAD`.
    private func recordReset() throws {
        guard let head = try history.head() else { return }
        try history.moveHead(to: head, from: head, "reset: moving to HEAD")
    }

    private func restore(_ paths: [GitPath], to tree: ObjectID?, _ index: inout Index, _ worktree: Worktree) throws {
        let wanted = try self.index(of: tree)
        var request = CheckoutRequest()
        for path in paths {
            index.remove(path)
            if let entry = wanted[path] { request.writes.append(entry) } else { request.removals.append(path) }
        }
        let outcome = try worktree.checkOut(request)
        for entry in request.writes { index.add(entry) }
        worktree.record(outcome, in: &index)
    }

    func store(_ commit: ObjectID, _ subject: String) throws {
        var transaction = repository.refs.beginTransaction()
        transaction.update(try name(), to: commit, message: subject, creatingReflog: true)
        try transaction.commit(committer: try context.reflogIdentity())
    }

    /// Puts everything aside for a rebase: a stash that no ref names yet; nil where there is nothing.
    func makeAutomatic() throws -> ObjectID? {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        var named = self
        named.message = "autostash"
        guard let made = try named.make(session.index, worktree, .all) else { return nil }
        try HardReset.run(&session.index, worktree, to: try history.tree(try history.head()))
        try session.commit(worktree)
        return made.commit
    }

    /// Brings a stash back without a word; false where that gave conflicts, which are left to be resolved.
    func applyQuietly(_ id: ObjectID) throws -> Bool {
        let commit = try repository.objects.commit(id)
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        let ours = try support.writeTree(session.index)
        let options = try support.options(
            strategyOptions: [], ours: "Updated upstream", theirs: "Stashed changes", worktree: worktree)
        let base = try history.tree(commit.parents.first) ?? .emptyTree(repository.algorithm)
        let result = try CommitMerge(repository, options: options).merge(base: base, ours: ours, theirs: commit.tree)
        let before = session.index
        guard try support.apply(result, from: ours, &session.index, worktree) else { return false }
        if result.isClean { session.index = try unstaged(session.index, keeping: before) }
        try session.commit(worktree)
        return result.isClean
    }

    /// Puts a stash that was made apart into the list.
    func keep(_ id: ObjectID, _ subject: String) throws { try store(id, subject) }

    func create() throws -> ExitCode {
        var copy = self
        copy.useOperandsAsMessage()
        let worktree = try context.worktree()
        if let made = try copy.make(try context.index(), worktree, .all) { context.output.line(made.commit.hex) }
        return .success
    }

    func storeGiven() throws -> ExitCode {
        guard operands.count == 1 else {
            throw CommandError(.error, "\"git stash store\" requires one <commit> argument")
        }
        let commit = try context.diffResolver().commit(String(decoding: operands[0], as: UTF8.self))
        guard try repository.objects.commit(commit).parents.count >= 2 else {
            throw CommandError(.error, "'\(commit)' is not a stash-like commit")
        }
        try store(commit, message ?? "Created via \"git stash store\".")
        return .success
    }

    // MARK: Finding

    /// A stash: its number, where it has one, and its commit.
    func find(_ operand: [UInt8]?) throws -> (number: Int?, commit: ObjectID, name: String) {
        let text = operand.map { String(decoding: $0, as: UTF8.self) } ?? "0"
        let entries = try repository.refs.reflog(try name())?.entries ?? []
        var digits = text
        if digits.hasPrefix("refs/") { digits.removeFirst(5) }
        if digits.hasPrefix("stash@{"), digits.hasSuffix("}") { digits = String(digits.dropFirst(7).dropLast()) }
        if digits == "stash" { digits = "0" }
        if let number = Int(digits) {
            if entries.isEmpty && operand == nil {
                context.errors.line("No stash entries found.")
                throw CommandError(.silent, "", exitCode: .failure)
            }
            guard number >= 0, number < entries.count else {
                throw CommandError(.error, "stash@{\(number)} is not a valid reference")
            }
            return (number, entries[entries.count - 1 - number].new, "refs/stash@{\(number)}")
        }
        let commit: ObjectID
        do { commit = try context.diffResolver().commit(text) } catch {
            throw CommandError(.error, "\(text) is not a valid reference")
        }
        guard try (2...3).contains(repository.objects.commit(commit).parents.count) else {
            throw CommandError(.error, "'\(text)' is not a stash-like commit")
        }
        return (nil, commit, text)
    }

    func list() throws -> ExitCode {
        let entries = try repository.refs.reflog(try name())?.entries ?? []
        for (number, entry) in entries.reversed().enumerated() {
            context.output.line("stash@{\(number)}: \(entry.text)")
        }
        return .success
    }

    // MARK: Bringing back

    func apply(dropping: Bool) throws -> ExitCode {
        let found = try find(operands.first)
        let code = try apply(found.commit, restoringIndex: arguments.isOn("index"))
        if dropping {
            guard code == .success else {
                say("The stash entry is kept in case you need it again.")
                return code
            }
            if found.number != nil { return try drop(found) }
        }
        return code
    }

    private func apply(_ id: ObjectID, restoringIndex: Bool) throws -> ExitCode {
        let commit = try repository.objects.commit(id)
        guard commit.parents.count >= 2 else { throw CommandError(.error, "'\(id)' is not a stash-like commit") }
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        guard session.index.conflictedPaths.isEmpty else {
            for path in session.index.conflictedPaths { context.output.line("\(path): needs merge") }
            return .failure
        }
        let before = session.index
        let ours = try support.writeTree(session.index)
        let base = try history.tree(commit.parents[0])
        var stagedTree: ObjectID?
        if restoringIndex {
            let staged = try history.tree(commit.parents[1])
            if staged != base, let base, let staged, staged != ours {
                let options = try support.options(
                    strategyOptions: [], ours: "ours", theirs: "theirs", worktree: worktree)
                let merged = try CommitMerge(repository, options: options).merge(base: base, ours: ours, theirs: staged)
                guard merged.isClean else { throw CommandError(.error, "conflicts in index. Try without --index.") }
                stagedTree = merged.tree
                try recordReset()
            }
        }
        var options = try support.options(
            strategyOptions: [], ours: "Updated upstream", theirs: "Stashed changes", worktree: worktree)
        options.base = "Stash base"
        let result = try CommitMerge(repository, options: options).merge(
            base: base ?? .emptyTree(repository.algorithm), ours: ours, theirs: commit.tree)
        guard try support.apply(result, from: ours, &session.index, worktree) else {
            session.release()
            return try finishApplying(isWhole: false, lacksIndex: restoringIndex)
        }
        if base == commit.tree { say("Already up to date.") }
        if !isQuiet { support.printMessages(result) }
        if result.isClean {
            if let stagedTree {
                session.index = try unstaged(session.index, keeping: try index(of: stagedTree))
            } else {
                session.index = try unstaged(session.index, keeping: before)
            }
        }
        try session.commit(worktree)
        var isWhole = result.isClean
        if commit.parents.count > 2, let untracked = try history.tree(commit.parents[2]) {
            context.output.flush()
            if try !restoreUntracked(untracked, worktree) { isWhole = false }
        }
        return try finishApplying(isWhole: isWhole, lacksIndex: restoringIndex && !result.isClean)
    }

    private func finishApplying(isWhole: Bool, lacksIndex: Bool) throws -> ExitCode {
        context.output.flush()
        if lacksIndex { context.errors.line("Index was not unstashed.") }
        if !isQuiet, let status = CommandTable.find("status") { _ = try status.run(Arguments(), context) }
        return isWhole ? .success : .failure
    }

    /// What was changed is not staged again; what was added stays added.
    private func unstaged(_ index: Index, keeping before: Index) throws -> Index {
        var result = index
        for entry in index.entries {
            if let old = before[entry.path], old.id != entry.id || old.mode != entry.mode {
                result.remove(entry.path)
                var kept = old
                kept.stat = StatData()
                result.add(kept)
            }
        }
        for old in before.entries where index.range(of: old.path).isEmpty { result.add(old) }
        return result
    }

    /// - Returns: false where something stands in the way; the words have been said.
    private func restoreUntracked(_ tree: ObjectID, _ worktree: Worktree) throws -> Bool {
        var request = CheckoutRequest()
        for file in try TreeFiles.list(tree, repository.objects) {
            if try worktree.status(file.path) != nil {
                context.errors.line("\(file.path) already exists, no checkout")
                context.errors.line("error: could not restore untracked files from stash")
                return false
            }
            request.writes.append(IndexEntry(path: file.path, id: file.id, mode: file.mode))
        }
        _ = try worktree.checkOut(request)
        return true
    }

    func branch() throws -> ExitCode {
        guard let first = operands.first else { throw CommandError.usage("No branch name specified") }
        let found = try find(operands.count > 1 ? operands[1] : nil)
        let base = try repository.objects.commit(found.commit).parents[0]
        guard let checkout = CommandTable.find("checkout") else {
            throw CommandError.fatal("there is no checkout command")
        }
        let words = [Array("-b".utf8), first, Array(base.hex.utf8)]
        let code = try checkout.run(try ArgumentParser.parse(words, options: checkout.options), context)
        guard code == .success else { return code }
        let applied = try apply(found.commit, restoringIndex: true)
        if applied == .success, found.number != nil { return try drop(found) }
        return applied
    }
}
