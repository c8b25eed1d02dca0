internal import Bytes
internal import Synchronization
public import SystemPackage

/// Runs the stages of a pipeline that need to run, in a directory.
public struct PipelineRunner: Sendable {
    /// What came of it.
    public struct Outcome: Sendable {
        /// The stages in the order in which they were looked at.
        public var stages: [RunResult.Stage] = []
        /// 0, or the exit code of the stage that failed.
        public var exitCode: Int32 = 0
        /// Why it failed.
        public var problem: String?
        /// Outputs that a command which ended well did not make.
        public var missingOutputs: [String] = []
    }

    private let pipeline: Pipeline
    private let root: FilePath
    private let log: RunLog
    private let variables: [(name: String, value: String)]
    private let shell: String?
    private let hashes: HashCache
    private let jobs: Int
    private let cache: RunCache?
    private let isolation: Isolation?

    private struct State {
        var outcome = Outcome()
        var locks: [String: PipelineLock] = [:]
        var hasFailed = false
    }

    /// Makes a runner.
    ///
    /// - Parameters:
    ///   - root: the directory that stands for the top of the repository.
    ///   - shell: the value of `SHELL`; `/bin/sh` where it is nil.
    ///   - jobs: how many stages may run side by side.
    ///   - cache: where outputs of earlier runs are found; nil runs everything that changed.
    public init(
        pipeline: Pipeline, root: FilePath, log: RunLog, variables: [(name: String, value: String)], shell: String?,
        hashes: HashCache, jobs: Int = 1, cache: RunCache? = nil
    ) {
        self.init(
            pipeline: pipeline, root: root, log: log, variables: variables, shell: shell, hashes: hashes, jobs: jobs,
            cache: cache, isolation: nil)
    }

    init(
        pipeline: Pipeline, root: FilePath, log: RunLog, variables: [(name: String, value: String)], shell: String?,
        hashes: HashCache, jobs: Int = 1, cache: RunCache? = nil, isolation: Isolation?
    ) {
        self.pipeline = pipeline
        self.root = root
        self.log = log
        self.variables = variables
        self.shell = shell
        self.hashes = hashes
        self.jobs = jobs
        self.cache = cache
        self.isolation = isolation
    }

    private var inspector: StageInspector { StageInspector(root: root, hashes: hashes) }

    /// Runs the stages that `targets` name, and those that they wait for, where they changed or `forced`.
    public func run(targets: [String], forced: Bool) throws -> Outcome {
        let graph = try PipelineGraph(pipeline.stages)
        let wanted = try targets.flatMap { target in
            let found = pipeline.stages.indices.filter { index in
                pipeline.stages[index].name == target || pipeline.stages[index].name.hasPrefix(target + "@")
            }
            if found.isEmpty { throw PipelineError.unknownStage(target, known: pipeline.stages.map(\.name)) }
            return found
        }
        let order = graph.order(for: wanted)
        let state = Mutex(State())
        try readLocks(order, state)
        defer { hashes.save() }
        for wave in waves(order, graph) {
            // A stage whose upstream failed must not run on what is left of it.
            if state.withLock({ $0.hasFailed }) || RunSignals.stopSignal != 0 { break }
            try Workers.forEach(wave.count, workers: jobs) { (_, index) throws(PipelineRunnerError) in
                if state.withLock({ $0.hasFailed }) || RunSignals.stopSignal != 0 { return }
                do {
                    try runStage(pipeline.stages[wave[index]], forced: forced, state)
                } catch {
                    throw PipelineRunnerError(reason: "\(error)")
                }
            }
        }
        return state.withLock { $0.outcome }
    }

    /// One after the other in order; side by side, those first that wait for nothing that is still to come.
    private func waves(_ order: [Int], _ graph: PipelineGraph) -> [[Int]] {
        guard jobs > 1 else { return order.map { [$0] } }
        var level: [Int: Int] = [:]
        for stage in order { level[stage] = (graph.upstream[stage].compactMap { level[$0] }.max() ?? -1) + 1 }
        let count = (level.values.max() ?? -1) + 1
        return (0..<count).map { wanted in order.filter { level[$0] == wanted } }
    }

    private func lockFile(_ stage: PipelineStage) -> FilePath {
        let folder = PipelinePath.parent(stage.source)
        return (folder.isEmpty ? root : root.appending(folder)).appending("nacre.lock")
    }

    private func readLocks(_ order: [Int], _ state: borrowing Mutex<State>) throws {
        for index in order {
            let file = lockFile(pipeline.stages[index])
            if state.withLock({ $0.locks[file.string] }) != nil { continue }
            let lock: PipelineLock?
            if let bytes = try Files.readIfPresent(file, limit: FileLimit.values) {
                lock = try PipelineLock(parsing: bytes, source: "nacre.lock")
            } else {
                lock = try imported(beside: file)
            }
            state.withLock { $0.locks[file.string] = lock ?? PipelineLock() }
        }
    }

