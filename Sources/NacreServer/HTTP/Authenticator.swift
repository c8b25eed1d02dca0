internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import Synchronization

/// Finds out who makes a request: `Authorization: Bearer TOKEN`, or Basic with a token or the password.
package final class Authenticator: Sendable {
    private struct Remembered {
        var identity: Identity
        var until: Int64
    }

    private let accounts: AccountStore
    private let limiter: RateLimiter
    private let key: [UInt8]
    // A password takes scrypt's time to check; a clone makes a dozen requests with it.
    private let remembered = Mutex<[[UInt8]: Remembered]>([:])

    /// Checks against these accounts; `limiter` counts failures by address.
    package init(_ accounts: AccountStore, limiter: RateLimiter) throws {
        self.accounts = accounts
        self.limiter = limiter
        key = try Secrets.random(32)
    }

    /// Whose request this is; anonymous where it has no credentials. Blocks.
    ///
    /// - Throws: ``HTTPFailure``: 401 for credentials that are not good, 429 after too many such.
    func identify(_ header: String?, address: String) throws -> Identity {
        guard let header else { return .anonymous }
        let now = accounts.now()
        guard limiter.isOpen(address, at: now) else {
            throw HTTPFailure(.tooManyRequests, "too many failed attempts to sign in", retryAfter: 60)
        }
        if let identity = try check(header, now: now) { return identity }
        _ = limiter.take(address, at: now)
        throw HTTPFailure(.unauthorized, "the credentials are not valid")
    }

    private func check(_ header: String, now: Int64) throws -> Identity? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        switch parts[0].lowercased() {
        case "bearer": return try accounts.identity(token: String(parts[1]))
        case "basic":
            guard let decoded = Base64.decode(parts[1].utf8) else { return nil }
            let text = String(decoding: decoded, as: UTF8.self)
            guard let colon = text.firstIndex(of: ":") else { return nil }
            return try check(
                name: String(text[..<colon]), password: String(text[text.index(after: colon)...]), now: now)
        default: return nil
        }
    }

    private func check(name: String, password: String, now: Int64) throws -> Identity? {
        // A token may stand on either side of the colon: programs differ in which of the two they ask for.
        if password.hasPrefix("nacre_") { return try accounts.identity(token: password) }
        if name.hasPrefix("nacre_") { return try accounts.identity(token: name) }
        guard !name.isEmpty, !password.isEmpty, password.utf8.count <= 1024 else { return nil }
        let mark = Secrets.authenticationCode(key: key, Array("\(name)\u{0}\(password)".utf8))
        if let known = remembered.withLock({ $0[mark] }), now < known.until, let user = known.identity.user {
            return try accounts.identity(userID: user.id, tokenID: nil)
        }
        guard let identity = try accounts.identity(name: name, password: password) else { return nil }
        remembered.withLock { known in
            if known.count > 1000 { known.removeAll() }
            known[mark] = Remembered(identity: identity, until: now + 30)
        }
        return identity
    }
}
