internal import HTTPTypes
internal import Hummingbird

/// Where a request comes from, and under which address the client knows this server.
struct Origin: Sendable, Hashable {
    /// The client's address.
    var address: String
    /// `http` or `https`.
    var scheme: String
    /// Host and port.
    var host: String

    /// Reads it off a request. `X-Forwarded-*` counts only where the connection comes from a trusted proxy: anybody can
    /// send such headers.
    init(_ request: Request, peer: String, isEncrypted: Bool, trustedProxies: Set<String>) {
        address = peer
        scheme = isEncrypted ? "https" : "http"
        host = request.head.authority ?? "localhost"
        guard trustedProxies.contains(peer) else { return }
        if let chain = Origin.header("X-Forwarded-For", request) {
            // The last address that no trusted proxy stands for: those before it are the client's own claim.
            let hops = chain.split(separator: ",").map { Origin.trim($0) }
            address = hops.last { !trustedProxies.contains($0) } ?? hops.first ?? peer
        }
        if let value = Origin.header("X-Forwarded-Proto", request), value == "https" || value == "http" {
            scheme = value
        }
        if let value = Origin.header("X-Forwarded-Host", request), Origin.isHost(value) { host = value }
    }

    private static func header(_ name: String, _ request: Request) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    private static func trim(_ text: Substring) -> String { String(text.filter { $0 != " " && $0 != "\t" }) }

    private static func isHost(_ text: String) -> Bool {
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_".utf8)
        return !text.isEmpty && text.utf8.allSatisfy { allowed.contains($0) }
    }

    /// `https://host`.
    var base: String { "\(scheme)://\(host)" }
}
