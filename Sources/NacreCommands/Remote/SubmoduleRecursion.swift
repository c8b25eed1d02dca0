internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// How far a fetch or a push goes into submodules, from `--recurse-submodules` and the settings that stand for it.
enum SubmoduleRecursion: Equatable {
    case none
    /// All that are checked out (fetch), or those that have to go first (push).
    case all
    /// Those whose recorded commit is not there.
    case onDemand
    /// None, but a push stops where one would have to go first.
    case check

    /// What a fetch is asked for.
    static func fetch(_ arguments: Arguments, _ config: Config) throws -> SubmoduleRecursion {
        if let given = arguments.occurrences.last(where: { $0.name == "recurse-submodules" }) {
            return given.isNegated ? .none : try parse(given.text ?? "yes", "--recurse-submodules", isPush: false)
        }
        if let text = config.string("fetch.recursesubmodules") {
            return try parse(text, "fetch.recurseSubmodules", isPush: false)
        }
        if let isOn = try config.bool("submodule.recurse") { return isOn ? .all : .none }
        return .onDemand
    }

    /// What a push is asked for.
    static func push(_ arguments: Arguments, _ config: Config) throws -> SubmoduleRecursion {
        if let given = arguments.occurrences.last(where: { $0.name == "recurse-submodules" }) {
            guard !given.isNegated, let text = given.text else { return .none }
            return try parse(text, "recurse-submodules", isPush: true)
        }
        if let text = config.string("push.recursesubmodules") {
            return try parse(text, "push.recurseSubmodules", isPush: true)
        }
        return try config.bool("submodule.recurse") == true ? .onDemand : .none
    }

    private static func parse(_ text: String, _ option: String, isPush: Bool) throws -> SubmoduleRecursion {
        if text == "on-demand" { return .onDemand }
        if isPush, text == "check" { return .check }
        switch ConfigValue.bool(Array(text.utf8)) {
        case true? where !isPush: return .all
        case false?: return .none
        default: throw CommandError.fatal("bad \(option) argument: \(text)")
        }
    }
}

/// The submodules that commits of a repository record.
struct RecordedSubmodules {
    private let table: SubmoduleTable
    private let repository: Repository
    private let context: Context

    init(_ arguments: Arguments, _ context: Context) throws {
        table = try SubmoduleTable(arguments, context)
        repository = try context.repository()
        self.context = context
    }

    /// Whether there is anything to look at: a work tree with a `.gitmodules`.
    static func isNeeded(_ repository: Repository) -> Bool {
        guard let workTree = repository.workTree else { return false }
        return (try? FileStatus.of(workTree.appending(".gitmodules"))) ?? nil != nil
    }

    /// The commits of each submodule of the index that are recorded by what `tips` lead to and `known` do not.
    private func recorded(
        _ tips: [ObjectID], without known: [ObjectID]
    ) throws -> [(path: String, commits: [ObjectID])] {
        let entries = try table.selected([])
        guard !entries.isEmpty else { return [] }
        var options = ObjectWalk.Options()
        options.includesTrees = false
        options.allowsMissing = true
        options.shallow = repository.shallowCommits
        var commits: [ObjectID] = []
        var walk = ObjectWalk(repository.objects, options: options)
        let objects = repository.objects
        try walk.walk(
            include: tips.filter { objects.contains($0) }, exclude: known.filter { objects.contains($0) }
        ) { id, kind, _ in
            if kind == .commit { commits.append(id) }
        }
        let resolver = RevisionResolver(repository)
        return try entries.compactMap { entry in
            var found: Set<ObjectID> = []
            for commit in commits {
                let tree = try objects.links(commit).tree
                guard let link = try resolver.entry(GitPath(entry.path), in: tree), link.mode == .gitlink else {
                    continue
                }
                found.insert(link.id)
            }
            return found.isEmpty ? nil : (entry.path, found.sorted())
        }
    }

    // MARK: Fetching

