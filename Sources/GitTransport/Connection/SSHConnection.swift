internal import Bytes
public import GitConfig
public import GitProtocol
internal import SystemPackage

/// A repository behind the `ssh` program, which runs `git-upload-pack` or `git-receive-pack` on the other machine.
public final class SSHConnection: RemoteConnection {
    /// How `ssh` is run.
    public struct Options: Sendable {
        /// `GIT_SSH_COMMAND` or `core.sshCommand`: a command line for the shell; nil for `program`.
        public var command: String?
        /// `GIT_SSH` or `ssh`.
        public var program = "ssh"
        /// `GIT_SSH_VARIANT` or `ssh.variant`.
        public var variant: String?
        /// The program on the other machine for fetches (`--upload-pack`, `remote.<name>.uploadpack`).
        public var uploadPack = "git-upload-pack"
        /// The program on the other machine for pushes.
        public var receivePack = "git-receive-pack"

        /// `ssh` as it is found.
        public init() {}

        /// With what the configuration says where the surroundings say nothing.
        public func filled(from config: Config) -> Options {
            var options = self
            if options.command == nil { options.command = config.string("core.sshcommand") }
            if options.variant == nil { options.variant = config.string("ssh.variant") }
            return options
        }
    }

    /// Whether each request says all again.
    public let isStateless = false
    private let url: RemoteURL
    private let options: Options
    private var process: RunningProcess?
    private var reader = PktLineReader()

    /// A repository on another machine.
    public init(_ url: RemoteURL, options: Options) {
        self.url = url
        self.options = options
    }

    /// The address as it was given.
    public var displayURL: String { url.description }

    /// Logs in and starts the program there.
    public func open(_ service: Service, version: ProtocolVersion) throws -> RefAdvertisement {
        try SSHConnection.check(url)
        let process = try RunningProcess(request(service, version))
        self.process = process
        var advertisement = RefAdvertisementReader(service: service)
        while advertisement.finished == nil {
            guard let packet = try nextPacket(process) else {
                throw advertisement.isAtStart
                    ? TransportError.ssh(
                        "Could not read from remote repository.\n\nPlease make sure you have the correct access rights\n"
                            + "and the repository exists.")
                    : ProtocolError.hungUp
            }
            try advertisement.take(packet)
        }
        // The loop ends when it is finished.
        return advertisement.finished ?? RefAdvertisement(version: .v0, capabilities: CapabilityList())
    }

    private func nextPacket(_ process: RunningProcess) throws -> PktLine? {
        while true {
            if let packet = try reader.next() { return packet }
            let bytes = try process.read()
            guard !bytes.isEmpty else {
                guard reader.isEmpty else { throw ProtocolError.hungUp }
                return nil
            }
            reader.append(bytes)
        }
    }

    private func request(_ service: Service, _ version: ProtocolVersion) -> ChildProcess.Request {
        let program = service == .uploadPack ? options.uploadPack : options.receivePack
        var request = SSHConnection.request(
            "\(program) \(SSHConnection.quoted(SSHConnection.path(url)))", url, options,
            version: service == .uploadPack ? version : .v0)
        request.input = .pipe
        return request
    }

    /// How a program is run on the other machine; what it writes comes through a pipe.
    private static func request(
        _ commandLine: String, _ url: RemoteURL, _ options: Options, version: ProtocolVersion = .v0
    ) -> ChildProcess.Request {
        var arguments: [String] = []
        if version > .v0 && options.variant != "simple" { arguments += ["-o", "SendEnv=GIT_PROTOCOL"] }
        if let port = url.port {
            arguments += [options.variant == "plink" || options.variant == "putty" ? "-P" : "-p", "\(port)"]
        }
        arguments.append((url.user.map { $0 + "@" } ?? "") + url.host)
        arguments.append(commandLine)
        var request: ChildProcess.Request =
            if let command = options.command { .init(shell: command, arguments: arguments) } else {
                .init(options.program, arguments)
            }
        if version > .v0 { request.variables = [("GIT_PROTOCOL", "version=\(version.rawValue)")] }
        request.output = .pipe
        return request
    }

    /// What a program says that is run on the other machine with the repository's path and other words behind its name.
    ///
    /// - Throws: ``TransportError`` where `ssh` cannot be run, or where it or the program fails, with what was said.
    public static func output(
        of program: String, _ words: [String], at url: RemoteURL, _ options: Options
    ) throws(TransportError) -> [UInt8] {
        try check(url)
        let line = ([program, path(url)] + words).map { isPlain($0) ? $0 : quoted($0) }.joined(separator: " ")
        var request = request(line, url, options)
        request.error = .pipe
        let result: ChildProcess.Result
        do throws(SpawnError) { result = try ChildProcess.run(request, input: []) } catch { throw .spawn(error) }
        guard result.status.isSuccess else {
            let said = ProtocolError.printable(result.error[...], limit: 4096)
            throw .ssh("'\(program)' failed on '\(url.host)'" + (said.isEmpty ? "" : ": \(said)"))
        }
        return result.output
    }

    private static func path(_ url: RemoteURL) -> String {
        url.isURL && url.path.hasPrefix("/~") ? String(url.path.dropFirst()) : url.path
    }

    private static func check(_ url: RemoteURL) throws(TransportError) {
        guard !url.host.hasPrefix("-") else { throw .ssh("strange hostname '\(url.host)' blocked") }
        guard !url.path.hasPrefix("-") else { throw .ssh("strange pathname '\(url.path)' blocked") }
    }

    /// Whether a shell takes a word as it stands.
    private static func isPlain(_ word: String) -> Bool {
        !word.isEmpty
            && word.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// In single quotes for a shell.
    static func quoted(_ text: String) -> String {
        "'" + text.map { $0 == "'" ? "'\\''" : $0 == "!" ? "'\\!'" : String($0) }.joined() + "'"
    }

    /// Sends a request and reads the answer.
    public func exchange(_ body: RequestBody, _ receive: (PktLine) throws -> Bool) throws {
        guard let process else { throw ProtocolError.hungUp }
        let source = try body.source()
        while true {
            let bytes = try source()
            if bytes.isEmpty { break }
            try process.write(bytes)
        }
        while true {
            guard let packet = try nextPacket(process) else { throw ProtocolError.hungUp }
            if let line = packet.line, line.starts(with: Array("ERR ".utf8)) {
                throw ProtocolError.remote(ProtocolError.printable(line.dropFirst(4), limit: 4096))
            }
            if try receive(packet) { return }
        }
    }

    /// Says goodbye and waits for `ssh` to end.
    public func close() {
        process?.finish()
        process = nil
    }
}

/// A child process that is spoken with through pipes.
final class RunningProcess {
    private var child: ChildProcess

    init(_ request: ChildProcess.Request) throws(TransportError) {
        do throws(SpawnError) { child = try ChildProcess(request) } catch { throw .spawn(error) }
    }

    func read() throws(TransportError) -> [UInt8] {
        do throws(FileError) { return try Descriptor.read(child.output, 1 << 16, "ssh") } catch { throw .file(error) }
    }

    func write(_ bytes: [UInt8]) throws(TransportError) {
        do throws(FileError) {
            try Descriptor.write(child.input, bytes, "ssh")
        } catch {
            guard error.code == .brokenPipe else { throw .file(error) }
            throw .ssh("the remote end hung up unexpectedly")
        }
    }

    func finish() {
        if child.input >= 0 {
            _ = try? Descriptor.write(child.input, Array("0000".utf8), "ssh")
        }
        child.closeInput()
        child.closeOutput()
        _ = child.wait()
    }
}
