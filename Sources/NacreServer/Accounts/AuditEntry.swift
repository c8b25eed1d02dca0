/// One line of the audit log: a ref update or a change of permissions, with who did it.
package struct AuditEntry: Sendable, Hashable, Codable {
    /// The row; entries are numbered in the order in which they were written.
    package var id: Int64
    /// Seconds since 1970.
    package var time: Int64
    /// The user's name; `-` for the command line on the server itself.
    package var actor: String
    /// The client's address, where one is known.
    package var address: String?
    /// The request that caused it.
    package var request: String?
    /// What happened: `ref.update`, `token.create`, `role.set`.
    package var action: String
    /// What it happened to: a repository, a user.
    package var subject: String
    /// The rest, in one line, never a secret.
    package var detail: String

    /// Makes an entry that has no row yet.
    package init(
        time: Int64, actor: String, address: String? = nil, request: String? = nil, action: String, subject: String,
        detail: String = ""
    ) {
        id = 0
        self.time = time
        self.actor = actor
        self.address = address
        self.request = request
        self.action = action
        self.subject = subject
        self.detail = detail
    }
}
