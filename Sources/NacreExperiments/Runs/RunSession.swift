public import Bytes
public import GitObjects
internal import GitRefs
internal import GitStorage
internal import GitWorktree
internal import Glibc
internal import SystemPackage

/// One run from freezing the work tree to the commit of what came out.
public struct RunSession: Sendable {
    /// Starts the process that does a run's work (``RunWorker``), given the run's directory, and waits for it.
    public typealias Launcher = @Sendable (RunDirectory) throws -> ExitStatus

    /// What came of a run.
    public struct Outcome: Sendable {
        /// The experiment's name.
        public let name: String
        /// The commit.
        public let commit: ObjectID
        /// How it ended.
        public let result: RunResult
        /// The files that came out.
        public let outputs: [String]
        /// Files that changed while it ran and are not part of it.
        public let leftOut: [String]
        /// The branch that was moved; nil for an experiment.
        public let branch: String?
    }

    let workspace: Workspace

    /// Makes a session.
    public init(_ workspace: Workspace) { self.workspace = workspace }

    /// Freezes the work tree, runs, records.
    ///
    /// - Parameter started: called before the command starts.
    public func run(
        _ request: RunRequest, launch: Launcher, started: (RunRecord) -> Void = { _ in }
    ) throws -> Outcome {
        try run(request, isApart: false, launch: launch, started: started)
    }

    /// The same in a directory of its own, which is removed in the end; the work tree is only read.
    public func runApart(
        _ request: RunRequest, launch: Launcher, started: (RunRecord) -> Void = { _ in }
    ) throws -> Outcome {
        try run(request, isApart: true, launch: launch, started: started)
    }

    private func run(
        _ request: RunRequest, isApart: Bool, launch: Launcher, started: (RunRecord) -> Void
    ) throws -> Outcome {
        let directory = try claimName(request.name)
        // From here to the end nobody else records this run.
        guard let lock = RunLock(directory) else {
            throw RunError.nameRunning(directory.path.lastComponent?.string ?? "")
        }
        defer { extendLifetime(lock) }
        let (record, snapshot) = try prepare(request, directory, isApart: isApart)
        started(record)
        do {
            if isApart { try RunPlace.make(record, workspace) } else { try writeParameters(record, directory) }
            let status = try launch(directory)
            if try directory.result() == nil {
                try directory.write(
                    RunResult(
                        exitCode: status.code, signal: status.code > 128 ? status.code - 128 : 9,
                        duration: max(0, Timestamp.now() - record.startedAt)))
            }
        } catch {
            if try directory.result() == nil {
                try directory.write(RunResult(exitCode: 128, duration: 0, problem: "\(error)"))
            }
        }
        return try RunRecorder(workspace).record(directory, record, after: isApart ? nil : snapshot)
    }

    private func prepare(
        _ request: RunRequest, _ directory: RunDirectory, isApart: Bool
    ) throws -> (RunRecord, Snapshot?) {
        do {
            return try prepareUnchecked(request, directory, isApart: isApart)
        } catch {
            try? directory.remove()
            throw error
        }
    }

    private func prepareUnchecked(
        _ request: RunRequest, _ directory: RunDirectory, isApart: Bool
    ) throws -> (RunRecord, Snapshot?) {
        let source: any FileSource =
            try request.revision.map { try TreeSource(workspace.objects, $0) } ?? workspace.files
        let pipeline = try PipelineReader.read(from: source, directories: request.work.directories)
        if case .pipeline(let targets, _) = request.work {
            guard let pipeline, !pipeline.stages.isEmpty else { throw RunError.noPipeline }
            for target in targets where pipeline.stages(named: target).isEmpty {
                throw PipelineError.unknownStage(target, known: pipeline.stages.map(\.name))
            }
        }
        if request.commitsToBranch {
            let state = workspace.indexFile.removingLastComponent()
            if try FileStatus.of(state.appending("MERGE_HEAD")) != nil { throw RunError.operationInProgress("a merge") }
        }
        let replacements = try parameterFiles(request.overrides)
        let name = directory.path.lastComponent?.string ?? "run"
        let base = try request.revision ?? workspace.head()
        var frozen = request.revision
        var snapshot: Snapshot?
        if frozen == nil {
            let taken = try freeze(name, base, pipeline, replacements.mapValues(\.new))
            frozen = taken.commit
            snapshot = taken.snapshot
        }
        let record = RunRecord(
            identifier: String(UInt64.random(in: 1 << 60...UInt64.max), radix: 16), name: name, work: request.work,
            directory: request.directory, overrides: request.overrides, base: base,
            frozen: frozen ?? .zero(workspace.objects.algorithm), commitsToBranch: request.commitsToBranch,
            message: request.message, place: isApart ? RunPlace.path(name, workspace).string : nil,
            jobs: request.jobs,
            startedAt: Timestamp.now(), process: getpid(),
            environment: try RecordedEnvironment.capture(
                pipeline?.environment ?? EnvironmentRequest(), variables: workspace.variables,
                in: workspace.worktree.root),
            leftOut: snapshot?.leftOut.map { .init(path: $0.path.description, size: $0.size) } ?? [])
        for (path, contents) in replacements {
            let original = directory.original(path.description)
            try Files.makeDirectory(original.removingLastComponent())
            try TemporaryFile.replace(original, with: contents.old)
        }
        try directory.write(record)
        // A gc while the run goes on must not take what it stands on.
        var transaction = workspace.refs.beginTransaction()
        transaction.update(try RunRecorder.pin(record), to: record.frozen, message: "run: start")
        try transaction.commit(committer: try workspace.committer())
        return (record, snapshot)
    }

