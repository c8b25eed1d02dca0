internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// What the command line asks `checkout` or `switch` to go to.
struct BranchRequest {
    var create: String?
    var reset: String?
    var orphan: String?
    var start: String?
    var detaches: Bool
    var track: String?
    var noTrack: Bool
    var createsReflog: Bool
    var guesses: Bool
    var isSwitch: Bool
    /// Whether a branch may be taken that another work tree holds.
    var ignoresOtherWorktrees = false

    /// Where to go; nil where nothing is named (`checkout` alone shows what is changed).
    func target(_ operation: inout BranchSwitch, _ context: Context) throws -> BranchSwitch.Target? {
        let repository = operation.repository
        if let orphan { return try orphanTarget(orphan, operation, context) }
        if let name = create ?? reset { return try newBranch(name, &operation, context) }
        if let track, create == nil, let start {
            return try trackingBranch(start, track, &operation, context)
        }
        // `checkout HEAD` stays where it is, on a branch too.
        let isHere = start == "HEAD" && !detaches && !isSwitch && operation.state.head != nil
        guard let start, !isHere else {
            guard detaches, let head = operation.state.head else { return nil }
            operation.leavesFiles = isSwitch
            return BranchSwitch.Target(name: "HEAD", commit: head, isExplicitlyDetached: true)
        }
        let expanded = (try? context.resolver().expandBranch(start)) ?? nil
        let name = expanded ?? start
        if !detaches, let branch = try? RefName.branch(name), let id = try repository.refs.resolve(branch) {
            if !ignoresOtherWorktrees { try checkOtherWorktrees(branch, operation) }
            return BranchSwitch.Target(name: name, branch: branch, commit: try repository.objects.peel(id, to: .commit))
        }
        if let id = try? context.resolver().find(start, hint: .committish)?.id {
            guard let commit = try? repository.objects.peel(id, to: .commit) else {
                throw CommandError.fatal("reference is not a tree: \(start)")
            }
            if isSwitch, !detaches {
                throw CommandError.fatal(
                    "a branch is expected, got \(try kind(of: name, context))",
                    hints: context.advises("suggestDetachingHead")
                        ? ["If you want to detach HEAD at the commit, try again with the --detach option."] : [])
            }
            return BranchSwitch.Target(name: expanded ?? start, commit: commit, isExplicitlyDetached: detaches)
        }
        if guesses, !detaches, let remote = try CheckoutWords.remoteBranch(start, context) {
            var copy = self
            copy.create = start
            copy.start = remote.string
            return try copy.newBranch(start, &operation, context, tracking: remote)
        }
        if isSwitch { throw CommandError.fatal("invalid reference: \(start)") }
        throw CommandError(.error, "pathspec '\(start)' did not match any file(s) known to git", exitCode: .failure)
    }

    /// What a name that is no branch's stands for, in the words of a refusal.
    private func kind(of name: String, _ context: Context) throws -> String {
        let names = try context.resolver().fullNames(name)
        guard names.count == 1, let ref = names.first else { return "commit '\(name)'" }
        let target = try context.repository().refs.resolveFully(ref).name
        if let tag = target.dropping("refs/tags/") { return "tag '\(tag)'" }
        if let branch = target.dropping("refs/remotes/") { return "remote branch '\(branch)'" }
        return "'\(target)'"
    }

    private func orphanTarget(_ name: String, _ operation: BranchSwitch, _ context: Context) throws
        -> BranchSwitch.Target
    {
        let branch = try validated(name, operation.repository)
        guard try operation.repository.refs.resolve(branch) == nil else {
            throw CommandError.fatal("A branch named '\(name)' already exists.")
        }
        // `switch --orphan` starts without files, `checkout --orphan` with those of the start.
        let commit = try start.map { try context.resolver().commit($0) } ?? (isSwitch ? nil : operation.state.head)
        return BranchSwitch.Target(
            name: name, branch: branch, commit: isSwitch ? nil : commit, creation: .new, isOrphan: true,
            createsReflog: createsReflog)
    }

    private func validated(_ name: String, _ repository: Repository) throws -> RefName {
        guard let branch = try? RefName.branch(name) else {
            throw CommandError.fatal("'\(name)' is not a valid branch name")
        }
        return branch
    }

