internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Moves `HEAD` with index and work tree to another commit: what `checkout <branch>` and `switch` share.
struct BranchSwitch {
    let context: Context
    let repository: Repository
    let worktree: Worktree
    let state: RepositoryState
    var isForced = false
    var isQuiet = false
    var overwritesIgnored = true
    /// `-m`: local changes are merged into the new branch.
    var isMerging = false
    /// `--conflict`: how conflicts of such a merge are marked.
    var conflictStyle: FileMergeOptions.Style?
    /// Nobody said where to go: `HEAD` changes its name, no file changes, and the index needs no lock.
    var leavesFiles = false
    /// Shows how far writing is, where that takes long.
    var progress: CheckoutProgress?

    /// Where to.
    struct Target {
        /// What the log and messages call it.
        var name: String
        /// The branch; nil detaches `HEAD`.
        var branch: RefName?
        var commit: ObjectID?
        /// The branch is made or moved there first.
        var creation: Creation?
        /// The branch's upstream, set when it is made.
        var tracking: RefName?
        var isOrphan = false
        /// `--detach` was said, so that nobody needs advice about it.
        var isExplicitlyDetached = false
        /// Whether a log of its own is forced (`-l`).
        var createsReflog = false
    }

    enum Creation { case new, reset }

    /// - Parameter isLazy: the content of large files that change is left out, until somebody asks for it.
    init(_ context: Context, isLazy: Bool = false) throws {
        self.context = context
        (repository, _) = try context.repositoryWithWorkTree()
        worktree = try context.worktree(isLazy: isLazy)
        state = try RepositoryState(repository)
    }

    func run(_ target: Target) throws -> ExitCode {
        let staysPut = leavesFiles && target.commit == state.head && !target.isOrphan && state.head != nil
        var session: IndexSession?
        if !staysPut {
            let opened = try IndexSession(repository)
            session = opened
            guard try moveFiles(of: target, opened) else { return .failure }
        }
        try updateRefs(target)
        try session?.commit(worktree)
        try removeStates()
        try report(target)
        return try runHook(to: target.commit)
    }

    /// Takes index and files to the target, and says what is changed locally.
    ///
    /// - Returns: false where the switch was refused.
    private func moveFiles(of target: Target, _ session: IndexSession) throws -> Bool {
        if !isForced, !session.index.conflictedPaths.isEmpty {
            context.errors.line("error: you need to resolve your current index first")
            for path in session.index.conflictedPaths { context.output.line(path.bytes + Array(": needs merge".utf8)) }
            throw CommandError(.silent, "", exitCode: .failure)
        }
        guard !target.isOrphan || target.commit != nil || state.head != nil else { return true }
        guard let changes = try moveFiles(target, session) else { return false }
        if !isQuiet, !isForced, target.commit != nil { try showLocalChanges(session.index, target.commit, changes) }
        return true
    }

    /// The files that differ from their entries.
    private func changes(_ comparison: FileComparison, _ index: Index) -> [(path: GitPath, kind: FileChange.Kind)] {
        comparison.changes.map { (index.entries[$0.position].path, $0.kind) }
    }