    /// Fetches in the submodules that are checked out: in all, or where a commit that was recorded since is not there.
    ///
    /// - Returns: whether all of them went well.
    func fetch(_ mode: SubmoduleRecursion, _ arguments: Arguments, since before: [ObjectID]) throws -> Bool {
        let now = try repository.refs.list().compactMap { $0.peeled ?? $0.id }
        let recorded = try mode == .all ? [] : recorded(now, without: before)
        var isGood = true
        for entry in try table.selected([]) {
            guard try table.isActive(entry.path), let submodule = try table.opened(entry.path) else { continue }
            let name = table.name(entry.path) ?? entry.path
            var own = mode
            if arguments.occurrences.allSatisfy({ $0.name != "recurse-submodules" }) {
                let key = "submodule.\(name).fetchrecursesubmodules"
                switch repository.config.string(key) ?? table.modules.string(key) {
                case "on-demand": own = .onDemand
                case let text?: own = ConfigValue.bool(Array(text.utf8)) == true ? .all : .none
                case nil: break
                }
            }
            let needed = recorded.first { $0.path == entry.path }?.commits ?? []
            let isMissing = needed.contains { !submodule.objects.contains($0) }
            guard own == .all || (own == .onDemand && isMissing) else { continue }
            if !arguments.isOn("quiet") { context.errors.line("Fetching submodule \(table.shown(entry.path))") }
            if try !table.program.run(words(arguments, own), in: table.directory(entry.path)).isSuccess {
                isGood = false
            }
        }
        return isGood
    }

    private func words(_ arguments: Arguments, _ mode: SubmoduleRecursion) -> [String] {
        var words = ["fetch"]
        for flag in ["dry-run", "force", "keep", "update-head-ok", "quiet", "verbose"] where arguments.isOn(flag) {
            words.append("--\(flag)")
        }
        if let prune = arguments.flag("prune") { words.append(prune ? "--prune" : "--no-prune") }
        if let tags = arguments.flag("tags") { words.append(tags ? "--tags" : "--no-tags") }
        return words + ["--recurse-submodules=\(mode == .all ? "yes" : "on-demand")"]
    }

    // MARK: Pushing

    /// The submodules with commits that `tips` record and that no remote of theirs is known to have.
    private func unpushed(_ tips: [ObjectID], remote: String) throws -> [String] {
        let tracked = try repository.refs.list(prefix: "refs/remotes/\(remote)/").compactMap(\.id)
        return try recorded(tips, without: tracked).filter { path, commits in
            guard let submodule = try table.opened(path) else { return false }
            let remotes = try submodule.refs.list(prefix: "refs/remotes/").compactMap(\.id)
            guard !remotes.isEmpty, commits.allSatisfy({ submodule.objects.contains($0) }) else { return false }
            var options = ObjectWalk.Options()
            options.includesTrees = false
            options.shallow = submodule.shallowCommits
            var walk = ObjectWalk(submodule.objects, options: options)
            var isMissing = false
            try walk.walk(include: commits, exclude: remotes) { _, _, _ in isMissing = true }
            return isMissing
        }.map(\.path)
    }

    /// Pushes the submodules that have to go first, or stops the push that needs them.
    func push(_ mode: SubmoduleRecursion, _ push: PendingPush, _ remote: Remote, _ arguments: Arguments) throws {
        let tips = push.refs.compactMap(\.item.id)
        let isDryRun = arguments.isOn("dry-run")
        if mode == .onDemand {
            for path in try unpushed(tips, remote: remote.name) {
                context.errors.line("Pushing submodule '\(path)'")
                var words = ["push", "--recurse-submodules=on-demand"]
                if isDryRun { words.append("--dry-run") }
                words += arguments.allTexts("push-option").map { "--push-option=\($0)" }
                if remote.isConfigured {
                    words.append(remote.name)
                    words += arguments.texts.dropFirst()
                }
                guard try table.program.run(words, in: table.directory(path)).isSuccess else {
                    context.errors.line("Unable to push submodule '\(path)'")
                    throw CommandError.fatal("failed to push all needed submodules")
                }
            }
            if isDryRun { return }
        }
        let left = try unpushed(tips, remote: remote.name)
        guard !left.isEmpty else { return }
        context.errors.line("The following submodule paths contain changes that can\nnot be found on any remote:")
        for path in left { context.errors.line("  \(path)") }
        context.errors.line(
            "\nPlease try\n\n\tgit push --recurse-submodules=on-demand\n\nor cd to the path and use\n\n\tgit push\n\n"
                + "to push them to a remote.\n")
        throw CommandError.fatal("Aborting.")
    }
}