    /// What a `dvc.lock` says of the stages that are defined beside it.
    private func imported(beside file: FilePath) throws -> PipelineLock? {
        let path = file.removingLastComponent().appending("dvc.lock")
        guard let bytes = try Files.readIfPresent(path, limit: FileLimit.values) else { return nil }
        let known = try DVCLock(parsing: bytes)
        var lock = PipelineLock()
        for stage in pipeline.stages where lockFile(stage) == file {
            lock.stages[stage.localName] = try known.entry(stage, inspector, root: root)
        }
        return lock
    }

    private func runStage(_ stage: PipelineStage, forced: Bool, _ state: borrowing Mutex<State>) throws {
        let file = lockFile(stage)
        let known = state.withLock { $0.locks[file.string]?.stages[stage.localName] }
        let status = try inspector.status(of: stage, lock: known)
        var reason = ""
        switch status {
        case .frozen:
            for (path, item) in try inspector.files(stage.outputs.map(\.path)) where item == nil {
                throw PipelineError.frozenWithoutOutput(path: path, stage: stage.place)
            }
            return state.withLock { $0.outcome.stages.append(.init(name: stage.name, outcome: "frozen")) }
        case .unchanged where !forced:
            return state.withLock { $0.outcome.stages.append(.init(name: stage.name, outcome: "unchanged")) }
        case .unchanged: reason = "it was asked for"
        case .changed(let reasons): reason = reasons.joined(separator: ", ")
        }
        for (path, item) in try inspector.files(stage.dependencies) where item == nil {
            throw PipelineError.missingDependency(stage: stage.name, path: path, source: stage.source, line: stage.line)
        }
        let start = Timestamp.monotonic()
        let entry = try before(stage)
        if !forced, !stage.alwaysChanged, !stage.isCallback, let cache, try cache.restore(entry, stage, to: root) {
            try finish(stage, entry, file, state)
            log.note("Stage '\(stage.name)': outputs restored from the run cache")
            return state.withLock {
                $0.outcome.stages.append(
                    .init(
                        name: stage.name, outcome: "restored", reason: reason, duration: Timestamp.monotonic() - start))
            }
        }
        log.note("Running stage '\(stage.name)' (\(reason)):")
        try deleteOutputs(stage)
        let folder = try isolation?.prepare(stage)
        var processes: [Int32] = []
        for command in stage.commands {
            log.note("> \(command)")
            let outcome = try runner(command, stage, isolatedIn: folder).run()
            processes.append(outcome.process)
            if outcome.leftBehind > 0 {
                log.note(
                    "nacre: the stage '\(stage.name)' left \(outcome.leftBehind) processes behind; they were ended")
            }
            guard outcome.status.isSuccess else {
                return fail(stage, reason, start, outcome.status, command, processes, state)
            }
        }
        if let folder { try isolation?.collect(stage, from: folder) }
        do {
            try finish(stage, entry, file, state)
        } catch PipelineError.missingOutput(_, let path) {
            return miss(path, stage, reason, start, processes, state)
        }
        if !stage.alwaysChanged, !stage.isCallback, let cache {
            let lock = state.withLock { $0.locks[file.string]?.stages[stage.localName] }
            if let lock { try cache.store(lock, stage, from: root) }
        }
        state.withLock {
            $0.outcome.stages.append(
                .init(
                    name: stage.name, outcome: "ran", reason: reason, duration: Timestamp.monotonic() - start,
                    commands: stage.commands, processes: processes))
        }
    }

    /// A stage whose commands ended well, and left an output out.
    private func miss(
        _ path: String, _ stage: PipelineStage, _ reason: String, _ start: Double, _ processes: [Int32],
        _ state: borrowing Mutex<State>
    ) {
        state.withLock { state in
            if !state.hasFailed {
                state.outcome.exitCode = 128
                state.outcome.problem = "\(PipelineError.missingOutput(stage: stage.name, path: path))"
            }
            state.hasFailed = true
            state.outcome.missingOutputs.append(path)
            state.outcome.stages.append(
                .init(
                    name: stage.name, outcome: "failed", reason: reason, duration: Timestamp.monotonic() - start,
                    commands: stage.commands, processes: processes))
        }
    }

    private func fail(
        _ stage: PipelineStage, _ reason: String, _ start: Double, _ status: ExitStatus, _ command: String,
        _ processes: [Int32], _ state: borrowing Mutex<State>
    ) {
        state.withLock { state in
            let text: String
            switch status {
            case .exited(let code): text = "returned \(code)"
            case .signaled(let signal): text = "was ended by signal \(signal)"
            }
            if !state.hasFailed {
                state.outcome.exitCode = status.code
                state.outcome.problem = "\(PipelineError.failed(stage: stage.name, command: command, status: text))"
            }
            state.hasFailed = true
            state.outcome.stages.append(
                .init(
                    name: stage.name, outcome: "failed", reason: reason, duration: Timestamp.monotonic() - start,
                    exitCode: status.code, commands: stage.commands, processes: processes))
        }
    }

