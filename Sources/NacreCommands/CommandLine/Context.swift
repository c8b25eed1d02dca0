internal import GitRepository
internal import Glibc
internal import SystemPackage

/// What a verb needs besides its arguments: the streams, the environment, the repository. One for each process.
final class Context {
    let environment: ProcessEnvironment
    let options: GlobalOptions
    /// Standard output, buffered.
    let output = OutputStream(1)
    /// Standard error, at once.
    let errors = OutputStream(2, limit: 0)
    /// The verb that runs; for messages with its usage.
    var command: (any Command.Type)?
    var opened: Repository?
    /// Records what the verb changes, for undo.
    var recorder: OperationRecorder?
    /// What the entry of this command will be.
    var operationKind = Operation.Kind.command
    /// How far large files are, where a person looks at standard error.
    lazy var largeFileProgress: LargeFileProgress? = {
        let errors = errors
        return errors.isTerminal ? LargeFileProgress { errors.write($0) } : nil
    }()
    /// The large files that the work tree should have and that are nowhere.
    let missingContent = MissingContent()
    /// What reads standard output for the user.
    var pager: Pager?
    /// Whether a pager or an option has decided on colour already.
    var isOutputColored: Bool?
    /// What reflogs say was done, where a verb does its work by others (`pull origin`); `GIT_REFLOG_ACTION` at first.
    var reflogAction: String?

    init(environment: ProcessEnvironment, options: GlobalOptions) {
        self.environment = environment
        self.options = options
        reflogAction = environment.nonEmpty("GIT_REFLOG_ACTION")
    }

    /// Does what `-C` asks.
    func changeDirectory() throws(CommandError) {
        for directory in options.directories where !directory.isEmpty {
            guard chdir(directory) == 0 else {
                throw .fatal("cannot change to '\(directory)': \(String(cString: strerror(errno)))")
            }
        }
    }

    /// The working directory, absolute.
    var workingDirectory: FilePath {
        guard let pointer = getcwd(nil, 0) else { return "." }
        defer { free(pointer) }
        return FilePath(platformString: pointer)
    }

    /// A line of a reflog, with what ``reflogAction`` says in place of the verb that does the work.
    func reflogMessage(_ text: String) -> String {
        guard let action = reflogAction else { return text }
        if text.hasPrefix("rebase (") { return action + text.dropFirst(6) }
        guard text.hasPrefix("merge "), let end = text.firstRange(of: ": ") else { return text }
        return action + text[end.lowerBound...]
    }

    /// The home directory, where `HOME` names one.
    var home: FilePath? { environment.nonEmpty("HOME").map { FilePath($0) } }
}
