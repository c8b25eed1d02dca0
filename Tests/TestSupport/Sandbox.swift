internal import Bytes
internal import Glibc
public import SystemPackage

/// A temporary directory with a hermetic environment: its own home, no system configuration, fixed identity and clock.
/// Removed when the last reference goes away.
public final class Sandbox: Sendable {
    /// The directory; it holds `home/` and what the test puts there.
    public let root: FilePath

    /// Makes a fresh directory.
    public init(_ label: String = "test") throws {
        var template = Array("\(Sandbox.temporaryDirectory)/nacre-\(label)-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw FileError("create directory", FilePath(label)) }
        root = FilePath(platformString: path)
        try Files.makeDirectory(root.appending("home"))
        try write(
            "home/.gitconfig",
            "[user]\n\tname = A U Thor\n\temail = author@example.com\n[init]\n\tdefaultBranch = main\n"
                + "[gc]\n\tauto = 0\n[advice]\n\tdetachedHead = false\n[safe]\n\tdirectory = *\n"
                // What is compared with git has no operation log; the tests of undo turn it on.
                + "[nacre]\n\toperationLog = false\n")
    }

    deinit { _ = try? Files.removeTree(root) }

    private static var temporaryDirectory: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

    /// What a program left.
    public struct Outcome: Sendable, Equatable, CustomStringConvertible {
        /// The exit code; 128 and the signal's number where a signal ended it.
        public let code: Int32
        /// Standard output.
        public let output: [UInt8]
        /// Standard error.
        public let error: [UInt8]

        /// Makes an outcome, for comparing after something that always differs was replaced.
        public init(code: Int32, output: [UInt8], error: [UInt8]) {
            self.code = code
            self.output = output
            self.error = error
        }

        /// Standard output as text.
        public var text: String { String(decoding: output, as: UTF8.self) }
        /// Whether it went well and printed just these bytes. For long ones: an expectation that compares them itself would list how they
        /// differ, which takes minutes.
        public func gives(_ bytes: [UInt8]) -> Bool { code == 0 && output == bytes }
        /// Standard error as text.
        public var errorText: String { String(decoding: error, as: UTF8.self) }
        /// Standard output as text without white space at its ends.
        public var trimmed: String {
            String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
        }
        public var description: String { "exit \(code)\n--- output\n\(text)\n--- error\n\(errorText)" }
    }

    /// The variables that every program gets; `GIT_AUTHOR_DATE` and its sibling are set, so that ids repeat.
    public var environment: [String: String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return [
            "PATH": "\(Sandbox.productsDirectory):\(path)", "HOME": root.appending("home").string, "LC_ALL": "C",
            "LANG": "C",
            "TZ": "UTC", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat", "GIT_EDITOR": ":",
            "GIT_AUTHOR_DATE": "1700000000 +0100", "GIT_COMMITTER_DATE": "1700000100 +0100",
            "GIT_MERGE_AUTOEDIT": "no", "TERM": "dumb", "GIT_TEST_DATE_NOW": "1700001000",
            "TMPDIR": Sandbox.temporaryDirectory,
        ]
    }

    /// Where the built programs stand: beside the running test bundle.
    public static let productsDirectory: FilePath = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return "." }
        return FilePath(platformString: buffer).removingLastComponent()
    }()

    /// Runs a program in a directory below ``root``.
    ///
    /// - Throws: where it cannot be started.
    public func run(
        _ program: String, _ arguments: [String], in directory: String = "", input: [UInt8]? = nil,
        variables: [String: String] = [:]
    ) throws -> Outcome {
        // The system looks a name up in this process's own PATH.
        let isOurs = program == "nacre" || program == "nacre-server"
        let path = isOurs ? Sandbox.productsDirectory.appending(program).string : program
        var request = ChildProcess.Request(path, arguments)
        request.environment = environment.merging(variables) { $1 }.map { "\($0.key)=\($0.value)" }
        request.workingDirectory = directory.isEmpty ? root : root.appending(directory)
        request.output = .pipe
        request.error = .pipe
        let result = try ChildProcess.run(request, input: input ?? [])
        return Outcome(code: result.status.code, output: result.output, error: result.error)
    }

    /// Runs stock git.
    @discardableResult
    public func git(
        _ arguments: String..., in directory: String = "", input: [UInt8]? = nil, variables: [String: String] = [:]
    ) throws -> Outcome {
        try run("git", arguments, in: directory, input: input, variables: variables)
    }

    /// Runs the built `nacre`.
    @discardableResult
    public func nacre(
        _ arguments: String..., in directory: String = "", input: [UInt8]? = nil, variables: [String: String] = [:]
    ) throws -> Outcome {
        try run(
            Sandbox.productsDirectory.appending("nacre").string, arguments, in: directory, input: input,
            variables: variables)
    }

    /// Runs a shell script; stops at its first failing command.
    @discardableResult
    public func shell(
        _ script: String, in directory: String = "", variables: [String: String] = [:]
    ) throws -> Outcome {
        try run("/bin/sh", ["-ec", script], in: directory, variables: variables)
    }

    /// Writes a file below ``root``, making the directories above it.
    public func write(_ path: String, _ content: some Collection<UInt8>) throws {
        let file = root.appending(path)
        try Files.makeDirectory(file.removingLastComponent())
        try TemporaryFile.replace(file, with: Array(content), synchronizing: false)
    }

    /// Writes a file below ``root``, making the directories above it.
    public func write(_ path: String, _ content: String) throws { try write(path, content.utf8) }

    /// Whether a file below ``root`` has just these bytes; for long ones, as ``Outcome/gives(_:)``.
    public func has(_ path: String, _ bytes: [UInt8]) throws -> Bool { try Files.read(root.appending(path)) == bytes }

    /// The content of a file below ``root``.
    public func read(_ path: String) throws -> [UInt8] { try Files.read(root.appending(path)) }
}
