internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Turns a run that has ended into an experiment. Every step can be repeated: a process that is killed here is followed by
/// the next command, which does it again.
struct RunRecorder: Sendable {
    let workspace: Workspace

    init(_ workspace: Workspace) { self.workspace = workspace }

    /// The ref that keeps what a run stands on while it goes on.
    static func pin(_ record: RunRecord) throws -> RefName { try RefName("refs/nacre/runs/" + record.name) }

    /// Records a run whose lock this process holds.
    ///
    /// - Parameter before: the snapshot of the same work tree that this process took before the run.
    func record(
        _ directory: RunDirectory, _ record: RunRecord, after before: Snapshot? = nil
    ) throws -> RunSession.Outcome {
        let result =
            try directory.result()
            ?? RunResult(exitCode: 137, signal: 9, duration: 0, problem: nil)
        let pipeline = try? PipelineReader.read(
            from: TreeSource(workspace.objects, record.frozen), directories: record.work.directories)
        let rules = OutputRules(pipeline: pipeline ?? nil, parameterFiles: (pipeline ?? nil)?.parameterFiles ?? [])
        let frozenTree = try workspace.objects.peel(record.frozen, to: .tree)
        if let known = try existing(record) {
            // A process before this one came as far as the commit.
            let tree = try workspace.objects.peel(known, to: .tree)
            let outputs = try TreeChanges.between(frozenTree, tree, in: workspace.objects)
            if !result.isSuccess, record.place == nil { try restore(record, directory, outputs, frozenTree) }
            try finish(record, directory)
            return RunSession.Outcome(
                name: record.name, commit: known, result: result,
                outputs: outputs.filter { $0.new != nil }.map(\.path.description), leftOut: [], branch: nil)
        }
        let place = try RunPlace.open(record, workspace)
        let after = try (place ?? workspace).snapshot(
            including: rules.forced.map { GitPath($0) }, after: before, limit: .max,
            leavingOut: Set(record.leftOut.map { GitPath($0.path) }))
        let changes = try TreeChanges.between(frozenTree, after.tree, in: workspace.objects)
        var outputs: [TreeChange] = []
        var leftOut: [String] = []
        let overridden = Set(record.overrides.map { GitPath($0.file) })
        for change in changes {
            let path = change.path.description
            if rules.isOutput(path, wasThere: change.old != nil) {
                outputs.append(change)
            } else if change.path.name.elementsEqual(".gitattributes".utf8), change.new != nil {
                // The line for a new large file belongs to it.
                outputs.append(change)
            } else if !overridden.contains(change.path) {
                leftOut.append(path)
            }
        }
        let tree = try TreeEditor.apply(
            outputs.map { change in
                .init(path: change.path, file: change.new.map { .init(mode: $0.mode, id: $0.id) })
            }, to: frozenTree, in: workspace.objects)
        let commit = try commit(record, result, tree: tree)
        try note(record, result, commit, directory)
        var branch: String?
        if record.commitsToBranch, result.isSuccess {
            branch = try moveBranch(to: commit, record, tree: tree)
        } else {
            try addExperiment(record, commit)
        }
        if !result.isSuccess, record.place == nil { try restore(record, directory, outputs, frozenTree) }
        try finish(record, directory)
        return RunSession.Outcome(
            name: record.name, commit: commit, result: result,
            outputs: outputs.filter { $0.new != nil }.map(\.path.description), leftOut: leftOut, branch: branch)
    }

    /// The commit that records this very run already, as an experiment or on the branch.
    private func existing(_ record: RunRecord) throws -> ObjectID? {
        for name in [try RefName(ExperimentStore.prefix + record.name), .head] {
            guard let id = try workspace.refs.resolve(name), let commit = try? workspace.objects.commit(id) else {
                continue
            }
            if String(decoding: commit.message, as: UTF8.self).contains("\nNacre-Run: \(record.identifier)\n") {
                return id
            }
        }
        return nil
    }

