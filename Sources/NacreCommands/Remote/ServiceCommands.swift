internal import Bytes
internal import GitProtocol
internal import GitRepository
internal import Glibc
internal import SystemPackage

/// `upload-pack`: what runs on the other side of a fetch over ssh.
struct UploadPackCommand: Command {
    static let name = "upload-pack"
    static let summary = "send objects packed back to a fetching client"
    static let usage = [
        "[--[no-]strict] [--timeout=<n>] [--stateless-rpc]\n                [--advertise-refs] <directory>"
    ]
    static let options: [OptionSpec] = [
        .flag("stateless-rpc", "quit after a single request/response exchange"),
        .flag("http-backend-info-refs", aliases: ["advertise-refs"], "serve up the info/refs for git-http-backend"),
        .flag("strict", "do not try <directory>/.git/ if <directory> is no Git directory"),
        .value("timeout", "n", "interrupt transfer after <n> seconds of inactivity"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try ServiceProcess.repository(arguments, context)
        let server = try repository.uploadPackServer(agent: Context.agent)
        let version = ProtocolVersion(requested: context.environment["GIT_PROTOCOL"])
        let isStateless = arguments.isOn("stateless-rpc")
        let pipes = ServiceProcess(context)
        if !isStateless || arguments.isOn("http-backend-info-refs") {
            try pipes.write(server.advertisement(version: version, overHTTP: false))
            if arguments.isOn("http-backend-info-refs") { return .success }
        }
        try server.serve(version: version, isStateless: isStateless, from: pipes.read, to: pipes.write)
        return .success
    }
}

/// `receive-pack`: what runs on the other side of a push over ssh.
struct ReceivePackCommand: Command {
    static let name = "receive-pack"
    static let summary = "receive what is pushed into the repository"
    static let usage = ["[--stateless-rpc] [--advertise-refs] <git-dir>"]
    static let options: [OptionSpec] = [
        .flag("stateless-rpc", "quit after a single request/response exchange"),
        .flag("http-backend-info-refs", aliases: ["advertise-refs"], "serve up the info/refs for git-http-backend"),
        .flag("quiet", "q", "be quiet"),
        .flag("skip-connectivity-check", hidden: true, "not supported"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if arguments.isOn("skip-connectivity-check") {
            throw CommandError.fatal("the connectivity check is never skipped")
        }
        let repository = try ServiceProcess.repository(arguments, context)
        let server = try repository.receivePackServer(
            agent: Context.agent, committer: context.reflogIdentity(), runningHooks: true,
            checkingCertificates: context.remoteAccess().checkCertificate)
        let version = ProtocolVersion(requested: context.environment["GIT_PROTOCOL"])
        let pipes = ServiceProcess(context)
        if !arguments.isOn("stateless-rpc") || arguments.isOn("http-backend-info-refs") {
            try pipes.write(server.advertisement(version: version, overHTTP: false))
            if arguments.isOn("http-backend-info-refs") { return .success }
        }
        try server.serve(from: pipes.read, to: pipes.write)
        return .success
    }
}

/// The standard streams of a service.
struct ServiceProcess {
    private let context: Context

    init(_ context: Context) { self.context = context }

    static func repository(_ arguments: Arguments, _ context: Context) throws -> Repository {
        guard arguments.operands.count == 1 else { throw CommandError.usage("one directory is needed") }
        let path = arguments.texts[0]
        guard let repository = try context.remoteAccess().localRepository(path) else {
            throw CommandError.fatal("'\(path)' does not appear to be a git repository")
        }
        return repository
    }

    func write(_ bytes: [UInt8]) throws {
        context.output.write(bytes)
        context.output.flush()
    }

    func read() throws -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = 0
            while true {
                let got = Glibc.read(0, buffer.baseAddress, 1 << 16)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = FileError("read", "standard input") } else { count = got }
                return
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
