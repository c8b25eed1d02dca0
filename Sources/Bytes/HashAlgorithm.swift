/// A hash function that names objects: Git's two, and the one that Git LFS uses.
public enum HashAlgorithm: UInt8, Sendable, Hashable, CaseIterable {
    /// SHA-1, 20 bytes.
    case sha1 = 1
    /// SHA-256, 32 bytes.
    case sha256 = 2

    /// The length of a digest in bytes.
    public var byteCount: Int { self == .sha1 ? 20 : 32 }

    /// The length of a digest in hexadecimal digits.
    public var hexCount: Int { byteCount * 2 }

    /// The name that Git's `extensions.objectformat` and the wire protocol use.
    public var name: String { self == .sha1 ? "sha1" : "sha256" }

    /// The algorithm of that name, or nil.
    public init?(name: some StringProtocol) {
        switch name {
        case "sha1": self = .sha1
        case "sha256": self = .sha256
        default: return nil
        }
    }
}