    private func newBranch(
        _ name: String, _ operation: inout BranchSwitch, _ context: Context, tracking: RefName? = nil
    ) throws -> BranchSwitch.Target? {
        let repository = operation.repository
        let branch = try validated(name, repository)
        let existing = try repository.refs.resolve(branch)
        operation.existedBefore = existing != nil
        operation.startName = start ?? "HEAD"
        operation.leavesFiles =
            start == nil && (isSwitch || (reset == nil && !operation.isForced && !operation.isMerging))
        guard start != nil || operation.state.head != nil else {
            if existing != nil, reset == nil { throw CommandError.fatal("a branch named '\(name)' already exists") }
            // Before the first commit only the name of the branch changes.
            return BranchSwitch.Target(name: name, branch: branch, creation: .new, isOrphan: true)
        }
        let text = start ?? "HEAD"
        guard let commit = try? context.resolver().commit(text) else {
            throw CommandError.fatal(
                isSwitch
                    ? "invalid reference: \(text)"
                    : "'\(text)' is not a commit and a branch '\(name)' cannot be created from it")
        }
        if existing != nil, reset == nil { throw CommandError.fatal("a branch named '\(name)' already exists") }
        var target = BranchSwitch.Target(
            name: name, branch: branch, commit: commit, creation: reset == nil ? .new : .reset,
            createsReflog: createsReflog)
        target.tracking = nil
        let upstream = tracking ?? startRef(text, context)
        let (request, before) = (self, operation)
        operation.followsUpstream = {
            try request.setUpTracking(
                name, upstream, explicit: request.track != nil || tracking != nil, before, context)
        }
        return target
    }

    /// The ref that a start names.
    private func startRef(_ text: String, _ context: Context) -> RefName? {
        guard let repository = try? context.repository() else { return nil }
        for prefix in ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
            if let name = try? RefName(prefix + text), ((try? repository.refs.resolve(name)) ?? nil) != nil {
                return name == .head ? try? repository.refs.resolveFully(name).name : name
            }
        }
        return nil
    }

    /// Writes `branch.<name>.remote` and `.merge`, where the start is a remote's branch.
    private func setUpTracking(
        _ name: String, _ start: RefName?, explicit: Bool, _ operation: BranchSwitch, _ context: Context
    ) throws {
        guard !noTrack, let start else { return }
        let repository = operation.repository
        let setting = repository.config.string("branch.autosetupmerge") ?? "true"
        let isAlways = setting == "always"
        if track == "inherit" || (track == nil && setting == "inherit" && !explicit) {
            return try UpstreamInheritance(context: context).inherit(name, from: start, isQuiet: operation.isQuiet)
        }
        if !explicit, setting == "simple", !UpstreamInheritance.isNamed(start, name) { return }
        guard explicit || setting != "false", start.isRemote || ((explicit || isAlways) && start.isBranch) else {
            return
        }
        var remote = "."
        var merge = start.string
        if start.isRemote {
            guard let found = repository.remoteSource(of: start) else { return }
            (remote, merge) = found
        }
        try repository.setConfig([
            ("branch.\(name).remote", remote), ("branch.\(name).merge", merge),
        ])
        if !operation.isQuiet {
            context.output.line("branch '\(name)' set up to track '\(start.shortened)'.")
        }
    }

    private func trackingBranch(
        _ start: String, _ mode: String, _ operation: inout BranchSwitch, _ context: Context
    ) throws -> BranchSwitch.Target? {
        var name = start
        for prefix in ["refs/", "remotes/"] where name.hasPrefix(prefix) { name = String(name.dropFirst(prefix.count)) }
        guard let slash = name.firstIndex(of: "/") else {
            throw CommandError.fatal("missing branch name; try -\(isSwitch ? "c" : "b")")
        }
        name = String(name[name.index(after: slash)...])
        var copy = self
        copy.create = name
        return try copy.newBranch(name, &operation, context)
    }

    /// A branch can be checked out in one work tree only.
    private func checkOtherWorktrees(_ branch: RefName, _ operation: BranchSwitch) throws {
        guard operation.state.branch != branch else { return }
        let repository = operation.repository
        let worktrees = repository.commonDirectory.appending("worktrees")
        var places = [repository.commonDirectory]
        for entry in try Files.list(worktrees) ?? [] { places.append(worktrees.appending(bytes: entry.name)) }
        for place in places where place != repository.gitDirectory {
            guard let head = try Files.readIfPresent(place.appending("HEAD"), limit: 4096),
                head.elementsEqual("ref: \(branch.string)\n".utf8)
            else { continue }
            var top = place.removingLastComponent().string
            if place != repository.commonDirectory, let link = try Files.readIfPresent(place.appending("gitdir")) {
                let file = String(decoding: link.prefix { $0 != 10 }, as: UTF8.self)
                top = file.hasSuffix("/.git") ? String(file.dropLast(5)) : file
            }
            let name = branch.dropping("refs/heads/") ?? branch.string
            throw CommandError.fatal("'\(name)' is already checked out at '\(top)'")
        }
    }

    /// `checkout` alone: what is changed.
    func showStatus(_ operation: BranchSwitch, _ context: Context) throws -> ExitCode {
        if isSwitch { throw CommandError.fatal("missing branch or commit argument") }
        guard operation.state.head != nil else { throw CommandError.fatal("You are on a branch yet to be born") }
        return try operation.stay()
    }
}
