internal import ArgumentParser
internal import Bytes
internal import Glibc
internal import Logging
internal import SystemPackage

/// `nacre-server serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Serve repositories until stopped.")

    @OptionGroup var root: RootOption
    @Option(help: ArgumentHelp("Where to listen; port 0 takes any that is free.", valueName: "host:port"))
    var listen = "127.0.0.1:8080"
    @Option(help: ArgumentHelp("The TLS certificate chain (PEM).", valueName: "file")) var certificate: String?
    @Option(help: ArgumentHelp("The TLS key (PEM).", valueName: "file")) var key: String?
    @Option(help: ArgumentHelp("The address that clients use, where requests do not tell it.", valueName: "url"))
    var publicURL: String?
    @Option(
        help: ArgumentHelp("An address whose X-Forwarded headers are believed; may be repeated.", valueName: "address"))
    var trustedProxy: [String] = []
    @Option(help: "The most bytes of one push.") var maximumPush: Int = 16 << 30
    @Option(help: "The most bytes of one large file.") var maximumFile: Int = 1 << 40
    @Option(help: "Requests a minute for each user or address; 0 for no limit.") var requestsPerMinute: Int = 6000
    @Option(help: "Failed attempts to sign in a minute for each address; 0 for no limit.") var failuresPerMinute: Int =
        30
    @Option(help: "How many packs and files move at once.") var transfers: Int = 128
    @Option(help: "Seconds without a byte after which a connection is closed.") var idleTimeout: Int64 = 60
    @Option(help: "The least bytes a second that a client must send, once a request is a minute old.")
    var minimumRate: Int = 100
    @Option(help: "Seconds between rounds of maintenance; 0 for none.") var maintenanceInterval: Int64 = 3600
    @Option(help: "From how many bytes on a packed repository is offered to clones as a bundle.")
    var bundleSize: Int = 32 << 20
    @Option(help: "Days for which maintenance keeps what nothing leads to.") var graceDays: Int64 = 14
    @Option(help: "How many seconds the signed address of a large file is good.") var signedURLLifetime: Int64 = 3600
    @Option(help: "The branch that HEAD of a new repository names.") var defaultBranch = "main"
    @Flag(inversion: .prefixedNo, help: "Check the objects of a push as 'git fsck' does.") var checkObjects = true
    @Option(help: ArgumentHelp("What to log: debug, info, warning, error.", valueName: "level")) var logLevel = "info"

    func run() async throws {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError("'\(logLevel)' is not a log level")
        }
        let options = try options()
        Pipe.fillStandardStreams()
        // Nobody reads what a vanished client was sent: a write tells, a signal would end the server.
        signal(SIGPIPE, SIG_IGN)
        let logger = Logger(label: "nacre-server") { _ in JSONLogHandler(level: level) }
        let server = try Server(options: options, logger: logger)
        try await server.run { url in
            print("nacre-server listens on \(url)")
            fflush(nil)
        }
    }

    private func options() throws -> ServerOptions {
        guard let colon = listen.lastIndex(of: ":"), let port = UInt16(listen[listen.index(after: colon)...]) else {
            throw ValidationError("'\(listen)' is not an address and a port, as in 127.0.0.1:8080")
        }
        var options = ServerOptions(root: root.path)
        options.host = listen[..<colon].filter { $0 != "[" && $0 != "]" }
        options.port = Int(port)
        switch (certificate, key) {
        case (let chain?, let key?): options.certificate = (FilePath(chain), FilePath(key))
        case (nil, nil): break
        default: throw ValidationError("--certificate and --key go together")
        }
        options.publicURL = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        options.trustedProxies = Set(trustedProxy)
        options.maximumPush = maximumPush
        options.maximumFile = maximumFile
        options.requestsPerMinute = requestsPerMinute > 0 ? requestsPerMinute : nil
        options.failuresPerMinute = failuresPerMinute > 0 ? failuresPerMinute : nil
        guard transfers > 0, idleTimeout > 0, signedURLLifetime > 0 else {
            throw ValidationError("--transfers, --idle-timeout and --signed-url-lifetime take a number from 1")
        }
        options.transfers = transfers
        options.idleSeconds = idleTimeout
        options.signedURLLifetime = signedURLLifetime
        guard minimumRate >= 0, maintenanceInterval >= 0, (0...36500).contains(graceDays) else {
            throw ValidationError("--minimum-rate, --maintenance-interval and --grace-days take a number from 0")
        }
        options.minimumRate = minimumRate
        options.maintenanceInterval = maintenanceInterval > 0 ? maintenanceInterval : nil
        options.graceSeconds = graceDays * 86400
        options.bundleSize = bundleSize
        options.defaultBranch = defaultBranch
        options.checksObjects = checkObjects
        return options
    }
}
