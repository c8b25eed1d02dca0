public import GitObjects

/// What came of running a revision again.
public struct Reproduction: Sendable {
    /// The commit.
    public let commit: ObjectID
    /// Each output.
    public internal(set) var outputs: [OutputComparison] = []
    /// Each stage that was started.
    public internal(set) var stages: [RunResult.Stage] = []
    /// What else is not as it was: packages, machine, variables; nil where nothing was recorded to compare with.
    public internal(set) var environment: [String]?
    /// Why it could not be run to the end.
    public internal(set) var problem: String?
    /// When it started, seconds since 1970.
    public internal(set) var startedAt = 0.0
    /// When it ended.
    public internal(set) var finishedAt = 0.0
    /// The environment it ran in.
    public internal(set) var ranIn: Value = .object([:])
    /// The outputs as recorded: path and SHA-256.
    public internal(set) var subjects: [(path: String, sha256: String)] = []

    /// Whether every output came out as recorded.
    public var isReproduced: Bool { problem == nil && !outputs.isEmpty && outputs.allSatisfy(\.passes) }

    /// 0 reproduced, 1 different, 128 could not run.
    public var exitCode: Int32 { problem != nil ? 128 : isReproduced ? 0 : 1 }

    /// As JSON.
    public var value: Value {
        var object: ValueObject = [
            "commit": .string(commit.hex), "reproduced": .bool(isReproduced),
            "outputs": .array(outputs.map(\.value)), "stages": .array(stages.map(\.value)),
            "startedOn": .string(Timestamp.text(startedAt)), "finishedOn": .string(Timestamp.text(finishedAt)),
        ]
        if let problem { object["problem"] = .string(problem) }
        if let environment { object["environmentDifferences"] = .array(environment.map(Value.string)) }
        return .object(object)
    }

    /// As JUnit cases.
    public var report: JUnitReport {
        var report = JUnitReport(name: "nacre reproduce \(commit.hex)")
        for stage in stages {
            let failure = stage.exitCode == 0 ? nil : "returned \(stage.exitCode)"
            report.cases.append(.init(group: "stage", name: stage.name, failure: failure, seconds: stage.duration))
        }
        for output in outputs {
            let failure = output.passes ? nil : "\(output.verdict.rawValue): \(output.detail)"
            report.cases.append(.init(group: "output", name: output.path, failure: failure))
        }
        if let problem { report.cases.append(.init(group: "reproduce", name: "run", failure: problem)) }
        return report
    }
}

/// Why a revision cannot be run again.
public enum ReproductionError: Error, CustomStringConvertible {
    /// It says nowhere what was run.
    case nothingToRun(String)
    /// The directory holds files already.
    case directoryNotEmpty(String)
    /// No output is declared or recorded.
    case noOutputs

    public var description: String {
        switch self {
        case .nothingToRun(let revision):
            "'\(revision)' has neither a nacre.yaml or dvc.yaml with stages nor the record of a run; there is nothing to run again"
        case .directoryNotEmpty(let path): "'\(path)' exists and is not an empty directory"
        case .noOutputs: "the revision has no outputs to compare"
        }
    }
}
