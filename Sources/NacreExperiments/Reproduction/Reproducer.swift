internal import Bytes
public import GitObjects
internal import GitStorage
internal import GitWorktree
internal import Glibc
public import SystemPackage

/// Runs a revision again in a clean place and compares what comes out with what it recorded.
public struct Reproducer: Sendable {
    /// How it is done.
    public struct Options: Sendable {
        /// Where the revision is checked out; nil for a temporary directory that is removed.
        public var directory: FilePath?
        /// Whether the environment is restored from the lock file: nil where there is one.
        public var restoresEnvironment: Bool?
        /// Whether the commands run without network and see their declared dependencies only.
        public var isIsolated = false
        /// Whether the commands' output is shown.
        public var isShown = true

        /// A temporary directory, the environment of the lock file.
        public init() {}
    }

    let workspace: Workspace
    private let report: @Sendable (String) -> Void

    /// Makes a reproducer; `report` is told what is being done.
    public init(_ workspace: Workspace, report: @escaping @Sendable (String) -> Void = { _ in }) {
        self.workspace = workspace
        self.report = report
    }

    /// What is to be run, and what comes of it.
    struct Plan {
        var pipeline: Pipeline
        var outputs: [PipelineStage.Output]
    }

    /// Where it happens.
    struct Place {
        /// The tree of the revision.
        let tree: ObjectID
        /// Where it is checked out and run.
        let root: FilePath
        /// For everything else; removed in the end.
        let temporary: FilePath
    }

    /// Runs a commit again.
    ///
    /// - Throws: where it cannot be checked out or says not what to run; failures of the commands are in the result.
    public func reproduce(_ commit: ObjectID, named name: String, _ options: Options = Options()) throws -> Reproduction
    {
        var result = Reproduction(commit: commit)
        result.startedAt = Timestamp.now()
        let tree = try workspace.objects.peel(commit, to: .tree)
        let plan = try plan(commit, tree, name)
        let temporary = workspace.nacreDirectory.appending(
            "tmp_reproduce_\(getpid())_\(UInt32.random(in: 0...UInt32.max))")
        defer { try? Files.removeTree(temporary) }
        let root = options.directory ?? temporary.appending("tree")
        if try Files.list(root)?.isEmpty == false { throw ReproductionError.directoryNotEmpty(root.string) }
        report(
            "Checking out \(commit.hex.prefix(12)) into \(options.directory == nil ? "a clean directory" : root.string)"
        )
        try TreeExporter(tree, to: root, like: workspace.worktree).writeAll()
        let recorded = try recordedFiles(tree, plan.outputs)
        guard !recorded.isEmpty else { throw ReproductionError.noOutputs }
        result.subjects = try recorded.compactMap { path, entry in try sha256(entry).map { (path.description, $0) } }
        let expected = temporary.appending("expected")
        try TreeExporter(tree, to: expected, like: workspace.worktree).write(recorded.map(\.path))
        let stale = try staleInputs(plan, root)
        result.staleInputs = stale.map { "stage '\($0.stage)': \($0.reason)" }
        for output in plan.outputs { try Files.removeTree(root.appending(output.path)) }
        try Files.makeDirectory(temporary)
        do {
            let environment = try environment(plan, root, options)
            let place = Place(tree: tree, root: root, temporary: temporary)
            let ended = try run(plan, place, environment, options, &result)
            if result.problem == nil {
                result.outputs = try compare(plan, recorded.map(\.path), expected: expected, produced: root)
            }
            try explain(ended, plan, place, stale: Set(stale.map(\.stage)), &result)
        } catch let error as EnvironmentRestorer.Failure {
            result.problem = "\(error)"
        }
        result.finishedAt = Timestamp.now()
        result.environment = try environmentDifferences(commit, result.ranIn)
        return result
    }

