public import GitObjects

/// What a run is, written before its command starts: enough for any later process to record it.
public struct RunRecord: Sendable, Hashable {
    /// A parameter that was set for the run.
    public struct Override: Sendable, Hashable {
        /// The file, from the top of the repository.
        public let file: String
        /// The dotted key.
        public let key: String
        /// The value.
        public let value: Value
    }

    /// What is run.
    public enum Work: Sendable, Hashable {
        /// A program with its arguments.
        case command([String])
        /// Stages of the pipeline; none for all.
        case pipeline(targets: [String], forced: Bool)

        /// The directories whose pipeline files count.
        var directories: [String] {
            switch self {
            case .command: [""]
            case .pipeline(let targets, _): PipelineReader.directories(for: targets)
            }
        }
    }

    /// A random number that names the run for good.
    public let identifier: String
    /// The experiment's name.
    public let name: String
    /// What is run.
    public let work: Work
    /// Where it runs, from the top of the repository; empty for the top.
    public let directory: String
    /// The parameters that were set.
    public let overrides: [Override]
    /// The commit that was checked out; nil on an unborn branch.
    public let base: ObjectID?
    /// What exactly ran.
    public let frozen: ObjectID
    /// Whether the result goes onto the branch instead.
    public let commitsToBranch: Bool
    /// The message of the commit on the branch.
    public let message: String?
    /// The directory that it runs in instead of the work tree; nil for the work tree.
    public let place: String?
    /// How many stages may run side by side.
    public let jobs: Int
    /// Seconds since 1970.
    public let startedAt: Double
    /// The process that records the run.
    public var process: Int32
    /// The environment.
    public let environment: Value
    /// Untracked files that were too large to be frozen, with their sizes.
    public let leftOut: [LeftOut]

    /// A file that is not part of what ran.
    public struct LeftOut: Sendable, Hashable {
        /// The path from the top of the repository.
        public let path: String
        /// Its size in bytes.
        public let size: Int64
    }

    /// The command as one line, for people.
    public var commandLine: String {
        switch work {
        case .command(let words): words.map(ShellWord.quote).joined(separator: " ")
        case .pipeline(let targets, _): targets.isEmpty ? "pipeline" : "pipeline " + targets.joined(separator: " ")
        }
    }

    /// The record as JSON.
    var value: Value {
        var object: ValueObject = [
            "id": .string(identifier), "name": .string(name), "directory": .string(directory),
            "startedAt": .float(startedAt), "frozen": .string(frozen.hex), "process": .integer(Int64(process)),
            "commitsToBranch": .bool(commitsToBranch), "environment": environment,
            "overrides": .array(
                overrides.map { .object(["file": .string($0.file), "key": .string($0.key), "value": $0.value]) }),
        ]
        if let base { object["base"] = .string(base.hex) }
        if let message { object["message"] = .string(message) }
        if let place { object["place"] = .string(place) }
        if jobs != 1 { object["jobs"] = .integer(Int64(jobs)) }
        if !leftOut.isEmpty {
            object["leftOut"] = .array(
                leftOut.map { .object(["path": .string($0.path), "size": .integer($0.size)]) })
        }
        switch work {
        case .command(let words): object["command"] = .array(words.map(Value.string))
        case .pipeline(let targets, let forced):
            object["targets"] = .array(targets.map(Value.string))
            object["forced"] = .bool(forced)
        }
        return .object(object)
    }

    init(
        identifier: String, name: String, work: Work, directory: String, overrides: [Override], base: ObjectID?,
        frozen: ObjectID, commitsToBranch: Bool, message: String?, place: String?, jobs: Int, startedAt: Double,
        process: Int32, environment: Value, leftOut: [LeftOut] = []
    ) {
        self.identifier = identifier
        self.name = name
        self.work = work
        self.directory = directory
        self.overrides = overrides
        self.base = base
        self.frozen = frozen
        self.commitsToBranch = commitsToBranch
        self.message = message
        self.place = place
        self.jobs = jobs
        self.startedAt = startedAt
        self.process = process
        self.environment = environment
        self.leftOut = leftOut
    }

    /// Reads a record; nil where it is damaged.
    init?(_ value: Value) {
        guard let object = value.object, let identifier = object["id"]?.string, let name = object["name"]?.string,
            let directory = object["directory"]?.string, let startedAt = object["startedAt"]?.number,
            let frozen = object["frozen"]?.string.flatMap({ ObjectID(hex: $0) })
        else { return nil }
        self.identifier = identifier
        self.name = name
        self.directory = directory
        self.startedAt = startedAt
        self.frozen = frozen
        base = object["base"]?.string.flatMap { ObjectID(hex: $0) }
        message = object["message"]?.string
        place = object["place"]?.string
        jobs = object["jobs"]?.number.flatMap { Int(exactly: $0) } ?? 1
        commitsToBranch = object["commitsToBranch"]?.bool ?? false
        environment = object["environment"] ?? .object([:])
        leftOut = (object["leftOut"]?.array ?? []).compactMap { item in
            guard let path = item.object?["path"]?.string,
                let size = item.object?["size"]?.number.flatMap({ Int64(exactly: $0) })
            else { return nil }
            return LeftOut(path: path, size: size)
        }
        process = object["process"]?.number.flatMap { Int32(exactly: $0) } ?? 0
        overrides = (object["overrides"]?.array ?? []).compactMap { item in
            guard let file = item.object?["file"]?.string, let key = item.object?["key"]?.string,
                let value = item.object?["value"]
            else { return nil }
            return Override(file: file, key: key, value: value)
        }
        if let words = object["command"]?.array {
            work = .command(words.compactMap(\.string))
        } else {
            work = .pipeline(
                targets: object["targets"]?.array?.compactMap(\.string) ?? [], forced: object["forced"]?.bool ?? false)
        }
    }
}

