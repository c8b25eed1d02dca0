internal import HTTPTypes

/// A request that is refused: what the client is told. It never tells what the client may not know.
struct HTTPFailure: Error, CustomStringConvertible {
    /// The status.
    let status: HTTPResponse.Status
    /// What is said of it.
    let message: String
    /// After how many seconds to try again.
    let retryAfter: Int?

    init(_ status: HTTPResponse.Status, _ message: String, retryAfter: Int? = nil) {
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
    }

    var description: String { message }

    /// There is nothing here, or nothing that this client may know of: the two must not differ.
    static let notFound = HTTPFailure(.notFound, "repository not found")
    /// Who are you?
    static let unauthorized = HTTPFailure(.unauthorized, "authentication required")
    /// The address does not take this method.
    static let methodNotAllowed = HTTPFailure(.methodNotAllowed, "method not allowed")
}