    private func plan(_ commit: ObjectID, _ tree: ObjectID, _ name: String) throws -> Plan {
        let source = try TreeSource(workspace.objects, tree)
        // Pipelines further down count where they have run.
        let directories = try PipelineReader.directories(of: source).filter { folder in
            try folder.isEmpty || source.entry(GitPath(folder + "/nacre.lock")) != nil
        }
        if let pipeline = try PipelineReader.read(from: source, directories: directories), !pipeline.stages.isEmpty {
            // What a frozen stage made is never made again: it is an input.
            let outputs = pipeline.stages.filter { !$0.isFrozen }.flatMap(\.outputs)
            return Plan(pipeline: pipeline, outputs: outputs)
        }
        // A single command: its outputs are what its commit added to what ran.
        let object = try workspace.objects.commit(commit)
        guard let command = RunTrailer.command(object.message), let frozen = object.parents.first else {
            throw ReproductionError.nothingToRun(name)
        }
        let rules = OutputRules(pipeline: nil, parameterFiles: [])
        let changes = try TreeChanges.between(try workspace.tree(frozen), tree, in: workspace.objects)
        let outputs = changes.filter { $0.new != nil && rules.isOutput($0.path.description, wasThere: $0.old != nil) }
            .map { PipelineStage.Output(path: $0.path.description, role: .data) }
        var pipeline = (try PipelineReader.read(from: source)) ?? Pipeline()
        // It may read whatever its commit froze.
        let inputs = try source.list(GitPath("")).map { String(decoding: $0.name, as: UTF8.self) }.filter { name in
            !outputs.contains { $0.path == name }
        }
        pipeline.stages = [
            PipelineStage(
                name: "run", localName: "run", commands: [command.line], directory: command.directory,
                dependencies: inputs,
                parameters: [], outputs: outputs, isFrozen: false, alwaysChanged: true, summary: nil, source: "run",
                line: nil)
        ]
        return Plan(pipeline: pipeline, outputs: outputs)
    }

    /// The files of the outputs as the tree has them.
    private func recordedFiles(
        _ tree: ObjectID, _ outputs: [PipelineStage.Output]
    ) throws -> [(path: GitPath, entry: TreeEntry)] {
        let source = try TreeSource(workspace.objects, tree)
        return try outputs.flatMap { output -> [(path: GitPath, entry: TreeEntry)] in
            let path = GitPath(output.path)
            guard let entry = try source.entry(path) else { return [] }
            guard entry.mode == .tree else { return [(path, entry)] }
            return try TreeChanges.files(of: entry.id, in: workspace.objects).map { inner in
                (GitPath(path.bytes + [UInt8(ascii: "/")] + inner.path.bytes), inner.entry)
            }
        }
    }

    private func sha256(_ entry: TreeEntry) throws -> String? {
        guard entry.mode.isBlob, entry.mode != .symbolicLink else { return nil }
        let content = try workspace.objects.read(entry.id).content
        return PointerText(content)?.sha256 ?? Hex.string(Digest.hash(content, .sha256))
    }

    /// The variables that put the restored environment first.
    private func environment(
        _ plan: Plan, _ root: FilePath, _ options: Options
    ) throws -> [(name: String, value: String)] {
        let request = plan.pipeline.environment
        let lock = try RecordedEnvironment.lockFile(of: DirectorySource(root), request)
        guard options.restoresEnvironment ?? (lock != nil) else { return [] }
        guard let lock else { throw EnvironmentRestorer.Failure.noLock(RecordedEnvironment.lockFiles) }
        let restorer = EnvironmentRestorer(
            directory: workspace.nacreDirectory.appending("environments"), variables: workspace.variables)
        report("Restoring the environment from \(lock.path)")
        let folder = try restorer.restore(lock: lock, interpreter: request.interpreter ?? "python3") {
            report("  " + $0)
        }
        return [
            ("VIRTUAL_ENV", folder.string),
            ("PATH", folder.appending("bin").string + ":" + (workspace.variables["PATH"] ?? "/usr/bin:/bin")),
        ]
    }

