internal import Bytes
internal import SystemPackage

/// Digests of files, read in pieces.
enum FileDigest {
    /// The SHA-256 of a file's content, in hexadecimal digits.
    static func sha256(_ path: FilePath) throws -> String {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(path, .readOnly)
        } catch let code as Errno {
            throw FileError("open", path, code: code)
        }
        defer { _ = try? file.close() }
        var digest = Digest(.sha256)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { break }
            buffer.withUnsafeBytes { digest.update(buffer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return Hex.string(digest.finish())
    }
}
