public import Bytes
public import GitObjects
public import SystemPackage

/// What can be wrong with an index file.
public enum IndexError: Error, CustomStringConvertible {
    /// The file does not begin with `DIRC`.
    case badSignature
    /// A version that Git does not have.
    case unsupportedVersion(UInt32)
    /// The file's hash does not fit its content.
    case badHash(offset: Int)
    /// The content is damaged at a byte.
    case malformed(offset: Int, what: String)
    /// The entries of a path stand out of order.
    case unordered(GitPath)
    /// An extension that must be understood is not.
    case unsupportedExtension(String)
    /// The shared file of a split index is not there.
    case missingShared(FilePath)
    /// The tree that an entry of a sparse index stands for cannot be read.
    case unreadableTree(GitPath, String)
    /// What a file holds is damaged.
    indirect case damaged(FilePath, IndexError)
    /// The file could not be read or written.
    case file(FileError)
    /// The file's lock is taken.
    case lock(LockError)

    public var description: String {
        switch self {
        case .badSignature: "bad index file signature at byte 0"
        case .unsupportedVersion(let version): "bad index version \(version) at byte 4"
        case .badHash(let offset): "bad index file sha1 signature at byte \(offset)"
        case .damaged(let path, let error): "index '\(path)': \(error)"
        case .malformed(let offset, let what): "index file corrupt at byte \(offset): \(what)"
        case .unordered(let path): "unordered stage entries in index for '\(path)'"
        case .unsupportedExtension("link"):
            "index is split, and its shared file is not at hand (run 'git update-index --no-split-index')"
        case .unsupportedExtension("sdir"):
            "index is sparse, and its trees are not at hand (run 'git sparse-checkout reapply --no-sparse-index')"
        case .missingShared(let path): "could not read shared index '\(path)' (run 'git read-tree HEAD')"
        case .unreadableTree(let path, let reason): "could not expand sparse index entry '\(path)/': \(reason)"
        case .unsupportedExtension(let name): "index uses \(name) extension, which we do not understand"
        case .file(let error): error.description
        case .lock(let error): error.description
        }
    }
}
