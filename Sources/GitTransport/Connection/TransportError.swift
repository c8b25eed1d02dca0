public import Bytes
public import GitObjects

/// What goes wrong between two repositories, besides what the protocol itself and HTTP say.
public enum TransportError: Error, CustomStringConvertible {
    /// The remote's address is one that is not understood, or not supported.
    case unsupportedAddress(String)
    /// No repository stands at a local path.
    case notARepository(String)
    /// No repository stands at a URL, or none for us.
    case notFound(String)
    /// The server wants to know who asks, and nobody says.
    case authenticationFailed(String)
    /// The `ssh` program failed.
    case ssh(String)
    /// The server did not send an object that it was asked for.
    case missing(ObjectID)
    /// The pack that came does not hold all that it should.
    case incomplete(String)
    /// The server names objects in another way.
    case objectFormat(ours: String, theirs: String)
    /// A ref was asked for that the server does not have.
    case noSuchRef(String)
    /// The file system refused.
    case file(FileError)
    /// A program could not be started.
    case spawn(SpawnError)

    /// What is wrong, in Git's words where it has them.
    public var description: String {
        switch self {
        case .unsupportedAddress(let text): "Unable to find remote helper for '\(text)'"
        case .notARepository(let path): "'\(path)' does not appear to be a git repository"
        case .notFound(let url): "repository '\(url)' not found"
        case .authenticationFailed(let url): "Authentication failed for '\(url)'"
        case .ssh(let reason): reason
        case .missing(let id): "remote did not send all necessary objects: \(id) is missing"
        case .incomplete(let url): "\(url) did not send all necessary objects"
        case .objectFormat(let ours, let theirs):
            "mismatched algorithms: client \(ours); server \(theirs)"
        case .noSuchRef(let name): "couldn't find remote ref \(name)"
        case .file(let error): error.description
        case .spawn(let error): error.description
        }
    }
}
