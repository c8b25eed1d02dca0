internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// One run of `pull`.
struct PullOperation {
    private let arguments: Arguments
    private let context: Context
    private let repository: Repository

    init(_ arguments: Arguments, _ context: Context, _ repository: Repository) {
        self.arguments = arguments
        self.context = context
        self.repository = repository
    }

    func run() throws -> ExitCode {
        var forward = try fastForward()
        let (mode, isUndecided) = try rebaseMode()
        var rebase = mode
        try checkState()
        let head = try repository.refs.resolve(.head)
        let autostash =
            try arguments.flag("autostash") ?? (rebase == .no ? nil : repository.config.bool("rebase.autostash"))
        if rebase != .no {
            if head == nil, try !context.index().entries.isEmpty {
                throw CommandError.fatal("Updating an unborn branch with changes added to the index.")
            }
            if autostash != true, head != nil { try requireClean() }
        }
        let forkPoint = rebase == .no ? nil : try forkPoint()
        let fetched = try fetch()
        guard fetched == .success else { return .failure }
        if arguments.isOn("dry-run") { return .success }
        guard let current = try followMovedHead(from: head) else { return .fatal }
        let targets = try FetchHead(repository).mergeable.map { try repository.objects.peel($0.id, to: .commit) }
        guard !targets.isEmpty else { return try refuse(isRebase: rebase != .no) }
        guard let head = current.head else {
            guard targets.count == 1 else {
                throw CommandError.fatal("Cannot merge multiple branches into empty head.")
            }
            return try start(at: targets[0])
        }
        if targets.count > 1 {
            if rebase != .no { throw CommandError.fatal("Cannot rebase onto multiple branches.") }
            if forward == .only { throw CommandError.fatal("Cannot fast-forward to multiple branches.") }
        }
        var bases = MergeBases(repository)
        let canForward = try targets.count == 1 && bases.isAncestor(head, of: targets[0])
        let isDivergent = try !canForward && !targets.allSatisfy { try bases.isAncestor($0, of: head) }
        if forward == .only {
            if isDivergent { throw CommandError.fatal("Not possible to fast-forward, aborting.") }
            rebase = .no
        }
        if forward == nil && isUndecided && isDivergent {
            advise()
            throw CommandError.fatal("Need to specify how to reconcile divergent branches.")
        }
        guard rebase != .no else { return try merge(forward, autostash) }
        if canForward {
            forward = .only
            return try merge(forward, autostash)
        }
        let upstream = try upstream(head, targets[0], forkPoint)
        return try self.rebase(rebase, onto: targets[0], upstream: upstream, autostash)
    }

    // MARK: What is asked for

    private enum Forward { case yes, no, only }

    private func fastForward() throws -> Forward? {
        if arguments.isOn("ff-only") { return .only }
        if let isOn = arguments.flag("ff") { return isOn ? .yes : .no }
        guard let text = repository.config.string("pull.ff") else { return nil }
        // A rebase that was asked for on the command line comes before a setting.
        if text == "only" { return try arguments.has("rebase") && rebaseMode().mode != .no ? .yes : .only }
        guard let isOn = ConfigValue.bool(Array(text.utf8)) else {
            throw CommandError.fatal("invalid value for 'pull.ff': '\(text)'")
        }
        return isOn ? .yes : .no
    }

    private func rebaseMode() throws -> (mode: PullRebase, isUndecided: Bool) {
        if let given = arguments.occurrences.last(where: { $0.name == "rebase" }) {
            if given.isNegated { return (.no, false) }
            guard let text = given.text else { return (.yes, false) }
            guard let mode = PullRebase(text) else {
                throw CommandError.usage("invalid value for '--rebase': '\(text)'")
            }
            return (mode, false)
        }
        let branch = repository.currentBranch.map { "branch.\($0).rebase" }
        for key in [branch, "pull.rebase"].compactMap({ $0 }) {
            guard let entry = repository.config.entry(key) else { continue }
            guard let text = repository.config.string(key) else { return (.yes, false) }
            guard let mode = PullRebase(text) else {
                throw CommandError.fatal("invalid value for '\(entry.key)': '\(text)'")
            }
            return (mode, false)
        }
        return (.no, true)
    }

    private func checkState() throws {
        let support = MergeSupport(context: context, repository: repository)
        try support.checkUnmerged(context.index(), "Pulling")
        guard try support.read("MERGE_HEAD") != nil else { return }
        context.errors.line("error: You have not concluded your merge (MERGE_HEAD exists).")
        if context.advises("resolveConflict") { context.hint("Please, commit your changes before merging.") }
        throw CommandError.fatal("Exiting because of unfinished merge.")
    }

