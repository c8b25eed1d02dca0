internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

extension RebaseOperation {
    /// Finds out what the operands and options name.
    func request() throws -> Request {
        let names = arguments.texts
        let isRoot = arguments.isOn("root")
        let keepsBase = arguments.isOn("keep-base")
        if keepsBase, isRoot || arguments.has("onto") {
            let other = isRoot ? "--root" : "--onto"
            throw CommandError.fatal("options '--keep-base' and '\(other)' cannot be used together")
        }
        if arguments.flag("fork-point") == true, isRoot {
            throw CommandError.fatal("options '--root' and '--fork-point' cannot be used together")
        }
        let resolver = try context.diffResolver()
        let upstreamName = isRoot ? nil : try names.first ?? configuredUpstream()
        var upstream = try upstreamName.map { name in
            do { return try resolver.commit(name == "-" ? "@{-1}" : name) } catch {
                throw CommandError.fatal("invalid upstream '\(name)'")
            }
        }
        let (branch, head, headName) = try branch(isRoot ? names.first : names.count > 1 ? names[1] : nil, resolver)
        var ontoName = arguments.text("onto") ?? upstreamName ?? ""
        var onto: ObjectID
        var newRoot: ObjectID?
        if isRoot, !arguments.has("onto") {
            onto = try emptyRoot()
            newRoot = onto
            ontoName = onto.hex
        } else if keepsBase, let upstream, let upstreamName {
            onto = try singleBase(upstream, head, "'\(upstreamName)': need exactly one merge base with branch")
            ontoName = "\(upstreamName)...\(headName ?? "HEAD")"
        } else {
            onto = try commitOrBase(ontoName, resolver)
        }
        let fork = try forkPoint(names.first, upstreamName, head, resolver)
        if keepsBase, arguments.flag("reapply-cherry-picks") != false { upstream = onto }
        return Request(
            branch: branch, head: head, headName: headName, onto: onto, ontoName: ontoName, upstream: upstream,
            fork: fork == onto ? nil : fork, newRoot: newRoot)
    }

    /// The branch that the second operand names, or the present one.
    private func branch(_ name: String?, _ resolver: RevisionResolver) throws -> (RefName?, ObjectID, String?) {
        guard let name else {
            guard let head = try history.head() else { throw CommandError.fatal("Could not resolve HEAD to a commit") }
            let branch = try history.branch()
            return (branch, head, branch?.withoutHeads)
        }
        if let ref = try? RefName("refs/heads/" + name), let id = try repository.refs.resolve(ref) {
            return (ref, id, name)
        }
        guard let id = try? resolver.commit(name) else {
            throw CommandError.fatal("no such branch/commit '\(name)'")
        }
        return (nil, id, name)
    }

    /// The branch that the present one follows.
    private func configuredUpstream() throws -> String {
        let branch = try history.branch()?.withoutHeads
        if branch != nil, (try? context.diffResolver().commit("@{upstream}")) != nil {
            // Named as Git names it: the remote-tracking branch.
            return try context.diffResolver().fullName("@{upstream}")?.string ?? "@{upstream}"
        }
        let reason =
            branch == nil
            ? "You are not currently on a branch." : "There is no tracking information for the current branch."
        context.output.write(
            "\(reason)\nPlease specify which branch you want to rebase against.\nSee git-rebase(1) for details.\n\n"
                + "    git rebase '<branch>'\n\n")
        if let branch {
            let remote = repository.config.string("branch.\(branch).remote") ?? "<remote>"
            context.output.write(
                "If you wish to set tracking information for this branch you can do so with:\n\n"
                    + "    git branch --set-upstream-to=\(remote)/<branch> \(branch)\n\n")
        }
        throw CommandError(.silent, "", exitCode: .failure)
    }

    /// Where the branch left an upstream that was rewritten since; asked where the upstream was not named.
    private func forkPoint(
        _ given: String?, _ upstreamName: String?, _ head: ObjectID, _ resolver: RevisionResolver
    ) throws -> ObjectID? {
        let isWanted =
            try arguments.flag("fork-point")
            ?? (given == nil && !arguments.isOn("keep-base") && (repository.config.bool("rebase.forkpoint") ?? true))
        guard isWanted, let upstreamName, try resolver.fullName(upstreamName) != nil else { return nil }
        return try MergeBaseCommand.forkPoint(upstreamName, head, repository, resolver)
    }

    private func singleBase(_ one: ObjectID, _ other: ObjectID, _ complaint: String) throws -> ObjectID {
        var finder = MergeBases(repository)
        let bases = try finder.bases(of: one, [other])
        guard bases.count == 1 else { throw CommandError.fatal(complaint) }
        return bases[0]
    }

    /// A commit of nothing, on which roots are made anew.
    func emptyRoot() throws -> ObjectID {
        let tree = try repository.objects.write(.tree, [])
        return try history.write(tree: tree, parents: [], message: [])
    }

    /// `A...B` as a new base is the merge base.
    private func commitOrBase(_ name: String, _ resolver: RevisionResolver) throws -> ObjectID {
        if let range = RevisionRange(name), range.isSymmetric {
            return try singleBase(
                try resolver.commit(range.left), try resolver.commit(range.right),
                "'\(name)': need exactly one merge base")
        }
        do { return try resolver.commit(name == "-" ? "@{-1}" : name) } catch {
            throw CommandError.fatal("Does not point to a valid commit '\(name)'")
        }
    }

    // MARK: Before anything is done