    /// Runs the stages.
    ///
    /// - Returns: what ran them, for asking it why something differs; nil where nothing could be started.
    private func run(
        _ plan: Plan, _ place: Place, _ environment: [(name: String, value: String)], _ options: Options,
        _ result: inout Reproduction
    ) throws -> Ended? {
        ProcessTree.adoptOrphans()
        RunSignals.install()
        var variables = workspace.variables
        for (name, value) in environment { variables[name] = value }
        result.ranIn = try RecordedEnvironment.capture(plan.pipeline.environment, variables: variables, in: place.root)
        var isolation: Isolation?
        if options.isIsolated {
            let restorer = EnvironmentRestorer(directory: place.temporary, variables: workspace.variables)
            guard restorer.has("bwrap") else {
                result.problem = "--isolated needs bubblewrap, and 'bwrap' is not installed"
                return nil
            }
            isolation = Isolation(
                root: place.root, hidden: [workspace.worktree.root], scratch: place.temporary.appending("stages"),
                system: try IsolatedSystem(
                    searchPath: variables["PATH"] ?? "/usr/bin:/bin", home: variables["HOME"]))
        }
        let log = try RunLog(place.temporary.appending("log"), isShown: options.isShown)
        func runner(_ log: RunLog) -> PipelineRunner {
            PipelineRunner(
                pipeline: plan.pipeline, root: place.root, log: log, variables: environment, shell: nil,
                hashes: HashCache(nil), isolation: isolation)
        }
        var ended = Ended(runner: runner(log), isolation: isolation, log: log)
        do {
            let outcome = try ended.runner.run(targets: [], forced: true)
            result.stages = outcome.stages
            ended.failedStage = outcome.stages.first { $0.outcome == "failed" && $0.exitCode != 0 }?.name
            // An output that was left out is a difference, and is named among them.
            if outcome.missingOutputs.isEmpty || ended.failedStage != nil {
                result.problem = outcome.problem.map { $0 + Self.lastLines(log, options) }
            }
            if RunSignals.stopSignal != 0 { result.problem = "it was interrupted" }
        } catch let error as PipelineRunnerError {
            result.problem = error.reason
        } catch {
            result.problem = "\(error)"
        }
        // What is tried out later is not shown again.
        ended.runner = runner(try RunLog(place.temporary.appending("log-again"), isShown: false))
        return ended
    }

    /// The end of what the failing command wrote: it names an input that is not there.
    private static func lastLines(_ log: RunLog, _ options: Options) -> String {
        let lines = (try? Files.read(log.path))?.split(separator: 10).suffix(options.isIsolated ? 3 : 1) ?? []
        let text = lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n  ")
        return text.isEmpty ? "" : "; its last words:\n  \(text)"
    }

    private func compare(
        _ plan: Plan, _ recorded: [GitPath], expected: FilePath, produced: FilePath
    ) throws -> [OutputComparison] {
        let policy = plan.pipeline.policy
        var result: [OutputComparison] = []
        for path in recorded {
            let text = path.description
            let output = plan.outputs.first { $0.path == text || PipelinePath.isInside(text, $0.path) }
            result.append(
                try OutputComparison.compare(
                    text, recorded: expected.appending(bytes: path.bytes),
                    produced: produced.appending(bytes: path.bytes),
                    tolerance: { key in key.flatMap { policy.rule(for: $0, in: text)?.tolerance } ?? output?.tolerance }
                ))
        }
        // What a directory holds beyond what was recorded.
        let known = Set(recorded)
        for output in plan.outputs {
            let root = GitPath(output.path)
            guard try FileStatus.of(produced.appending(output.path))?.kind == .directory else { continue }
            let files = try DirectorySource(produced).files(below: root) { _ in true }
            for file in files where !known.contains(file) {
                result.append(
                    OutputComparison(
                        path: file.description, verdict: .different, detail: "it is not among the recorded files"))
            }
        }
        for output in plan.outputs
        where !recorded.contains(where: {
            $0.description == output.path || PipelinePath.isInside($0.description, output.path)
        }) {
            result.append(
                OutputComparison(path: output.path, verdict: .unavailable, detail: "the revision does not hold it"))
        }
        return result.sorted { $0.path < $1.path }
    }

    /// What differs from the environment that the revision's run recorded.
    private func environmentDifferences(_ commit: ObjectID, _ now: Value) throws -> [String]? {
        let notes = try Notes(Notes.runs, objects: workspace.objects, refs: workspace.refs)
        var lines = try notes.lines(commit)
        if lines.isEmpty, let identifier = RunTrailer.identifier(try workspace.objects.commit(commit).message) {
            // Applied or rebased: the record stands on the experiment.
            for (_, id) in try ExperimentStore(workspace).names() where lines.isEmpty {
                if RunTrailer.identifier(try workspace.objects.commit(id).message) == identifier {
                    lines = try notes.lines(id)
                }
            }
        }
        guard let line = lines.last, let record = try? JSONReader.read(line, source: "run record"),
            let before = record.object?["environment"]
        else { return nil }
        return RecordedEnvironment.differences(before, now).compactMap { name, difference in
            if name == "python.interpreter" || name.hasPrefix("variables.VIRTUAL_ENV") || name.hasPrefix("lock.") {
                return nil
            }
            return "\(name): \(difference.old.text) -> \(difference.new.text)"
        }
    }
}