    private func requireClean() throws {
        let comparison = IndexComparison(
            repository: repository, index: try context.index(), worktree: try context.worktree(), pathspec: .all)
        let hasUnstaged = try !comparison.files().isEmpty
        let tree = try repository.refs.resolve(.head).map { try repository.objects.peel($0, to: .tree) }
        let hasStaged = try !comparison.tree(tree).isEmpty
        guard hasUnstaged || hasStaged else { return }
        if hasUnstaged { context.errors.line("error: cannot pull with rebase: You have unstaged changes.") }
        if hasStaged {
            context.errors.line(
                hasUnstaged
                    ? "error: additionally, your index contains uncommitted changes."
                    : "error: cannot pull with rebase: Your index contains uncommitted changes.")
        }
        context.errors.line("error: please commit or stash them.")
        throw CommandError(.silent, "", exitCode: .fatal)
    }

    // MARK: Fetching

    private func fetch() throws -> ExitCode {
        var words: [[UInt8]] = [Array("--update-head-ok".utf8)]
        for given in arguments.occurrences {
            guard let option = FetchCommand.options.first(where: { $0.name == given.name }), given.name != "n" else {
                continue
            }
            var word = "--" + (given.isNegated ? "no-" : "") + option.name
            if let text = given.text { word += "=" + text }
            words.append(Array(word.utf8))
        }
        words += arguments.operands
        let fetch = try ArgumentParser.parse(words, options: FetchCommand.options)
        return try FetchCommand.run(fetch, context)
    }

    /// A refspec may have moved the branch that is checked out; the files follow then. Nil where they cannot.
    private func followMovedHead(from head: ObjectID?) throws -> (head: ObjectID?, Void)? {
        let now = try repository.refs.resolve(.head)
        guard let head, let now, head != now else { return (now, ()) }
        context.errors.line(
            "warning: fetch updated the current branch head.\nfast-forwarding your working tree from\ncommit \(head).")
        guard try moveFiles(from: head, to: now) else {
            throw CommandError.fatal(
                "Cannot fast-forward your working tree.\nAfter making sure that you saved anything precious from\n"
                    + "$ git diff \(head)\noutput, run\n$ git reset --hard\nto recover.")
        }
        return (now, ())
    }

    private func moveFiles(from old: ObjectID?, to new: ObjectID) throws -> Bool {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        var options = TreeSwitch.Options()
        options.verb = .merge
        options.keptDirectory = try context.prefix()
        let objects = repository.objects
        do {
            _ = try TreeSwitch.run(
                worktree, &session.index, from: try old.map { try objects.peel($0, to: .tree) },
                to: try objects.peel(new, to: .tree), options)
        } catch let refusal as TreeSwitchRefusal {
            context.output.flush()
            context.errors.write("\(refusal)")
            return false
        }
        try session.commit(worktree)
        return true
    }

    /// Where this branch left the one that it is rebased on, should that have been rewritten.
    private func forkPoint() throws -> ObjectID? {
        guard let branch = repository.currentBranch, let head = try repository.refs.resolve(.head) else { return nil }
        let operands = arguments.texts
        let remote = try Remote(try operands.first ?? repository.fetchRemote(), repository.config)
        guard operands.count <= 2 else { return nil }
        let source: String?
        if operands.count == 2 {
            source = (try? Refspec(operands[1], forPush: false))?.source
        } else if operands.isEmpty || repository.config.string("branch.\(branch).remote") == operands[0] {
            source = repository.config.string("branch.\(branch).merge")
        } else {
            source = nil
        }
        guard let source, let name = try? RefName(source.hasPrefix("refs/") ? source : "refs/heads/" + source),
            let tracking = remote.name == "." ? name : remote.trackingRef(for: name),
            try repository.refs.resolve(tracking) != nil
        else { return nil }
        return try MergeBaseCommand.forkPoint(tracking.string, head, repository, context.revisionResolver())
    }

    // MARK: Joining

    private func start(at target: ObjectID) throws -> ExitCode {
        guard try moveFiles(from: nil, to: target) else { return .failure }
        var transaction = repository.refs.beginTransaction()
        transaction.update(.head, to: target, expecting: .absent, message: "initial pull")
        try transaction.commit(committer: context.reflogIdentity())
        return .success
    }

    private func handOn(_ names: [String], _ words: inout [String], to options: [OptionSpec], for verb: String) throws {
        for given in arguments.occurrences where names.contains(given.name) {
            guard let option = options.first(where: { $0.name == given.name }) else {
                throw CommandError.fatal("option '--\(given.name)' cannot be used with \(verb)")
            }
            var word = (option.hasLong ? "--" : "-") + (given.isNegated ? "no-" : "") + option.name
            if let text = given.text { word += "=" + text }
            words.append(word)
        }
    }

