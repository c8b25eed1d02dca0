internal import GitObjects
internal import GitStorage
internal import NacreExperiments

extension ExperimentCommand {
    static func show(
        _ operands: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        guard let name = operands.first, operands.count == 1 else { throw CommandError.usage("show needs one name") }
        let id = try find(name, workspace)
        let experiment = try ExperimentStore(workspace).experiment(name, id)
        let record = try Notes(Notes.runs, objects: workspace.objects, refs: workspace.refs).lines(id).last
        let run = record.flatMap { try? JSONReader.read($0, source: "run record") }
        let attestations = try AttestationStore.summaries(id, objects: workspace.objects, refs: workspace.refs)
        if arguments.isOn("json") {
            var object = ExperimentTable([experiment]).json.array?.first?.object ?? [:]
            object["run"] = run ?? .null
            object["attestations"] = .array(attestations.map(Value.string))
            context.output.line(JSONWriter.string(.object(object), style: .pretty))
            return .success
        }
        func line(_ title: String, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            context.output.line(title + ":" + String(repeating: " ", count: max(1, 12 - title.count)) + text)
        }
        line("experiment", name)
        line("commit", id.hex)
        line("base", experiment.base?.hex)
        line("command", experiment.command)
        line("status", experiment.status)
        line("who", run?.object?["who"]?.string)
        line("started", run?.object?["startedAt"]?.string)
        line(
            "duration",
            run?[ValuePath(parsing: "result.duration") ?? ValuePath()]?.number.map { Timestamp.duration($0) })
        if let frozen = experiment.frozen, let base = experiment.base, frozen != base {
            let changed = try TreeChanges.between(
                try workspace.objects.peel(base, to: .tree), try workspace.objects.peel(frozen, to: .tree),
                in: workspace.objects)
            line("edits", changed.map(\.path.description).prefix(10).joined(separator: ", "))
        }
        for (title, values) in [("metrics", experiment.metrics), ("parameters", experiment.parameters)]
        where !values.isEmpty {
            context.output.line("\(title):")
            for entry in values.entries {
                context.output.line("  \(entry.key): \(NumberDisplay.cell(entry.value, digits: 8))")
            }
        }
        if !attestations.isEmpty { context.output.line("attestations:") }
        for line in attestations { context.output.line("  \(line)") }
        for problem in experiment.problems { context.errors.line("warning: \(problem)") }
        return .success
    }

    static func log(_ operands: [String], _ workspace: Workspace, _ context: Context) throws -> ExitCode {
        guard let name = operands.first, operands.count == 1 else { throw CommandError.usage("log needs one name") }
        let id = try find(name, workspace)
        guard let log = try Notes(Notes.logs, objects: workspace.objects, refs: workspace.refs).read(id) else {
            throw CommandError.error("the run of '\(name)' wrote nothing")
        }
        context.output.write(log)
        return .success
    }

    /// What changed between two experiments, or between an experiment and what it started from.
    static func diff(
        _ operands: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        guard (1...2).contains(operands.count) else { throw CommandError.usage("diff needs one or two names") }
        let last = try context.experimentRevision(operands[operands.count - 1], workspace)
        var first: ObjectID?
        if operands.count == 2 {
            first = try context.experimentRevision(operands[0], workspace)
        } else {
            first = try ExperimentStore(workspace).experiment(operands[0], last).base
        }
        guard let first else { throw CommandError.fatal("'\(operands[0])' was run without a commit to compare with") }
        func tables(_ id: ObjectID) throws -> (metrics: ValueTable, parameters: ValueTable) {
            let source = try TreeSource(workspace.objects, id)
            let pipeline = try PipelineReader.read(from: source)
            return (
                ValueTable.metrics(of: source, pipeline: pipeline),
                ValueTable.parameters(of: source, pipeline: pipeline)
            )
        }
        let old = try tables(first)
        let new = try tables(last)
        let isAll = arguments.isOn("all")
        let metrics = old.metrics.differences(to: new.metrics, includingUnchanged: isAll, numbersOnly: true)
        let parameters = old.parameters.differences(to: new.parameters, includingUnchanged: isAll)
        if arguments.isOn("json") {
            let value: Value = .object(["metrics": ValueTable.json(metrics), "params": ValueTable.json(parameters)])
            context.output.line(JSONWriter.string(value, style: .python))
            return .success
        }
        let policy = try workspace.pipeline()?.policy ?? Policy()
        for part in [metrics, parameters] {
            context.output.write(
                try DifferenceDisplay.text(part, policy, context, isMarkdown: arguments.isOn("markdown")))
        }
        return .success
    }

    static func apply(
        _ operands: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        guard let name = operands.first, operands.count == 1 else { throw CommandError.usage("apply needs one name") }
        let id = try context.experimentRevision(name, workspace)
        let changed = try ExperimentStore(workspace).apply(id, overwriting: arguments.isOn("force"))
        context.output.line("Applied '\(name)': \(changed.count) \(changed.count == 1 ? "file" : "files") changed")
        for path in changed.prefix(20) { context.output.line("  \(path)") }
        return .success
    }
}