    /// Whether the commits stand where they would be put, one upon the other.
    func isUpToDate(_ request: Request) throws -> Bool {
        var finder = MergeBases(repository)
        guard try finder.bases(of: request.onto, [request.head]) == [request.onto],
            request.fork == nil, let upstream = request.upstream,
            try finder.bases(of: upstream, [request.head]) == [request.onto]
        else { return false }
        var next = request.head
        while next != request.onto {
            let parents = try repository.objects.commit(next).parents
            guard parents.count == 1 else { return false }
            next = parents[0]
        }
        return true
    }

    /// Says that there is nothing to do; nil where something is done all the same.
    func stayUpToDate(_ request: Request, _ stash: ObjectID?) throws -> ExitCode? {
        let asksForMore =
            arguments.isOn("interactive") || arguments.has("exec") || arguments.isOn("autosquash")
        let isForced = ["no-ff", "signoff", "committer-date-is-author-date", "reset-author-date"].contains {
            arguments.isOn($0)
        }
        guard !asksForMore else { return nil }
        if !isForced, arguments.texts.count > (arguments.isOn("root") ? 0 : 1) {
            let code = try switchBranch(request)
            guard code == .success else { return code }
        }
        if !arguments.isOn("quiet") {
            let isDetached = request.branch == nil && (request.headName == nil || request.headName == "HEAD")
            let text = isDetached ? "HEAD is up to date" : "Current branch \(request.headName ?? "HEAD") is up to date"
            context.output.line(text + (isForced ? ", rebase forced." : "."))
        }
        guard !isForced else { return nil }
        try restoreStash(stash)
        return .success
    }

    /// Checks out the branch that was named.
    private func switchBranch(_ request: Request) throws -> ExitCode {
        guard let checkout = CommandTable.find("checkout"), let name = request.headName else {
            throw CommandError.fatal("there is no checkout command")
        }
        if try request.branch == history.branch() && request.branch != nil { return .success }
        let action = context.reflogAction
        defer { context.reflogAction = action }
        let words = [Array("-q".utf8), Array(name.utf8)]
        return try checkout.run(try ArgumentParser.parse(words, options: checkout.options), context)
    }

    func isAllowed(_ request: Request) throws -> Bool {
        guard arguments.flag("verify") != false else { return true }
        let names = arguments.isOn("root") ? ["--root"] + arguments.texts : arguments.texts
        let upstream = names.first ?? request.ontoName
        return try (repository.runHook("pre-rebase", .init(arguments: [upstream] + names.dropFirst().prefix(1))) ?? 0)
            == 0
    }

    /// What upstream changed since the branch left it (`--stat`).
    func printStat(_ request: Request, _ settings: RebaseSettings) throws {
        let configured = try repository.config.bool("rebase.stat") ?? false
        let isWanted = arguments.has("n") ? false : arguments.flag("stat") ?? (configured || settings.isVerbose)
        guard isWanted, !settings.isQuiet else { return }
        var finder = MergeBases(repository)
        let bases = try finder.bases(of: request.onto, [request.head])
        let base = bases.count == 1 ? bases[0] : nil
        if settings.isVerbose {
            context.output.line(base.map { "Changes from \($0) to \(request.onto):" } ?? "Changes to \(request.onto):")
        }
        try history.printChanges(from: base, to: request.onto, formats: [.stat, .summary])
        context.output.flush()
    }

    /// Uncommitted changes stop a rebase, or are put aside.
    func checkClean() throws -> ObjectID? {
        for path in try context.index().conflictedPaths { context.output.line("\(path): needs merge") }
        context.output.flush()
        let (hasUnstaged, hasStaged) = try changes()
        guard hasUnstaged || hasStaged else { return nil }
        if try arguments.flag("autostash") ?? repository.config.bool("rebase.autostash") ?? false {
            let stash = StashOperation(Arguments(), context, repository)
            if let commit = try stash.makeAutomatic() {
                context.output.line("Created autostash: \(history.short(commit))")
                return commit
            }
            guard try !context.index().conflictedPaths.isEmpty else { return nil }
        }
        sayUnclean(hasUnstaged: hasUnstaged, hasStaged: hasStaged)
        throw CommandError(.error, "Please commit or stash them.")
    }

    func sayUnclean(hasUnstaged: Bool, hasStaged: Bool) {
        guard hasUnstaged else {
            context.errors.line("error: cannot rebase: Your index contains uncommitted changes.")
            return
        }
        context.errors.line("error: cannot rebase: You have unstaged changes.")
        if hasStaged { context.errors.line("error: additionally, your index contains uncommitted changes.") }
    }

    /// Whether files differ from the index, and the index from HEAD.
    func changes() throws -> (unstaged: Bool, staged: Bool) {
        let worktree = try context.worktree()
        let index = try context.index()
        let comparison = IndexComparison(repository: repository, index: index, worktree: worktree, pathspec: .all)
        return (
            try !comparison.files().isEmpty,
            try !comparison.tree(try history.tree(try history.head())).isEmpty
        )
    }

    func restoreStash(_ stash: ObjectID?) throws {
        guard let stash else { return }
        let operation = StashOperation(Arguments(), context, repository)
        if try operation.applyQuietly(stash) {
            context.output.flush()
            context.errors.line("Applied autostash.")
        } else {
            try operation.keep(stash, "autostash")
            context.output.flush()
            context.errors.write(
                "Applying autostash resulted in conflicts.\nYour changes are safe in the stash.\n"
                    + "You can run \"git stash pop\" or \"git stash drop\" at any time.\n")
        }
    }
}

extension RefName {
    /// A branch's name without `refs/heads/`.
    var withoutHeads: String { string.hasPrefix("refs/heads/") ? String(string.dropFirst(11)) : string }
}
