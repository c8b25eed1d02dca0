internal import Bytes

/// A Git LFS pointer: the blob that stands in a tree for a large file.
///
/// ```
/// version https://git-lfs.github.com/spec/v1
/// oid sha256:<64 digits>
/// size <decimal>
/// ```
/// Lines of keys other than these (`ext-…`) are kept. <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>
public struct Pointer: Sendable, Hashable {
    /// SHA-256 of the content.
    public let oid: Hash256
    /// The content's length in bytes.
    public let size: Int
    /// Further lines, `key value`, in order.
    public let extensions: [[UInt8]]

    /// No pointer is longer.
    public static let maximumLength = 1024

    private static let version = Array("version https://git-lfs.github.com/spec/v1".utf8)
    private static let olderVersions = ["version https://hawser.github.com/spec/v1", "version http://git-media.io/v/2"]
        .map { Array($0.utf8) }
    private static let oidPrefix = Array("oid sha256:".utf8)
    private static let sizePrefix = Array("size ".utf8)

    /// Makes a pointer.
    public init(oid: Hash256, size: Int, extensions: [[UInt8]] = []) {
        self.oid = oid
        self.size = size
        self.extensions = extensions
    }

    /// Reads a pointer, nil where the blob is none. White space at the end is tolerated, as git-lfs does.
    public init?(parsing blob: [UInt8]) {
        guard blob.count <= Pointer.maximumLength, blob.starts(with: Array("version ".utf8)) else { return nil }
        var end = blob.count
        while end > 0, [0x20, 0x0a, 0x0d, 0x09].contains(blob[end - 1]) { end -= 1 }
        let lines = blob[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            Array($0)
        }
        guard let first = lines.first, first == Pointer.version || Pointer.olderVersions.contains(first) else {
            return nil
        }
        var oid: Hash256?
        var size: Int?
        var extensions: [[UInt8]] = []
        for line in lines.dropFirst() {
            if line.starts(with: Pointer.oidPrefix) {
                guard oid == nil, let value = Hash256(hex: line.dropFirst(Pointer.oidPrefix.count)) else { return nil }
                oid = value
            } else if line.starts(with: Pointer.sizePrefix) {
                guard size == nil, let value = Pointer.decimal(line.dropFirst(Pointer.sizePrefix.count)) else {
                    return nil
                }
                size = value
            } else {
                guard Pointer.isKeyed(line) else { return nil }
                extensions.append(line)
            }
        }
        guard let oid, let size else { return nil }
        self.init(oid: oid, size: size, extensions: extensions)
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static func isKeyed(_ line: [UInt8]) -> Bool {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")), space > 0 else { return false }
        return line[..<space].allSatisfy {
            (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2e || $0 == 0x2d
        }
    }

    /// The blob: the one valid encoding, keys in order. Empty content has an empty blob.
    public var encoded: [UInt8] {
        if size == 0 && extensions.isEmpty { return [] }
        var lines = extensions
        lines.append(Array("oid sha256:\(oid.hex)".utf8))
        lines.append(Array("size \(size)".utf8))
        lines.sort { $0.lexicographicallyPrecedes($1) }
        return ([Pointer.version] + lines).flatMap { $0 + [UInt8(ascii: "\n")] }
    }

    /// SHA-256 of nothing: the oid of empty content.
    public static let emptyOID = Hash256(bytes: Digest.hash([], .sha256)) ?? .zero
}
