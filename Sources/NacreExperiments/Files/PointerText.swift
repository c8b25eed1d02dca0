/// What a Git LFS pointer says: the SHA-256 and size of the file it stands for.
///
/// <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>
struct PointerText: Sendable, Hashable {
    /// The file's SHA-256, 64 hexadecimal digits.
    let sha256: String
    /// The file's size.
    let size: Int64

    /// Reads a blob; nil where it is no pointer.
    init?(_ content: [UInt8]) {
        guard content.count < 1024, content.starts(with: "version https://git-lfs.github.com/spec/v1\n".utf8) else {
            return nil
        }
        var sha256: String?
        var size: Int64?
        for line in content.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("oid sha256:") { sha256 = String(text.dropFirst(11)) }
            if text.hasPrefix("size ") { size = Int64(text.dropFirst(5)) }
        }
        guard let sha256, sha256.utf8.count == 64, let size, size >= 0 else { return nil }
        self.sha256 = sha256
        self.size = size
    }
}
