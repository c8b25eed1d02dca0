internal import GitObjects
internal import GitStorage
internal import GitWorktree
internal import NacreExperiments
internal import SystemPackage

struct EnvironmentCommand: Command {
    static let name = "environment"
    static let summary = "show, compare and restore the environment of runs"
    static let usage = [
        "show [--json] [<experiment>]", "diff [--json] <experiment> [<experiment>]", "restore [<revision>]",
    ]
    static let options: [OptionSpec] = [.flag("json", "print JSON")]
    static let details = [
        "Interpreter and packages are read from their own metadata; values of variables that look like secrets are never recorded.",
        "`restore` makes the environment of the repository's lock file (pylock.toml, requirements.txt with or without hashes, a conda "
            + "explicit list) with uv, pip or conda, and prints where it stands.",
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let words = arguments.texts
        let operands = Array(words.dropFirst())
        let workspace = try context.workspace()
        switch words.first {
        case "show":
            guard operands.count <= 1 else { throw CommandError.usage("show takes at most one name") }
            let value = try environment(operands.first, workspace, context)
            if arguments.isOn("json") {
                context.output.line(JSONWriter.string(value, style: .pretty))
            } else {
                for (key, value) in value.flattened { context.output.line("\(key): \(value.text)") }
            }
            return .success
        case "diff": return try diff(operands, arguments, workspace, context)
        case "restore": return try restore(operands, workspace, context)
        case let word?: throw CommandError.usage("unknown subcommand: `\(word)'")
        case nil: throw CommandError.usage("need a subcommand")
        }
    }

    /// The environment that a run recorded, or the present one.
    private static func environment(_ name: String?, _ workspace: Workspace, _ context: Context) throws -> Value {
        guard let name else {
            let request = try workspace.pipeline()?.environment ?? EnvironmentRequest()
            return try RecordedEnvironment.capture(request, variables: workspace.variables, in: workspace.worktree.root)
        }
        let commit = try context.experimentRevision(name, workspace)
        let lines = try Notes(Notes.runs, objects: workspace.objects, refs: workspace.refs).lines(commit)
        guard let line = lines.last, let value = try JSONReader.read(line, source: "run record").object?["environment"]
        else {
            throw CommandError.fatal("no run of '\(name)' is recorded here (see 'nacre experiment pull')")
        }
        return value
    }

    private static func diff(
        _ operands: [String], _ arguments: Arguments, _ workspace: Workspace, _ context: Context
    ) throws -> ExitCode {
        guard (1...2).contains(operands.count) else { throw CommandError.usage("diff needs one or two names") }
        let old = try environment(operands[0], workspace, context)
        let new = try environment(operands.count > 1 ? operands[1] : nil, workspace, context)
        let differences = RecordedEnvironment.differences(old, new)
        if arguments.isOn("json") {
            let object = ValueObject(
                differences.map { ($0.name, .object(["old": $0.difference.old, "new": $0.difference.new])) })
            context.output.line(JSONWriter.string(.object(object), style: .pretty))
        } else {
            for (name, difference) in differences {
                context.output.line("\(name): \(difference.old.text) -> \(difference.new.text)")
            }
        }
        return .success
    }

    private static func restore(_ operands: [String], _ workspace: Workspace, _ context: Context) throws -> ExitCode {
        guard operands.count <= 1 else { throw CommandError.usage("restore takes at most one revision") }
        let source = try context.source(operands.first, workspace)
        let request = try PipelineReader.read(from: source)?.environment ?? EnvironmentRequest()
        guard let lock = try RecordedEnvironment.lockFile(of: source, request) else {
            throw EnvironmentRestorer.Failure.noLock(RecordedEnvironment.lockFiles)
        }
        let restorer = EnvironmentRestorer(
            directory: workspace.nacreDirectory.appending("environments"), variables: workspace.variables)
        let errors = context.errors
        let folder = try restorer.restore(lock: lock, interpreter: request.interpreter ?? "python3") { errors.line($0) }
        context.output.line(folder.string)
        return .success
    }
}
