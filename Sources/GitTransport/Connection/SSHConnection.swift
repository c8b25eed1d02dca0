internal import Bytes
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
        guard !url.host.hasPrefix("-") else { throw TransportError.ssh("strange hostname '\(url.host)' blocked") }
        guard !url.path.hasPrefix("-") else { throw TransportError.ssh("strange pathname '\(url.path)' blocked") }
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
        let path = url.isURL && url.path.hasPrefix("/~") ? String(url.path.dropFirst()) : url.path
        var arguments: [String] = []
        let asksVersion = version > .v0 && service == .uploadPack
        if asksVersion && options.variant != "simple" { arguments += ["-o", "SendEnv=GIT_PROTOCOL"] }
        if let port = url.port {
            arguments += [options.variant == "plink" || options.variant == "putty" ? "-P" : "-p", "\(port)"]
        }
        arguments.append((url.user.map { $0 + "@" } ?? "") + url.host)
        arguments.append("\(program) \(SSHConnection.quoted(path))")
        var request: ChildProcess.Request =
            if let command = options.command { .init(shell: command, arguments: arguments) } else {
                .init(options.program, arguments)
            }
        if asksVersion { request.variables = [("GIT_PROTOCOL", "version=\(version.rawValue)")] }
        request.input = .pipe
        request.output = .pipe
        return request
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