    /// Runs a stage's commands in `folder`, as if it were the root, to their end or to the first that fails.
    func runAgain(_ stage: PipelineStage, isolatedIn folder: FilePath) throws {
        for command in stage.commands {
            guard try runner(command, stage, isolatedIn: folder).run().status.isSuccess else { return }
        }
    }

    /// What differs from a stage's lock in the directory as it stands, whether or not the stage would run.
    func differences(from lock: PipelineLock.Stage, of stage: PipelineStage) throws -> [String] {
        try inspector.differences(stage, lock, pending: [])
    }

    /// The lock's entry of a stage: our own or, where there is none, DVC's if it agrees.
    func recorded(_ stage: PipelineStage) throws -> PipelineLock.Stage? {
        guard let index = pipeline.stages.firstIndex(of: stage) else { return nil }
        let state = Mutex(State())
        try readLocks([index], state)
        let file = lockFile(stage)
        return state.withLock { $0.locks[file.string]?.stages[stage.localName] }
    }

    /// Each command runs as DVC runs it: by the user's shell without its start-up files.
    private func runner(_ command: String, _ stage: PipelineStage, isolatedIn folder: FilePath?) -> CommandRunner {
        var words = [shell ?? "/bin/sh"]
        switch words[0].split(separator: "/").last {
        case "bash": words += ["--noprofile", "--norc"]
        case "zsh": words += ["--no-rcs"]
        case "sh", "dash", "ksh": break
        // Others may not know `-c`, or mean something else by it.
        default: words = ["/bin/sh"]
        }
        let directory = stage.directory.isEmpty ? root : root.appending(stage.directory)
        words += ["-c", command]
        if let folder, let isolation {
            words = isolation.words(folder, stage) + ["--chdir", directory.string] + words
        }
        return CommandRunner(
            words: words, directory: directory,
            variables: variables + [("DVC_ROOT", root.string), ("DVC_STAGE", stage.name), ("NACRE_STAGE", stage.name)],
            log: log, readsInput: false)
    }

    private func deleteOutputs(_ stage: PipelineStage) throws {
        for output in stage.outputs where !output.persists { try Files.removeTree(root.appending(output.path)) }
        for output in stage.outputs { try Files.makeDirectory(root.appending(output.path).removingLastComponent()) }
    }

    /// The lock entry of a stage that is about to run: everything but its outputs.
    private func before(_ stage: PipelineStage) throws -> PipelineLock.Stage {
        PipelineLock.Stage(
            commands: stage.commands,
            dependencies: try inspector.files(stage.dependencies).compactMap { path, item in
                item.map { PipelineLock.File(path: path, item: $0) }
            }, parameters: try inspector.parameters(of: stage), outputs: [])
    }

    private func finish(
        _ stage: PipelineStage, _ entry: PipelineLock.Stage, _ file: FilePath, _ state: borrowing Mutex<State>
    ) throws {
        var entry = entry
        for (path, item) in try inspector.files(stage.outputs.map(\.path)) {
            guard let item else { throw PipelineError.missingOutput(stage: stage.name, path: path) }
            entry.outputs.append(PipelineLock.File(path: path, item: item))
        }
        let done = entry
        let bytes = state.withLock { state in
            state.locks[file.string, default: PipelineLock()].stages[stage.localName] = done
            return state.locks[file.string]?.encoded ?? []
        }
        try TemporaryFile.replace(file, with: bytes)
    }

    /// Whether each stage would run, in order.
    public func status(targets: [String] = []) throws -> [(stage: PipelineStage, status: StageStatus)] {
        let graph = try PipelineGraph(pipeline.stages)
        let wanted = pipeline.stages.indices.filter { index in
            targets.contains { pipeline.stages[index].name == $0 || pipeline.stages[index].name.hasPrefix($0 + "@") }
        }
        let order = graph.order(for: wanted)
        let state = Mutex(State())
        try readLocks(order, state)
        defer { hashes.save() }
        var pending: [String] = []
        return try order.map { index in
            let stage = pipeline.stages[index]
            let file = lockFile(stage)
            let lock = state.withLock { $0.locks[file.string]?.stages[stage.localName] }
            let status = try inspector.status(of: stage, lock: lock, pending: pending)
            if status.isChanged { pending += stage.outputs.map(\.path) }
            return (stage, status)
        }
    }
}

/// An error of a stage, on its way out of a worker.
struct PipelineRunnerError: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
