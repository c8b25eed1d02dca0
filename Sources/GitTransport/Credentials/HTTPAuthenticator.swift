internal import Synchronization

/// Sends requests as somebody: nobody first, and whoever a credential names once the server asks.
///
/// What was found is kept for later requests to the same server. Safe from several threads.
public final class HTTPAuthenticator: Sendable {
    private struct State {
        var credential: Credential?
        var server: RemoteURL?
        var authentication = HTTPAuthentication.none
        var isApproved = false
    }

    private let source: CredentialSource
    private let state = Mutex(State())

    /// Asks a source when a server asks.
    public init(_ source: CredentialSource) { self.source = source }

    /// Sends a request to a server; `url` is the repository's, with the user and password that it may name.
    ///
    /// A request whose body is a stream is sent once: who asks must be known from an earlier one.
    ///
    /// - Returns: the answer, which may be 401 where nobody could say who asks or the server does not believe it.
    /// - Throws: as ``HTTPClient/send(_:_:into:)``.
    public func send(
        _ request: HTTPRequest, _ url: RemoteURL, _ client: HTTPClient, _ options: HTTPOptions,
        into sink: (_ response: HTTPResponse, _ bytes: [UInt8]) throws -> Void
    ) throws -> HTTPResponse {
        var request = request
        // An address with another server in it is not told who we are on this one.
        request.authentication = state.withLock { state in
            state.server?.isSameServer(as: RemoteURL(request.url)) == true ? state.authentication : .none
        }
        // The password of the URL may be wrong, then a helper may know better, then a person may.
        for attempt in 0..<3 {
            let response = try client.send(request, options, into: sink)
            guard response.status == 401 else {
                if response.isSuccess { approve() }
                return response
            }
            if case .stream = request.body { return response }
            guard RemoteURL(response.url).isSameServer(as: RemoteURL(request.url)) || attempt == 0,
                let authentication = authenticate(response, url)
            else { return response }
            request.authentication = authentication
            request.url = response.url
        }
        return try client.send(request, options, into: sink)
    }

    private func approve() {
        let credential = state.withLock { state -> Credential? in
            guard let credential = state.credential, !state.isApproved else { return nil }
            state.isApproved = true
            return credential
        }
        if let credential { source.approve(credential) }
    }

    /// The next way to say who asks, after an answer of 401.
    private func authenticate(_ response: HTTPResponse, _ url: RemoteURL) -> HTTPAuthentication? {
        let server = RemoteURL(response.url)
        let refused = state.withLock { state -> Credential? in
            defer { state.credential = nil }
            return state.server?.isSameServer(as: server) == true ? state.credential : nil
        }
        // Where the server was left for another, the URL's own user and password stay behind.
        var start = Credential(url, usesPath: source.usesPath)
        if !server.isSameServer(as: url) { start = Credential(server, usesPath: source.usesPath) }
        if let refused {
            source.reject(refused)
            if start.password != nil { start.password = nil }
        }
        guard let credential = source.fill(start), credential != refused else { return nil }
        let schemes = response.all("www-authenticate").map { $0.lowercased() }
        let user = credential.username ?? ""
        let password = credential.password ?? ""
        let isBasic =
            schemes.isEmpty || schemes.contains { $0.hasPrefix("basic") }
            || !schemes.contains { !$0.hasPrefix("bearer") }
        let authentication: HTTPAuthentication =
            if !schemes.isEmpty && schemes.allSatisfy({ $0.hasPrefix("bearer") }) {
                .field("Bearer \(password)")
            } else if isBasic {
                .basic(user: user, password: password)
            } else {
                .any(user: user, password: password)
            }
        state.withLock { state in
            state.credential = credential
            state.server = server
            state.authentication = authentication
            state.isApproved = false
        }
        return authentication
    }
}
