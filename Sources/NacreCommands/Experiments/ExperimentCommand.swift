internal import GitObjects
internal import GitRefs
internal import GitStorage
internal import NacreExperiments

struct ExperimentCommand: Command {
    static let name = "experiment"
    static let aliases = ["exp"]
    static let summary = "list, compare, apply and share experiments"
    static let usage = [
        "list [--filter=<filter>] [--sort=<column>] [--columns=<names>] [--json | --csv | --markdown | --names]",
        "show [--json] <name>", "log <name>", "compare <name>...", "diff [--json] <name> [<name>]", "best [<metric>]",
        "apply [--force] <name>", "branch <name> <branch>", "rename <name> <new name>",
        "remove [--all-failed] [<name>...]",
        "push [--run-cache] <remote> [<name>...]", "pull <remote> [<name>...]", "(push | pull) --records <remote>",
        "running",
    ]
    static let options: [OptionSpec] = [
        .value("filter", "filter", "only what it accepts: metrics.accuracy > 0.9 AND params.lr = 0.1"),
        .value("sort", "column", "order by a metric, parameter, name or time"),
        .flag("ascending", "smallest first"),
        .flag("descending", "largest first"),
        .value("columns", "names", "show these columns only, separated by commas"),
        .value("max-count", "n", "number", "show no more than this"),
        .flag("json", "print JSON"),
        .flag("csv", "print CSV"),
        .flag("markdown", aliases: ["md"], "print a Markdown table"),
        .flag("names", "print names only"),
        .flag("all-failed", "remove every experiment whose run failed"),
        .flag("force", "f", "overwrite edits"),
        .flag("all", "a", "show what did not change too"),
        .flag("run-cache", "send the outputs of stages that the run cache keeps too"),
        .flag("records", "send or bring run records and attestations only"),
    ]
    static let details = [
        "'push' sends experiments with their records, joined with those that the remote has; with --run-cache also the outputs of "
            + "stages, so that somebody else's 'nacre run' takes them from there. 'pull' brings experiments, records and what the "
            + "remote's run cache knows; large files come when they are needed."
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let words = arguments.texts
        guard let subcommand = words.first else { throw CommandError.usage("need a subcommand") }
        let operands = Array(words.dropFirst())
        let workspace = try context.workspace()
        context.recoverRuns(workspace)
        switch subcommand {
        case "list", "ls": return try list(operands, arguments, workspace, context)
        case "compare": return try compare(operands, arguments, workspace, context)
        case "show": return try show(operands, arguments, workspace, context)
        case "log": return try log(operands, workspace, context)
        case "diff": return try diff(operands, arguments, workspace, context)
        case "best": return try best(operands, arguments, workspace, context)
        case "apply": return try apply(operands, arguments, workspace, context)
        case "branch": return try branch(operands, workspace, context)
        case "rename": return try rename(operands, workspace, context)
        case "remove", "rm": return try remove(operands, arguments, workspace, context)
        case "running": return try running(workspace, context)
        case "push", "pull": return try transfer(subcommand, operands, arguments, workspace, context)
        default: throw CommandError.usage("unknown subcommand: `\(subcommand)'")
        }
    }

    /// The experiment that a word names.
    static func find(_ name: String, _ workspace: Workspace) throws -> ObjectID {
        guard let id = try ExperimentStore(workspace).find(name) else { throw unknown(name) }
        return id
    }

    static func unknown(_ name: String) -> CommandError {
        .fatal("no experiment is named '\(name)' (see 'nacre experiment list')")
    }

    static func print(_ table: ExperimentTable, _ arguments: Arguments, _ workspace: Workspace, _ context: Context)
        throws
    {
        if arguments.isOn("json") {
            context.output.line(JSONWriter.string(table.json, style: .pretty))
        } else if arguments.isOn("csv") {
            context.output.write(table.csv)
        } else if arguments.isOn("names") {
            for experiment in table.experiments { context.output.line(experiment.name) }
        } else {
            context.output.write(
                try ExperimentDisplay.text(table, workspace, context, isMarkdown: arguments.isOn("markdown")))
        }
    }

    private static func list(
        _ operands: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        guard operands.isEmpty else { throw CommandError.usage("list takes no names; use compare") }
        var experiments = try ExperimentStore(workspace).all()
        if let text = arguments.text("filter") {
            let filter = try ExperimentFilter(text)
            experiments = experiments.filter { filter.accepts($0) }
        }
        experiments = try sort(experiments, arguments, workspace)
        if let limit = try arguments.integer("max-count") { experiments = Array(experiments.prefix(limit)) }
        guard !experiments.isEmpty || arguments.isOn("json") || arguments.isOn("csv") else { return .success }
        let columns = arguments.text("columns").map { $0.split(separator: ",").map(String.init) }
        try print(ExperimentTable(experiments, wanted: columns), arguments, workspace, context)
        return .success
    }