/// How a run's work ended.
public struct RunResult: Sendable, Hashable {
    /// What became of one stage.
    public struct Stage: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// `ran`, `unchanged`, `restored`, `frozen` or `failed`.
        public let outcome: String
        /// Why it ran; empty where it did not.
        public let reason: String
        /// Seconds.
        public let duration: Double
        /// The exit code of its last command; 0 where none ran.
        public let exitCode: Int32
        /// The commands that were started.
        public let commands: [String]
        /// The number of the process that each of them was.
        public let processes: [Int32]

        var value: Value {
            .object([
                "name": .string(name), "outcome": .string(outcome), "reason": .string(reason),
                "duration": .float(duration),
                "exitCode": .integer(Int64(exitCode)), "commands": .array(commands.map(Value.string)),
                "processes": .array(processes.map { .integer(Int64($0)) }),
            ])
        }

        init(
            name: String, outcome: String, reason: String = "", duration: Double = 0, exitCode: Int32 = 0,
            commands: [String] = [], processes: [Int32] = []
        ) {
            self.name = name
            self.outcome = outcome
            self.reason = reason
            self.duration = duration
            self.exitCode = exitCode
            self.commands = commands
            self.processes = processes
        }

        init?(_ value: Value) {
            guard let object = value.object, let name = object["name"]?.string, let outcome = object["outcome"]?.string
            else {
                return nil
            }
            self.name = name
            self.outcome = outcome
            reason = object["reason"]?.string ?? ""
            duration = object["duration"]?.number ?? 0
            exitCode = object["exitCode"]?.number.flatMap { Int32(exactly: $0) } ?? 0
            commands = object["commands"]?.array?.compactMap(\.string) ?? []
            processes = object["processes"]?.array?.compactMap { $0.number.flatMap { Int32(exactly: $0) } } ?? []
        }
    }

    /// The exit code as a shell gives it: 128 and the signal's number where one ended it.
    public let exitCode: Int32
    /// The signal that asked the run to stop, or ended the command; 0 for none.
    public let signal: Int32
    /// Seconds.
    public let duration: Double
    /// Why it failed, where no command did.
    public let problem: String?
    /// The stages of a pipeline.
    public let stages: [Stage]
    /// How many processes the commands left behind, which were ended.
    public let leftBehind: Int

    /// Whether all is well.
    public var isSuccess: Bool { exitCode == 0 && signal == 0 && problem == nil }

    /// In words: `succeeded`, `failed (exit 1)`, `interrupted`.
    public var status: String {
        if let problem { return "failed (\(problem))" }
        if signal == 2 || signal == 15 || signal == 1 { return "interrupted" }
        if signal != 0 { return "killed by signal \(signal)" }
        if exitCode > 128 { return "killed by signal \(exitCode - 128)" }
        return exitCode == 0 ? "succeeded" : "failed (exit \(exitCode))"
    }

    init(
        exitCode: Int32, signal: Int32 = 0, duration: Double, problem: String? = nil, stages: [Stage] = [],
        leftBehind: Int = 0
    ) {
        self.exitCode = exitCode
        self.signal = signal
        self.duration = duration
        self.problem = problem
        self.stages = stages
        self.leftBehind = leftBehind
    }

    var value: Value {
        var object: ValueObject = [
            "exitCode": .integer(Int64(exitCode)), "signal": .integer(Int64(signal)), "duration": .float(duration),
        ]
        if let problem { object["problem"] = .string(problem) }
        if !stages.isEmpty { object["stages"] = .array(stages.map(\.value)) }
        if leftBehind > 0 { object["leftBehind"] = .integer(Int64(leftBehind)) }
        return .object(object)
    }

    init?(_ value: Value) {
        guard let object = value.object, let code = object["exitCode"]?.number.flatMap({ Int32(exactly: $0) }) else {
            return nil
        }
        exitCode = code
        signal = object["signal"]?.number.flatMap { Int32(exactly: $0) } ?? 0
        duration = object["duration"]?.number ?? 0
        problem = object["problem"]?.string
        stages = (object["stages"]?.array ?? []).compactMap { Stage($0) }
        leftBehind = object["leftBehind"]?.number.flatMap { Int(exactly: $0) } ?? 0
    }
}
