internal import GitObjects
internal import GitStorage
internal import NacreExperiments

/// What is said when a run has ended.
enum RunReport {
    static func write(_ outcome: RunSession.Outcome, _ workspace: Workspace, _ context: Context) throws {
        let isColored = try context.usesColor(nil, key: "color.run")
        let duration = Timestamp.duration(outcome.result.duration)
        let place = outcome.branch.map { "committed on \($0)" } ?? "experiment '\(outcome.name)'"
        let id = workspace.objects.abbreviate(outcome.commit)
        for stage in outcome.result.stages where stage.outcome != "ran" && stage.outcome != "failed" {
            context.output.line("Stage '\(stage.name)': \(stage.outcome)")
        }
        if outcome.result.isSuccess {
            context.output.line("\(context.paint("succeeded", "32", isColored)) in \(duration): \(place) (\(id))")
        } else {
            context.output.line(
                "\(context.paint(outcome.result.status, "31", isColored)) after \(duration): recorded as \(place) (\(id)); "
                    + "the work tree is as it was")
            context.output.line("  its output: nacre experiment log \(outcome.name)")
        }
        if !outcome.outputs.isEmpty { context.output.line("  made: " + list(outcome.outputs)) }
        if !outcome.leftOut.isEmpty {
            context.output.line("  changed meanwhile and not part of it: " + list(outcome.leftOut))
        }
        let source = try TreeSource(workspace.objects, outcome.commit)
        let pipeline = (try? PipelineReader.read(from: source)) ?? nil
        let metrics = ValueTable.metrics(of: source, pipeline: pipeline)
        let numbers = metrics.merged.entries.compactMap { entry in
            entry.value.number.map { "\(entry.key) \(NumberDisplay.rounded($0))" }
        }
        if !numbers.isEmpty { context.output.line("  " + numbers.prefix(12).joined(separator: ", ")) }
        for problem in metrics.files.flatMap({ ($0.problem.map { [$0] } ?? []) + $0.warnings }) {
            context.errors.line("warning: \(problem)")
        }
    }

    private static func list(_ paths: [String]) -> String {
        paths.prefix(8).joined(separator: ", ") + (paths.count > 8 ? " and \(paths.count - 8) more" : "")
    }

    static func value(_ outcome: RunSession.Outcome) -> Value {
        .object([
            "name": .string(outcome.name), "commit": .string(outcome.commit.hex),
            "status": .string(outcome.result.status),
            "exitCode": .integer(Int64(outcome.result.exitCode)), "duration": .float(outcome.result.duration),
            "outputs": .array(outcome.outputs.map(Value.string)), "leftOut": .array(outcome.leftOut.map(Value.string)),
            "branch": outcome.branch.map(Value.string) ?? .null,
            "stages": .array(
                outcome.result.stages.map { .object(["name": .string($0.name), "outcome": .string($0.outcome)]) }),
        ])
    }
}
