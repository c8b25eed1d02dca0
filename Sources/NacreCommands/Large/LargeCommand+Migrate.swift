internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import LargeFiles
internal import SystemPackage

/// A branch or tag whose history is rewritten.
private struct MigratedRef {
    let name: RefName
    let id: ObjectID
}

extension LargeCommand {
    /// Rewrites branches and tags so that plain blobs become large files.
    static func migrate(_ operands: [[UInt8]], _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        var selection = HistoryMigration.Selection()
        selection.patterns = arguments.allTexts("include").flatMap { $0.split(separator: ",").map(String.init) }
        if let text = arguments.text("above") {
            guard let size = size(text) else {
                throw CommandError.usage("option `above' expects a size such as 500k or 10m")
            }
            selection.minimumSize = size
        }
        let repository = try context.repository()
        let refs = try migratedRefs(operands, isAll: arguments.isOn("all"), repository)
        let trees = try workTrees(refs, repository, context)
        for tree in trees { try checkUnchanged(tree) }
        let store = LargeFileStore(commonDirectory: repository.commonDirectory)
        var migration = try HistoryMigration(repository, store: store, selection)
        try migration.rewrite(try refs.map { try repository.objects.peel($0.id, to: .commit) })
        guard migration.rewrittenCount > 0 else {
            context.output.line("nothing to migrate: no file of these commits is large")
            return .success
        }
        let heads = try trees.map { try $0.repository().refs.resolve(.head) }
        try LargeFileFilter(repository).prepareOnce()
        let place = try keepOld(refs, repository, context)
        try move(refs, &migration, repository, context)
        for (tree, head) in zip(trees, heads) { if let head { try update(head: head, tree) } }
        try copyNotes(migration.rewritten, repository, context)
        context.output.line(
            "migrated \(migration.migratedCount) \(migration.migratedCount == 1 ? "version" : "versions") of files "
                + "(\(text(migration.migratedBytes))) in \(migration.rewrittenCount) commits; the old refs are kept under \(place)"
        )
        return .success
    }

    /// A number of bytes, with `k`, `m` or `g` after it.
    private static func size(_ text: String) -> Int? {
        var digits = text.lowercased()
        if digits.hasSuffix("b") { digits.removeLast() }
        let units: [Character: Int] = ["k": 10, "m": 20, "g": 30]
        var shift = 0
        if let last = digits.last, let unit = units[last] {
            shift = unit
            digits.removeLast()
        }
        guard let value = Int(digits), value >= 0, value < 1 << 40 else { return nil }
        return value << shift
    }

    private static func migratedRefs(
        _ operands: [[UInt8]], isAll: Bool, _ repository: Repository
    ) throws -> [MigratedRef] {
        if isAll {
            guard operands.isEmpty else { throw CommandError.usage("--all takes no branches and tags") }
            return try ["refs/heads/", "refs/tags/"].flatMap { prefix in
                try repository.refs.list(prefix: prefix).compactMap { ref in
                    guard let id = ref.id, (try? repository.objects.peel(id, to: .commit)) != nil else { return nil }
                    return MigratedRef(name: ref.name, id: id)
                }
            }
        }
        if operands.isEmpty {
            guard let head = try repository.refs.resolve(.head) else {
                throw CommandError.fatal("there is no commit to migrate yet")
            }
            if case .symbolic(let branch)? = try repository.refs.read(.head) {
                return [MigratedRef(name: branch, id: head)]
            }
            return [MigratedRef(name: .head, id: head)]
        }
        return try operands.map { operand in
            let text = String(decoding: operand, as: UTF8.self)
            for candidate in [text, "refs/heads/\(text)", "refs/tags/\(text)"] where candidate.hasPrefix("refs/") {
                if let name = try? RefName(candidate), let id = try repository.refs.resolve(name) {
                    return MigratedRef(name: name, id: id)
                }
            }
            throw CommandError.fatal("'\(text)' is no branch and no tag here")
        }
    }

    /// This work tree, and the others that have one of the refs checked out.
    private static func workTrees(
        _ refs: [MigratedRef], _ repository: Repository, _ context: Context
    ) throws -> [Context] {
        let names = Set(refs.map(\.name.string))
        var result = [context]
        for tree in try repository.worktrees()
        where !tree.isBare && tree.gitDirectory != repository.gitDirectory {
            guard let branch = tree.branch, names.contains(branch.string), try FileStatus.of(tree.path) != nil else {
                continue
            }
            result.append(context.other(gitDirectory: tree.gitDirectory, workTree: tree.path))
        }
        return result
    }

