internal import Bytes
internal import Glibc
internal import SystemPackage

/// A file that comes over the network, kept where it breaks off so that the next attempt, also of another process, goes on
/// from there.
final class PartialDownload {
    let path: FilePath
    private let descriptor: Int32
    /// How much of it is here.
    private(set) var count: Int

    /// Opens the part that is here, or begins one. Where another process is at it, this one takes a file of its own.
    init(_ oid: Hash256, in directory: FilePath) throws(FileError) {
        try Files.makeDirectory(directory)
        var path = directory.appending("download-\(oid)")
        var descriptor = Self.open(path)
        if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            close(descriptor)
            path = directory.appending("download-\(oid)-\(getpid())")
            descriptor = Self.open(path)
        }
        guard descriptor >= 0 else { throw FileError("open", path) }
        self.path = path
        self.descriptor = descriptor
        count = Int(try FileStatus.of(descriptor: descriptor, path: path).size)
    }

    private static func open(_ path: FilePath) -> Int32 {
        path.withPlatformString { Glibc.open($0, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) }
    }

    deinit { close(descriptor) }

    /// Adds what came.
    func append(_ bytes: [UInt8]) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let result = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if result < 0 && errno == EINTR { continue }
            guard result >= 0 else { throw FileError("write", path) }
            written += result
        }
        count += bytes.count
    }

    /// Begins anew.
    func restart() throws(FileError) {
        guard ftruncate(descriptor, 0) == 0 else { throw FileError("truncate", path) }
        count = 0
    }

    /// Takes the file away.
    func remove() { _ = try? Files.remove(path) }
}