    /// The commit of the result.
    private func commit(_ record: RunRecord, _ result: RunResult, tree: ObjectID) throws -> ObjectID {
        var message =
            record.commitsToBranch && result.isSuccess
            ? (record.message ?? "Run '\(record.commandLine)'") : "\(record.name): \(record.commandLine)"
        if !message.hasSuffix("\n") { message += "\n" }
        message += "\n" + RunTrailer.lines(record, result)
        let onBranch = record.commitsToBranch && result.isSuccess
        let parent = onBranch ? record.base : record.frozen
        return try workspace.commit(tree: tree, parents: parent.map { [$0] } ?? [], message: message)
    }

    private func note(_ record: RunRecord, _ result: RunResult, _ commit: ObjectID, _ directory: RunDirectory) throws {
        let signature = try workspace.committer()
        var line: ValueObject = [
            "id": .string(record.identifier), "name": .string(record.name), "command": .string(record.commandLine),
            "status": .string(result.status), "startedAt": .string(Timestamp.text(record.startedAt)),
            "who": .string(
                String(decoding: signature.name + Array(" <".utf8) + signature.email + Array(">".utf8), as: UTF8.self)),
            "frozen": .string(record.frozen.hex), "result": result.value, "environment": record.environment,
        ]
        if let base = record.base { line["base"] = .string(base.hex) }
        if !record.overrides.isEmpty {
            line["set"] = .object(ValueObject(record.overrides.map { ("\($0.file):\($0.key)", $0.value) }))
        }
        let notes = try Notes(Notes.runs, objects: workspace.objects, refs: workspace.refs)
        try notes.addLine(JSONWriter.bytes(.object(line)), to: commit, committer: signature)
        if let log = try Files.readIfPresent(directory.log), !log.isEmpty {
            let limit = 8 << 20
            let kept = log.count > limit ? Array(log[(log.count - limit)...]) : log
            try Notes(Notes.logs, objects: workspace.objects, refs: workspace.refs).write(
                kept, to: commit, committer: signature)
        }
    }

    private func addExperiment(_ record: RunRecord, _ commit: ObjectID) throws {
        var name = record.name
        for attempt in 2... {
            let ref = try RefName(ExperimentStore.prefix + name)
            if try workspace.refs.resolve(ref) == commit { return }
            var transaction = workspace.refs.beginTransaction()
            transaction.update(ref, to: commit, expecting: .absent, message: "run: \(record.commandLine)")
            do throws(RefError) {
                try transaction.commit(committer: try signature())
                return
            } catch {
                guard attempt < 100, try workspace.refs.resolve(ref) != nil else { throw error }
                // Fetched or renamed to that name meanwhile: no run is lost for its name.
                name = "\(record.name)-\(attempt)"
            }
        }
    }

    private func signature() throws(RefError) -> Signature {
        (try? workspace.committer())
            ?? Signature(name: "nacre", email: "", time: Int64(Timestamp.now()), zoneMinutes: 0)
    }

    /// Moves the branch to the result and brings the index up to it: what the person edited meanwhile shows as modified.
    private func moveBranch(to commit: ObjectID, _ record: RunRecord, tree: ObjectID) throws -> String {
        var transaction = workspace.refs.beginTransaction()
        transaction.update(
            .head, to: commit, expecting: record.base.map { .exactly($0) } ?? .any,
            message: "run: \(record.commandLine)")
        try transaction.commit(committer: try workspace.committer())
        var lock = try IndexLock(workspace.indexFile, waiting: 2000)
        var index = try Index.read(
            workspace.indexFile, algorithm: workspace.objects.algorithm, objects: workspace.objects)
        let changes = try TreeChanges.between(try workspace.tree(record.base), tree, in: workspace.objects)
        var entries: [IndexEntry] = []
        for change in changes {
            guard let new = change.new, new.mode.isBlob else { continue }
            var entry = IndexEntry(path: change.path, id: new.id, mode: new.mode)
            if let found = try? worktreeHash(change.path, index), found == new.id,
                let status = try workspace.worktree.status(change.path)
            {
                entry.stat = StatData(status)
            }
            entries.append(entry)
        }
        index.apply(adding: entries, removing: changes.filter { $0.new == nil }.map(\.path))
        try lock.write(index)
        try lock.commitWritten()
        return try workspace.refs.resolveFully(.head).name.shortened
    }

