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
    @inlinable public init?(name: some Collection<UInt8>) {
        for kind in ObjectKind.allCases where name.elementsEqual(kind.name.utf8) {
            self = kind
            return
        }
        return nil
    }

    /// What is hashed, and stored in loose objects, before the content: `<kind> <size>\0`.
    public func header(size: Int) -> [UInt8] { withHeader(size: size) { [UInt8]($0) } }

    /// ``header(size:)`` in borrowed bytes, for loops over many objects: it allocates nothing.
    public func withHeader<Result>(size: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // The longest: "commit", a space, 19 digits, NUL.
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
            var length = 0
            for byte in name.utf8 {
                buffer[length] = byte
                length += 1
            }
            buffer[length] = UInt8(ascii: " ")
            var digitCount = 1
            var rest = size / 10
            while rest > 0 {
                digitCount += 1
                rest /= 10
            }
            rest = size
            for index in (1...digitCount).reversed() {
                buffer[length + index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            length += digitCount + 1
            buffer[length] = 0
            return body(UnsafeRawBufferPointer(rebasing: buffer[...length]))
        }
    }
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
