internal import GitObjects
internal import GitStorage
internal import NacreExperiments

/// `bisect --metric`: the first commit whose metric is on the wrong side of a limit. Numbers that are recorded are used; commits that
/// have none and on which the answer depends are run, each in a work tree of its own, and stay as experiments.
struct MetricBisect {
    private let arguments: Arguments
    private let workspace: Workspace
    private let context: Context

    init(_ arguments: Arguments, _ workspace: Workspace, _ context: Context) {
        self.arguments = arguments
        self.workspace = workspace
        self.context = context
    }

    /// - Parameter skipped: how many words stand before the revisions.
    func run(skipping skipped: Int = 0) throws -> ExitCode {
        let revisions = arguments.beforeSeparator.dropFirst(skipped).map { String(decoding: $0, as: UTF8.self) }
        let below = try number("below")
        let above = try number("above")
        guard revisions.count == 2, let metric = arguments.text("metric"), (below == nil) != (above == nil) else {
            throw CommandError.usage(
                "bisect needs --metric, one of --below and --above with a number, a good and a bad revision")
        }
        let search = MetricBisection(metric: metric) { value in
            below.map { value < $0 } ?? above.map { value > $0 } ?? false
        }
        let good = try context.experimentRevision(revisions[0], workspace)
        let bad = try context.experimentRevision(revisions[1], workspace)
        let command = try command(search.chain(good: good, bad: bad, workspace))
        let mayRun = arguments.flag("run") ?? true
        let outcome = try search.search(good: good, bad: bad, workspace) { commit in
            mayRun ? try self.measure(commit, search, command) : nil
        }
        switch outcome {
        case .found(let id, let value, let before):
            let subject = String(decoding: try workspace.objects.commit(id).subject, as: UTF8.self)
            context.output.line("\(id.hex) is the first bad commit: \(subject)")
            context.output.line(
                "  \(metric) went from \(NumberDisplay.rounded(before)) to \(NumberDisplay.rounded(value))")
            return .success
        case .unknown(let commits):
            context.output.line(
                "no number for '\(metric)' can be had between the last good and the first bad commit, which is one of:")
            for id in commits { context.output.line("  \(id.hex)") }
            return .failure
        }
    }

    private func number(_ option: String) throws -> Double? {
        guard let text = arguments.text(option) else { return nil }
        guard let value = Double(text), value.isFinite else {
            throw CommandError.usage("option `\(option)' expects a number")
        }
        return value
    }

    /// The command for commits without a pipeline: the one that is given, or else the last that a run among them recorded.
    private func command(_ chain: [ObjectID]) throws -> (words: [String], directory: String)? {
        let given = arguments.afterSeparator.map { String(decoding: $0, as: UTF8.self) }
        if !given.isEmpty { return (given, try context.prefix().description) }
        for commit in chain.reversed() {
            if let found = RunTrailer.words(try workspace.objects.commit(commit).message) { return found }
        }
        return nil
    }

    /// Runs a commit and reads its metric.
    private func measure(
        _ commit: ObjectID, _ search: MetricBisection, _ command: (words: [String], directory: String)?
    ) throws -> Double? {
        let source = try TreeSource(workspace.objects, commit)
        let name = workspace.objects.abbreviate(commit)
        let hasPipeline = try PipelineReader.read(from: source)?.stages.isEmpty == false
        guard (hasPipeline && arguments.separator == nil) || command != nil else {
            throw CommandError.fatal(
                "no number for '\(search.metric)' is recorded for \(name), which has no pipeline: "
                    + "name the command to be run after '--', or see what is recorded with --no-run")
        }
        var request = RunRequest(.pipeline(targets: [], forced: false))
        if let command, !hasPipeline || arguments.separator != nil {
            request = RunRequest(.command(command.words))
            request.directory = command.directory
        }
        request.revision = commit
        let wanted = "bisect-\(name)"
        if try ExperimentStore(workspace).find(wanted) == nil { request.name = wanted }
        let subject = String(decoding: try workspace.objects.commit(commit).subject, as: UTF8.self)
        context.errors.line("Running \(name) (\(subject)): no number for '\(search.metric)' is recorded")
        let isQuiet = arguments.isOn("quiet")
        let outcome = try RunSession(workspace).runApart(
            request, launch: { try RunCommand.launch($0, isQuiet: isQuiet, readsInput: false) })
        let value = outcome.result.isSuccess ? try search.value(outcome.commit, workspace) : nil
        context.errors.line(
            "  \(value.map { "\(search.metric) \(NumberDisplay.rounded($0))" } ?? "gave no number: \(outcome.result.status)"), "
                + "recorded as '\(outcome.name)'")
        return value
    }
}
