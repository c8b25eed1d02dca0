/// What a repository as a whole could not do: what is wrong first, then where, then what to do.
public struct RepositoryError: Error, CustomStringConvertible {
    /// What kind of failure, for callers that act on it.
    public enum Code: Sendable, Hashable {
        /// No repository here or above.
        case notARepository
        /// It belongs to another user.
        case unsafeOwner
        /// A format version or extension that this program does not know.
        case unsupportedFormat
        /// Something in it is damaged.
        case corrupt
        /// The operation needs a work tree and there is none.
        case noWorkTree
        /// Name and address of the user are not known.
        case noIdentity
        /// A revision, ref or path does not name what it must.
        case notFound
        /// The state of the repository does not allow it (a merge in progress, local changes).
        case conflict
        /// The request itself is wrong.
        case invalid
        /// The system refused.
        case system
    }

    /// What kind of failure.
    public let code: Code
    /// The whole message.
    public let message: String
    /// The path, ref or object id that it is about.
    public let subject: String?
    /// The error of a lower layer behind it.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, subject: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.subject = subject
        self.cause = cause
    }

    public var description: String { message }
}