    private func merge(_ forward: Forward?, _ autostash: Bool?) throws -> ExitCode {
        var words: [String] = []
        let names = [
            "quiet", "n", "stat", "squash", "commit", "edit", "strategy", "strategy-option",
            "allow-unrelated-histories",
        ]
        try handOn(names, &words, to: MergeCommand.options, for: "a merge")
        switch forward {
        case .yes: words.append("--ff")
        case .no: words.append("--no-ff")
        case .only: words.append("--ff-only")
        case nil: break
        }
        if let autostash { words.append(autostash ? "--autostash" : "--no-autostash") }
        words.append("FETCH_HEAD")
        return try MergeCommand.run(
            ArgumentParser.parse(words.map { Array($0.utf8) }, options: MergeCommand.options), context)
    }

    private func upstream(_ head: ObjectID, _ target: ObjectID, _ forkPoint: ObjectID?) throws -> ObjectID {
        guard let forkPoint else { return target }
        var bases = MergeBases(repository)
        let shared = try bases.bases(of: head, [target])
        let octopus = try shared.flatMap { try bases.bases(of: $0, [forkPoint]) }
        return octopus.contains(forkPoint) ? target : forkPoint
    }

    private func rebase(
        _ mode: PullRebase, onto target: ObjectID, upstream: ObjectID, _ autostash: Bool?
    ) throws -> ExitCode {
        var words: [String] = []
        try handOn(["quiet", "strategy-option"], &words, to: RebaseCommand.options, for: "a rebase")
        switch mode {
        case .interactive: words.append("--interactive")
        case .merges:
            guard RebaseCommand.options.contains(where: { $0.name == "rebase-merges" }) else {
                throw CommandError.fatal("a rebase cannot keep merges; use --rebase or --no-rebase")
            }
            words.append("--rebase-merges")
        case .yes, .no: break
        }
        if let autostash { words.append(autostash ? "--autostash" : "--no-autostash") }
        words += ["--onto", target.hex, upstream.hex]
        return try RebaseCommand.run(
            ArgumentParser.parse(words.map { Array($0.utf8) }, options: RebaseCommand.options), context)
    }

    // MARK: Words

    private func advise() {
        context.hint(
            "You have divergent branches and need to specify how to reconcile them.",
            "You can do so by running one of the following commands sometime before", "your next pull:", "",
            "  git config pull.rebase false  # merge", "  git config pull.rebase true   # rebase",
            "  git config pull.ff only       # fast-forward only", "",
            "You can replace \"git config\" with \"git config --global\" to set a default",
            "preference for all repositories. You can also pass --rebase, --no-rebase,",
            "or --ff-only on the command line to override the configured default per", "invocation.")
    }

    private func refuse(isRebase: Bool) throws -> ExitCode {
        let errors = context.errors
        let branch = repository.currentBranch
        let operands = arguments.texts
        let remote = branch.flatMap { repository.config.string("branch.\($0).remote") }
        let purpose = isRebase ? "rebase against" : "merge with"
        let merges = branch.map { repository.config.strings("branch.\($0).merge") } ?? []
        if operands.count > 1 {
            errors.line(
                isRebase
                    ? "There is no candidate for rebasing against among the refs that you just fetched."
                    : "There are no candidates for merging among the refs that you just fetched.")
            errors.line(
                "Generally this means that you provided a wildcard refspec which had no\nmatches on the remote end.")
        } else if let name = operands.first, branch != nil, remote != name {
            errors.line(
                "You asked to pull from the remote '\(name)', but did not specify\n"
                    + "a branch. Because this is not the default configured remote\n"
                    + "for your current branch, you must specify a branch on the command line.")
        } else if branch == nil || merges.isEmpty {
            errors.line(
                branch == nil
                    ? "You are not currently on a branch." : "There is no tracking information for the current branch.")
            errors.line("Please specify which branch you want to \(purpose).")
            errors.line("See git-pull(1) for details.\n\n    git pull <remote> <branch>\n")
            if let branch {
                let names = Remote.names(repository.config)
                let shown = names.count == 1 ? names[0] : "<remote>"
                errors.line(
                    "If you wish to set tracking information for this branch you can do so with:\n\n"
                        + "    git branch --set-upstream-to=\(shown)/<branch> \(branch)\n")
            }
        } else {
            errors.line(
                "Your configuration specifies to merge with the ref '\(merges[0])'\n"
                    + "from the remote, but no such ref was fetched.")
        }
        return .failure
    }
}
