internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import NacreExperiments
internal import SystemPackage

struct ReproduceCommand: Command {
    static let name = "reproduce"
    static let summary = "run a revision again in a clean place and compare every output"
    static let usage = [
        "[--remote=<url>] [--in=<directory>] [--environment=(restore|current)] [--isolated]\n"
            + "           [--json] [--junit=<file>] [--no-attest] <revision>"
    ]
    static let options: [OptionSpec] = [
        .value("remote", "url", "take the revision from there, without a repository here"),
        .value("in", "directory", "check the revision out there and keep it"),
        .value("environment", "which", "restore the environment from the lock file, or use the current one"),
        .flag("isolated", "run without network, with only declared dependencies visible (needs bubblewrap)"),
        .flag("json", "print JSON"),
        .value("junit", "file", "write the result as JUnit XML"),
        .flag("attest", "record what was found as a note on the commit (default)"),
        .flag("quiet", "q", "do not show the commands' output"),
    ]
    static let details = [
        "Every declared output is deleted and no cache is used: what is compared was really made. Exits with 0 where all outputs came out "
            + "as recorded (byte for byte, or within the tolerance that the revision declares), 1 where one differs, 128 where it could "
            + "not be run. With --isolated a stage that reads a file which it does not declare counts as different, and the file is named.",
        "The result is recorded as an in-toto statement, signed with user.signingKey where gpg.format is ssh. With --remote the record is "
            + "sent there; where that is refused, a warning says so.",
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let name = arguments.texts.first, arguments.operands.count == 1 else {
            throw CommandError.usage("reproduce needs one revision")
        }
        if let url = arguments.text("remote") { return try RemoteReproduction(url, name, arguments, context).run() }
        let workspace = try context.workspace()
        let commit = try context.experimentRevision(name, workspace)
        var options = Reproducer.Options()
        options.directory = arguments.bytes("in").map {
            context.workingDirectory.pushing(FilePath(bytes: $0)).lexicallyNormalized()
        }
        switch arguments.text("environment") {
        case nil: break
        case "restore": options.restoresEnvironment = true
        case "current": options.restoresEnvironment = false
        default: throw CommandError.usage("option `environment' expects \"restore\" or \"current\"")
        }
        options.isIsolated = arguments.isOn("isolated")
        let isJSON = arguments.isOn("json")
        options.isShown = !isJSON && !arguments.isOn("quiet")
        let errors = context.errors
        let reproducer = Reproducer(workspace) { line in if !isJSON { errors.line(line) } }
        let result = try reproducer.reproduce(commit, named: name, options)
        if let file = arguments.bytes("junit") {
            try TemporaryFile.replace(
                context.workingDirectory.pushing(FilePath(bytes: file)), with: Array(result.report.xml.utf8))
        }
        var signer: String?
        if arguments.flag("attest") ?? true, result.problem == nil {
            let recorder = try attestations(workspace, context)
            signer = try recorder.record(result)
        }
        if isJSON {
            context.output.line(JSONWriter.string(result.value, style: .pretty))
        } else {
            try write(result, name, signer, workspace, context)
        }
        return ExitCode(result.exitCode)
    }

    /// The attestations of the repository, with the key and the signers that the configuration names.
    static func attestations(_ workspace: Workspace, _ context: Context) throws -> AttestationStore {
        let config = try context.configuration()
        let usesSSH = config.string("gpg.format")?.lowercased() == "ssh"
        return AttestationStore(
            workspace, program: config.string("gpg.ssh.program") ?? "ssh-keygen",
            key: usesSSH ? config.string("user.signingkey") : nil,
            allowedSigners: try config.path("gpg.ssh.allowedsignersfile", home: context.home))
    }

    private static func write(
        _ result: Reproduction, _ name: String, _ signer: String?, _ workspace: Workspace, _ context: Context
    ) throws {
        let isColored = try context.usesColor(nil, key: "color.reproduce")
        for stage in result.stages {
            guard !stage.processes.isEmpty else {
                context.output.line("stage '\(stage.name)': \(stage.outcome)")
                continue
            }
            let processes = stage.processes.map { "\($0)" }.joined(separator: ", ")
            context.output.line(
                "stage '\(stage.name)' ran: \(stage.processes.count == 1 ? "process" : "processes") \(processes), "
                    + "\(Timestamp.duration(stage.duration)), exit \(stage.exitCode)")
        }
        for output in result.outputs {
            let word = context.paint(output.verdict.rawValue, output.passes ? "32" : "31", isColored)
            context.output.line("  \(output.path): \(word)\(output.detail.isEmpty ? "" : " (\(output.detail))")")
        }
        for input in result.undeclaredInputs {
            context.output.line("\(input): add it to the stage's 'deps' or 'params'")
        }
        if !result.staleInputs.isEmpty {
            context.output.line("the revision is not what its lock says that the outputs were made from:")
            for line in result.staleInputs.prefix(20) { context.output.line("  \(line)") }
        }
        for line in result.instabilities { context.output.line(line) }
        if let differences = result.environment, !differences.isEmpty {
            context.output.line("the environment differs from the recorded one:")
            for line in differences.prefix(20) { context.output.line("  \(line)") }
        }
        let id = workspace.objects.abbreviate(result.commit)
        if let problem = result.problem {
            context.errors.line("fatal: could not reproduce \(name) (\(id)): \(problem)")
        } else if result.isReproduced {
            context.output.line("\(context.paint("reproduced", "32", isColored)): \(name) (\(id))")
        } else {
            context.output.line("\(context.paint("NOT reproduced", "31", isColored)): \(name) (\(id))")
        }
        if result.problem == nil, let signer { context.output.line(signer) }
    }
}
