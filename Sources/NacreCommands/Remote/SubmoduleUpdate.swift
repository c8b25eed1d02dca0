internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitTransport
internal import Synchronization
internal import SystemPackage

/// How a submodule is brought to the commit that is wanted.
enum SubmoduleStrategy: Hashable {
    case checkout, rebase, merge, skip
    case command(String)

    init?(_ text: String) {
        switch text {
        case "checkout": self = .checkout
        case "rebase": self = .rebase
        case "merge": self = .merge
        case "none": self = .skip
        default:
            guard text.hasPrefix("!") else { return nil }
            self = .command(String(text.dropFirst()))
        }
    }
}

/// `submodule update`: clones what is missing, and brings every submodule to the commit that is wanted.
struct SubmoduleUpdate {
    private let table: SubmoduleTable
    private var context: Context { table.context }
    private var arguments: Arguments { table.arguments }

    init(_ table: SubmoduleTable) { self.table = table }

    func run() throws -> ExitCode {
        let entries = try table.selected()
        if arguments.isOn("init") {
            let wanted = try arguments.operands.isEmpty ? activeOrAll(entries) : entries
            _ = try SubmoduleEdit(table).initialize(wanted)
        }
        var work: [(entry: SubmoduleTable.Entry, name: String, isNew: Bool)] = []
        var failed = false
        for entry in entries {
            if entry.isUnmerged {
                context.errors.line("Skipping unmerged submodule \(table.shown(entry.path))")
                continue
            }
            guard let name = table.name(entry.path) else { continue }
            if try strategy(name, isNew: false) == .skip {
                say("Skipping submodule '\(table.shown(entry.path))'")
                continue
            }
            guard try table.isActive(entry.path) else {
                guard !arguments.operands.isEmpty else { continue }
                say(
                    "Submodule path '\(table.shown(entry.path))' not initialized\nMaybe you want to use 'update --init'?"
                )
                continue
            }
            let isNew = try table.opened(entry.path) == nil
            work.append((entry, name, isNew))
        }
        let jobs = try arguments.integer("jobs") ?? table.config().int("submodule.fetchjobs") ?? 1
        let missing = work.filter { $0.isNew }.map { ($0.entry.path, $0.name) }
        try SubmoduleClones(table).run(missing, jobs: jobs == 0 ? Workers.processorCount : max(1, jobs))
        for (entry, name, isNew) in work {
            if try !update(entry, name, isNew: isNew) { failed = true }
        }
        return failed ? .failure : .success
    }

    private func say(_ text: String) {
        if !table.isQuiet { context.errors.line(text) }
    }

    private func activeOrAll(_ entries: [SubmoduleTable.Entry]) throws -> [SubmoduleTable.Entry] {
        guard try table.config().isSet("submodule.active") else { return entries }
        return try entries.filter { try table.isActive($0.path) }
    }

    private func strategy(_ name: String, isNew: Bool) throws -> SubmoduleStrategy {
        let given: SubmoduleStrategy? =
            arguments.isOn("checkout")
            ? .checkout : arguments.isOn("merge") ? .merge : arguments.isOn("rebase") ? .rebase : nil
        var result = given
        if result == nil, let text = try table.config().string("submodule.\(name).update") {
            guard let configured = SubmoduleStrategy(text) else {
                throw CommandError.fatal("Invalid update mode '\(text)' configured for submodule path '\(name)'")
            }
            result = configured
        }
        if result == nil, let text = table.modules.string("submodule.\(name).update") {
            // A command may come from the user's own settings only.
            guard let suggested = SubmoduleStrategy(text), !text.hasPrefix("!") else {
                throw CommandError.fatal("invalid value for 'submodule.\(name).update'")
            }
            result = suggested
        }
        if isNew, result == .merge || result == .rebase { return .checkout }
        return result ?? .checkout
    }

    /// Brings one submodule to its commit; false where that failed and others may go on.
    private func update(_ entry: SubmoduleTable.Entry, _ name: String, isNew: Bool) throws -> Bool {
        guard let inner = try table.opened(entry.path) else { return false }
        let place = table.directory(entry.path)
        let shown = table.shown(entry.path)
        let strategy = try strategy(name, isNew: isNew)
        let fetches = !arguments.isOn("N") && arguments.flag("fetch") != false
        var wanted = entry.id
        if arguments.isOn("remote") {
            let branch = try trackedBranch(name, inner)
            let remote = try inner.fetchRemote()
            if fetches, try !table.program.run(["fetch"] + (table.isQuiet ? ["--quiet"] : []), in: place).isSuccess {
                throw CommandError.fatal("Unable to fetch in submodule path '\(entry.path)'")
            }
            guard let tip = try inner.refs.resolve(RefName("refs/remotes/\(remote)/\(branch)")) else {
                throw CommandError.fatal("Unable to find \(remote)/\(branch) revision in submodule path '\(shown)'")
            }
            wanted = tip
        }
        let head = isNew ? nil : try inner.refs.resolve(.head)
        if head != wanted || arguments.isOn("force") {
            if fetches, !arguments.isOn("remote") { try require(wanted, shown, inner, place) }
            guard try apply(strategy, wanted, shown, place, isNew: isNew) else { return false }
        }
        guard arguments.isOn("recursive") else { return true }
        var words = ["submodule", "update", "--recursive", "--super-prefix=\(shown)/"]
        for option in [
            "quiet", "init", "force", "remote", "checkout", "merge", "rebase", "recommend-shallow", "require-init",
        ]
        where arguments.isOn(option) { words.append("--\(option)") }
        if !fetches { words.append("--no-fetch") }
        for option in ["depth", "jobs", "reference"] {
            if let value = arguments.text(option) { words.append("--\(option)=\(value)") }
        }
        context.output.flush()
        guard try table.program.run(words, in: place).isSuccess else {
            context.errors.line("fatal: Failed to recurse into submodule path '\(shown)'")
            throw CommandError(.silent, "", exitCode: .failure)
        }
        return true
    }