    private static func sort(
        _ experiments: [Experiment], _ arguments: Arguments, _ workspace: Workspace
    ) throws -> [Experiment] {
        guard let column = arguments.text("sort") else { return experiments }
        let policy = try workspace.pipeline()?.policy ?? Policy()
        let key = column.hasPrefix("metrics.") ? String(column.dropFirst(8)) : column
        var ascending = policy.rule(for: key)?.direction != .maximize
        if arguments.isOn("ascending") { ascending = true }
        if arguments.isOn("descending") { ascending = false }
        return ExperimentTable.sorted(experiments, by: column, ascending: ascending)
    }

    private static func compare(
        _ operands: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        guard operands.count >= 2 else { throw CommandError.usage("compare needs two names or more") }
        let store = ExperimentStore(workspace)
        let experiments = try operands.map { name in
            try store.experiment(name, try context.experimentRevision(name, workspace))
        }
        let columns = arguments.text("columns").map { $0.split(separator: ",").map(String.init) }
        try print(ExperimentTable(experiments, wanted: columns), arguments, workspace, context)
        return .success
    }

    private static func best(
        _ operands: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        let policy = try workspace.pipeline()?.policy ?? Policy()
        guard let metric = operands.first ?? policy.rules.first(where: { $0.direction != nil })?.metric else {
            throw CommandError.fatal("name a metric, or give one a direction in the policy of nacre.yaml")
        }
        let direction = policy.rule(for: metric)?.direction
        let ascending = arguments.isOn("ascending") || (!arguments.isOn("descending") && direction == .minimize)
        guard direction != nil || arguments.isOn("ascending") || arguments.isOn("descending") else {
            throw CommandError.fatal(
                "the policy does not say whether more '\(metric)' is better: add --ascending or --descending")
        }
        let candidates = try ExperimentStore(workspace).all().filter {
            $0.isSuccess && $0.metrics[metric]?.finiteNumber != nil
        }
        guard let found = ExperimentTable.sorted(candidates, by: "metrics." + metric, ascending: ascending).first else {
            throw CommandError.error("no experiment has a number for '\(metric)'")
        }
        if arguments.isOn("names") {
            context.output.line(found.name)
        } else if arguments.isOn("json") {
            context.output.line(JSONWriter.string(ExperimentTable([found]).json, style: .pretty))
        } else {
            context.output.line("\(found.name): \(metric) \(NumberDisplay.cell(found.metrics[metric]))")
        }
        return .success
    }

    private static func running(_ workspace: Workspace, _ context: Context) throws -> ExitCode {
        for directory in try RunDirectory.all(in: workspace.nacreDirectory) {
            guard let record = try directory.record() else { continue }
            let duration = Timestamp.duration(Timestamp.now() - record.startedAt)
            context.output.line("\(record.name)  \(duration)  \(record.commandLine)")
        }
        return .success
    }

    private static func branch(_ operands: [String], _ workspace: Workspace, _ context: Context) throws -> ExitCode {
        guard operands.count == 2 else { throw CommandError.usage("branch needs an experiment and the branch's name") }
        guard try ExperimentStore(workspace).branch(operands[0], as: operands[1]) else { throw unknown(operands[0]) }
        context.output.line("Created branch '\(operands[1])' from experiment '\(operands[0])'")
        return .success
    }

    private static func rename(_ operands: [String], _ workspace: Workspace, _ context: Context) throws -> ExitCode {
        guard operands.count == 2 else { throw CommandError.usage("rename needs the old and the new name") }
        guard try ExperimentStore(workspace).rename(operands[0], to: operands[1]) else { throw unknown(operands[0]) }
        return .success
    }

    private static func remove(
        _ operands: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        let store = ExperimentStore(workspace)
        var names = operands
        if arguments.isOn("all-failed") { names += try store.all().filter { !$0.isSuccess }.map(\.name) }
        guard !names.isEmpty || arguments.isOn("all-failed") else {
            throw CommandError.usage("name the experiments to be removed")
        }
        for name in names {
            guard let id = try store.find(name), try store.remove(name) else { throw unknown(name) }
            context.output.line("Removed experiment '\(name)' (was \(workspace.objects.abbreviate(id)))")
        }
        return .success
    }
}