    /// Returns what was changed locally before, and still is; nil where the switch was refused.
    private func moveFiles(
        _ target: Target, _ session: IndexSession
    ) throws -> [(path: GitPath, kind: FileChange.Kind)]? {
        let objects = repository.objects
        let new = try target.commit.map { try objects.peel($0, to: .tree) }
        // Without an index nothing was ever written (`clone --no-checkout`): every file is new.
        let isFirst = session.index.timestamp == nil && session.index.entries.isEmpty
        let old = isFirst ? nil : try state.head.map { try objects.peel($0, to: .tree) }
        var options = TreeSwitch.Options()
        options.isForced = isForced
        options.overwritesIgnored = overwritesIgnored
        options.keptDirectory = try context.prefix()
        options.progress = progress?.report
        defer { progress?.finish() }
        let comparison = try worktree.compare(session.index)
        let local = changes(comparison, session.index)
        // A forced switch writes anew what was touched.
        if !isForced { worktree.refresh(&session.index, comparison) }
        let before = session.index
        do {
            let outcome = try TreeSwitch.run(worktree, &session.index, from: old, to: new, options)
            for failure in outcome.failures { context.errors.line(failure.message) }
            // What the switch wrote anew is no local change any more.
            return local.filter { session.index[$0.path]?.id == before[$0.path]?.id }
        } catch let refusal as TreeSwitchRefusal {
            if isMerging, let old, let new, refusal.isOfChangesOnly {
                return try mergeFiles(target, session, from: old, to: new)
            }
            context.errors.write(refusal.bytes)
            context.errors.line("Aborting")
            return nil
        } catch WorktreeError.invalidPath(let path) {
            context.errors.line("error: invalid path '\(path)'")
            return nil
        }
    }

    /// Files that differ from the new commit: `M\tfile`.
    private func showLocalChanges(
        _ index: Index, _ commit: ObjectID?, _ local: [(path: GitPath, kind: FileChange.Kind)]
    ) throws {
        let tree = try commit.map { try repository.objects.peel($0, to: .tree) }
        var letters: [GitPath: String] = [:]
        for change in try TreeFiles.changes(from: tree, to: index, repository.objects) {
            letters[change.path] = change.old == nil ? "A" : change.new == nil ? "D" : change.isTypeChange ? "T" : "M"
        }
        for (path, kind) in local where index.contains(path) {
            switch kind {
            case .deleted: letters[path] = letters[path] == "A" ? nil : "D"
            case .added: letters[path] = "A"
            case .typeChanged: if letters[path] != "A" { letters[path] = "T" }
            case .modified: if letters[path] == nil { letters[path] = "M" }
            }
        }
        for path in letters.keys.sorted() {
            context.output.line(Array("\(letters[path] ?? "M")\t".utf8) + context.quoted(path.bytes))
        }
    }

    /// `checkout` without an operand: what is changed, and how the branch stands.
    func stay() throws -> ExitCode {
        let session = try IndexSession(repository)
        guard try moveFiles(of: Target(name: "HEAD", branch: state.branch, commit: state.head), session) else {
            return .failure
        }
        try session.commit(worktree)
        try removeStates()
        if !isQuiet, state.branch != nil { try reportTracking() }
        return try runHook(to: state.head)
    }

    private func runHook(to commit: ObjectID?) throws -> ExitCode {
        let old = state.head ?? .zero(repository.algorithm)
        let code = try repository.runHook("post-checkout", .init(arguments: [old.hex, (commit ?? old).hex, "1"]))
        return code.map { $0 == 0 ? .success : ExitCode(1) } ?? .success
    }

    // MARK: Refs

    private func updateRefs(_ target: Target) throws {
        let from = state.branchName ?? state.head?.hex ?? ""
        let message = "checkout: moving from \(from) to \(target.name)"
        let identity = try context.reflogIdentity()
        if let branch = target.branch, let creation = target.creation, let commit = target.commit, !target.isOrphan {
            var transaction = repository.refs.beginTransaction()
            let start = target.tracking.map(\.string) ?? startName ?? "HEAD"
            let exists = try repository.refs.resolve(branch) != nil
            let verb = creation == .reset && exists ? "Reset to" : "Created from"
            transaction.update(
                branch, to: commit, expecting: creation == .new ? .absent : .any, message: "branch: \(verb) \(start)",
                creatingReflog: target.createsReflog)
            try transaction.commit(committer: identity)
            try followsUpstream?()
        }
        var transaction = repository.refs.beginTransaction()
        if let branch = target.branch {
            transaction.setSymbolic(.head, to: branch, message: message)
        } else if let commit = target.commit {
            transaction.update(.head, to: commit, message: message, followingSymbolic: false)
        }
        try transaction.commit(committer: identity)
    }

