internal import Bytes
internal import DataFormats
internal import Glibc
internal import SystemPackage

/// A file open for reading at any offset, by several threads. It may change or be cut while it is read: reads then come up
/// short, and its status tells.
final class InputFile: Sendable {
    let path: FilePath
    private let descriptor: Int32

    init(_ path: FilePath) throws(FileError) {
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        guard descriptor >= 0 else { throw FileError("open", path) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// What the file system says of the file now.
    func status() throws(FileError) -> FileStatus { try FileStatus.of(descriptor: descriptor, path: path) }

    /// Fills as much of the buffer as the file has from an offset on.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("read", path)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Lets another file share a range of this one's blocks, where the file system can.
    ///
    /// - Parameters: `offset`, `place` and `count` are multiples of the block size.
    /// - Returns: false where it cannot; nothing was written then.
    func share(_ offset: Int, count: Int, with target: Int32, _ place: Int) -> Bool {
        // `struct file_clone_range` of <linux/fs.h>: the source, its offset, the length, the target's offset.
        var request = (Int64(descriptor), UInt64(offset), UInt64(count), UInt64(place))
        // _IOW(0x94, 13, struct file_clone_range)
        let cloneRange: UInt = 0x4020_940d
        return withUnsafeMutablePointer(to: &request) { ioctl(target, cloneRange, UnsafeMutableRawPointer($0)) == 0 }
    }

    /// The bytes of a range; fewer where the file was cut.
    func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
        let scratch = ScratchBuffer(max(1, range.count))
        let count = try read(
            into: UnsafeMutableRawBufferPointer(rebasing: scratch.buffer[..<range.count]), at: range.lowerBound)
        return [UInt8](scratch.buffer[..<count])
    }

    /// The file for header readers, whose errors do not matter here: they only lose a better coding.
    func source(size: Int) -> ByteSource {
        ByteSource(size: size) { offset, count in
            var isComplete = false
            let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, initialized in
                let target = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
                initialized = (try? self.read(into: target, at: offset)) ?? 0
                isComplete = initialized == count
            }
            return isComplete ? bytes : nil
        }
    }
}
