internal import Bytes
internal import SystemPackage

/// `reproduce --remote`: clones into a place of its own, runs the revision there, and sends the record back.
struct RemoteReproduction {
    private let url: String
    private let revision: String
    private let arguments: Arguments
    private let context: Context

    init(_ url: String, _ revision: String, _ arguments: Arguments, _ context: Context) {
        self.url = url
        self.revision = revision
        self.arguments = arguments
        self.context = context
    }

    func run() throws -> ExitCode {
        guard !revision.hasPrefix("-") else { throw CommandError.usage("'\(revision)' is no revision") }
        let place = try TemporaryDirectory.make()
        defer { try? Files.removeTree(place) }
        let repository = place.appending("repository")
        // Content comes when the revision is checked out, so that other versions are never fetched.
        let clone = try nacre(["clone", "--quiet", "--no-checkout", "--large=lazy", url, repository.string])
        guard clone == .success else { throw CommandError.fatal("cannot clone '\(url)'") }
        let name = try find(in: repository)
        var words = ["-C", repository.string, "reproduce"]
        for option in ["isolated", "json", "quiet"] where arguments.isOn(option) { words.append("--\(option)") }
        if arguments.flag("attest") == false { words.append("--no-attest") }
        if let which = arguments.text("environment") { words.append("--environment=\(which)") }
        for option in ["in", "junit"] {
            guard let path = arguments.bytes(option) else { continue }
            let full = context.workingDirectory.pushing(FilePath(bytes: path)).lexicallyNormalized()
            words.append("--\(option)=\(full)")
        }
        let code = try nacre(words + [name])
        if code == .success || code == .failure, arguments.flag("attest") ?? true {
            let sent = try nacre(
                ["-C", repository.string, "experiment", "push", "--records", "origin"], isSilent: true)
            if sent != .success { context.errors.line("warning: the record could not be sent to '\(url)'") }
        }
        return code
    }

    /// What the revision is called in the clone: a tag or an id is found at once, a branch below `origin/`, an experiment after it
    /// was fetched.
    private func find(in repository: FilePath) throws -> String {
        for attempt in 0..<2 {
            for name in [revision, "origin/\(revision)", "refs/experiments/\(revision)"]
            where try nacre(
                ["-C", repository.string, "rev-parse", "--quiet", "--verify", name + "^{commit}"], isSilent: true)
                == .success
            {
                return name
            }
            guard attempt == 0 else { break }
            let spec = "refs/experiments/*:refs/experiments/*"
            _ = try nacre(["-C", repository.string, "fetch", "--quiet", "origin", spec], isSilent: true)
        }
        throw CommandError.fatal("'\(url)' has no revision or experiment named '\(revision)'")
    }

    /// Runs this program without what the environment says of the repository that we stand in.
    private func nacre(_ words: [String], isSilent: Bool = false) throws -> ExitCode {
        context.output.flush()
        var request = ChildProcess.Request("/proc/self/exe", words)
        request.environment = context.environment.variables.filter { name, _ in
            !Self.localVariables.contains(name)
        }.map { "\($0.key)=\($0.value)" }
        if isSilent {
            request.output = .null
            request.error = .null
        }
        var child = try ChildProcess(request)
        return ExitCode(child.wait().code)
    }

    private static let localVariables: Set<String> = [
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "NACRE_OPERATION",
    ]
}