    private func trackedBranch(_ name: String, _ inner: Repository) throws -> String {
        let branch =
            try table.config().string("submodule.\(name).branch") ?? table.modules.string("submodule.\(name).branch")
        guard let branch else {
            // The remote's own HEAD says which one.
            let remote = try inner.fetchRemote()
            if case .symbolic(let target)? = try inner.refs.read(RefName("refs/remotes/\(remote)/HEAD")),
                let short = target.dropping("refs/remotes/\(remote)/")
            {
                return short
            }
            return "master"
        }
        guard branch == "." else { return branch }
        guard let current = table.repository.currentBranch else {
            throw CommandError.fatal(
                "Submodule (\(name)) branch configured to inherit branch from superproject, "
                    + "but the superproject is not on any branch")
        }
        return current
    }

    private func require(_ id: ObjectID, _ shown: String, _ inner: Repository, _ place: FilePath) throws {
        if isComplete(id, inner) { return }
        var words = ["fetch"] + (table.isQuiet ? ["--quiet"] : [])
        if let depth = arguments.text("depth") { words.append("--depth=\(depth)") }
        if try !table.program.run(words, in: place).isSuccess {
            context.errors.line("Unable to fetch in submodule path '\(shown)'; trying to directly fetch \(id.hex):")
        }
        if isComplete(id, inner) { return }
        let remote = try inner.fetchRemote()
        guard try table.program.run(words + [remote, id.hex], in: place).isSuccess else {
            throw CommandError.fatal(
                "Fetched in submodule path '\(shown)', but it did not contain \(id.hex). "
                    + "Direct fetching of that commit failed.")
        }
    }

    private func isComplete(_ id: ObjectID, _ inner: Repository) -> Bool { inner.objects.contains(id) }

    private func apply(
        _ strategy: SubmoduleStrategy, _ id: ObjectID, _ shown: String, _ place: FilePath, isNew: Bool
    ) throws -> Bool {
        let words: [String]
        let done: String
        let failure: String
        switch strategy {
        case .checkout:
            words = ["checkout", "-q"] + (arguments.isOn("force") || isNew ? ["-f"] : []) + [id.hex]
            (done, failure) = ("checked out '\(id.hex)'", "Unable to checkout '\(id.hex)' in submodule path '\(shown)'")
        case .rebase:
            words = ["rebase"] + (table.isQuiet ? ["--quiet"] : []) + [id.hex]
            (done, failure) = ("rebased into '\(id.hex)'", "Unable to rebase '\(id.hex)' in submodule path '\(shown)'")
        case .merge:
            words = ["merge"] + (table.isQuiet ? ["--quiet"] : []) + [id.hex]
            (done, failure) = ("merged in '\(id.hex)'", "Unable to merge '\(id.hex)' in submodule path '\(shown)'")
        case .command(let command):
            context.output.flush()
            guard try table.program.shell(command + " " + id.hex, [], in: place, []).isSuccess else {
                throw CommandError.fatal("Execution of '\(command) \(id.hex)' failed in submodule path '\(shown)'")
            }
            if !table.isQuiet { context.output.line("Submodule path '\(shown)': '\(command) \(id.hex)'") }
            return true
        case .skip: return true
        }
        context.output.flush()
        guard try table.program.run(words, in: place).isSuccess else {
            if strategy != .checkout { throw CommandError.fatal(failure) }
            context.errors.line("fatal: \(failure)")
            return false
        }
        if !table.isQuiet { context.output.line("Submodule path '\(shown)': \(done)") }
        return true
    }
}

/// Clones of submodules that are not there yet.
struct SubmoduleClones {
    private let table: SubmoduleTable

    init(_ table: SubmoduleTable) { self.table = table }

    /// One clone that is to be made.
    private struct Plan {
        let url: String
        let place: FilePath
        let storage: FilePath
        /// What the program is told; nil where a repository is kept already.
        let words: [String]?
    }

