internal import CPosix
internal import Glibc
public import SystemPackage

/// How a child process ended.
public enum ExitStatus: Sendable, Hashable {
    /// It returned a code.
    case exited(Int32)
    /// A signal ended it.
    case signaled(Int32)

    /// Whether it returned 0.
    public var isSuccess: Bool { self == .exited(0) }

    /// The code as a shell gives it: 128 and the signal's number where one ended it.
    public var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}

/// A program that could not be started.
public struct SpawnError: Error, CustomStringConvertible {
    /// The program.
    public let program: String
    /// The system's reason.
    public let code: Errno

    public var description: String { "cannot run \(program): \(code)" }
}

/// Another program, started by `posix_spawn`: hooks, filters, editors, pagers, ssh, gpg.
///
/// The child inherits no descriptor but its three streams. A child that was not waited for is waited for when the value
/// goes away, after its pipes are closed.
public struct ChildProcess: ~Copyable {
    /// What one of the child's streams is connected to.
    public enum Stream: Sendable {
        /// This process's own.
        case inherited
        /// `/dev/null`.
        case null
        /// A pipe whose other end this value holds.
        case pipe
        /// An open descriptor, which stays the caller's.
        case descriptor(Int32)
    }

    /// What to run and how.
    public struct Request: Sendable {
        /// The program: a path, or a name that is looked up in `PATH`.
        public var program: String
        /// Its arguments without the program's own name.
        public var arguments: [String]
        /// `NAME=value` for each variable; nil for this process's own environment.
        public var environment: [String]?
        /// Variables put over the environment.
        public var variables: [(name: String, value: String)] = []
        /// Where it runs; nil for this process's working directory.
        public var workingDirectory: FilePath?
        /// Standard input.
        public var input: Stream = .inherited
        /// Standard output.
        public var output: Stream = .inherited
        /// Standard error.
        public var error: Stream = .inherited
        /// Whether it leads a process group of its own, so that signals can be sent to all that it starts.
        public var leadsGroup = false

        /// Runs a program.
        public init(_ program: String, _ arguments: [String] = []) {
            self.program = program
            self.arguments = arguments
        }

        /// Runs a command line by `/bin/sh`, its `arguments` appended as words, as Git runs hooks' and filters' commands.
        public init(shell command: String, arguments: [String] = []) {
            program = "/bin/sh"
            self.arguments =
                arguments.isEmpty ? ["-c", command] : ["-c", command + " \"$@\"", command] + arguments
        }
    }

    /// The process's number.
    public let identifier: Int32
    /// The end to write to, with `.pipe`; -1 otherwise or when closed.
    public private(set) var input: Int32 = -1
    /// The end to read from, with `.pipe`; -1 otherwise or when closed.
    public private(set) var output: Int32 = -1
    /// The end to read errors from, with `.pipe`; -1 otherwise or when closed.
    public private(set) var error: Int32 = -1
    private var status: ExitStatus?

