internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

struct ReadTreeCommand: Command {
    static let name = "read-tree"
    static let summary = "read tree information into the index"
    static let usage = ["[-m | --reset | --prefix=<prefix>] [-u | -i] [--empty | <tree-ish1> [<tree-ish2>]]"]
    static let options: [OptionSpec] = [
        .flag("empty", negatable: false, "only empty the index"),
        .flag("verbose", "v", "be verbose"),
        .shortFlag("m", "perform a merge in addition to a read"),
        .flag("reset", negatable: false, "same as -m, but discard unmerged entries"),
        .value("prefix", "<subdirectory>/", "read the tree into the index under <subdirectory>/"),
        .shortFlag("u", "update working tree with merge result"),
        .shortFlag("i", "don't check the working tree after merging"),
        .flag("dry-run", "n", "don't update the index or the work tree"),
        .flag("quiet", "q", "suppress feedback messages"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let session = try IndexSession(repository)
        let trees = try arguments.texts.map { text in
            guard let found = try context.resolver().find(text, hint: .treeish),
                let tree = try? repository.objects.peel(found.id, to: .tree)
            else { throw CommandError.fatal("Not a valid object name \(text)") }
            return tree
        }
        if arguments.isOn("empty") {
            session.index = Index(algorithm: repository.algorithm)
            try session.commit(nil)
            return .success
        }
        guard !trees.isEmpty else {
            throw CommandError.fatal("read-tree: emptying the index with no arguments is not supported; use --empty")
        }
        let merges = arguments.isOn("m") || arguments.isOn("reset")
        if arguments.isOn("u"), !merges, arguments.last("prefix") == nil {
            throw CommandError.fatal("-u is meaningless without -m, --reset, or --prefix")
        }
        if let prefix = arguments.bytes("prefix") { return try read(trees, under: prefix, session, arguments, context) }
        guard merges else {
            let files = try trees.flatMap { try TreeFiles.list($0, repository.objects) }
            for file in files where !file.path.isSafe(mode: file.mode) { throw WorktreeError.invalidPath(file.path) }
            session.index = Index(
                algorithm: repository.algorithm,
                entries: files.map { IndexEntry(path: $0.path, id: $0.id, mode: $0.mode) })
            if trees.count == 1 { try session.index.primeCacheTree(trees[0], repository.objects) }
            if !arguments.isOn("dry-run") { try session.commit(nil) }
            return .success
        }
        guard trees.count <= 2 else {
            throw CommandError.fatal("read-tree with three trees is not supported (use merge)")
        }
        return try merge(trees, session, arguments, context)
    }

    private static func read(
        _ trees: [ObjectID], under prefix: [UInt8], _ session: IndexSession, _ arguments: Arguments, _ context: Context
    ) throws -> ExitCode {
        let repository = try context.repository()
        let directory = GitPath(prefix.split(separator: UInt8(ascii: "/")).joined(separator: [UInt8(ascii: "/")]))
        let files = try trees.flatMap { try TreeFiles.list($0, repository.objects) }
        let entries = files.map { IndexEntry(path: directory.appending($0.path.bytes), id: $0.id, mode: $0.mode) }
        for entry in entries where session.index.contains(entry.path) {
            throw CommandError(
                .error, "Entry '\(entry.path)' overlaps with '\(entry.path)'.  Cannot bind.", exitCode: .fatal)
        }
        session.index.apply(adding: entries)
        if arguments.isOn("u") {
            let worktree = try context.worktree()
            var request = CheckoutRequest()
            request.writes = entries
            worktree.record(try worktree.checkOut(request), in: &session.index)
        }
        if !arguments.isOn("dry-run") { try session.commit(nil) }
        return .success
    }

    private static func merge(
        _ trees: [ObjectID], _ session: IndexSession, _ arguments: Arguments, _ context: Context
    ) throws -> ExitCode {
        if !arguments.isOn("reset"), session.index.hasConflicts {
            throw CommandError.fatal("You need to resolve your current index first")
        }
        let worktree = try context.worktree()
        if trees.count == 1, !(arguments.isOn("reset") && arguments.isOn("u")) {
            // One tree: entries become the tree's, status kept where they are equal.
            let files = try TreeFiles.list(trees[0], context.repository().objects)
            let before = session.index
            try IndexReset.apply(files, to: &session.index, matching: .all, intentToAdd: false)
            if arguments.isOn("u") { try update(from: before, session, worktree, context) }
        } else {
            var options = TreeSwitch.Options()
            options.isForced = arguments.isOn("reset")
            options.verb = .merge
            options.leavesFiles = !arguments.isOn("u")
            options.keptDirectory = try context.prefix()
            worktree.refresh(&session.index, try worktree.compare(session.index))
            do {
                let outcome = try TreeSwitch.run(
                    worktree, &session.index, from: trees.count == 2 ? trees[0] : nil, to: trees[trees.count - 1],
                    options)
                for failure in outcome.failures { context.errors.line(failure.message) }
            } catch let refusal as TreeSwitchRefusal {
                context.errors.write(HeadReset.plumbing(refusal))
                return .fatal
            }
        }
        session.index.resolveUndo = []
        if !arguments.isOn("dry-run") { try session.commit(worktree) }
        return .success
    }

    /// Files of the entries that changed.
    private static func update(
        from before: Index, _ session: IndexSession, _ worktree: Worktree, _ context: Context
    ) throws {
        var request = CheckoutRequest()
        request.keptDirectory = try context.prefix()
        for entry in session.index.entries {
            guard let old = before[entry.path], old.id == entry.id, old.mode == entry.mode else {
                request.writes.append(entry)
                continue
            }
        }
        for entry in before.entries where !session.index.contains(entry.path) && request.removals.last != entry.path {
            request.removals.append(entry.path)
        }
        worktree.record(try worktree.checkOut(request), in: &session.index)
    }
}
