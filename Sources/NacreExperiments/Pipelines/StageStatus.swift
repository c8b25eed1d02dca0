internal import Bytes
internal import GitObjects
internal import SystemPackage

/// Whether a stage would run, and why.
public enum StageStatus: Sendable, Hashable {
    /// Nothing changed.
    case unchanged
    /// It never runs.
    case frozen
    /// It would run, for these reasons.
    case changed([String])

    /// Whether it would run.
    public var isChanged: Bool {
        if case .changed = self { return true }
        return false
    }
}

/// Compares stages with their lock.
struct StageInspector {
    let root: FilePath
    let hashes: HashCache

    /// The values of a stage's parameters now, by file and key.
    func parameters(of stage: PipelineStage) throws -> ValueObject {
        var result = ValueObject()
        let source = DirectorySource(root)
        for dependency in stage.parameters {
            let value = try source.value(GitPath(dependency.path))
            guard let value else {
                throw PipelineError.missingDependency(
                    stage: stage.name, path: dependency.path, source: stage.source, line: stage.line)
            }
            var values = ValueObject()
            if let keys = dependency.keys {
                for key in keys {
                    guard let path = ValuePath(parsing: key), let found = value[path] else {
                        throw ValueError(
                            dependency.path, "it has no parameter '\(key)', which the stage '\(stage.name)' names")
                    }
                    values[key] = found
                }
            } else {
                values = value.object ?? [:]
            }
            result[dependency.path] = .object(values)
        }
        return result
    }

    /// What stands at a stage's paths now; nil for what is missing.
    func files(_ paths: [String]) throws -> [(path: String, item: HashCache.Item?)] {
        try paths.sorted().map { path in
            (path, try hashes.item(path.hasPrefix("/") ? FilePath(path) : root.appending(path)))
        }
    }

    /// Whether a stage would run. `pending` are outputs that earlier stages are about to make again.
    func status(of stage: PipelineStage, lock: PipelineLock.Stage?, pending: [String] = []) throws -> StageStatus {
        if stage.isFrozen { return .frozen }
        var reasons: [String] = []
        if stage.alwaysChanged { reasons.append("it always runs") }
        if stage.isCallback { reasons.append("it has neither dependencies nor outputs") }
        guard let lock else { return .changed(reasons.isEmpty ? ["it has not run yet"] : reasons) }
        reasons += try differences(stage, lock, pending: pending)
        return reasons.isEmpty ? .unchanged : .changed(reasons)
    }

    /// How what stands on the disk differs from what the lock says of a stage.
    func differences(_ stage: PipelineStage, _ lock: PipelineLock.Stage, pending: [String]) throws -> [String] {
        var reasons: [String] = []
        if lock.commands != stage.commands { reasons.append("its command changed") }
        let known = Dictionary(lock.dependencies.map { ($0.path, $0.item) }, uniquingKeysWith: { $1 })
        for (path, item) in try files(stage.dependencies) {
            if pending.contains(where: { PipelinePath.overlaps($0, path) }) {
                reasons.append("'\(path)' will be made again")
            } else if item == nil {
                reasons.append("'\(path)' is missing")
            } else if known[path] == nil {
                reasons.append("'\(path)' is a new dependency")
            } else if known[path]?.sha256 != item?.sha256 {
                reasons.append("'\(path)' changed")
            }
        }
        for path in known.keys.sorted() where !stage.dependencies.contains(path) {
            reasons.append("'\(path)' is no longer a dependency")
        }
        reasons += try parameterReasons(stage, lock)
        let made = Dictionary(lock.outputs.map { ($0.path, $0.item) }, uniquingKeysWith: { $1 })
        for (path, item) in try files(stage.outputs.map(\.path)) {
            if item == nil {
                reasons.append("its output '\(path)' is missing")
            } else if made[path] == nil {
                reasons.append("'\(path)' is a new output")
            } else if made[path]?.sha256 != item?.sha256 {
                reasons.append("its output '\(path)' changed")
            }
        }
        return reasons
    }

    private func parameterReasons(_ stage: PipelineStage, _ lock: PipelineLock.Stage) throws -> [String] {
        var reasons: [String] = []
        let now = try parameters(of: stage)
        for entry in now.entries {
            let before = lock.parameters[entry.key]?.object ?? [:]
            for value in entry.value.object?.entries ?? [] {
                guard let old = before[value.key] else {
                    reasons.append("the parameter '\(value.key)' is new")
                    continue
                }
                if !old.isSame(as: value.value) {
                    reasons.append("the parameter '\(value.key)' went from \(old.text) to \(value.value.text)")
                }
            }
            for key in before.keys where entry.value.object?[key] == nil {
                reasons.append("the parameter '\(key)' is gone")
            }
        }
        return reasons
    }
}
