internal import Bytes
internal import GitConfig
internal import Glibc
public import SystemPackage

/// A program in `hooks/` that Git runs at certain moments.
public struct Hook: Sendable {
    /// The hook's name: `pre-commit`.
    public let name: String
    /// The program.
    public let program: FilePath

    /// What a hook is run with.
    public struct Invocation: Sendable {
        /// The arguments.
        public var arguments: [String] = []
        /// What it reads from its standard input; nil for an empty one.
        public var input: [UInt8]?
        /// Variables put over the environment.
        public var variables: [(name: String, value: String)] = []

        /// Without arguments.
        public init(arguments: [String] = [], input: [UInt8]? = nil, variables: [(name: String, value: String)] = []) {
            self.arguments = arguments
            self.input = input
            self.variables = variables
        }
    }
}

extension Repository {
    /// The hook of that name; nil where there is none, or it may not be executed.
    public func hook(_ name: String) throws -> Hook? {
        let program = try hooksDirectory.appending(name)
        guard program.withPlatformString({ access($0, X_OK) }) == 0 else { return nil }
        return Hook(name: name, program: program)
    }

    /// Runs a hook, its output on standard error, in the work tree's top (a bare repository's own directory).
    ///
    /// - Returns: its exit code; nil where there is no such hook.
    @discardableResult
    public func runHook(_ name: String, _ invocation: Hook.Invocation = Hook.Invocation()) throws -> Int32? {
        guard let hook = try hook(name) else { return nil }
        var request = ChildProcess.Request(hook.program.string, invocation.arguments)
        request.workingDirectory = workTree ?? gitDirectory
        request.variables = invocation.variables
        if discovery.gitDirectory != nil || workTree == nil || discovery.workTree != nil {
            request.variables.append(("GIT_DIR", gitDirectory.string))
        }
        request.output = .descriptor(2)
        if let input = invocation.input { return try ChildProcess.run(request, input: input).status.code }
        request.input = .null
        var child = try ChildProcess(request)
        return child.wait().code
    }
}
