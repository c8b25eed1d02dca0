public import GitObjects

/// Why a comparison could not be made.
public enum DiffError: Error, CustomStringConvertible {
    /// An object could not be read; the reason is what the reader said.
    case unreadable(ObjectID, reason: String)
    /// A file of the work tree could not be read.
    case unreadableFile(GitPath, reason: String)
    /// Something is asked for that cannot be done.
    case refused(String)

    /// The message.
    public var description: String {
        switch self {
        case .unreadable(let id, let reason): "unable to read \(id): \(reason)"
        case .unreadableFile(let path, let reason): "cannot read '\(path)': \(reason)"
        case .refused(let reason): reason
        }
    }
}
