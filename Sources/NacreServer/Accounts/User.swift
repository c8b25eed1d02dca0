/// Somebody who has an account. Everybody is admin of the namespace of their own name.
package struct User: Sendable, Hashable, Codable {
    /// The row.
    package var id: Int64
    /// The name that they sign in with.
    package var name: String
    /// Whether they administer the whole server.
    package var isAdmin: Bool
    /// Whether the account is shut: its tokens and password are refused.
    package var isDisabled: Bool
    /// Seconds since 1970.
    package var created: Int64
}
