/// Who changes something, for the audit log.
package struct Actor: Sendable, Hashable {
    /// The user's name.
    package var name: String
    /// The client's address.
    package var address: String?
    /// The request.
    package var request: String?

    /// Makes an actor.
    package init(name: String, address: String? = nil, request: String? = nil) {
        self.name = name
        self.address = address
        self.request = request
    }

    /// Somebody at the command line of the server itself.
    package static let console = Actor(name: "-")

    func entry(_ time: Int64, _ action: String, _ subject: String, _ detail: String = "") -> AuditEntry {
        AuditEntry(
            time: time, actor: name, address: address, request: request, action: action, subject: subject,
            detail: detail)
    }
}
