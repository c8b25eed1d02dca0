public import Bytes
internal import Glibc
public import SystemPackage

/// Runs the hooks of a repository that speak to the other side of a push.
public struct HookRunner: Sendable {
    private let directory: FilePath
    private let repository: FilePath
    private let variables: [(name: String, value: String)]

    /// Whether hooks are told the repository by `GIT_DIR`: those of a server are, those of a person find it.
    private let isIsolated: Bool

    /// Hooks in a directory, run in a repository's directory.
    public init(
        directory: FilePath, repository: FilePath, variables: [(name: String, value: String)] = [],
        isolated: Bool = true
    ) {
        isIsolated = isolated
        self.directory = directory
        self.repository = repository
        self.variables = variables
    }

    /// What a hook left.
    public struct Result: Sendable {
        /// Whether it said yes.
        public let isSuccess: Bool
        /// What it wrote, both streams together.
        public let text: String
    }

    /// Runs a hook to its end; nil where there is none, or it may not be executed.
    ///
    /// - Throws: ``SpawnError`` where it cannot be run.
    public func run(
        _ name: String, _ arguments: [String] = [], input: [UInt8] = [],
        variables more: [(name: String, value: String)] = []
    ) throws(SpawnError) -> Result? {
        let path = directory.appending(name)
        guard path.withPlatformString({ access($0, X_OK) }) == 0 else { return nil }
        var request = ChildProcess.Request(path.string, arguments)
        request.workingDirectory = repository
        request.variables = variables + (isIsolated ? [("GIT_DIR", repository.string)] : []) + more
        request.output = .pipe
        request.error = .pipe
        let result = try ChildProcess.run(request, input: input)
        return Result(
            isSuccess: result.status.isSuccess, text: String(decoding: result.output + result.error, as: UTF8.self))
    }

    /// Runs a hook whose output a person sees; nil where there is none, otherwise whether it said yes.
    ///
    /// - Throws: ``SpawnError`` where it cannot be run.
    public func runVisibly(_ name: String, _ arguments: [String], input: [UInt8]) throws(SpawnError) -> Bool? {
        let path = directory.appending(name)
        guard path.withPlatformString({ access($0, X_OK) }) == 0 else { return nil }
        var request = ChildProcess.Request(path.string, arguments)
        request.workingDirectory = repository
        request.variables = variables
        // A hook's words are for the person; standard output is the command's own.
        request.output = .descriptor(2)
        return try ChildProcess.run(request, input: input).status.isSuccess
    }
}
