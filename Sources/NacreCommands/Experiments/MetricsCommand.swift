internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import NacreExperiments

struct MetricsCommand: Command {
    static let name = "metrics"
    static let summary = "show metrics and how they changed"
    static let usage = [
        "show [--json] [--markdown] [<revision>...]",
        "diff [--json] [--markdown] [--all] [<old> [<new>]]",
        "history [--json] [-n <number>] [<revision>]",
        "bisect --metric=<name> (--below=<number> | --above=<number>) [--no-run] <good> <bad> [-- <command>...]",
    ]
    static let options: [OptionSpec] = [
        .flag("json", "print JSON in DVC's shape"),
        .flag("markdown", aliases: ["md"], "print a Markdown table"),
        .flag("all", "a", "show what did not change too"),
        .value("max-count", "n", "number", "how many commits of the history are shown (default 20)"),
        .value("metric", "name", "the metric that is searched for"),
        .value("below", "number", "a commit is bad where its metric is below this"),
        .value("above", "number", "a commit is bad where its metric is above this"),
        .flag("run", "run commits for which no number is recorded (default)"),
        .flag("quiet", "q", "do not show what those commands write"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try ValueCommand.run(arguments, context, isMetrics: true)
    }
}

struct ParamsCommand: Command {
    static let name = "params"
    static let summary = "show parameters and how they changed"
    static let usage = [
        "show [--json] [--markdown] [<revision>...]", "diff [--json] [--markdown] [--all] [<old> [<new>]]",
    ]
    static let options: [OptionSpec] = [
        .flag("json", "print JSON in DVC's shape"),
        .flag("markdown", aliases: ["md"], "print a Markdown table"),
        .flag("all", "a", "show what did not change too"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try ValueCommand.run(arguments, context, isMetrics: false)
    }
}

/// What `metrics` and `params` share.
enum ValueCommand {
    static func run(_ arguments: Arguments, _ context: Context, isMetrics: Bool) throws -> ExitCode {
        let words = arguments.texts
        let workspace = try context.workspace()
        context.recoverRuns(workspace)
        switch words.first {
        case "show": return try show(Array(words.dropFirst()), arguments, workspace, context, isMetrics)
        case "diff": return try diff(Array(words.dropFirst()), arguments, workspace, context, isMetrics)
        case "history" where isMetrics: return try history(Array(words.dropFirst()), arguments, workspace, context)
        case "bisect" where isMetrics: return try MetricBisect(arguments, workspace, context).run(skipping: 1)
        case let word?: throw CommandError.usage("unknown subcommand: `\(word)'")
        case nil: throw CommandError.usage("need a subcommand")
        }
    }

    static func table(_ revision: String?, _ workspace: Workspace, _ context: Context, _ isMetrics: Bool) throws
        -> ValueTable
    {
        let source = try context.source(revision, workspace)
        let directories = try PipelineReader.directories(of: source)
        let pipeline = try PipelineReader.read(from: source, directories: directories)
        return isMetrics
            ? ValueTable.metrics(of: source, pipeline: pipeline) : ValueTable.parameters(of: source, pipeline: pipeline)
    }

    private static func warn(_ table: ValueTable, _ context: Context) {
        for problem in table.files.flatMap({ ($0.problem.map { [$0] } ?? []) + $0.warnings }) {
            context.errors.line("warning: \(problem)")
        }
    }

    private static func show(
        _ revisions: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context, _ isMetrics: Bool
    ) throws -> ExitCode {
        var json = ValueObject()
        var text = TextTable(
            titles: (revisions.count > 1 ? ["revision"] : []) + ["file", "name", "value"], numeric: [])
        var hasProblem = false
        for revision in revisions.isEmpty ? [nil] : revisions.map(Optional.some) {
            let table = try table(revision, workspace, context, isMetrics)
            warn(table, context)
            if table.files.contains(where: { $0.problem != nil }) { hasProblem = true }
            var files = ValueObject()
            for file in table.files {
                guard let value = file.value else { continue }
                files[file.path] = .object(["data": isMetrics ? value.metrics ?? .object([:]) : value])
                for (key, value) in value.flattened {
                    text.rows.append(
                        (revisions.count > 1 ? [revision ?? ""] : []) + [
                            file.path, key, NumberDisplay.cell(value, digits: 8),
                        ])
                }
            }
            json[revision ?? ""] = .object(["data": .object(files)])
        }
        if arguments.isOn("json") {
            context.output.line(JSONWriter.string(.object(json), style: .python))
        } else if arguments.isOn("markdown") {
            context.output.write(text.markdown)
        } else {
            context.output.write(text.text(width: max(context.terminalWidth, 40)))
        }
        return hasProblem ? .failure : .success
    }

    private static func diff(
        _ revisions: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context, _ isMetrics: Bool
    ) throws -> ExitCode {
        guard revisions.count <= 2 else { throw CommandError.usage("at most two revisions can be compared") }
        let old = try table(revisions.first ?? "HEAD", workspace, context, isMetrics)
        let new = try table(revisions.count > 1 ? revisions[1] : nil, workspace, context, isMetrics)
        warn(old, context)
        warn(new, context)
        let differences = old.differences(
            to: new, includingUnchanged: arguments.isOn("all"), numbersOnly: isMetrics)
        if arguments.isOn("json") {
            context.output.line(JSONWriter.string(ValueTable.json(differences), style: .python))
            return .success
        }
        let policy = try workspace.pipeline()?.policy ?? Policy()
        context.output.write(
            try DifferenceDisplay.text(differences, policy, context, isMarkdown: arguments.isOn("markdown")))
        return .success
    }

    /// The metrics of the commits before a revision, a row each.
    private static func history(
        _ revisions: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        let limit = try arguments.integer("max-count") ?? 20
        var rows: [(id: ObjectID, subject: String, values: ValueObject)] = []
        var next: ObjectID? = try context.experimentRevision(revisions.first ?? "HEAD", workspace)
        while let id = next, rows.count < limit {
            let commit = try workspace.objects.commit(id)
            let source = try TreeSource(workspace.objects, id)
            let metrics = ValueTable.metrics(of: source, pipeline: (try? PipelineReader.read(from: source)) ?? nil)
                .merged
            rows.append((id, String(decoding: commit.subject, as: UTF8.self), metrics))
            next = commit.parents.first
        }
        var keys: [String] = []
        for row in rows {
            for key in row.values.keys where !keys.contains(key) && row.values[key]?.number != nil { keys.append(key) }
        }
        if arguments.isOn("json") {
            let list = rows.map { row -> Value in
                .object([
                    "commit": .string(row.id.hex), "subject": .string(row.subject), "metrics": .object(row.values),
                ])
            }
            context.output.line(JSONWriter.string(.array(list), style: .pretty))
            return .success
        }
        var table = TextTable(titles: ["commit"] + keys + ["subject"], numeric: Set(1..<(keys.count + 1)))
        for row in rows {
            let cells = keys.map { NumberDisplay.cell(row.values[$0]) }
            table.rows.append([workspace.objects.abbreviate(row.id)] + cells + [row.subject])
        }
        context.output.write(arguments.isOn("markdown") ? table.markdown : table.text(width: context.terminalWidth))
        if !arguments.isOn("markdown") {
            for key in keys {
                let numbers = rows.reversed().map { $0.values[key]?.number ?? .nan }
                if numbers.count > 1 { context.output.line("\(key) \(UnicodeChart.sparkline(numbers))") }
            }
        }
        return .success
    }
}