    /// Starts a program.
    ///
    /// - Throws: ``SpawnError`` where it cannot be found or run.
    public init(_ request: Request) throws(SpawnError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var parentEnds: [Int32] = [-1, -1, -1]
        var childEnds: [Int32] = []
        defer { for end in childEnds { close(end) } }
        for (index, stream) in [request.input, request.output, request.error].enumerated() {
            switch stream {
            case .inherited: break
            case .null:
                posix_spawn_file_actions_addopen(
                    &actions, Int32(index), "/dev/null", index == 0 ? O_RDONLY : O_WRONLY, 0)
            case .descriptor(let descriptor):
                posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(index))
            case .pipe:
                var ends: [Int32] = [-1, -1]
                guard CPosix.pipe2(&ends, O_CLOEXEC) == 0 else {
                    for end in parentEnds where end >= 0 { close(end) }
                    throw SpawnError(program: request.program, code: Errno(rawValue: errno))
                }
                let childEnd = index == 0 ? ends[0] : ends[1]
                parentEnds[index] = index == 0 ? ends[1] : ends[0]
                childEnds.append(childEnd)
                posix_spawn_file_actions_adddup2(&actions, childEnd, Int32(index))
            }
        }
        if let directory = request.workingDirectory {
            posix_spawn_file_actions_addchdir_np(&actions, directory.string)
        }
        let (process, code) = ChildProcess.spawn(request, &actions)
        guard code == 0 else {
            for end in parentEnds where end >= 0 { close(end) }
            throw SpawnError(program: request.program, code: Errno(rawValue: code))
        }
        identifier = process
        (input, output, error) = (parentEnds[0], parentEnds[1], parentEnds[2])
    }

    private static func spawn(
        _ request: Request, _ actions: inout posix_spawn_file_actions_t
    ) -> (process: pid_t, code: Int32) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The child gets SIGPIPE's usual meaning back, whatever this process does with it.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        var flags = POSIX_SPAWN_SETSIGDEF
        if request.leadsGroup {
            posix_spawnattr_setpgroup(&attributes, 0)
            flags |= POSIX_SPAWN_SETPGROUP
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments: [UnsafeMutablePointer<CChar>?] = ([request.program] + request.arguments).map { strdup($0) }
        arguments.append(nil)
        var environment: [UnsafeMutablePointer<CChar>?] = variables(of: request).map { strdup($0) }
        environment.append(nil)
        defer { for pointer in arguments + environment { free(pointer) } }
        var process = pid_t()
        let code = posix_spawnp(&process, request.program, &actions, &attributes, arguments, environment)
        return (process, code)
    }

    private static func variables(of request: Request) -> [String] {
        var result = request.environment ?? inheritedEnvironment()
        guard !request.variables.isEmpty else { return result }
        let names = Set(request.variables.map(\.name))
        result.removeAll { entry in names.contains(String(entry.prefix { $0 != "=" })) }
        return result + request.variables.map { "\($0.name)=\($0.value)" }
    }

    /// A child's environment is this process's unless told otherwise; nothing here reads a variable's value.
    private static func inheritedEnvironment() -> [String] {
        var result: [String] = []
        var pointer = environ
        while let entry = pointer.pointee {
            result.append(String(cString: entry))
            pointer += 1
        }
        return result
    }

    deinit {
        for end in [input, output, error] where end >= 0 { close(end) }
        if status == nil {
            var raw: Int32 = 0
            while waitpid(identifier, &raw, 0) < 0 && errno == EINTR {}
        }
    }

    /// Closes the pipe to the child's standard input, which then sees its end.
    public mutating func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// Closes the pipe from the child's standard output.
    public mutating func closeOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    /// Waits for the child to end.
    public mutating func wait() -> ExitStatus {
        if let status { return status }
        var raw: Int32 = 0
        while waitpid(identifier, &raw, 0) < 0 {
            guard errno == EINTR else { break }
        }
        let ended: ExitStatus = raw & 0x7f == 0 ? .exited(raw >> 8 & 0xff) : .signaled(raw & 0x7f)
        status = ended
        return ended
    }

    /// What a child that was run to its end left.
    public struct Result: Sendable {
        /// How it ended.
        public let status: ExitStatus
        /// What it wrote to standard output, with `.pipe`.
        public let output: [UInt8]
        /// What it wrote to standard error, with `.pipe`.
        public let error: [UInt8]
    }

    /// Runs a program to its end, feeding `input` (where given, its standard input becomes a pipe) while reading what it
    /// writes, so that neither side can block the other. A child that does not read its input is no error.
    public static func run(_ request: Request, input: [UInt8]? = nil) throws(SpawnError) -> Result {
        var request = request
        if input != nil { request.input = .pipe }
        var child = try ChildProcess(request)
        var collected: [[UInt8]] = [[], []]
        var pending = (input ?? [])[...]
        if pending.isEmpty { child.closeInput() }
        if child.input >= 0 { _ = fcntl(child.input, F_SETFL, O_NONBLOCK) }
        var readers = [child.output, child.error]
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while child.input >= 0 || readers.contains(where: { $0 >= 0 }) {
            var polls = readers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            polls.append(pollfd(fd: child.input, events: Int16(POLLOUT), revents: 0))
            if poll(&polls, nfds_t(polls.count), -1) < 0 && errno != EINTR { break }
            for index in 0..<2 where readers[index] >= 0 && polls[index].revents != 0 {
                let count = read(readers[index], &buffer, buffer.count)
                if count > 0 {
                    collected[index] += buffer[..<count]
                } else if count == 0 || errno != EINTR {
                    readers[index] = -1
                }
            }
            if child.input >= 0, polls[2].revents != 0 {
                let count = pending.withUnsafeBytes { Pipe.write(child.input, $0) }
                if count > 0 { pending = pending.dropFirst(count) }
                if pending.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) { child.closeInput() }
            }
        }
        return Result(status: child.wait(), output: collected[0], error: collected[1])
    }
}
