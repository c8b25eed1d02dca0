internal import Bytes
internal import GitObjects
internal import SystemPackage

/// Why a replay came out otherwise.
extension Reproducer {
    /// A replay that has ended.
    struct Ended {
        /// For running a stage once more.
        var runner: PipelineRunner
        /// Nil where everything was visible.
        let isolation: Isolation?
        /// What the commands wrote.
        let log: RunLog
        /// The stage whose command failed.
        var failedStage: String?
    }

    /// How what the revision holds differs from what its lock says that the outputs were made from. Asked before outputs are deleted.
    func staleInputs(_ plan: Plan, _ root: FilePath) throws -> [(stage: String, reason: String)] {
        let log = try RunLog("/dev/null", isShown: false)
        let runner = PipelineRunner(
            pipeline: plan.pipeline, root: root, log: log, variables: [], shell: nil, hashes: HashCache(nil))
        return try plan.pipeline.stages.flatMap { stage -> [(stage: String, reason: String)] in
            guard let lock = try runner.recorded(stage) else { return [] }
            return try runner.differences(from: lock, of: stage).map { (stage.name, $0) }
        }
    }

    /// Names what stages read without declaring it, and stages that made something else from the same inputs.
    func explain(
        _ ended: Ended?, _ plan: Plan, _ place: Place, stale: Set<String>, _ result: inout Reproduction
    ) throws {
        guard let ended, RunSignals.stopSignal == 0 else { return }
        let differing = result.outputs.filter { !$0.passes && $0.verdict != .unavailable }.map(\.path)
        func differs(_ paths: [String]) -> Bool {
            paths.contains { path in differing.contains { PipelinePath.overlaps($0, path) } }
        }
        let ran = Set(result.stages.filter { $0.outcome == "ran" }.map(\.name))
        var suspects = plan.pipeline.stages.filter { stage in
            ran.contains(stage.name) && !stale.contains(stage.name) && differs(stage.outputs.map(\.path))
                && !differs(stage.dependencies)
        }
        let failed = plan.pipeline.stages.filter { $0.name == ended.failedStage }
        if let isolation = ended.isolation {
            var undeclared: [UndeclaredInput] = []
            for stage in failed + suspects {
                undeclared += try undeclaredInputs(of: stage, ended, isolation, place)
            }
            suspects.removeAll { stage in undeclared.contains { $0.stage == stage.name } }
            result.undeclaredInputs = undeclared
            // It ran, and what it lacked is known: that is a difference.
            if undeclared.contains(where: { $0.stage == ended.failedStage }) {
                result.problem = nil
                result.outputs = try missing(plan, place)
            }
        }
        result.unstableStages = suspects.map(\.name)
    }

    /// The outputs of a replay that was cut short.
    private func missing(_ plan: Plan, _ place: Place) throws -> [OutputComparison] {
        try plan.outputs.compactMap { output in
            guard try FileStatus.of(place.root.appending(output.path)) == nil else { return nil }
            return OutputComparison(path: output.path, verdict: .missing, detail: "the replay did not come to write it")
        }
    }

    /// Runs a stage once more with the whole revision visible, and looks what it opens of it.
    private func undeclaredInputs(
        of stage: PipelineStage, _ ended: Ended, _ isolation: Isolation, _ place: Place
    ) throws -> [UndeclaredInput] {
        let folder = place.temporary.appending(
            "again-\(stage.localName.utf8.count)-\(UInt32.random(in: 0...UInt32.max))")
        defer { try? Files.removeTree(folder) }
        try TreeExporter(place.tree, to: folder, like: workspace.worktree).writeAll()
        try isolation.copyDependencies(of: stage, to: folder)
        for output in stage.outputs where !output.persists { try Files.removeTree(folder.appending(output.path)) }
        for output in stage.outputs { try Files.makeDirectory(folder.appending(output.path).removingLastComponent()) }
        let files = try TreeChanges.files(of: place.tree, in: workspace.objects).map(\.path)
        var folders: Set<GitPath> = []
        for file in files {
            var parent = file.parent
            while let path = parent, folders.insert(path).inserted { parent = path.parent }
        }
        folders.insert(GitPath(""))
        var found: [String] = []
        if let watch = AccessWatch(folder, folders: folders) {
            try ended.runner.runAgain(stage, isolatedIn: folder)
            let tracked = Set(files)
            let declared = stage.dependencies + stage.parameters.map(\.path) + stage.outputs.map(\.path)
            found = watch.opened().filter(tracked.contains).map(\.description).filter { path in
                !declared.contains { $0 == path || PipelinePath.isInside(path, $0) }
            }.sorted()
        }
        if found.isEmpty, stage.name == ended.failedStage {
            let text = (try? Files.read(ended.log.path))?.suffix(1 << 12) ?? []
            found = isolation.hiddenPaths(namedIn: String(decoding: text, as: UTF8.self), stage)
        }
        return found.map { UndeclaredInput(stage: stage.name, path: $0) }
    }
}
