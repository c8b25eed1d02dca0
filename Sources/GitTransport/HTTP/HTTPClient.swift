internal import Bytes
internal import CCurl
internal import Synchronization

/// Makes requests over HTTP/1.1 and HTTP/2 through libcurl, which is loaded when the first is made.
///
/// Safe from several threads: each request that runs has a handle of its own, and handles keep their connections for
/// later requests.
public final class HTTPClient: Sendable {
    private let idle = Mutex<[CurlHandle]>([])
    /// How many times one request may be led elsewhere.
    public static let redirectLimit = 20

    /// A client without connections.
    public init() {}

    /// Makes a request and gives the body of a successful answer piece by piece to `sink`, with the answer's head.
    ///
    /// Waits until the answer is complete; of an answer that is no success the body is in the result. Credentials and
    /// extra headers go to the server of the request's URL only: an answer that leads to another host, port or scheme is
    /// followed without them.
    ///
    /// - Throws: ``HTTPError`` where there is no complete answer; what `sink` and the request's source throw.
    @discardableResult
    public func send(
        _ request: HTTPRequest, _ options: HTTPOptions,
        into sink: (_ response: HTTPResponse, _ bytes: [UInt8]) throws -> Void = { _, _ in }
    ) throws -> HTTPResponse {
        let handle = try takeHandle(for: request.url)
        defer { idle.withLock { $0.append(handle) } }
        var request = request
        var options = options
        for _ in 0...HTTPClient.redirectLimit {
            let response = try withoutActuallyEscaping(sink) { sink in
                let exchange = HTTPExchange(request, sink: sink)
                try handle.perform(request, options, exchange)
                return exchange.response
            }
            guard request.followsRedirects, [301, 302, 303, 307, 308].contains(response.status),
                let location = response["location"]
            else { return response }
            try redirect(&request, &options, to: location)
        }
        throw HTTPError(.redirect, url: request.url, reason: "Maximum (\(HTTPClient.redirectLimit)) redirects followed")
    }

    private func takeHandle(for url: String) throws(HTTPError) -> CurlHandle {
        if let failure = nacre_curl_load() {
            throw HTTPError(.noLibrary, url: url, reason: String(cString: failure))
        }
        if let handle = idle.withLock({ $0.popLast() }) { return handle }
        guard let handle = CurlHandle() else {
            throw HTTPError(.noLibrary, url: url, reason: "libcurl cannot make a handle")
        }
        return handle
    }

    private func redirect(
        _ request: inout HTTPRequest, _ options: inout HTTPOptions, to location: String
    ) throws(HTTPError) {
        let from = RemoteURL(request.url)
        let target = from.resolving(location)
        guard target.scheme == .http || target.scheme == .https, !target.host.isEmpty else {
            throw HTTPError(
                .redirect, url: request.url, reason: "redirect to a URL that is not HTTP (\(target.protocolName))")
        }
        if case .stream = request.body {
            throw HTTPError(.redirect, url: request.url, reason: "redirect of a request that cannot be sent again")
        }
        if !target.isSameServer(as: from) {
            request.authentication = .none
            request.headers.removeAll { ["authorization", "cookie"].contains($0.name.lowercased()) }
            options.extraHeaders = []
            options.certificate = nil
            options.cookieFile = nil
        }
        request.url = target.withoutCredentials
    }
}
