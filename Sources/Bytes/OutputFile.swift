internal import Glibc
public import SystemPackage

/// A file being written, closed when the value goes away.
public struct OutputFile: ~Copyable {
    /// Where it stands.
    public let path: FilePath
    private var descriptor: Int32

    /// Creates a file that must not exist yet.
    ///
    /// - Throws: ``FileError`` with `.fileExists` where something stands there.
    public init(creating path: FilePath, permissions: UInt32 = 0o666) throws(FileError) {
        let descriptor = path.withPlatformString { open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, permissions) }
        guard descriptor >= 0 else { throw FileError("create", path) }
        self.path = path
        self.descriptor = descriptor
    }

    /// Opens a file to append to it, creating it where it is missing.
    public init(appendingTo path: FilePath, permissions: UInt32 = 0o666) throws(FileError) {
        let descriptor = path.withPlatformString { open($0, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, permissions) }
        guard descriptor >= 0 else { throw FileError("open", path) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// Writes all of the bytes.
    public mutating func write(_ bytes: RawSpan) throws(FileError) {
        try unsafe bytes.withUnsafeBytes { buffer throws(FileError) in try write(buffer: buffer) }
    }

    /// Writes all of the bytes.
    public mutating func write(_ bytes: [UInt8]) throws(FileError) { try write(bytes.span.bytes) }

    /// Writes all of the bytes.
    public mutating func write(buffer: UnsafeRawBufferPointer) throws(FileError) {
        var written = 0
        while written < buffer.count {
            let count = Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path)
            }
            written += count
        }
    }

    /// Writes over bytes at an absolute offset.
    public mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + written, $0.count - written, off_t(offset + written))
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path)
            }
            written += count
        }
    }

    /// Reads back bytes from an absolute offset; fewer where the file ends.
    public mutating func readBack(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, initialized in
            initialized = 0
            while initialized < count {
                let got = pread(
                    descriptor, buffer.baseAddress! + initialized, count - initialized, off_t(offset + initialized))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = FileError("read", path) }
                if got <= 0 { return }
                initialized += got
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Cuts the file to `size` bytes and goes on writing there.
    public mutating func truncate(to size: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(size)) == 0, lseek(descriptor, off_t(size), SEEK_SET) >= 0 else {
            throw FileError("truncate", path)
        }
    }

    /// What the file system says of the file now.
    public func status() throws(FileError) -> FileStatus { try FileStatus.of(descriptor: descriptor, path: path) }

    /// Sets the permission bits.
    public func setPermissions(_ permissions: UInt32) throws(FileError) {
        guard fchmod(descriptor, permissions) == 0 else { throw FileError("change the mode of", path) }
    }

    /// Forces the content to the disk.
    public mutating func synchronize() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError("write", path) }
    }

    /// Closes the file, so that an error of a late write is seen.
    public mutating func close() throws(FileError) {
        guard descriptor >= 0 else { return }
        let result = Glibc.close(descriptor)
        descriptor = -1
        guard result == 0 else { throw FileError("write", path) }
    }
}
