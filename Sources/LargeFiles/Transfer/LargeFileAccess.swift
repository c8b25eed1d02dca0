internal import DataFormats
internal import GitTransport
internal import Synchronization

/// The large files of a repository behind ssh: `git-lfs-authenticate` on the other machine says where they are and gives a
/// token for them, which is asked for when it is first needed and again when it has run out.
///
/// <https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md>
final class LargeFileAccess: Sendable {
    private struct Route {
        let href: String
        let headers: [(name: String, value: String)]
        let send: LargeFileRemote.Sender
        /// When the token runs out.
        let end: ContinuousClock.Instant?
    }

    /// What requests name as their server until the other side has said where it is.
    let name: String
    private let url: RemoteURL
    private let ssh: SSHConnection.Options
    private let operation: String
    private let sender: @Sendable (RemoteURL) throws -> LargeFileRemote.Sender
    private let route = Mutex<Route?>(nil)

    /// - Parameters:
    ///   - operation: `upload` or `download`: what the token is for.
    ///   - sender: makes what sends requests to an address.
    init(
        _ url: RemoteURL, _ ssh: SSHConnection.Options, operation: String,
        sender: @escaping @Sendable (RemoteURL) throws -> LargeFileRemote.Sender
    ) {
        self.url = url
        self.ssh = ssh
        self.operation = operation
        self.sender = sender
        name = url.description.hasSuffix("/") ? String(url.description.dropLast()) : url.description
    }

    /// Sends a request; one to ``name`` goes where the other side has said.
    ///
    /// - Throws: ``LargeFileRemote/TransferError`` where the other side says nothing of use, ``TransportError`` where it cannot
    ///   be asked, and what the request throws.
    @Sendable func send(
        _ request: HTTPRequest, _ sink: (_ response: HTTPResponse, _ bytes: [UInt8]) throws -> Void
    ) throws -> HTTPResponse {
        let route = try route.withLock { known in
            if let known, known.end.map({ $0 > .now }) ?? true { return known }
            let made = try ask()
            known = made
            return made
        }
        var request = request
        if request.url.hasPrefix(name + "/") {
            request.url = route.href + request.url.dropFirst(name.count)
            request.headers += route.headers
        }
        return try route.send(request, sink)
    }

    private func ask() throws -> Route {
        let now = ContinuousClock.now
        let answer = try SSHConnection.output(of: "git-lfs-authenticate", [operation], at: url, ssh)
        guard let value = try? JSONScanner.parse(answer), let href = value["href"]?.text, href.hasPrefix("http") else {
            throw LargeFileRemote.TransferError(
                reason: "'git-lfs-authenticate' on '\(url.host)' does not say where large files are: "
                    + "set 'remote.<name>.lfsurl'")
        }
        // A few seconds early: the request has to get there.
        let end = value["expires_in"]?.integer.map { now.advanced(by: .seconds(max($0 - 5, 0))) }
        return Route(
            href: href.hasSuffix("/") ? String(href.dropLast()) : href, headers: LFSBatch.headers(value["header"]),
            send: try sender(RemoteURL(href)), end: end)
    }
}
