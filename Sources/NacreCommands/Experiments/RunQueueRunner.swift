internal import Bytes
internal import NacreExperiments
internal import Synchronization

/// Runs several experiments, each in a work tree of its own.
enum RunQueueRunner {
    /// Runs what was queued.
    static func runAll(_ arguments: Arguments, _ workspace: Workspace, _ context: Context) throws -> ExitCode {
        let requests = try RunQueue(workspace).takeAll()
        guard !requests.isEmpty else {
            context.errors.line("nothing is queued")
            return .success
        }
        return try run(requests, arguments, workspace, context)
    }

    static func run(
        _ requests: [RunRequest], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        let jobs = try arguments.integer("jobs") ?? 1
        guard jobs >= 1 else { throw CommandError.usage("--jobs must be 1 or more") }
        let isQuiet = arguments.isOn("quiet") || jobs > 1
        let errors = context.errors
        let outcomes = Mutex<[(index: Int, outcome: RunSession.Outcome)]>([])
        let failures = Mutex<[String]>([])
        let session = RunSession(workspace)
        // The process that does a run's work is told of the end of the thread that started it: threads must outlive their runs.
        Workers.forEach(requests.count, workers: jobs) { _, index in
            do {
                let outcome = try session.runApart(
                    requests[index], launch: { try RunCommand.launch($0, isQuiet: isQuiet, readsInput: false) },
                    started: { record in
                        errors.line(
                            "[\(index + 1)/\(requests.count)] running '\(record.name)'\(settings(requests[index]))")
                        if index == 0 { RunCommand.warn(of: record.leftOut, errors) }
                    })
                errors.line(
                    "[\(index + 1)/\(requests.count)] '\(outcome.name)' \(outcome.result.status) in "
                        + Timestamp.duration(outcome.result.duration))
                outcomes.withLock { $0.append((index, outcome)) }
            } catch {
                errors.line("error: \(error)")
                failures.withLock { $0.append("\(error)") }
            }
        }
        let done = outcomes.withLock { $0.sorted { $0.index < $1.index }.map(\.outcome) }
        let store = ExperimentStore(workspace)
        let experiments = try done.map { try store.experiment($0.name, $0.commit) }
        if arguments.isOn("json") {
            context.output.line(JSONWriter.string(ExperimentTable(experiments).json, style: .pretty))
        } else if !experiments.isEmpty {
            context.output.write(try ExperimentDisplay.text(ExperimentTable(experiments), workspace, context))
        }
        let isFailed = !failures.withLock { $0.isEmpty } || done.contains { !$0.result.isSuccess }
        return isFailed ? .failure : .success
    }

    private static func settings(_ request: RunRequest) -> String {
        request.overrides.isEmpty
            ? "" : " with " + request.overrides.map { "\($0.key)=\($0.value.text)" }.joined(separator: ", ")
    }
}
