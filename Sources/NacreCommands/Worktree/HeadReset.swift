internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Moves the branch, and with it index and work tree as the mode says.
struct HeadReset {
    let arguments: Arguments
    let context: Context
    let mode: String
    let revision: String
    let repository: Repository
    let state: RepositoryState

    init(_ arguments: Arguments, _ context: Context, _ mode: String, _ revision: String) throws {
        self.arguments = arguments
        self.context = context
        self.mode = mode
        self.revision = revision
        repository = try context.repository()
        state = try RepositoryState(repository)
        if mode != "soft", repository.workTree == nil, mode != "mixed" {
            throw CommandError.fatal("this operation must be run in a work tree")
        }
        if mode == "mixed", repository.workTree == nil {
            throw CommandError.fatal("mixed reset is not allowed in a bare repository")
        }
    }

    func run() throws -> ExitCode {
        let commit = try target()
        if mode == "soft" {
            if state.isMerging { throw CommandError.fatal("Cannot do a soft reset in the middle of a merge.") }
            let index = try context.index()
            if index.hasConflicts { throw CommandError.fatal("Cannot do a soft reset in the middle of a merge.") }
        } else {
            do { try changeIndex(commit) } catch WorktreeError.invalidPath(let path) {
                context.errors.line("error: invalid path '\(path)'")
                throw CommandError.fatal("Could not reset index file to revision '\(revision)'.")
            }
        }
        if let commit { try moveHead(commit) }
        if mode == "hard", !arguments.isOn("quiet"), let commit {
            let subject = try repository.objects.commit(commit).subject
            context.output.line(Array("HEAD is now at \(context.abbreviated(commit)) ".utf8) + subject)
        }
        for name in [
            "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "MERGE_RR", "SQUASH_MSG",
            "AUTO_MERGE",
        ] {
            try Files.remove(repository.gitDirectory.appending(name))
        }
        return .success
    }

    private func target() throws -> ObjectID? {
        if revision == "HEAD", state.head == nil { return nil }
        guard let found = try context.resolver().find(revision, hint: .committish) else {
            throw CommandError.fatal(
                "ambiguous argument '\(revision)': unknown revision or path not in the working tree.\n"
                    + "Use '--' to separate paths from revisions, like this:\n"
                    + "'git <command> [<revision>...] -- [<file>...]'")
        }
        do throws(StorageError) { return try repository.objects.peel(found.id, to: .commit) } catch {
            throw CommandError.fatal("Could not parse object '\(revision)'.")
        }
    }

