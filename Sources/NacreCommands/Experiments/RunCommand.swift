internal import Bytes
internal import GitObjects
internal import GitStorage
internal import GitWorktree
internal import Glibc
internal import NacreExperiments
internal import SystemPackage

struct RunCommand: Command {
    static let name = "run"
    static let summary = "run a command or the pipeline as an experiment"
    static let usage = [
        "[-n <name>] [-S <name>=<value>]... [--commit] [-m <message>] [--] <command>...",
        "[-n <name>] [-S <name>=<value>]... [--force] [<stage>... | --all-pipelines]",
        "[--queue] [-S <name>=<value>,<value>...]... [--] [<command>...]",
        "--all [--jobs=<n>]",
    ]
    static let permutesOptions = false
    static let options: [OptionSpec] = [
        .value("name", "n", "name", "the experiment's name (default: one that is made up)"),
        .value("set", "S", "name=value", "set a parameter; several values separated by commas make a grid"),
        .flag("commit", "commit the result on the branch instead of as an experiment"),
        .value("message", "m", "message", "the message of that commit"),
        .flag("force", "f", "run stages even where nothing changed"),
        .flag("all-pipelines", "P", "run the stages of the pipeline files below the top too"),
        .flag("queue", "keep the runs for later"),
        .flag("all", "run everything that was queued"),
        .value(
            "jobs", "j", "n",
            "how many experiments run side by side, each in a work tree of its own; of one pipeline, how many stages"),
        .flag("temp", "run in a work tree of its own; this one stays as it is"),
        .flag("follow", "show metrics as they are written"),
        .flag("json", "print the result as JSON"),
        .flag("quiet", "q", "do not show the command's output"),
        .value("worker", "directory", hidden: true, "do the work of a run"),
        .value("parent", "pid", hidden: true, "the process that records it"),
    ]
    static let details = [
        "The work tree, edits that are not committed included, is frozen into a commit before the command starts; what comes out is "
            + "committed on top of it under refs/experiments/. Neither the branch nor the index is touched, and edits made while the "
            + "command runs are not part of the experiment.",
        "Without a command, the stages of nacre.yaml or dvc.yaml run that changed.",
        "When the command fails, is interrupted or killed, the run is recorded with its log and whatever it produced, and the work "
            + "tree is put back as it was.",
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let workspace = try context.workspace()
        if let directory = arguments.bytes("worker") {
            return try work(RunDirectory(FilePath(bytes: directory)), arguments, workspace, context)
        }
        context.recoverRuns(workspace)
        if arguments.isOn("all") { return try RunQueueRunner.runAll(arguments, workspace, context) }
        var requests: [RunRequest] = []
        for overrides in try grid(arguments.allTexts("set")) {
            var request = RunRequest(try self.work(of: arguments, workspace))
            request.name = arguments.text("name")
            request.directory = try context.prefix().description
            request.overrides = overrides
            request.commitsToBranch = arguments.isOn("commit")
            request.message = arguments.text("message")
            requests.append(request)
        }
        if requests.count > 1 {
            if let name = arguments.text("name") {
                for index in requests.indices { requests[index].name = "\(name)-\(index + 1)" }
            }
        }
        try checkOptions(arguments, requests)
        if arguments.isOn("queue") {
            for request in requests { try RunQueue(workspace).add(request) }
            context.output.line(
                "\(requests.count) \(requests.count == 1 ? "run" : "runs") queued; start with 'nacre run --all'")
            return .success
        }
        let jobs = try arguments.integer("jobs") ?? 1
        guard jobs >= 1 else { throw CommandError.usage("--jobs must be 1 or more") }
        if requests.count == 1, !arguments.isOn("temp"), case .pipeline = requests[0].work {
            requests[0].jobs = jobs
        } else if requests.count > 1 || arguments.isOn("temp") || arguments.has("jobs") {
            return try RunQueueRunner.run(requests, arguments, workspace, context)
        }
        return try runHere(requests[0], arguments, workspace, context)
    }

    /// Refuses options that would have no effect.
    private static func checkOptions(_ arguments: Arguments, _ requests: [RunRequest]) throws {
        var isApart = requests.count > 1 || arguments.isOn("temp")
        if case .command = requests[0].work, arguments.has("jobs") { isApart = true }
        if arguments.isOn("queue") {
            for option in ["commit", "jobs", "follow", "temp"] where arguments.has(option) {
                throw CommandError.usage("--\(option) cannot go with --queue")
            }
        }
        if isApart, arguments.isOn("follow") {
            throw CommandError.usage("--follow shows one run in this work tree")
        }
        if isApart, arguments.isOn("commit") {
            throw CommandError.usage("--commit cannot go with a grid of parameters, --temp or --jobs")
        }
        if arguments.has("message"), !arguments.isOn("commit") {
            throw CommandError.usage("--message is that of the commit on the branch: add --commit")
        }
    }