    /// Clones submodules, up to so many at a time.
    func run(_ missing: [(path: String, name: String)], jobs: Int) throws {
        let config = try table.config()
        let plans = try missing.map { path, name in
            guard
                let url = try config.string("submodule.\(name).url")
                    ?? table.modules.string("submodule.\(name).url")
                    .map({ try table.resolved($0) })
            else { throw CommandError.fatal("cannot clone submodule '\(name)' without a URL") }
            let isShallow =
                try table.arguments.flag("recommend-shallow") != false
                && table.modules.bool("submodule.\(name).shallow") == true
            return try plan(url, path, name, depth: table.arguments.text("depth") ?? (isShallow ? "1" : nil), config)
        }
        table.context.output.flush()
        guard jobs > 1 else {
            for plan in plans { try make(plan) }
            return
        }
        let results = Mutex<[Int: ChildProcess.Result]>([:])
        let (program, workTree) = (table.program, table.workTree)
        let requests = plans.map(\.words)
        Workers.forEach(plans.count, workers: jobs) { (_, index) throws(Never) in
            guard let words = requests[index] else { return }
            guard let result = try? program.capture(words, in: workTree, errors: true) else { return }
            results.withLock { $0[index] = result }
        }
        for (index, plan) in plans.enumerated() {
            if plan.words != nil {
                let result = results.withLock { $0[index] }
                table.context.errors.write(result?.error ?? [])
                guard result?.status.isSuccess == true else { throw failure(plan) }
            }
            try connect(plan.place, plan.storage)
        }
    }

    /// Clones one submodule, or connects it with a repository that is kept for it already.
    func clone(_ url: String, _ path: String, _ name: String, depth: String?, _ config: Config) throws {
        table.context.output.flush()
        try make(plan(url, path, name, depth: depth, config))
    }

    private func failure(_ plan: Plan) -> CommandError {
        .fatal("clone of '\(plan.url)' into submodule path '\(plan.place)' failed")
    }

    private func make(_ plan: Plan) throws {
        if let words = plan.words {
            guard try table.program.run(words, in: table.workTree).isSuccess else { throw failure(plan) }
        }
        try connect(plan.place, plan.storage)
    }

    private func plan(
        _ url: String, _ path: String, _ name: String, depth: String?, _ config: Config
    ) throws -> Plan {
        let place = table.directory(path)
        let storage = table.storage(name)
        guard try FileStatus.of(storage.appending("HEAD")) == nil else {
            return Plan(url: url, place: place, storage: storage, words: nil)
        }
        try checkAllowed(url, path, config)
        if table.arguments.isOn("require-init"), let entries = try Files.list(place), !entries.isEmpty {
            throw CommandError.fatal("directory not empty: '\(place)'")
        }
        try Files.makeDirectory(storage.removingLastComponent())
        var words = ["clone", "--no-checkout", "--separate-git-dir=\(storage)"]
        if table.isQuiet { words.append("--quiet") }
        if let depth { words.append("--depth=\(depth)") }
        for reference in table.arguments.allTexts("reference") { words.append("--reference=\(reference)") }
        if let isSingle = table.arguments.flag("single-branch") {
            words.append(isSingle ? "--single-branch" : "--no-single-branch")
        }
        return Plan(url: url, place: place, storage: storage, words: words + ["--", url, place.string])
    }

    /// What others wrote into `.gitmodules` must not read this machine's own repositories.
    private func checkAllowed(_ url: String, _ path: String, _ config: Config) throws {
        let address = RemoteURL(url)
        let allowed = config.string("protocol.\(address.protocolName).allow") ?? config.string("protocol.allow")
        let isDangerous: Bool
        switch address.scheme {
        case .local, .other: isDangerous = allowed != "always"
        default: isDangerous = allowed == "never"
        }
        guard isDangerous else { return }
        table.context.errors.line("fatal: transport '\(address.protocolName)' not allowed")
        throw CommandError.fatal("clone of '\(url)' into submodule path '\(table.directory(path))' failed")
    }

    /// Lets files and repository find each other, by relative paths, so that the whole can be moved.
    func connect(_ place: FilePath, _ storage: FilePath) throws {
        try Files.makeDirectory(place)
        try TemporaryFile.replace(
            place.appending(".git"), with: Array("gitdir: \(Self.relative(storage, from: place))\n".utf8),
            synchronizing: false)
        try ConfigFile.edit(storage.appending("config")) { file throws(ConfigError) in
            try file.set("core.worktree", to: Self.relative(place, from: storage))
        }
    }

    /// The way from one directory to another.
    static func relative(_ target: FilePath, from base: FilePath) -> String {
        let to = target.lexicallyNormalized().components.map(\.string)
        let from = base.lexicallyNormalized().components.map(\.string)
        var shared = 0
        while shared < min(to.count, from.count), to[shared] == from[shared] { shared += 1 }
        return (Array(repeating: "..", count: from.count - shared) + to[shared...]).joined(separator: "/")
    }
}
