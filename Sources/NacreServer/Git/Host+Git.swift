internal import GitObjects
internal import GitProtocol
internal import GitRepository
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// Git's smart HTTP protocol: <https://git-scm.com/docs/http-protocol>.
extension Host {
    /// How long what a push signs is good: packing and sending take their time.
    static let nonceSeconds: Int64 = 3600

    /// What the server calls itself to Git.
    static let agent = "nacre-server/1"

    func git(_ exchange: Exchange, _ name: RepositoryName, _ what: Route.Git) async throws -> Response {
        switch (what, exchange.request.method) {
        case (.bundle(let checksum), .get), (.bundle(let checksum), .head):
            return try await bundle(exchange, name, checksum)
        case (.refs, .get): return try await advertisement(exchange, name)
        case (.uploadPack, .post): return try await uploadPack(exchange, name)
        case (.receivePack, .post): return try await receivePack(exchange, name)
        default: throw HTTPFailure.methodNotAllowed
        }
    }

    private func version(_ exchange: Exchange) -> ProtocolVersion {
        ProtocolVersion(requested: HTTPField.Name("Git-Protocol").flatMap { exchange.request.headers[$0] })
    }

    /// Nothing that Git is told may be answered from a cache.
    private static func headers(_ type: String) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: type, .cacheControl: "no-cache, max-age=0, must-revalidate",
            .expires: "Fri, 01 Jan 1980 00:00:00 GMT",
        ]
        if let pragma = HTTPField.Name("Pragma") { headers[pragma] = "no-cache" }
        return headers
    }

    private func advertisement(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        guard let service = exchange.query["service"].flatMap({ Service(rawValue: $0) }) else {
            throw HTTPFailure(.forbidden, "only the smart protocol is served here (git 1.6.6 or later)")
        }
        let version = version(exchange)
        let bytes = try await work.ask { [self] in
            switch service {
            case .uploadPack:
                try require(.reader, in: name, exchange.identity)
                return try uploadPackServer(name, exchange).advertisement(version: version, overHTTP: true)
            case .receivePack:
                try requireWriting(name, exchange)
                return try receivePackServer(name, exchange).advertisement(version: version, overHTTP: true)
            }
        }
        return Response(
            status: .ok, headers: Host.headers(service.contentType("advertisement")),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// The bundle that a clone may begin with.
    private func bundle(_ exchange: Exchange, _ name: RepositoryName, _ checksum: String) async throws -> Response {
        let bundle = try await work.ask { [self] in
            try require(.reader, in: name, exchange.identity)
            return try CloneBundle(repositories.path(of: name))
        }
        guard let bundle, bundle.checksum == checksum else { throw HTTPFailure.notFound }
        return download(exchange, tag: checksum, size: bundle.size) { range, sink in try bundle.send(range, sink) }
    }

    private func requireType(_ service: Service, _ exchange: Exchange) throws {
        guard exchange.request.headers[.contentType] == service.contentType("request") else {
            throw HTTPFailure(
                .unsupportedMediaType, "the request's Content-Type is not \(service.contentType("request"))")
        }
    }

    private func served(_ name: RepositoryName) throws -> ServedRepository {
        let repository = try open.repository(name)
        return ServedRepository(
            gitDirectory: repository.commonDirectory, objects: repository.objects, refs: repository.refs)
    }

    private func uploadPackServer(_ name: RepositoryName, _ exchange: Exchange) throws -> UploadPackServer {
        var settings = UploadPackServer.Options(agent: Host.agent)
        settings.requestLimit = options.maximumFetchRequest
        if let bundle = try CloneBundle(repositories.path(of: name)) {
            settings.bundles = bundle.list(at: "\(options.publicURL ?? exchange.origin.base)/\(name.path).git")
        }
        return UploadPackServer(try served(name), options: settings)
    }

    private func receivePackServer(_ name: RepositoryName, _ exchange: Exchange) throws -> ReceivePackServer {
        let user = exchange.identity.name
        let signature = Signature(name: user, email: "\(user)@\(options.host)", time: accounts.now(), zoneMinutes: 0)
        var settings = ReceivePackServer.Options(agent: Host.agent, committer: signature)
        settings.packLimit = options.maximumPush
        if options.checksObjects { settings.makeChecker = { ModulesCheck.transferChecker(isStrict: true) } }
        let accounts = accounts
        settings.nonce = PushNonce(
            seed: nonceSeed, path: Array(name.path.utf8), slop: Host.nonceSeconds,
            now: { accounts.now() })
        settings.checkCertificate = { [self] in try SignedCommits(self).check($0) }
        let admission = PushAdmission(host: self, name: name, exchange: exchange)
        settings.hooks.admit = admission.admit
        settings.hooks.admitUpdate = admission.admitUpdate
        settings.hooks.updated = admission.updated
        return ReceivePackServer(try served(name), options: settings)
    }

    private func uploadPack(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        try requireType(.uploadPack, exchange)
        let version = version(exchange)
        let server = try await work.ask { [self] in
            try require(.reader, in: name, exchange.identity)
            return try uploadPackServer(name, exchange)
        }
        let metrics = metrics
        return try converse(exchange, .uploadPack, limit: options.maximumFetchRequest) { body, output in
            try server.serve(version: version, isStateless: true, from: body.next) { bytes in
                metrics.add("sent_bytes", bytes.count)
                try output.write(bytes)
            }
        }
    }

    private func receivePack(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        try requireType(.receivePack, exchange)
        let server = try await work.ask { [self] in
            try requireWriting(name, exchange)
            return try receivePackServer(name, exchange)
        }
        return try converse(exchange, .receivePack, limit: options.maximumPush) { body, output in
            try server.serve(from: body.next, to: output.write)
        }
    }

    /// Lets a thread read the request and write the answer, both as they come.
    private func converse(
        _ exchange: Exchange, _ service: Service, limit: Int,
        _ serve: @escaping @Sendable (RequestBytes, BytePipe) throws -> Void
    ) throws -> Response {
        let isCompressed = try exchange.isCompressed()
        let (work, metrics) = (work, metrics)
        let body = ResponseBody { writer in
            let input = BytePipe()
            let output = BytePipe()
            let watch = Watch(exchange.channel)
            defer {
                input.abandon()
                output.abandon()
                watch.stop()
            }
            async let served: Void = work.transfer {
                defer {
                    input.abandon()
                    output.finish()
                }
                do {
                    let body = try RequestBytes(input, isCompressed: isCompressed, limit: limit) {
                        metrics.add("received_bytes", $0)
                        watch.note()
                    }
                    try serve(body, output)
                } catch {
                    // The client was told in the protocol's own words, or is gone.
                    exchange.logger.notice("\(service.rawValue) failed", metadata: ["error": .string("\(error)")])
                }
            }
            async let isWhole = exchange.pump(into: input)
            while let bytes = try await output.receive() {
                try await writer.write(ByteBuffer(bytes: bytes))
                watch.note()
            }
            try await served
            if await !isWhole {
                // Nobody reads the rest of the request: the connection cannot be used for another.
                exchange.channel.eventLoop.scheduleTask(in: .seconds(2)) { exchange.channel.close(promise: nil) }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: Host.headers(service.contentType("result")), body: body)
    }
}
