public import Bytes
public import GitObjects
public import GitStorage

/// What can go wrong between the index and the work tree.
public enum WorktreeError: Error, CustomStringConvertible {
    /// A file could not be read or written.
    case file(FileError)
    /// An object could not be read or written.
    case storage(StorageError)
    /// The index could not be read or written.
    case index(IndexError)
    /// A path that must not stand in an index or a work tree.
    case invalidPath(GitPath)
    /// A path that leads through a symbolic link.
    case beyondLink(GitPath)
    /// A file that is neither regular nor a link nor a directory.
    case unsupportedFile(GitPath)
    /// Line endings that would not come back as they were, with `core.safecrlf`.
    case irreversibleLineEndings(GitPath, String)
    /// A filter's command failed.
    case filter(GitPath, name: String, reason: String)
    /// A text could not be converted between encodings.
    case encoding(GitPath, String)
    /// Trees could not be compared.
    case tree(String)
    /// A tree would hold sides of a conflict.
    case unmerged([GitPath])
    /// What is about to be overwritten could not be kept for undo.
    case witness(String)

    public var description: String {
        switch self {
        case .file(let error): error.description
        case .storage(let error): error.description
        case .index(let error): error.description
        case .invalidPath(let path): "invalid path '\(path)'"
        case .beyondLink(let path): "'\(path)' is beyond a symbolic link"
        case .unsupportedFile(let path): "\(path): can only add regular files, symbolic links or git-directories"
        case .irreversibleLineEndings(let path, let what): "\(what) in \(path)"
        case .filter(let path, let name, let reason): "\(path): filter '\(name)' failed: \(reason)"
        case .encoding(let path, let what): "\(path): \(what)"
        case .tree(let reason): reason
        case .witness(let reason): "cannot keep what would be overwritten: \(reason)"
        case .unmerged(let paths):
            paths.map { "\($0): unmerged" }.joined(separator: "\n")
        }
    }
}