    /// Notes on commits that were rewritten stand on what they became, too: people's, and the records of runs.
    private static func copyNotes(
        _ pairs: [(old: ObjectID, new: ObjectID)], _ repository: Repository, _ context: Context
    ) throws {
        for ref in try repository.refs.list(prefix: "refs/notes/") {
            let run = try NotesRun(Arguments(), context, ref: ref.name.string)
            let (read, old) = try run.tree("copy")
            var tree = read
            var isChanged = false
            for (from, to) in pairs {
                guard let note = tree[from], tree[to] == nil else { continue }
                tree[to] = note
                isChanged = true
            }
            if isChanged { try run.commit(tree, old, "Notes copied by 'nacre large migrate'") }
        }
    }

    /// What is not committed would stand beside commits that are not its parents any more.
    private static func checkUnchanged(_ context: Context) throws {
        let repository = try context.repository()
        guard let workTree = repository.workTree else { return }
        let comparison = IndexComparison(
            repository: repository, index: try context.index(), worktree: try context.worktree(), pathspec: .all)
        let head = try repository.refs.resolve(.head)
        let tree = try head.map { try repository.objects.commit($0).tree }
        guard try comparison.files().isEmpty, try comparison.tree(tree).isEmpty else {
            throw CommandError.fatal(
                "cannot migrate: there are changes that are not committed in '\(workTree)'; commit or stash them")
        }
    }

    /// Gives the old values a name each, in a place that no earlier migration took.
    private static func keepOld(
        _ refs: [MigratedRef], _ repository: Repository, _ context: Context
    ) throws -> String {
        var place = "refs/nacre/migrated/"
        var number = 1
        while try repository.refs.list(prefix: place).contains(where: {
            !$0.name.string.contains("/again-") || number > 1
        }) {
            number += 1
            place = "refs/nacre/migrated/again-\(number)/"
        }
        var transaction = repository.refs.beginTransaction()
        for ref in refs {
            let tail = ref.name.dropping("refs/") ?? ref.name.string
            transaction.update(try RefName(place + tail), to: ref.id, expecting: .absent, message: "large migrate")
        }
        try transaction.commit(committer: try context.reflogIdentity())
        return place
    }

    private static func move(
        _ refs: [MigratedRef], _ migration: inout HistoryMigration, _ repository: Repository,
        _ context: Context
    ) throws {
        var transaction = repository.refs.beginTransaction()
        for ref in refs {
            let isTag = try repository.objects.header(ref.id).kind == .tag
            let new = isTag ? try migration.rewrite(tag: ref.id) : migration.mapped(ref.id)
            guard new != ref.id else { continue }
            transaction.update(ref.name, to: new, expecting: .exactly(ref.id), message: "large migrate")
        }
        try transaction.commit(committer: try context.reflogIdentity())
    }

    /// The work tree has the content already: entries get the ids of the new tree, and only `.gitattributes` is written.
    private static func update(head: ObjectID, _ context: Context) throws {
        let repository = try context.repository()
        guard repository.workTree != nil, let new = try repository.refs.resolve(.head), new != head else { return }
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        let tree = try repository.objects.commit(new).tree
        let name = GitPath(".gitattributes")
        let comparison = IndexComparison(
            repository: repository, index: session.index, worktree: nil, pathspec: .all)
        for difference in try comparison.tree(tree) where difference.old.exists && difference.old.path != name {
            guard case .found(let position) = session.index.position(of: difference.old.path) else { continue }
            session.index.update(at: position) { $0.id = difference.old.id }
        }
        if let attributes = try repository.objects.tree(tree)[name.bytes], attributes.mode.isBlob {
            try worktree.willChange([name])
            try TemporaryFile.replace(
                worktree.file(name), with: try repository.objects.read(attributes.id).content)
            var entry = IndexEntry(path: name, id: attributes.id, mode: attributes.mode)
            if let status = try worktree.status(name) { entry.stat = StatData(status) }
            session.index.add(entry)
        }
        try session.commit(worktree)
    }
}
