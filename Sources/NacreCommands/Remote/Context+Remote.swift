internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRepository
internal import GitStorage
internal import GitTransport
internal import Glibc
internal import SystemPackage

extension Context {
    /// What the program calls itself to others.
    static let agent = "nacre/\(Version.number)"

    /// How other repositories are reached.
    func remoteAccess() throws -> RemoteAccess {
        var access = RemoteAccess(
            agent: Context.agent, home: home, workingDirectory: workingDirectory, committer: try reflogIdentity(),
            discovery: discovery)
        access.ssh = sshOptions()
        access.ask = question()
        // The one thread that runs the command serves repositories on this machine too.
        nonisolated(unsafe) let context = self
        access.checkCertificate = { repository, certificate in
            let check = try Signing(context, repository).check(certificate.payload, signature: certificate.signature)
            return PushCertificateCheck(status: check.status, signer: check.signer, key: check.key)
        }
        return access
    }

    /// How the environment wants `ssh` to be run.
    func sshOptions() -> SSHConnection.Options {
        var options = SSHConnection.Options()
        options.command = environment.nonEmpty("GIT_SSH_COMMAND")
        if let program = environment.nonEmpty("GIT_SSH") { options.program = program }
        options.variant = environment.nonEmpty("GIT_SSH_VARIANT")
        return options
    }

    /// Asks a person: by `GIT_ASKPASS`, `core.askPass` or `SSH_ASKPASS`, else on the terminal unless
    /// `GIT_TERMINAL_PROMPT` is off.
    func question() -> (@Sendable (CredentialSource.Question) -> String?)? {
        let program =
            environment.nonEmpty("GIT_ASKPASS") ?? (try? configuration().string("core.askpass")) ?? nil
            ?? environment.nonEmpty("SSH_ASKPASS")
        let usesTerminal = environment.isOn("GIT_TERMINAL_PROMPT", default: true)
        return { question in
            if let program, !program.isEmpty {
                var request = ChildProcess.Request(program, [question.prompt])
                request.output = .pipe
                guard let result = try? ChildProcess.run(request), result.status.isSuccess else { return nil }
                return String(decoding: result.output.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
            }
            return usesTerminal ? Terminal.ask(question.prompt, isSecret: question.isSecret) : nil
        }
    }

    /// Shows what a server says to a person, line by line.
    func serverMessages() -> ServerMessages { ServerMessages(errors) }

    /// Whether progress is shown.
    func showsProgress(_ arguments: Arguments) -> Bool {
        arguments.flag("progress") ?? (errors.isTerminal && !arguments.isOn("quiet"))
    }
}

/// What a server says to a person, on standard error with `remote: ` in front.
final class ServerMessages {
    private let output: OutputStream
    private var text: ProgressText

    init(_ output: OutputStream) {
        self.output = output
        text = ProgressText(isTerminal: output.isTerminal)
    }

    func take(_ bytes: ArraySlice<UInt8>) {
        let shown = text.append(bytes)
        if !shown.isEmpty { output.write(shown) }
    }

    func finish() {
        let shown = text.finish()
        if !shown.isEmpty { output.write(shown) }
    }
}

/// The person's terminal, whatever the standard streams are connected to.
enum Terminal {
    /// Asks a question and reads a line; nil where there is no terminal.
    static func ask(_ prompt: String, isSecret: Bool) -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var before = termios()
        let canHide = isSecret && tcgetattr(terminal, &before) == 0
        if canHide {
            var silent = before
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(terminal, TCSAFLUSH, &silent)
        }
        defer {
            if canHide {
                tcsetattr(terminal, TCSAFLUSH, &before)
                _ = write(terminal, "\n", 1)
            }
        }
        var text = prompt
        text.withUTF8 { _ = write(terminal, $0.baseAddress, $0.count) }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < 65_536, read(terminal, &byte, 1) == 1, byte != 10 { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }
}

/// Progress of a fetch or push on standard error, as Git words it.
final class TransferProgress: Sendable {
    private let output: OutputStream

    init(_ output: OutputStream) { self.output = output }

    /// Shows how far receiving a pack is.
    func receiving(_ progress: PackIndexer.Progress) {
        switch progress {
        case .receiving(let objects, let total, let bytes) where total > 0:
            let percent = objects * 100 / total
            let size = bytes >= 1 << 20 ? "\(bytes >> 20) MiB" : "\(bytes >> 10) KiB"
            let end = objects == total ? ", done.\n" : "\r"
            output.write("Receiving objects: \(percent)% (\(objects)/\(total)), \(size)\(end)")
        case .resolving(let deltas) where deltas > 0: output.write("Resolving deltas: \(deltas)\n")
        default: break
        }
    }
}