    private func worktreeHash(_ path: GitPath, _ index: Index) throws -> ObjectID? {
        try workspace.worktree.hash(path, index: index)?.id
    }

    /// Puts the work tree back as it was: what a failed run made is in its commit.
    private func restore(
        _ record: RunRecord, _ directory: RunDirectory, _ outputs: [TreeChange], _ frozenTree: ObjectID
    ) throws {
        let exporter = try TreeExporter(frozenTree, to: workspace.worktree.root, like: workspace.worktree)
        try workspace.worktree.willChange(outputs.map(\.path))
        for change in outputs where change.old == nil {
            // The line for a large file is in the snapshot only.
            guard !change.path.name.elementsEqual(".gitattributes".utf8), try isAsRecorded(change) else { continue }
            let file = workspace.worktree.file(change.path)
            try Files.remove(file)
            var parent = change.path.parent
            while let directory = parent, !directory.isRoot {
                guard try Files.removeEmptyDirectory(workspace.worktree.file(directory)) else { break }
                parent = directory.parent
            }
        }
        let changed = try outputs.filter { change in
            try change.old != nil && !change.path.name.elementsEqual(".gitattributes".utf8) && isAsRecorded(change)
        }
        try exporter.write(changed.map(\.path))
        for file in Set(record.overrides.map(\.file)) {
            let path = GitPath(file)
            guard let original = try Files.readIfPresent(directory.original(file)),
                let now = try Files.readIfPresent(workspace.worktree.file(path)),
                let entry = try TreeSource(workspace.objects, frozenTree).entry(path)
            else { continue }
            let set = try workspace.worktree.contentForFile(
                try workspace.objects.read(entry.id).content, path: path, id: entry.id)
            // A person's edit since then stays.
            if now == set {
                let status = try FileStatus.of(workspace.worktree.file(path))
                var replacement = try TemporaryFile(
                    in: workspace.worktree.file(path).removingLastComponent(), prefix: "restore")
                try replacement.output.write(original)
                if let status { try replacement.output.setPermissions(status.permissions) }
                try replacement.finish(as: workspace.worktree.file(path))
            }
        }
    }

    /// Whether a path still holds what the run left: what a person wrote there since then is not touched.
    private func isAsRecorded(_ change: TreeChange) throws -> Bool {
        guard let new = change.new else { return try workspace.worktree.status(change.path) == nil }
        if new.mode != .symbolicLink, let pointer = PointerText(try workspace.objects.read(new.id).content) {
            let file = workspace.worktree.file(change.path)
            guard let status = try FileStatus.of(file), status.kind == .regular, status.size == pointer.size else {
                return false
            }
            return try FileDigest.sha256(file) == pointer.sha256
        }
        return try workspace.worktree.hash(change.path)?.id == new.id
    }

    private func finish(_ record: RunRecord, _ directory: RunDirectory) throws {
        let pin = try Self.pin(record)
        if try workspace.refs.resolve(pin) != nil {
            var transaction = workspace.refs.beginTransaction()
            transaction.delete(pin)
            try transaction.commit(committer: try workspace.committer())
        }
        if let place = record.place { try RunPlace.remove(FilePath(place)) }
        try directory.remove()
    }
}

extension RunSession {
    /// Records every run whose runner was killed; what is still going on is left alone.
    ///
    /// - Returns: the runs that were recorded.
    public func recover() throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for directory in try RunDirectory.all(in: workspace.nacreDirectory) {
            guard let lock = RunLock(directory) else { continue }
            defer { extendLifetime(lock) }
            guard let record = try directory.record() else {
                // Left before anything was changed, or made this moment by one who has not taken the lock yet.
                if let status = try FileStatus.of(directory.path),
                    Double(status.modified.seconds) < Timestamp.now() - 60
                {
                    try directory.remove()
                }
                continue
            }
            RunWorker.endProcesses(of: record)
            outcomes.append(try RunRecorder(workspace).record(directory, record))
        }
        return outcomes
    }
}
