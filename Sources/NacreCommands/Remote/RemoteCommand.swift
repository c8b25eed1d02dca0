internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitTransport
internal import SystemPackage

struct RemoteCommand: Command {
    static let name = "remote"
    static let summary = "manage set of tracked repositories"
    static let usage = [
        "[-v | --verbose]", "add [-t <branch>] [-m <master>] [-f] [--[no-]tags] [--mirror=<fetch|push>] <name> <url>",
        "rename <old> <new>", "remove <name>", "[-v | --verbose] show [-n] <name>",
        "set-head <name> (-a | --auto | -d | --delete | <branch>)",
        "prune [-n | --dry-run] <name>", "update [-p | --prune] [(<group> | <remote>)...]",
        "set-branches [--add] <name> <branch>...", "get-url [--push] [--all] <name>",
        "set-url [--push] <name> <newurl> [<oldurl>]", "set-url --add <name> <newurl>",
        "set-url --delete <name> <url>",
    ]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "be verbose; must be placed before a subcommand"),
        .value("track", "t", "branch", "branch(es) to track"),
        .value("master", "m", "branch", "master branch"),
        .flag("fetch", "f", "fetch the remote branches"),
        .flag(
            "tags", "import all tags and associated objects when fetching or do not fetch any tag at all (--no-tags)"),
        .optional("mirror", "(push|fetch)", "set up remote as a mirror to push to or fetch from"),
        .flag("auto", "a", "set refs/remotes/<name>/HEAD according to remote"),
        .flag("delete", "d", "delete refs/remotes/<name>/HEAD, or URLs"),
        .flag("dry-run", "n", "dry run"),
        .flag("prune", "p", "prune remotes after fetching"),
        .flag("push", "manipulate push URLs"),
        .flag("all", "return all URLs"),
        .flag("add", "add URL or branch"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let words = arguments.texts
        let edit = RemoteEdit(repository, arguments, context)
        guard let verb = words.first else { return try list(repository, arguments, context) }
        let operands = Array(words.dropFirst())
        switch (verb, operands.count) {
        case ("add", 2): return try edit.add(operands[0], operands[1])
        case ("rename", 2): return try edit.rename(operands[0], operands[1])
        case ("remove", 1), ("rm", 1): return try edit.remove(operands[0])
        case ("get-url", 1): return try urls(operands[0], repository, arguments, context)
        case ("set-url", 2...3): return try edit.setURL(operands)
        case ("set-branches", 2...): return try edit.setBranches(operands[0], Array(operands.dropFirst()))
        case ("set-head", 1...2): return try edit.setHead(operands[0], operands.count > 1 ? operands[1] : nil)
        case ("prune", 1...): return try prune(operands, repository, arguments, context)
        case ("update", _): return try update(operands, arguments, context)
        case ("show", 0): return try list(repository, arguments, context)
        case ("show", _):
            for name in operands {
                try RemoteShow(name, repository, isQueried: !arguments.isOn("dry-run"), context).print()
            }
            return .success
        default: throw CommandError.usage("")
        }
    }

    private static func list(_ repository: Repository, _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        for name in Remote.names(repository.config) {
            guard arguments.isOn("verbose") else {
                context.output.line(name)
                continue
            }
            let remote = try Remote(name, repository.config)
            let filter = remote.filter.map { " [\($0)]" } ?? ""
            context.output.line("\(name)\t\(remote.urls[0]) (fetch)\(filter)")
            for url in remote.pushURLs { context.output.line("\(name)\t\(url) (push)") }
        }
        return .success
    }

    private static func urls(
        _ name: String, _ repository: Repository, _ arguments: Arguments, _ context: Context
    ) throws -> ExitCode {
        let remote = try known(name, repository)
        let urls = arguments.isOn("push") ? remote.pushURLs : remote.urls
        for url in arguments.isOn("all") ? urls[...] : urls.prefix(1) { context.output.line(url) }
        return .success
    }

    /// A remote that the configuration has.
    static func known(_ name: String, _ repository: Repository) throws -> Remote {
        let remote = try Remote(name, repository.config)
        guard remote.isConfigured else {
            throw CommandError(.error, "No such remote '\(name)'", exitCode: ExitCode(2))
        }
        return remote
    }

    private static func prune(
        _ names: [String], _ repository: Repository, _ arguments: Arguments, _ context: Context
    ) throws -> ExitCode {
        for name in names {
            let remote = try known(name, repository)
            let access = try context.remoteAccess()
            let connection = try access.connect(to: remote.urls[0], repository.config, remote: remote)
            defer { connection.close() }
            let client = try FetchClient(connection, agent: Context.agent, version: access.version(repository.config))
            let there = Set(try client.refs().map(\.name))
            var isFirst = true
            for ref in try repository.refs.list() {
                if case .symbolic = ref.target { continue }
                let sources = remote.fetchSpecs.compactMap { $0.source(for: ref.name) }
                guard !sources.isEmpty, !sources.contains(where: { there.contains($0.bytes) }) else { continue }
                if isFirst {
                    context.output.line("Pruning \(name)")
                    context.output.line("URL: \(remote.urls[0])")
                    isFirst = false
                }
                let isDryRun = arguments.isOn("dry-run")
                if !isDryRun {
                    var transaction = repository.refs.beginTransaction()
                    transaction.delete(ref.name, message: "remote: prune")
                    try transaction.commit(committer: access.committer)
                }
                context.output.line(" * [\(isDryRun ? "would prune" : "pruned")] \(ref.name.shortened)")
            }
        }
        return .success
    }

    private static func update(_ names: [String], _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        var code = ExitCode.success
        var all = try names.flatMap { try RemoteGroup.members(of: $0, repository.config) ?? [$0] }
        if names.isEmpty {
            all =
                try RemoteGroup.members(of: "default", repository.config)
                ?? Remote.names(repository.config).filter { try !Remote($0, repository.config).skipsFetchAll }
        }
        let passes =
            arguments.isOn("verbose") ? try ArgumentParser.parse([Array("-v".utf8)], options: options) : Arguments()
        for name in all {
            if all.count > 1 { context.output.line("Fetching \(name)") }
            context.output.flush()
            var settings = FetchOptions()
            settings.action = context.reflogAction ?? "remote update"
            settings.prunes = arguments.flag("prune")
            settings.isQuiet = true
            settings.appends = name != all.first
            let remote = try known(name, repository)
            settings.mergeRefs = try repository.mergeRefs(of: remote)
            let result = try FetchCommand.fetch(remote, settings, passes, context)
            if result != .success { code = result }
        }
        return code
    }
}
