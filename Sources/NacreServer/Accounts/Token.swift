/// What the server keeps of an access token: everything but the token.
package struct Token: Sendable, Hashable, Codable {
    /// What a token lets its bearer do, at most; the user's own role limits it further.
    package enum Access: String, Sendable, Hashable, Codable, CaseIterable {
        /// Reading repositories.
        case read
        /// Reading and pushing.
        case write
        /// All that the user may, the management API included.
        case admin

        /// The highest role that it lets through.
        package var limit: Role {
            switch self {
            case .read: .reader
            case .write: .maintainer
            case .admin: .admin
            }
        }
    }

    /// The row.
    package var id: Int64
    /// Whose it is.
    package var userID: Int64
    /// What the user calls it.
    package var name: String
    /// What it may do.
    package var access: Access
    /// The repositories that it is for, as patterns (`ns/*`, `ns/name`), separated by spaces; nil for all of the user's.
    package var repositories: String?
    /// Seconds since 1970.
    package var created: Int64
    /// When it ends, in seconds since 1970; nil for never.
    package var expires: Int64?
    /// When it was revoked.
    package var revoked: Int64?

    /// Whether the token is good at a time.
    package func isValid(at now: Int64) -> Bool { revoked == nil && expires.map { now < $0 } ?? true }

    /// Whether the token is for this repository.
    package func covers(_ name: RepositoryName) -> Bool {
        guard let repositories else { return true }
        return repositories.split(separator: " ").contains { Glob.matches(String($0), name.path) }
    }
}
