/// What a tree or index entry is. The raw value is Git's mode.
public enum FileMode: UInt32, Sendable, Hashable {
    /// A directory (in an index, only in a sparse one).
    case tree = 0o040000
    /// A file.
    case regular = 0o100644
    /// A file that may be executed.
    case executable = 0o100755
    /// A symbolic link; its target is the blob's content.
    case symbolicLink = 0o120000
    /// A submodule's commit.
    case gitlink = 0o160000

    /// The mode that a number means: what Git's readers make of odd permission bits (`100664` is a regular file); nil
    /// for a type that Git does not have.
    public init?(canonical mode: UInt32) {
        switch mode & 0o170000 {
        case 0o100000: self = mode & 0o100 != 0 ? .executable : .regular
        case 0o120000: self = .symbolicLink
        case 0o040000: self = .tree
        case 0o160000: self = .gitlink
        default: return nil
        }
    }

    /// Six octal digits, as `ls-files -s` and diff headers print it.
    public var octal: String {
        let digits = String(rawValue, radix: 8)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The kind of object that it names.
    public var objectKind: ObjectKind {
        switch self {
        case .tree: .tree
        case .gitlink: .commit
        default: .blob
        }
    }

    /// Whether the entry is a file or link with a blob of its own.
    public var isBlob: Bool { objectKind == .blob }
}
