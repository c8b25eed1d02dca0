public import Bytes

/// What an object is. The raw value is the number that packs use.
public enum ObjectKind: UInt8, Sendable, Hashable, CaseIterable {
    /// A snapshot with its history.
    case commit = 1
    /// A directory.
    case tree = 2
    /// A file's content, or a symbolic link's target.
    case blob = 3
    /// An annotated tag.
    case tag = 4

    /// The word that stands in an object's header.
    public var name: String {
        switch self {
        case .commit: "commit"
        case .tree: "tree"
        case .blob: "blob"
        case .tag: "tag"
        }
    }

    /// The kind of that name, or nil.
    public init?(name: some Collection<UInt8>) {
        for kind in ObjectKind.allCases where name.elementsEqual(kind.name.utf8) {
            self = kind
            return
        }
        return nil
    }

    /// What is hashed, and stored in loose objects, before the content: `<kind> <size>\0`.
    public func header(size: Int) -> [UInt8] { Array("\(name) \(size)\0".utf8) }
}

/// An object's kind and content, read whole.
public struct GitObject: Sendable, Hashable {
    /// The kind.
    public let kind: ObjectKind
    /// The content without the header.
    public let content: [UInt8]

    /// Makes an object.
    public init(_ kind: ObjectKind, _ content: [UInt8]) {
        self.kind = kind
        self.content = content
    }

    /// The object's id.
    public func id(_ algorithm: HashAlgorithm) -> ObjectID { ObjectID.hash(kind, content, algorithm) }
}
