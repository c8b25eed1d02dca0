internal import Bytes
internal import SystemPackage

/// This program, run again in another repository.
struct NestedProgram {
    private let path: String

    /// Variables that tie a process to a repository: another one must not see them.
    static let repositoryVariables = [
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_CONFIG_PARAMETERS", "GIT_NAMESPACE",
    ]
    private let environment: [String]
    /// Settings of this run alone, which hold for the other repository too.
    private let settings: [String]

    init(_ context: Context) throws {
        path = String(decoding: try Files.readLink("/proc/self/exe") ?? Array("nacre".utf8), as: UTF8.self)
        settings = context.options.configuration.flatMap { name, value in
            ["-c", value.map { "\(name)=\($0)" } ?? name]
        }
        environment =
            context.environment.variables.filter { !Self.repositoryVariables.contains($0.key) }
            .map { "\($0.key)=\($0.value)" } + ["NACRE_OPERATION=1"]
    }

    private func request(_ words: [String], _ directory: FilePath) -> ChildProcess.Request {
        var request = ChildProcess.Request(path, settings + words)
        request.environment = environment
        request.workingDirectory = directory
        return request
    }

    /// Runs a command that uses this process's streams.
    func run(_ words: [String], in directory: FilePath) throws -> ExitStatus {
        try ChildProcess.run(request(words, directory)).status
    }

    /// Runs a command and keeps what it writes.
    func capture(_ words: [String], in directory: FilePath, errors: Bool = false) throws -> ChildProcess.Result {
        var request = request(words, directory)
        request.output = .pipe
        if errors { request.error = .pipe }
        return try ChildProcess.run(request)
    }

    /// Runs a shell command in a directory with further variables, with this process's streams.
    func shell(
        _ command: String, _ arguments: [String], in directory: FilePath, _ variables: [(String, String)]
    ) throws -> ExitStatus {
        var request = ChildProcess.Request(shell: command, arguments: arguments)
        request.environment = environment + variables.map { "\($0.0)=\($0.1)" }
        request.workingDirectory = directory
        return try ChildProcess.run(request).status
    }
}