    /// Says what a new branch follows, once it stands.
    var followsUpstream: (() throws -> Void)?
    /// What a new branch starts at, as it was named.
    var startName: String?

    private func removeStates() throws {
        for name in [
            "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "MERGE_RR", "SQUASH_MSG",
        ] {
            try Files.remove(repository.gitDirectory.appending(name))
        }
    }

    // MARK: Words

    private func report(_ target: Target) throws {
        if isQuiet { return }
        if state.branch == nil, let old = state.head, target.commit != old {
            try reportLeaving(old, for: target)
        }
        guard let branch = target.branch else {
            if let commit = target.commit { try reportDetached(commit, target) }
            return
        }
        let name = branch.dropping("refs/heads/") ?? branch.string
        if target.isOrphan || target.creation == .new {
            context.errors.line("Switched to a new branch '\(name)'")
        } else if target.creation == .reset {
            context.errors.line(
                existedBefore
                    ? (state.branch == branch ? "Reset branch '\(name)'" : "Switched to and reset branch '\(name)'")
                    : "Switched to a new branch '\(name)'")
        } else if state.branch == branch {
            context.errors.line("Already on '\(name)'")
        } else {
            context.errors.line("Switched to branch '\(name)'")
        }
        if !target.isOrphan, target.creation == nil { try reportTracking() }
    }

    /// Whether a branch that is reset stood before.
    var existedBefore = false

    private func reportTracking() throws {
        let now = try RepositoryState(repository)
        guard let tracking = try BranchTracking(context, now, counting: true) else { return }
        for sentence in tracking.sentences(
            hints: try repository.config.bool("advice.statushints") ?? true, counting: true)
        {
            context.output.line(sentence)
        }
    }

    private func reportDetached(_ commit: ObjectID, _ target: Target) throws {
        if state.branch != nil, !target.isExplicitlyDetached { context.adviseOnDetachedHead(target.name) }
        try describe("HEAD is now at", commit)
    }

    private func describe(_ label: String, _ id: ObjectID) throws {
        let commit = try repository.objects.commit(id)
        context.errors.line(Array("\(label) \(context.abbreviated(id)) ".utf8) + commit.subject)
    }

    /// Commits that no ref leads to any more when a detached `HEAD` moves away.
    private func reportLeaving(_ old: ObjectID, for target: Target) throws {
        var walk = RevisionWalk(repository, options: RevisionWalk.Options())
        try walk.include(old)
        if let commit = target.commit { try walk.exclude(commit) }
        for ref in try repository.refs.list() {
            guard let id = ref.id, let commit = try? repository.objects.peel(ref.peeled ?? id, to: .commit) else {
                continue
            }
            try walk.exclude(commit)
        }
        var lost: [ObjectID] = []
        while let entry = try walk.next() { lost.append(entry.id) }
        guard !lost.isEmpty else {
            try describe("Previous HEAD position was", old)
            return
        }
        var text =
            lost.count == 1
            ? "Warning: you are leaving 1 commit behind, not connected to\nany of your branches:\n\n"
            : "Warning: you are leaving \(lost.count) commits behind, not connected to\nany of your branches:\n\n"
        for id in lost.prefix(4) {
            let subject = String(decoding: try repository.objects.commit(id).subject, as: UTF8.self)
            text += "  \(context.abbreviated(id)) \(subject)\n"
        }
        if lost.count > 4 { text += " ... and \(lost.count - 4) more.\n" }
        text += "\n"
        context.errors.write(text)
        if context.advises("detachedHead") {
            let pronoun = lost.count == 1 ? "it" : "them"
            context.errors.write(
                "If you want to keep \(pronoun) by creating a new branch, this may be a good time\nto do so with:\n\n"
                    + " git branch <new-branch-name> \(context.abbreviated(old))\n\n")
        }
    }
}

extension TreeFiles.Change {
    /// Whether a file became a link or the like.
    var isTypeChange: Bool {
        guard let old, let new else { return false }
        return old.mode.rawValue & 0o170000 != new.mode.rawValue & 0o170000
    }
}
