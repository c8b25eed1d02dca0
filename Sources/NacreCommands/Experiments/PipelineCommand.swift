internal import GitWorktree
internal import NacreExperiments
internal import SystemPackage

struct PipelineCommand: Command {
    static let name = "pipeline"
    static let summary = "show the stages of the pipeline and why they would run"
    static let usage = [
        "status [--json] [<stage>...]", "graph [--mermaid | --graphviz] [<stage>...]", "list [--json]",
        "run [-f | --force] [<stage>...]",
    ]
    static let options: [OptionSpec] = [
        .flag("json", "print JSON"),
        .flag("mermaid", "draw for Mermaid"),
        .flag("graphviz", aliases: ["dot"], "draw for Graphviz"),
        .flag("force", "f", "run stages even where nothing changed"),
        .value("jobs", "j", "n", "how many stages run side by side"),
    ]
    static let details = [
        "`run` runs stages in the work tree without recording an experiment; `nacre run` records one."
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let words = arguments.texts
        let workspace = try context.workspace()
        context.recoverRuns(workspace)
        let directories = try PipelineReader.directories(of: workspace.files)
        guard let pipeline = try PipelineReader.read(from: workspace.files, directories: directories),
            !pipeline.stages.isEmpty
        else { throw CommandError.fatal("there are no stages: write a nacre.yaml or dvc.yaml") }
        let targets = Array(words.dropFirst())
        for target in targets where pipeline.stages(named: target).isEmpty {
            throw PipelineError.unknownStage(target, known: pipeline.stages.map(\.name))
        }
        switch words.first {
        case "status": return try status(targets, pipeline, arguments, workspace, context)
        case "graph", "dag": return try graph(targets, pipeline, arguments, context)
        case "list": return list(pipeline, arguments, context)
        case "run": return try runStages(targets, pipeline, arguments, workspace, context)
        case let word?: throw CommandError.usage("unknown subcommand: `\(word)'")
        case nil: throw CommandError.usage("need a subcommand")
        }
    }

    private static func runner(
        _ pipeline: Pipeline, _ workspace: Workspace, _ context: Context, jobs: Int = 1
    ) throws -> PipelineRunner {
        let log = try RunLog(workspace.nacreDirectory.appending("pipeline.log"), isShown: true)
        return PipelineRunner(
            pipeline: pipeline, root: workspace.worktree.root, log: log, variables: [],
            shell: context.environment["SHELL"],
            hashes: HashCache(workspace.nacreDirectory.appending("hashes")), jobs: jobs, cache: RunCache(workspace))
    }

    private static func status(
        _ targets: [String], _ pipeline: Pipeline, _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        let states = try runner(pipeline, workspace, context).status(targets: targets)
        if arguments.isOn("json") {
            let list = states.map { stage, status -> Value in
                var object: ValueObject = ["name": .string(stage.name), "changed": .bool(status.isChanged)]
                if case .changed(let reasons) = status { object["reasons"] = .array(reasons.map(Value.string)) }
                if status == .frozen { object["frozen"] = .bool(true) }
                return .object(object)
            }
            context.output.line(JSONWriter.string(.array(list), style: .pretty))
            return .success
        }
        for (stage, status) in states {
            switch status {
            case .unchanged: context.output.line("\(stage.name): up to date")
            case .frozen: context.output.line("\(stage.name): frozen")
            case .changed(let reasons):
                context.output.line("\(stage.name): would run")
                for reason in reasons { context.output.line("    \(reason)") }
            }
        }
        return .success
    }

    private static func graph(
        _ targets: [String], _ pipeline: Pipeline, _ arguments: Arguments, _ context: Context
    ) throws -> ExitCode {
        var graph = try PipelineGraph(pipeline.stages)
        if !targets.isEmpty {
            let wanted = pipeline.stages.indices.filter { index in
                targets.contains {
                    pipeline.stages[index].name == $0 || pipeline.stages[index].name.hasPrefix($0 + "@")
                }
            }
            graph = try PipelineGraph(graph.order(for: wanted).sorted().map { pipeline.stages[$0] })
        }
        if arguments.isOn("mermaid") {
            context.output.write(graph.mermaid)
        } else if arguments.isOn("graphviz") {
            context.output.write(graph.graphviz)
        } else {
            context.output.write(graph.text)
        }
        return .success
    }

    private static func list(_ pipeline: Pipeline, _ arguments: Arguments, _ context: Context) -> ExitCode {
        if arguments.isOn("json") {
            let list = pipeline.stages.map { stage -> Value in
                .object([
                    "name": .string(stage.name), "cmd": .array(stage.commands.map(Value.string)),
                    "deps": .array(stage.dependencies.map(Value.string)),
                    "outs": .array(stage.outputs.map { .string($0.path) }), "wdir": .string(stage.directory),
                ])
            }
            context.output.line(JSONWriter.string(.array(list), style: .pretty))
        } else {
            for stage in pipeline.stages {
                context.output.line(stage.name + (stage.summary.map { "  \($0)" } ?? ""))
            }
        }
        return .success
    }

    private static func runStages(
        _ targets: [String], _ pipeline: Pipeline, _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        let jobs = try arguments.integer("jobs") ?? 1
        guard jobs >= 1 else { throw CommandError.usage("--jobs must be 1 or more") }
        context.output.flush()
        let outcome = try runner(pipeline, workspace, context, jobs: jobs).run(
            targets: targets, forced: arguments.isOn("force"))
        for stage in outcome.stages where stage.outcome != "ran" && stage.outcome != "failed" {
            context.output.line("Stage '\(stage.name)': \(stage.outcome)")
        }
        if let problem = outcome.problem { throw CommandError.error(problem) }
        return .success
    }
}
