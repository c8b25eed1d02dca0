internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `notes merge`: brings the notes of another ref into this one.
struct NotesMerge {
    private enum Strategy: String {
        case manual
        case ours
        case theirs
        case union
        case sortedLines = "cat_sort_uniq"
    }

    private static let partial = RefName(unchecked: Array("NOTES_MERGE_PARTIAL".utf8))
    private static let target = RefName(unchecked: Array("NOTES_MERGE_REF".utf8))

    private let notes: NotesRun
    private var arguments: Arguments { notes.arguments }
    private var context: Context { notes.context }
    private var repository: Repository { notes.repository }
    private var folder: FilePath { repository.gitDirectory.appending("NOTES_MERGE_WORKTREE") }

    /// How much is said: 2 by default.
    private var verbosity: Int { 2 + arguments.count("verbose") - arguments.count("quiet") }

    init(_ notes: NotesRun) { self.notes = notes }

    private func say(_ text: String, from level: Int = 2) {
        if verbosity >= level { context.output.line(text) }
    }

    func run() throws -> ExitCode {
        let verbs = [arguments.isOn("commit"), arguments.isOn("abort")]
        let merges = arguments.last("strategy") != nil || !verbs.contains(true)
        guard (verbs + [merges]).count(where: { $0 }) == 1 else {
            throw CommandError.usage("cannot mix --commit, --abort or -s/--strategy")
        }
        guard arguments.operands.count == (merges ? 1 : 0) else {
            throw CommandError.usage(merges ? "must specify a notes ref to merge" : "too many arguments")
        }
        if arguments.isOn("abort") { return try abort() }
        return arguments.isOn("commit") ? try finish() : try merge(arguments.texts[0])
    }

    private func strategy() throws -> Strategy {
        let config = repository.config
        let short = notes.ref.dropFirst("refs/notes/".count)
        if let name = arguments.text("strategy") {
            guard let strategy = Strategy(rawValue: name) else {
                throw CommandError.usage("unknown -s/--strategy: \(name)")
            }
            return strategy
        }
        guard
            let name = config.string("notes.\(short).mergestrategy")
                ?? config.string("notes.mergestrategy")
        else {
            return .manual
        }
        guard let strategy = Strategy(rawValue: name) else {
            throw CommandError.fatal("unknown notes merge strategy \(name)")
        }
        return strategy
    }

    // MARK: Merging

    private func merge(_ name: String) throws -> ExitCode {
        let other = name.hasPrefix("refs/") ? name : NotesRun.expanded(name)
        let found = try context.revisionResolver().find(name)
        let remoteName = found != nil && !other.hasPrefix("refs/notes/") ? name : other
        let remote = try (try context.revisionResolver().find(other) ?? found).map {
            try repository.objects.peel($0.id, to: .commit)
        }
        let (read, local) = try notes.tree("merge")
        var tree = read
        let strategy = try strategy()
        let message = "Merged notes from \(remoteName) into \(notes.ref)"
        func move(to id: ObjectID) throws -> ExitCode {
            try notes.update(try RefName(notes.ref), to: id, from: nil, "notes: " + message)
            return .success
        }
        guard let local else {
            guard let remote else {
                throw CommandError.fatal(
                    "Cannot merge empty notes ref (\(remoteName)) into empty notes ref (\(notes.ref))")
            }
            return try move(to: remote)
        }
        guard let remote else { return try move(to: local) }
        var bases = MergeBases(repository)
        let base = try bases.bases(of: local, [remote]).first
        if base == remote {
            say("Already up to date.")
            return try move(to: local)
        }
        if base == local {
            say("Fast-forward")
            return try move(to: remote)
        }
        let objects = repository.objects
        let old = try NotesTree(try base.map { try objects.peel($0, to: .tree) }, objects)
        let theirs = try NotesTree(try objects.peel(remote, to: .tree), objects)
        let conflicts = try combine(&tree, old, theirs, strategy, remoteName)
        var text = message
        if !conflicts.isEmpty {
            text += "\n\nConflicts:\n" + conflicts.map { "\t\($0)\n" }.joined()
        }
        let id = try notes.write(tree, parents: [local, remote], message: Array(text.utf8))
        if conflicts.isEmpty { return try move(to: id) }
        try notes.update(Self.partial, to: id, from: nil, "notes: " + message)
        var transaction = repository.refs.beginTransaction()
        transaction.setSymbolic(Self.target, to: try RefName(notes.ref))
        try transaction.commit(committer: try context.reflogIdentity())
        context.output.flush()
        context.errors.line(
            "Automatic notes merge failed. Fix conflicts in \(shownFolder) and commit the result with "
                + "'git notes merge --commit', or abort the merge with 'git notes merge --abort'.")
        return .failure
    }

    /// The folder of conflicts as messages name it: from the working directory, as Git has it.
    private var shownFolder: String {
        guard let top = repository.workTree, repository.gitDirectory == top.appending(".git"),
            context.workingDirectory == top
        else { return folder.string }
        return ".git/NOTES_MERGE_WORKTREE"
    }

