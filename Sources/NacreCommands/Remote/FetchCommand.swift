internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitTransport
internal import NacreExperiments
internal import SystemPackage

struct FetchCommand: Command {
    static let name = "fetch"
    static let summary = "download objects and refs from another repository"
    static let usage = [
        "[<options>] [<repository> [<refspec>...]]", "[<options>] <group>",
        "--multiple [<options>] [(<repository> | <group>)...]", "--all [<options>]",
    ]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "be more verbose"),
        .flag("quiet", "q", "be more quiet"),
        .flag("all", "fetch from all remotes"),
        .flag("append", "a", "append to .git/FETCH_HEAD instead of overwriting"),
        .flag("atomic", "use atomic transaction to update references"),
        .value("upload-pack", "path", "path to upload pack on remote end"),
        .flag("force", "f", "force overwrite of local reference"),
        .flag("multiple", "m", "fetch from multiple remotes"),
        .flag("tags", "t", "fetch all tags and associated objects"),
        .shortFlag("n", "do not fetch all tags (--no-tags)"),
        .flag("prune", "p", "prune remote-tracking branches no longer on remote"),
        .flag("prune-tags", "P", "prune local tags no longer on remote and clobber changed tags"),
        .flag("dry-run", "dry run"),
        .flag("write-fetch-head", "write fetched references to the FETCH_HEAD file"),
        .flag("keep", "k", "keep downloaded pack"),
        .flag("update-head-ok", "u", "allow updating of HEAD ref"),
        .flag("progress", "force progress reporting"),
        .value("depth", "depth", "deepen history of shallow clone"),
        .value("shallow-since", "time", "deepen history of shallow repository based on time"),
        .value("shallow-exclude", "revision", "deepen history of shallow clone, excluding rev"),
        .value("deepen", "n", "deepen history of shallow clone"),
        .flag("unshallow", negatable: false, "convert to a complete repository"),
        .value("filter", "args", "object filtering"),
        .value("refmap", "refmap", "specify fetch refmap"),
        .value("negotiation-tip", "revision", "report that we have only objects reachable from this object"),
        .flag("negotiate-only", "do not fetch a packfile; instead, print ancestors of negotiation tips"),
        .optional("recurse-submodules", "on-demand", "control recursive fetching of submodules"),
        .flag("set-upstream", "set upstream for git pull/fetch"),
        .value("jobs", "j", "n", "number of remotes fetched from in parallel"),
        .flag("stdin", "accept refspecs from stdin"),
        .flag("auto-maintenance", aliases: ["auto-gc"], "run 'maintenance --auto' after fetching"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let operands = arguments.texts
        if arguments.isOn("negotiate-only") {
            if !arguments.has("negotiation-tip") {
                throw CommandError.fatal("--negotiate-only needs one or more --negotiation-tip=*")
            }
            let names = arguments.isOn("all") ? Remote.names(repository.config) : []
            if names.count == 1 { return try negotiate(Remote(names[0], repository.config), arguments, context) }
            if arguments.isOn("all") || arguments.isOn("multiple") {
                throw CommandError.fatal("must supply remote when using --negotiate-only")
            }
        }
        if arguments.isOn("all") {
            guard operands.isEmpty else {
                throw CommandError.fatal(
                    operands.count == 1
                        ? "fetch --all does not take a repository argument"
                        : "fetch --all does not make sense with refspecs")
            }
            let names = try Remote.names(repository.config).filter {
                try !Remote($0, repository.config).skipsFetchAll
            }
            return try fetch(from: names, arguments, context)
        }
        if arguments.isOn("multiple") {
            return try fetch(from: RemoteGroup.names(operands, repository), arguments, context)
        }
        if operands.count == 1, let group = try RemoteGroup.members(of: operands[0], repository.config) {
            return try fetch(from: group, arguments, context)
        }
        let name = try operands.first ?? repository.fetchRemote()
        let remote = try Remote(name, repository.config)
        if operands.isEmpty && !remote.isConfigured {
            throw CommandError.fatal(
                "No remote repository specified.  Please, specify either a URL or a\n"
                    + "remote name from which new revisions should be fetched.")
        }
        if arguments.isOn("negotiate-only") { return try negotiate(remote, arguments, context) }
        var options = try FetchArguments.options(arguments, repository, context)
        let given = Array(operands.dropFirst()) + (arguments.isOn("stdin") ? try FetchArguments.standardInput() : [])
        options.refspecs = try FetchArguments.refspecs(given)
        if options.refmap != nil && options.refspecs.isEmpty {
            throw CommandError.fatal("--refmap option is only meaningful with command-line refspec(s)")
        }
        if options.refspecs.isEmpty { options.mergeRefs = try repository.mergeRefs(of: remote) }
        let code = try fetch(remote, options, arguments, context)
        if arguments.flag("auto-maintenance") ?? true, !options.isDryRun {
            context.maintainAutomatically(quiet: arguments.isOn("quiet"))
        }
        return code
    }

    private static func fetch(from names: [String], _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        var result = ExitCode.success
        let jobs = try FetchArguments.jobs(arguments, repository)
        if jobs > 1 && names.count > 1 {
            return try ParallelFetch(arguments, context, jobs: jobs).run(names)
        }
        for (index, name) in names.enumerated() {
            if names.count > 1 && !arguments.isOn("quiet") { context.output.line("Fetching \(name)") }
            context.output.flush()
            var options = try FetchArguments.options(arguments, repository, context)
            options.appends = options.appends || index > 0
            do {
                let code = try fetch(Remote(name, repository.config), options, arguments, context)
                if code != .success { result = code }
            } catch {
                context.errors.line("fatal: \(error)")
                context.errors.line("error: could not fetch \(name)")
                result = .failure
            }
        }
        if arguments.flag("auto-maintenance") ?? true { context.maintainAutomatically(quiet: arguments.isOn("quiet")) }
        return result
    }

    /// Fetches from one remote and shows what became of the refs.
    static func fetch(
        _ remote: Remote, _ options: FetchOptions, _ arguments: Arguments, _ context: Context
    ) throws -> ExitCode {
        let repository = try context.repository()
        var remote = remote
        if arguments.isOn("prune-tags") { remote.prunesTags = true }
        var access = try context.remoteAccess()
        if let program = arguments.text("upload-pack") { access.ssh.uploadPack = program }
        var operation = FetchOperation(repository, from: remote, options, access)
        let messages = context.serverMessages()
        operation.progress = { messages.take($0) }
        if context.showsProgress(arguments) {
            let progress = TransferProgress(context.errors)
            operation.receiving = { progress.receiving($0) }
        }
        let recursion = try submoduleRecursion(arguments, repository)
        let before = recursion == .onDemand ? try repository.refs.list().compactMap { $0.peeled ?? $0.id } : []
        let report = try operation.run()
        messages.finish()
        if !options.isDryRun { try FetchedNotes(repository, access.committer).merge(report.updated) }
        if !arguments.isOn("quiet") { FetchDisplay.show(report, isVerbose: arguments.isOn("verbose"), context) }
        if arguments.isOn("set-upstream") { try setUpstream(report, remote, repository, context) }
        if report.hasConflict {
            context.errors.line(
                "error: some local refs could not be updated; try running\n"
                    + " 'git remote prune \(remote.name)' to remove any old, conflicting branches")
        }
        guard recursion != .none else { return report.hasFailures ? .failure : .success }
        let areFetched = try RecordedSubmodules(arguments, context).fetch(recursion, arguments, since: before)
        return report.hasFailures || !areFetched ? .failure : .success
    }

    private static func submoduleRecursion(
        _ arguments: Arguments, _ repository: Repository
    ) throws -> SubmoduleRecursion {
        let recursion = try SubmoduleRecursion.fetch(arguments, repository.config)
        return RecordedSubmodules.isNeeded(repository) ? recursion : .none
    }

    /// Prints what the server has of the history behind the tips, and fetches nothing.
    private static func negotiate(_ remote: Remote, _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        var access = try context.remoteAccess()
        if let program = arguments.text("upload-pack") { access.ssh.uploadPack = program }
        let connection = try access.connect(to: remote.urls[0], repository.config, remote: remote)
        defer { connection.close() }
        let client = try FetchClient(connection, agent: Context.agent, version: access.version(repository.config))
        guard client.advertisement.version == .v2 else {
            context.errors.line("warning: --negotiate-only requires protocol v2")
            return ExitCode(255)
        }
        guard client.supports("wait-for-done") else {
            context.errors.line("warning: server does not support wait-for-done")
            return ExitCode(255)
        }
        let options = try FetchArguments.options(arguments, repository, context)
        var negotiator = HaveNegotiator(repository.objects, cut: repository.shallowCommits)
        for tip in options.negotiationTips ?? [] { try negotiator.addTip(tip) }
        for id in try client.negotiate(&negotiator) { context.output.line(id.hex) }
        return .success
    }

    /// Makes the one branch that stands in `FETCH_HEAD` alone the upstream of the current one.
    private static func setUpstream(
        _ report: FetchReport, _ remote: Remote, _ repository: Repository, _ context: Context
    ) throws {
        func warn(_ text: String) { context.errors.line("warning: \(text)") }
        guard report.unstored.count <= 1 else {
            return warn("multiple branches detected, incompatible with --set-upstream")
        }
        guard let source = report.unstored.first else {
            return warn(
                "no source branch found;\nyou need to specify exactly one branch with the --set-upstream option")
        }
        guard let branch = repository.currentBranch else {
            let short = source.dropping("refs/heads/") ?? source.string
            return warn(
                "could not set upstream of HEAD to '\(short)' from '\(remote.name)' when it does not point to any branch."
            )
        }
        if source.isRemote { return warn("not setting upstream for a remote remote-tracking branch") }
        if source.isTag { return warn("not setting upstream for a remote tag") }
        guard source == .head || source.isBranch else { return warn("unknown branch type") }
        try ConfigFile.edit(repository.commonDirectory.appending("config")) { file throws(ConfigError) in
            try file.set("branch.\(branch).remote", to: remote.name)
            try file.set("branch.\(branch).merge", to: source.string)
        }
    }
}

/// The lines that a fetch prints.
enum FetchDisplay {
    static func show(_ report: FetchReport, isVerbose: Bool, _ context: Context) {
        let shown = report.changes.filter { isVerbose || $0.flag != "=" }
        guard !shown.isEmpty else { return }
        context.errors.line("From \(report.url)")
        for change in shown { context.errors.line(line(change, report)) }
    }

    static func line(_ change: RefChange, _ report: FetchReport) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let note = change.note.map { "  (\($0))" } ?? ""
        return " \(change.flag) \(padded(change.summary, report.summaryWidth)) "
            + "\(padded(change.from, report.nameWidth)) -> \(change.to)\(note)"
    }
}