    /// The work tree as a commit: that which is checked out where nothing was edited.
    private func freeze(
        _ name: String, _ base: ObjectID?, _ pipeline: Pipeline?, _ replacements: [GitPath: [UInt8]]
    ) throws -> (commit: ObjectID, snapshot: Snapshot) {
        let rules = OutputRules(pipeline: pipeline, parameterFiles: pipeline?.parameterFiles ?? [])
        let snapshot = try workspace.snapshot(including: rules.forced.map { GitPath($0) }, replacing: replacements)
        if let base, try workspace.tree(base) == snapshot.tree { return (base, snapshot) }
        let commit = try workspace.commit(
            tree: snapshot.tree, parents: base.map { [$0] } ?? [], message: "Work tree before the run '\(name)'\n")
        return (commit, snapshot)
    }

    private func claimName(_ wanted: String?) throws -> RunDirectory {
        func isTaken(_ name: String) throws -> Bool {
            try workspace.refs.resolve(try RefName(ExperimentStore.prefix + name)) != nil
        }
        if let wanted {
            guard RunNames.isValid(wanted) else { throw RunError.invalidName(wanted) }
            if try isTaken(wanted) { throw RunError.nameTaken(wanted) }
            guard let directory = try RunDirectory.create(wanted, in: workspace.nacreDirectory) else {
                throw RunError.nameRunning(wanted)
            }
            return directory
        }
        while true {
            let name = try RunNames.generate { try !isTaken($0) }
            if let directory = try RunDirectory.create(name, in: workspace.nacreDirectory) { return directory }
        }
    }

    /// The parameter files with the overrides set, beside what they hold now.
    private func parameterFiles(
        _ overrides: [RunRecord.Override]
    ) throws -> [GitPath: (old: [UInt8], new: [UInt8])] {
        var result: [GitPath: (old: [UInt8], new: [UInt8])] = [:]
        for override in overrides {
            let path = GitPath(override.file)
            guard let old = try result[path]?.old ?? Files.readIfPresent(workspace.worktree.file(path)) else {
                throw ValueError(override.file, "the file of the parameter '\(override.key)' is not there")
            }
            guard let place = ValuePath(parsing: override.key) else {
                throw RunError.invalidOverride("\(override.key)=\(override.value.text)")
            }
            let new = try ValueFile.setting(
                place, to: override.value, in: result[path]?.new ?? old, name: override.file)
            result[path] = (old, new)
        }
        return result
    }

    /// Puts the parameters into their files. The frozen commit has them already.
    private func writeParameters(_ record: RunRecord, _ directory: RunDirectory) throws {
        let files = Array(Set(record.overrides.map(\.file))).sorted()
        guard !files.isEmpty else { return }
        let frozen = try TreeSource(workspace.objects, record.frozen)
        try workspace.worktree.willChange(files.map { GitPath($0) })
        for file in files {
            guard let entry = try frozen.entry(GitPath(file)) else { continue }
            let bytes = try workspace.objects.read(entry.id).content
            let converted = try workspace.worktree.contentForFile(bytes, path: GitPath(file), id: entry.id)
            try TemporaryFile.replace(workspace.worktree.file(GitPath(file)), with: converted, synchronizing: false)
        }
    }
}