    /// Takes over what the other side changed; gives back the objects on which both disagree.
    private func combine(
        _ tree: inout NotesTree, _ base: NotesTree, _ theirs: NotesTree, _ strategy: Strategy,
        _ remote: String
    ) throws -> [ObjectID] {
        var conflicts: [ObjectID] = []
        let all = Set(base.notes.keys).union(theirs.notes.keys).sorted()
        for object in all {
            let (old, mine, new) = (base[object], tree[object], theirs[object])
            if old == new || mine == new { continue }
            if mine == old {
                tree[object] = new
                continue
            }
            switch strategy {
            case .ours: say("Using local notes for \(object)")
            case .theirs:
                say("Using remote notes for \(object)")
                tree[object] = new
            case .union:
                say("Concatenating local and remote notes for \(object)")
                try join(&tree, object, new, .concatenate)
            case .sortedLines:
                say("Concatenating unique lines in local and remote notes for \(object)")
                try join(&tree, object, new, .sortedLines)
            case .manual:
                try conflict(object, old, mine, new, remote, isFirst: conflicts.isEmpty)
                tree[object] = nil
                conflicts.append(object)
            }
        }
        return conflicts
    }

    private func content(_ note: ObjectID?) throws -> [UInt8] {
        try note.map { try repository.objects.read($0, as: .blob) } ?? []
    }

    private func join(
        _ tree: inout NotesTree, _ object: ObjectID, _ new: ObjectID?, _ mode: NotesCombination
    ) throws {
        guard let mine = tree[object] else {
            tree[object] = new
            return
        }
        guard let text = mode.apply(try content(mine), try content(new)) else { return }
        tree[object] = text.isEmpty ? nil : try repository.objects.write(.blob, text)
    }

    /// Leaves a conflict to the user, in a file of its own.
    private func conflict(
        _ object: ObjectID, _ old: ObjectID?, _ mine: ObjectID?, _ new: ObjectID?, _ remote: String,
        isFirst: Bool
    ) throws {
        say("Auto-merging notes for \(object)")
        if isFirst {
            if try Files.list(folder)?.isEmpty == false {
                throw CommandError.fatal(
                    "You have not concluded your previous notes merge (.git/NOTES_MERGE_* exists).\nPlease, use "
                        + "'git notes merge --commit' or 'git notes merge --abort' to commit/abort the previous merge "
                        + "before you start a new notes merge.")
            }
            try Files.makeDirectory(folder)
        }
        let file = folder.appending(object.hex)
        guard let mine, let new else {
            let (gone, kept) = mine == nil ? (notes.ref, remote) : (remote, notes.ref)
            say(
                "CONFLICT (delete/modify): Notes for object \(object) deleted in \(gone) and modified in \(kept). "
                    + "Version from \(kept) left in tree.", from: 1)
            try TemporaryFile.replace(file, with: try content(mine ?? new), synchronizing: false)
            return
        }
        say(
            "CONFLICT (\(old == nil ? "add/add" : "content")): Merge conflict in notes for object \(object)",
            from: 1)
        var options = FileMergeOptions()
        options.labels = (ours: notes.ref, base: nil, theirs: remote)
        let result = FileMerge.merge(
            base: try content(old), ours: try content(mine), theirs: try content(new), options: options)
        try TemporaryFile.replace(file, with: result.content, synchronizing: false)
    }

    // MARK: Ending

    private func abort() throws -> ExitCode {
        var transaction = repository.refs.beginTransaction()
        if try repository.refs.read(Self.partial) != nil {
            transaction.delete(Self.partial, followingSymbolic: false)
        }
        if try repository.refs.read(Self.target) != nil {
            transaction.delete(Self.target, followingSymbolic: false)
        }
        if !transaction.isEmpty { try transaction.commit(committer: try context.reflogIdentity()) }
        for entry in try Files.list(folder) ?? [] {
            try Files.remove(folder.appending(bytes: entry.name))
        }
        return .success
    }

    private func finish() throws -> ExitCode {
        guard let partial = try repository.refs.resolve(Self.partial) else {
            throw CommandError.fatal("failed to read ref NOTES_MERGE_PARTIAL")
        }
        guard case .symbolic(let name)? = try repository.refs.read(Self.target) else {
            throw CommandError.fatal("failed to resolve NOTES_MERGE_REF")
        }
        let commit = try repository.objects.commit(partial)
        var tree = try NotesTree(commit.tree, repository.objects)
        guard let entries = try Files.list(folder) else {
            throw CommandError.fatal("could not open \(folder): No such file or directory")
        }
        for entry in entries {
            guard let object = ObjectID(hex: entry.name, algorithm: repository.algorithm) else {
                continue
            }
            let text = try Files.read(folder.appending(bytes: entry.name))
            tree[object] = try repository.objects.write(.blob, text)
        }
        let id = try notes.write(tree, parents: commit.parents, message: commit.message)
        let subject = String(decoding: commit.subject, as: UTF8.self)
        try notes.update(name, to: id, from: commit.parents.first, "notes: " + subject)
        return try abort()
    }
}
