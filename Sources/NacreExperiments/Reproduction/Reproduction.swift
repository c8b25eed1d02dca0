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
    /// What the revision holds otherwise than the lock says that its outputs were made from: `stage 'train': 'data.csv' changed`.
    public internal(set) var staleInputs: [String] = []
    /// Files that a stage reads and does not declare.
    public internal(set) var undeclaredInputs: [UndeclaredInput] = []
    /// Stages that made something else from inputs that are as recorded.
    public internal(set) var unstableStages: [String] = []
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
    public var isReproduced: Bool {
        problem == nil && undeclaredInputs.isEmpty && !outputs.isEmpty && outputs.allSatisfy(\.passes)
    }

    /// Whether an output came out otherwise for a reason that is not an input, in words for each stage.
    public var instabilities: [String] {
        unstableStages.map { name in
            switch environment {
            case .some(let lines) where lines.contains(where: { $0.hasPrefix("python.") || $0.hasPrefix("machine.") }):
                "stage '\(name)' made something else from the same inputs: the environment is another, or its command is not deterministic"
            case .some:
                "stage '\(name)' is not deterministic: the same inputs and packages gave another output (is a seed fixed?)"
            case nil:
                "stage '\(name)' made something else from the same inputs: it is not deterministic, or the environment, which nobody recorded, is another"
            }
        }
    }

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
        if !staleInputs.isEmpty { object["staleInputs"] = .array(staleInputs.map(Value.string)) }
        if !undeclaredInputs.isEmpty {
            object["undeclaredInputs"] = .array(
                undeclaredInputs.map { .object(["stage": .string($0.stage), "path": .string($0.path)]) })
        }
        if !unstableStages.isEmpty { object["unstableStages"] = .array(unstableStages.map(Value.string)) }
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
        for input in undeclaredInputs {
            report.cases.append(.init(group: "input", name: input.path, failure: input.description))
        }
        if let problem { report.cases.append(.init(group: "reproduce", name: "run", failure: problem)) }
        return report
    }
}

/// A file that a stage reads and does not declare.
public struct UndeclaredInput: Sendable, Hashable, CustomStringConvertible {
    /// The stage.
    public let stage: String
    /// The file, from the top of the repository or absolute.
    public let path: String

    public var description: String { "stage '\(stage)' reads '\(path)', which it does not declare" }
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
