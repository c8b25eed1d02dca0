internal import Glibc
public import SystemPackage

/// Memory into which one file after the other is read: for looking through many without keeping any.
public final class FileBuffer {
    private var storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    /// A buffer of 64 KiB, which grows to what the largest file needs.
    public init() {}

    deinit { storage.deallocate() }

    /// Hands over the content of a regular file; links are not followed.
    ///
    /// - Returns: nil where nothing stands there, or something that is no regular file.
    /// - Throws: ``FileError`` where it cannot be read.
    public func withContent<Result>(
        of path: FilePath, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? {
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENXIO { return nil }
            throw FileError("open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("stat", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = try read(descriptor, path, expected: Int(status.st_size))
        return try body(UnsafeRawBufferPointer(rebasing: storage[..<size]))
    }

    private func read(_ descriptor: Int32, _ path: FilePath, expected: Int) throws(FileError) -> Int {
        if storage.count <= expected { grow(expected + 1) }
        var size = 0
        while true {
            if size == storage.count { grow(size * 2) }
            let count = Glibc.read(descriptor, storage.baseAddress! + size, storage.count - size)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError("read", path) }
            if count == 0 { return size }
            size += count
            // The size that the system told is nearly always right: a short read of it is the end.
            if size == expected, expected > 0 { return size }
        }
    }

    private func grow(_ size: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(storage))
        storage.deallocate()
        storage = larger
    }
}
