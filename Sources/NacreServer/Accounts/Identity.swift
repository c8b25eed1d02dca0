/// Who makes a request.
package struct Identity: Sendable, Hashable {
    /// The account; nil for a stranger.
    package var user: User?
    /// The token that was shown; nil for a stranger or a password.
    package var token: Token?

    /// Somebody without credentials.
    package static let anonymous = Identity(user: nil, token: nil)

    /// The name for logs.
    package var name: String { user?.name ?? "-" }

    /// Whether the server's own management is open to them.
    package var isServerAdmin: Bool {
        guard let user, user.isAdmin, !user.isDisabled else { return false }
        guard let token else { return true }
        return token.access == .admin && token.repositories == nil
    }
}
