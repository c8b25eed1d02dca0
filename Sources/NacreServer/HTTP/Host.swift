internal import Bytes
internal import Dispatch
internal import HTTPTypes
internal import Hummingbird
package import Logging
internal import Synchronization
internal import SystemPackage

/// Everything that requests share: the repositories, the accounts, the limits, the counters.
package final class Host: Sendable {
    let options: ServerOptions
    let repositories: RepositoryStore
    let open: OpenRepositories
    let accounts: AccountStore
    let authenticator: Authenticator
    let limiter: RateLimiter
    let metrics = Metrics()
    let work: BlockingWork
    let signer: URLSigner
    /// The secret of what signed pushes have to sign.
    let nonceSeed: [UInt8]
    let logger: Logger
    let isStopping = OnceFlag()
    let pushed = PushedRepositories()
    /// How many chunk packs are taken at once: each stands in memory.
    let packGate = DispatchSemaphore(value: 8)
    private let requestPrefix: String
    private let requestCount = Atomic<UInt64>(0)

    /// Opens the folder, its accounts and its secrets.
    package init(options: ServerOptions, logger: Logger, now: @escaping @Sendable () -> Int64) throws {
        self.options = options
        self.logger = logger
        repositories = RepositoryStore(root: options.root)
        open = OpenRepositories(repositories)
        try Files.makeDirectory(repositories.stateDirectory, permissions: 0o700)
        accounts = try AccountStore(path: repositories.accountsPath, now: now)
        authenticator = try Authenticator(accounts, limiter: RateLimiter(perMinute: options.failuresPerMinute))
        limiter = RateLimiter(perMinute: options.requestsPerMinute)
        work = BlockingWork(transfers: options.transfers)
        signer = URLSigner(key: try accounts.secret("signing"))
        nonceSeed = try accounts.secret("push-certificates")
        requestPrefix = Hex.string(try Secrets.random(4))
    }

    /// A number that no other request has.
    func nextRequestID() -> String {
        "\(requestPrefix)-\(requestCount.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    /// Answers a request.
    ///
    /// - Throws: ``HTTPFailure`` for what is refused.
    func answer(_ exchange: Exchange) async throws -> Response {
        switch exchange.route {
        case .health: return .text("ok\n")
        case .readiness: return try await readiness()
        case .unknown: throw HTTPFailure(.notFound, "not found")
        default: break
        }
        guard limiter.take("a:\(exchange.origin.address)", at: accounts.now()) else {
            throw HTTPFailure(.tooManyRequests, "too many requests", retryAfter: 10)
        }
        var exchange = exchange
        // A signed address is its own credential; whatever else the client sends along is not looked at.
        if case .largeFiles(let name, .object(let oid)) = exchange.route {
            return try await largeObject(exchange, name, oid)
        }
        let (header, address) = (exchange.request.headers[.authorization], exchange.origin.address)
        exchange.identity = try await work.ask { [authenticator] in
            try authenticator.identify(header, address: address)
        }
        if let user = exchange.identity.user {
            guard limiter.take("u:\(user.id)", at: accounts.now()) else {
                throw HTTPFailure(.tooManyRequests, "too many requests", retryAfter: 10)
            }
        }
        switch exchange.route {
        case .metrics: return try metricsPage(exchange)
        case .api(let path): return try await api(exchange, path)
        case .git(let name, let what): return try await git(exchange, name, what)
        case .largeFiles(let name, let what): return try await largeFiles(exchange, name, what)
        default: throw HTTPFailure(.notFound, "not found")
        }
    }

    private func readiness() async throws -> Response {
        let isReady = try await work.ask { [self] in
            accounts.isReady() && (try? FileStatus.of(options.root)?.kind) == .directory
        }
        guard isReady, !isStopping.isSet else { throw HTTPFailure(.serviceUnavailable, "not ready", retryAfter: 5) }
        return .text("ready\n")
    }

    private func metricsPage(_ exchange: Exchange) throws -> Response {
        guard exchange.identity.user != nil else { throw HTTPFailure.unauthorized }
        guard exchange.identity.isServerAdmin else { throw HTTPFailure(.forbidden, "administrators only") }
        return .text(metrics.text(), type: "text/plain; version=0.0.4; charset=utf-8")
    }

    /// Lets a request through that needs a role in a repository which must be there. Blocks.
    ///
    /// A stranger is asked to sign in whatever the repository; somebody who may not read is told that it is not there;
    /// somebody who may read but not do this is told so.
    func require(_ role: Role, in name: RepositoryName, _ identity: Identity) throws {
        let held = try accounts.role(of: identity, in: name)
        let exists = try repositories.exists(name)
        if exists, let held, held >= role { return }
        if identity.user == nil { throw HTTPFailure.unauthorized }
        guard exists, held != nil else { throw HTTPFailure.notFound }
        throw HTTPFailure(.forbidden, "you may not do this with '\(name)' (it takes the role \(role.name))")
    }

    /// As ``require(_:in:_:)`` for a writer, and makes the repository where it is not there and the identity may. Blocks.
    func requireWriting(_ name: RepositoryName, _ exchange: Exchange) throws {
        let identity = exchange.identity
        if identity.user != nil, try !repositories.exists(name), try accounts.mayCreate(name, identity) {
            if try repositories.create(name, defaultBranch: options.defaultBranch) {
                try accounts.record(
                    AuditEntry(
                        time: accounts.now(), actor: identity.name, address: exchange.origin.address,
                        request: exchange.id, action: "repo.create", subject: name.path))
            }
        }
        try require(.writer, in: name, identity)
    }
}
