internal import Glibc
public import SystemPackage

/// An immutable file mapped into memory: packs, indexes, chunk packs.
///
/// Never map a work-tree file: somebody may truncate it, and the next load would kill the process.
public final class MappedFile: @unchecked Sendable {
    // Unchecked: the mapping is read-only and lives as long as the object.
    private let buffer: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// A private copy of bytes that did not come from a file, for the readers that work on mapped ones.
    public init(copying bytes: RawSpan) {
        isMapped = false
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.byteCount, alignment: 16)
        unsafe bytes.withUnsafeBytes { copy.copyMemory(from: $0) }
        buffer = UnsafeRawBufferPointer(copy)
    }

    /// Maps a whole file; an empty one maps nothing.
    ///
    /// - Throws: ``FileError`` where it cannot be opened or mapped.
    public init(_ path: FilePath) throws(FileError) {
        isMapped = true
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        let size = Int(try FileStatus.of(descriptor: descriptor, path: path).size)
        guard size > 0 else {
            buffer = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw FileError("map", path)
        }
        buffer = UnsafeRawBufferPointer(start: address, count: size)
    }

    deinit {
        guard isMapped else {
            buffer.deallocate()
            return
        }
        if let address = buffer.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), buffer.count) }
    }

    /// Gives the pages back that were read so far: they count as this process's memory. What is read again comes from the
    /// system's cache.
    public func releasePages() {
        guard isMapped, let address = buffer.baseAddress else { return }
        madvise(UnsafeMutableRawPointer(mutating: address), buffer.count, MADV_DONTNEED)
    }

    /// Size in bytes.
    public var count: Int { buffer.count }

    /// The content, borrowed.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe buffer.bytes
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