    private func changeIndex(_ commit: ObjectID?) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        let tree = try commit.map { try repository.objects.peel($0, to: .tree) }
        let old = try state.head.map { try repository.objects.peel($0, to: .tree) }
        if ["hard", "merge", "keep"].contains(mode) {
            if mode == "keep", state.head == nil {
                context.errors.line("error: You do not have a valid HEAD.")
                throw CommandError.fatal("Could not reset index file to revision '\(revision)'.")
            }
            if mode == "keep", session.index.hasConflicts {
                throw CommandError.fatal("Cannot do a keep reset in the middle of a merge.")
            }
            if mode == "merge" {
                try mergeReset(tree, session, worktree)
            } else {
                var options = TreeSwitch.Options()
                options.isForced = mode == "hard"
                options.verb = .reset
                options.keptDirectory = try context.prefix()
                worktree.refresh(&session.index, try worktree.compare(session.index))
                do {
                    let outcome = try TreeSwitch.run(worktree, &session.index, from: old, to: tree, options)
                    for failure in outcome.failures { context.errors.line(failure.message) }
                } catch let refusal as TreeSwitchRefusal {
                    context.errors.write(HeadReset.plumbing(refusal))
                    throw CommandError.fatal("Could not reset index file to revision '\(revision)'.")
                }
                if mode == "keep" {
                    let files = try tree.map { try TreeFiles.list($0, repository.objects) } ?? []
                    try IndexReset.apply(files, to: &session.index, matching: .all, intentToAdd: false)
                }
            }
        } else {
            let files = try tree.map { try TreeFiles.list($0, repository.objects) } ?? []
            try IndexReset.apply(
                files, to: &session.index, matching: .all, intentToAdd: arguments.isOn("intent-to-add"))
            session.index.resolveUndo = []
            try HeadReset.refresh(arguments, context, session, worktree)
        }
        if let tree { primeTrees(tree, session) }
        try session.commit(worktree)
    }

    /// Where the index now equals the commit, its trees are known.
    private func primeTrees(_ tree: ObjectID, _ session: IndexSession) {
        var complete = session.index
        if (try? complete.writeTree(into: nil)) == tree { session.index = complete }
    }

    /// `--merge`: what is staged goes, what is only in files stays, where both touch a path it is refused.
    private func mergeReset(_ tree: ObjectID?, _ session: IndexSession, _ worktree: Worktree) throws {
        let files = try tree.map { try TreeFiles.list($0, repository.objects) } ?? []
        let comparison = try worktree.compare(session.index)
        worktree.refresh(&session.index, comparison)
        let dirty = Set(comparison.changes.map { session.index.entries[$0.position].path })
        var request = CheckoutRequest()
        var additions: [IndexEntry] = []
        var removals: [GitPath] = []
        var refused: [GitPath] = []
        var wanted = Set<GitPath>()
        for file in files {
            wanted.insert(file.path)
            let current = session.index[file.path]
            if let current, current.id == file.id, current.mode == file.mode { continue }
            if current != nil, dirty.contains(file.path) { refused.append(file.path) }
            let entry = IndexEntry(path: file.path, id: file.id, mode: file.mode)
            additions.append(entry)
            request.writes.append(entry)
        }
        for entry in session.index.entries where !wanted.contains(entry.path) {
            if dirty.contains(entry.path), entry.stage == .merged { refused.append(entry.path) }
            if removals.last != entry.path {
                removals.append(entry.path)
                request.removals.append(entry.path)
            }
        }
        guard refused.isEmpty else {
            for path in refused.sorted() { context.errors.line("error: Entry '\(path)' not uptodate. Cannot merge.") }
            throw CommandError.fatal("Could not reset index file to revision '\(revision)'.")
        }
        request.keptDirectory = try context.prefix()
        session.index.apply(adding: additions, removing: removals)
        let outcome = try worktree.checkOut(request)
        for failure in outcome.failures { context.errors.line(failure.message) }
        worktree.record(outcome, in: &session.index)
        session.index.resolveUndo = []
    }

    /// The words that plumbing has for a refusal.
    static func plumbing(_ refusal: TreeSwitchRefusal) -> String {
        var text = ""
        for path in refusal.wouldOverwrite.sorted() {
            text += "error: Entry '\(path)' would be overwritten by merge. Cannot merge.\n"
        }
        for path in refusal.changed.sorted() { text += "error: Entry '\(path)' not uptodate. Cannot merge.\n" }
        for path in refusal.directories.sorted() {
            text += "error: Updating '\(path)' would lose untracked files in it\n"
        }
        for path in refusal.untrackedOverwritten.sorted() {
            text += "error: Untracked working tree file '\(path)' would be overwritten by merge.\n"
        }
        for path in refusal.untrackedRemoved.sorted() {
            text += "error: Untracked working tree file '\(path)' would be removed by merge.\n"
        }
        return text
    }

    /// Brings the remembered status up to date and says which files differ.
    static func refresh(_ arguments: Arguments, _ context: Context, _ session: IndexSession, _ worktree: Worktree)
        throws
    {
        let isQuiet = arguments.isOn("quiet")
        if try !(arguments.flag("refresh") ?? !(context.configuration().bool("reset.quiet") ?? false)) { return }
        let comparison = try worktree.compare(session.index)
        worktree.refresh(&session.index, comparison)
        if isQuiet { return }
        var letters: [(GitPath, String)] = []
        for change in comparison.changes {
            let entry = session.index.entries[change.position]
            letters.append(
                (
                    entry.path,
                    change.kind == .deleted
                        ? "D" : change.kind == .typeChanged ? "T" : change.kind == .added ? "A" : "M"
                ))
        }
        for path in session.index.conflictedPaths { letters.append((path, "U")) }
        guard !letters.isEmpty else { return }
        context.output.line("Unstaged changes after reset:")
        for (path, letter) in letters.sorted(by: { $0.0 < $1.0 }) {
            context.output.line(Array("\(letter)\t".utf8) + path.bytes)
        }
    }

    private func moveHead(_ commit: ObjectID) throws {
        let action = context.environment.nonEmpty("GIT_REFLOG_ACTION") ?? "reset"
        let identity = try context.reflogIdentity()
        if let head = state.head {
            var original = repository.refs.beginTransaction()
            original.update(RefName(unchecked: Array("ORIG_HEAD".utf8)), to: head, message: "updating ORIG_HEAD")
            try original.commit(committer: identity)
        } else {
            try Files.remove(repository.gitDirectory.appending("ORIG_HEAD"))
        }
        var transaction = repository.refs.beginTransaction()
        transaction.update(.head, to: commit, message: "\(action): moving to \(revision)")
        try transaction.commit(committer: identity)
    }
}
