internal import Bytes
internal import Glibc
internal import SystemPackage

/// A file's bytes, piece by piece. Closed with the object.
final class FileSource {
    private let path: FilePath
    private let descriptor: Int32
    private static let pieceSize = 1 << 18

    init(_ path: FilePath) throws(TransportError) {
        self.path = path
        descriptor = path.withPlatformString { Glibc.open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .file(FileError("open", path)) }
    }

    deinit { Glibc.close(descriptor) }

    func next() throws(TransportError) -> [UInt8] {
        do throws(FileError) { return try Descriptor.read(descriptor, FileSource.pieceSize, path) } catch {
            throw .file(error)
        }
    }
}

/// Reading and writing descriptors whole, signals notwithstanding.
enum Descriptor {
    /// The next bytes, at most `count`; empty at the end.
    static func read(_ descriptor: Int32, _ count: Int, _ path: FilePath) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = 0
            while true {
                let got = Glibc.read(descriptor, buffer.baseAddress, count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = FileError("read", path) } else { initialized = got }
                return
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all of the bytes.
    static func write(_ descriptor: Int32, _ bytes: [UInt8], _ path: FilePath) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Pipe.write(descriptor, $0) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path)
            }
            written += count
        }
    }
}