    /// Every combination of the parameters' values.
    static func grid(_ settings: [String]) throws -> [[RunRecord.Override]] {
        var combinations: [[RunRecord.Override]] = [[]]
        for setting in settings {
            let values = try RunRecord.Override.alternatives(setting)
            guard combinations.count * values.count <= 10_000 else {
                throw CommandError.fatal("the grid has more than 10000 experiments")
            }
            combinations = combinations.flatMap { combination in values.map { combination + [$0] } }
        }
        return combinations
    }

    private static func work(of arguments: Arguments, _ workspace: Workspace) throws -> RunRecord.Work {
        let words = arguments.texts
        let isForced = arguments.isOn("force")
        if arguments.isOn("all-pipelines") {
            guard words.isEmpty else { throw CommandError.usage("--all-pipelines takes no stages and no command") }
            let directories = try PipelineReader.directories(of: workspace.files)
            let pipeline = try PipelineReader.read(from: workspace.files, directories: directories)
            return .pipeline(targets: pipeline?.stages.map(\.name) ?? [], forced: isForced)
        }
        guard !words.isEmpty else { return .pipeline(targets: [], forced: isForced) }
        let directories = PipelineReader.directories(for: words)
        if arguments.separator == nil,
            let pipeline = try PipelineReader.read(from: workspace.files, directories: directories),
            words.allSatisfy({ !pipeline.stages(named: $0).isEmpty })
        {
            return .pipeline(targets: words, forced: isForced)
        }
        return .command(words)
    }

    private static func runHere(
        _ request: RunRequest, _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        let root = workspace.worktree.root
        let isQuiet = arguments.isOn("quiet")
        let follower = arguments.isOn("follow") ? MetricFollower(root) : nil
        let outcome = try RunSession(workspace).run(
            request, launch: { try launch($0, isQuiet: isQuiet) },
            started: { record in
                context.errors.line("Running '\(record.name)' on \(workspace.objects.abbreviate(record.frozen))")
                warn(of: record.leftOut, context.errors)
                follower?.start()
            })
        follower?.stop()
        if arguments.isOn("json") {
            context.output.line(JSONWriter.string(RunReport.value(outcome), style: .pretty))
        } else {
            try RunReport.write(outcome, workspace, context)
        }
        return ExitCode(outcome.result.isSuccess ? 0 : max(1, min(255, outcome.result.exitCode)))
    }

    /// Says which files are not part of what runs.
    static func warn(of files: [RunRecord.LeftOut], _ errors: OutputStream) {
        for file in files.prefix(10) {
            errors.line(
                "warning: '\(file.path)' (\(LargeCommand.text(Int(file.size)))) is untracked and too large to be frozen with the run: "
                    + "'nacre add' it where the command reads it, else name it in .gitignore")
        }
        if files.count > 10 { errors.line("warning: and \(files.count - 10) more files like it") }
    }

    /// Starts the process that does the work and waits for it.
    static func launch(_ directory: RunDirectory, isQuiet: Bool, readsInput: Bool = true) throws -> ExitStatus {
        InterruptShield.raise()
        var request = ChildProcess.Request(
            "/proc/self/exe",
            ["run", "--worker", directory.path.string, "--parent", "\(getpid())"] + (isQuiet ? ["--quiet"] : []))
        if !readsInput { request.input = .null }
        var child = try ChildProcess(request)
        InterruptShield.forward(to: child.identifier)
        return child.wait()
    }

    private static func work(
        _ directory: RunDirectory, _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        let parent = Int32(try arguments.integer("parent") ?? 0)
        let code = try RunWorker.run(
            directory, workspace: workspace, parent: parent, isShown: !arguments.isOn("quiet"),
            readsInput: isatty(0) == 1 || FileDescriptorKind.isPipeOrFile(0))
        return ExitCode(code)
    }
}

/// What standard input is.
enum FileDescriptorKind {
    /// Whether a descriptor is a pipe or a file, which a command may want to read.
    static func isPipeOrFile(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        let kind = status.st_mode & S_IFMT
        return kind == S_IFIFO || kind == S_IFREG
    }
}
