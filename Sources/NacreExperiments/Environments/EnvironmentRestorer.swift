internal import Bytes
public import SystemPackage

/// Makes the environment that a lock file describes.
public struct EnvironmentRestorer: Sendable {
    /// Why an environment cannot be made.
    public enum Failure: Error, CustomStringConvertible {
        /// No lock file was found.
        case noLock([String])
        /// A tool that the lock file needs is not installed.
        case noTool(String, lock: String)
        /// A tool failed.
        case failed(command: String, status: Int32, output: String)

        public var description: String {
            switch self {
            case .noLock(let names):
                "no lock file to restore the environment from (looked for \(names.joined(separator: ", ")))"
            case .noTool(let tool, let lock): "cannot restore from '\(lock)': \(tool) is not installed"
            case .failed(let command, let status, let output): "'\(command)' failed with \(status): \(output)"
            }
        }
    }

    /// Where environments are kept, each under its lock's hash, so that the next replay finds it made.
    public let directory: FilePath
    /// The environment's variables.
    public let variables: [String: String]

    /// Makes a restorer.
    public init(directory: FilePath, variables: [String: String]) {
        self.directory = directory
        self.variables = variables
    }

    /// Whether a program stands on the search path.
    func has(_ program: String) -> Bool {
        for folder in (variables["PATH"] ?? "").split(separator: ":") {
            if let status = try? FileStatus.of(FilePath(String(folder)).appending(program), followingLinks: true),
                status.kind == .regular, status.isExecutable
            {
                return true
            }
        }
        return false
    }

    /// Makes the environment, or finds it made.
    ///
    /// - Parameter report: called with each command before it is run.
    /// - Returns: the environment's directory; its programs stand in `bin`.
    public func restore(
        lock: (path: String, content: [UInt8]), interpreter: String, report: (String) -> Void
    ) throws -> FilePath {
        let key = Hex.string(
            Digest.hash(Array((lock.path + "\0" + interpreter + "\0").utf8) + lock.content, .sha256).prefix(12))
        let target = directory.appending(key)
        // Written last: an environment without it is half made.
        let stamp = target.appending("nacre-restored")
        if try FileStatus.of(stamp) != nil { return target }
        try Files.removeTree(target)
        try Files.makeDirectory(directory)
        let name = lock.path.split(separator: "/").last.map(String.init) ?? lock.path
        let input = directory.appending("tmp_\(key)")
        try Files.makeDirectory(input)
        defer { try? Files.removeTree(input) }
        try TemporaryFile.replace(input.appending(name), with: lock.content, synchronizing: false)
        for command in try commands(name, input.appending(name), target, interpreter) {
            report(command.map(ShellWord.quote).joined(separator: " "))
            try run(command, in: input)
        }
        try TemporaryFile.replace(stamp, with: Array("\(lock.path)\n".utf8))
        return target
    }

    private func commands(
        _ name: String, _ file: FilePath, _ target: FilePath, _ interpreter: String
    ) throws -> [[String]] {
        let python = target.appending("bin/python").string
        let text = String(decoding: (try Files.read(file)).prefix(1 << 20), as: UTF8.self)
        if text.contains("@EXPLICIT") {
            for tool in ["micromamba", "mamba", "conda"] where has(tool) {
                return [[tool, "create", "--yes", "--prefix", target.string, "--file", file.string]]
            }
            throw Failure.noTool("conda", lock: name)
        }
        if name == "uv.lock" || name == "poetry.lock" {
            throw Failure.noTool(
                "a tool that installs '\(name)' without its project (export it once: 'uv export -o requirements.txt')",
                lock: name)
        }
        var install: [String]
        var commands: [[String]]
        if has("uv") {
            commands = [["uv", "venv", "--quiet", "--python", interpreter, target.string]]
            install = ["uv", "pip", "install", "--quiet", "--python", python, "-r", file.string]
        } else {
            if name.hasPrefix("pylock") { throw Failure.noTool("uv", lock: name) }
            commands = [[interpreter, "-m", "venv", target.string]]
            install = [
                python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r",
                file.string,
            ]
        }
        if text.contains("--hash=") { install.append("--require-hashes") }
        commands.append(install)
        return commands
    }

    private func run(_ command: [String], in folder: FilePath) throws {
        var request = ChildProcess.Request(command[0], Array(command.dropFirst()))
        request.workingDirectory = folder
        request.output = .pipe
        request.error = .pipe
        let result = try ChildProcess.run(request, input: [])
        guard result.status.isSuccess else {
            let lines = (result.error + result.output).split(separator: 10).suffix(3).map {
                String(decoding: $0, as: UTF8.self)
            }
            throw Failure.failed(
                command: command.joined(separator: " "), status: result.status.code,
                output: lines.joined(separator: "; "))
        }
    }
}
