internal import Bytes
internal import GitWorktree
internal import Glibc
internal import SystemPackage

/// Does a run's work in a process of its own: the parent of the commands, which ends them all when it is asked to or when the
/// process that records the run goes away.
public enum RunWorker {
    static let variable = "NACRE_RUN"

    /// Ends processes of a run that outlived their runner, however they were started.
    static func endProcesses(of record: RunRecord) {
        for round in 0..<100 {
            let left = ProcessTree.processes(withVariable: "\(variable)=\(record.identifier)")
            if left.isEmpty { return }
            for process in left { kill(process, round < 20 ? SIGTERM : SIGKILL) }
            usleep(20_000)
        }
    }

    /// Runs what the start record says.
    ///
    /// - Parameters:
    ///   - parent: the process that records the run; when it goes away, this one ends the commands and records the run itself.
    ///   - isShown: whether the commands' output also goes to this process's own.
    ///   - readsInput: whether the command may read this process's input.
    /// - Returns: the process's exit code.
    public static func run(
        _ directory: RunDirectory, workspace: Workspace, parent: Int32, isShown: Bool, readsInput: Bool
    ) throws -> Int32 {
        ProcessTree.signalOnParentDeath(SIGHUP)
        ProcessTree.adoptOrphans()
        RunSignals.install()
        guard let record = try directory.record() else { return 128 }
        let start = Timestamp.monotonic()
        let log = try RunLog(directory.log, isShown: isShown)
        var result: RunResult
        if getppid() == parent, RunSignals.stopSignal == 0 {
            do {
                result = try work(record, workspace, log, readsInput: readsInput, start: start)
            } catch {
                result = RunResult(exitCode: 128, duration: Timestamp.monotonic() - start, problem: "\(error)")
            }
        } else {
            result = RunResult(exitCode: 129, signal: SIGHUP, duration: 0)
        }
        if RunSignals.stopSignal != 0 {
            result = RunResult(
                exitCode: result.exitCode == 0 ? 128 + RunSignals.stopSignal : result.exitCode,
                signal: RunSignals.stopSignal,
                duration: result.duration, stages: result.stages, leftBehind: result.leftBehind)
        }
        ProcessTree.endDescendants(grace: 0.5)
        log.synchronize()
        try directory.write(result)
        // The one that would record it is gone: do it here, at once.
        if getppid() != parent { _ = try RunSession(workspace).recover() }
        return result.exitCode
    }

    private static func work(
        _ record: RunRecord, _ workspace: Workspace, _ log: RunLog, readsInput: Bool, start: Double
    ) throws -> RunResult {
        let root = record.place.map { FilePath($0) } ?? workspace.worktree.root
        let variables = workspace.variables
        var extra = [(name: variable, value: record.identifier)]
        // Output is wanted when it is written, not when a buffer is full.
        if variables["PYTHONUNBUFFERED"] == nil { extra.append((name: "PYTHONUNBUFFERED", value: "1")) }
        switch record.work {
        case .command(let words):
            let runner = CommandRunner(
                words: words, directory: record.directory.isEmpty ? root : root.appending(record.directory),
                variables: extra,
                log: log, readsInput: readsInput)
            do {
                let outcome = try runner.run()
                if outcome.leftBehind > 0 {
                    log.note("nacre: the command left \(outcome.leftBehind) processes behind; they were ended")
                }
                var signal: Int32 = 0
                if case .signaled(let number) = outcome.status { signal = number }
                return RunResult(
                    exitCode: outcome.status.code, signal: signal, duration: Timestamp.monotonic() - start,
                    leftBehind: outcome.leftBehind)
            } catch let error as SpawnError {
                return RunResult(
                    exitCode: error.code == .noSuchFileOrDirectory ? 127 : 126, duration: Timestamp.monotonic() - start,
                    problem: "\(error)"
                        + (error.code == .noSuchFileOrDirectory ? " (is it installed, and on the PATH?)" : ""))
            }
        case .pipeline(let targets, let forced):
            let source = DirectorySource(root)
            guard let pipeline = try PipelineReader.read(from: source, directories: record.work.directories) else {
                throw RunError.noPipeline
            }
            let runner = PipelineRunner(
                pipeline: pipeline, root: root, log: log, variables: extra, shell: variables["SHELL"],
                hashes: HashCache(record.place == nil ? workspace.nacreDirectory.appending("hashes") : nil),
                jobs: record.jobs, cache: RunCache(workspace))
            let outcome = try runner.run(targets: targets, forced: forced)
            return RunResult(
                exitCode: outcome.exitCode, duration: Timestamp.monotonic() - start, problem: outcome.problem,
                stages: outcome.stages)
        }
    }
}
