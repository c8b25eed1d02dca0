internal import Bytes
public import GitProtocol

/// A repository behind smart HTTP.
public final class HTTPConnection: RemoteConnection {
    /// Whether each request says all again.
    public let isStateless = true
    private let client: HTTPClient
    private let options: HTTPOptions
    private let authenticator: HTTPAuthenticator
    private var base: RemoteURL
    private var service = Service.uploadPack
    private var version = ProtocolVersion.v2

    /// A repository at a URL. `options` are those of the URL; `authenticator` knows who asks.
    public init(_ url: RemoteURL, client: HTTPClient, options: HTTPOptions, authenticator: HTTPAuthenticator) {
        base = url
        self.client = client
        self.options = options
        self.authenticator = authenticator
    }

    /// The URL without the password.
    public var displayURL: String { base.withoutCredentials }

    private var root: String {
        var text = base.withoutCredentials
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }

    private var versionHeader: [(name: String, value: String)] {
        // Pushes are made in version 0; the header would only confuse.
        version == .v0 || service == .receivePack ? [] : [("Git-Protocol", "version=\(version.rawValue)")]
    }

    /// Asks for the refs or the capabilities.
    public func open(_ service: Service, version: ProtocolVersion) throws -> RefAdvertisement {
        self.service = service
        self.version = version
        let suffix = "/info/refs?service=\(service.rawValue)"
        var request = HTTPRequest("GET", root + suffix, headers: [("Pragma", "no-cache")] + versionHeader)
        request.followsRedirects = options.redirects != .never
        var body: [UInt8] = []
        var head: HTTPResponse?
        let response = try authenticator.send(request, base, client, options) { response, bytes in
            head = response
            guard body.count + bytes.count <= 1 << 30 else {
                throw ProtocolError.tooLarge("advertisement in bytes", limit: 1 << 30)
            }
            body += bytes
        }
        guard response.isSuccess else { throw failure(response) }
        if response.url != request.url { try follow(response, suffix) }
        let type = (head ?? response).contentType
        guard type == service.contentType("advertisement") else {
            throw HTTPError(
                .badAnswer, url: base.withoutCredentials,
                reason: "it does not speak Git's smart protocol (content type '\(type ?? "none")')")
        }
        return try AdvertisementParser.parse(body, service: service)
    }

    /// The server moved: later requests go where this one was led.
    private func follow(_ response: HTTPResponse, _ suffix: String) throws {
        guard response.url.hasSuffix(suffix) else {
            throw HTTPError(
                .redirect, url: base.withoutCredentials,
                reason: "unable to update url base from redirection to '\(response.url)'")
        }
        var moved = RemoteURL(String(response.url.dropLast(suffix.count)))
        if moved.isSameServer(as: base) {
            moved.user = base.user
            moved.password = base.password
        }
        base = moved
    }

    private func failure(_ response: HTTPResponse) -> any Error {
        let url = base.withoutCredentials
        switch response.status {
        case 401: return TransportError.authenticationFailed(url)
        case 404, 410: return TransportError.notFound(url + "/")
        default:
            var reason = "The requested URL returned error: \(response.status)"
            if response.contentType == "text/plain", !response.errorBody.isEmpty {
                reason = "\(ProtocolError.printable(response.errorBody, limit: 1000)) (\(reason))"
            }
            return HTTPError(.status(response.status), url: url, reason: reason)
        }
    }

    /// Posts a request. One that is too long to be kept is preceded by an empty one, so that the server can ask who we
    /// are before the long one is on its way.
    public func exchange(_ body: RequestBody, _ receive: (PktLine) throws -> Bool) throws {
        if body.size > Int64(options.postBuffer) { try probe() }
        var request = HTTPRequest(
            "POST", "\(root)/\(service.rawValue)",
            headers: [
                ("Content-Type", service.contentType("request")), ("Accept", service.contentType("result")),
            ] + versionHeader)
        request.followsRedirects = options.redirects == .always
        switch body {
        case .bytes(let bytes) where bytes.count > 1024 && service == .uploadPack:
            request.headers.append(("Content-Encoding", "gzip"))
            request.body = .bytes(try Gzip.encode(bytes))
        case .bytes(let bytes): request.body = .bytes(bytes)
        case .file: request.body = .stream(length: body.size, try body.source())
        }
        try withoutActuallyEscaping(receive) { receive in
            let answer = AnswerReader(receive)
            let type = service.contentType("result")
            let response = try authenticator.send(request, base, client, options) { response, bytes in
                guard response.contentType == type else {
                    throw HTTPError(
                        .badAnswer, url: self.base.withoutCredentials,
                        reason: "the answer's content type is '\(response.contentType ?? "none")', not '\(type)'")
                }
                try answer.take(bytes)
            }
            guard response.isSuccess else { throw failure(response) }
            try answer.finish()
        }
    }

    private func probe() throws {
        let request = HTTPRequest(
            "POST", "\(root)/\(service.rawValue)",
            headers: [
                ("Content-Type", service.contentType("request")), ("Accept", service.contentType("result")),
            ], body: .bytes(Array("0000".utf8)))
        let response = try authenticator.send(request, base, client, options) { _, _ in }
        guard response.isSuccess else { throw failure(response) }
    }

    /// Connections are kept by the client.
    public func close() {}
}
