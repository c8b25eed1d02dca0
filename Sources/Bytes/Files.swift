internal import Glibc
public import SystemPackage

/// Whole-file reading, and the small operations on directories that several layers need.
public enum Files {
    /// The content of a file, following links.
    ///
    /// - Returns: nil where nothing stands there.
    /// - Throws: ``FileError``, also where the file has more than `limit` bytes (`EFBIG`).
    public static func readIfPresent(_ path: FilePath, limit: Int = .max) throws(FileError) -> [UInt8]? {
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileError("open", path)
        }
        defer { close(descriptor) }
        let expected = Int(try FileStatus.of(descriptor: descriptor, path: path).size)
        return try readAll(descriptor, path: path, expected: expected, limit: limit)
    }

    /// The content of a file, following links.
    public static func read(_ path: FilePath, limit: Int = .max) throws(FileError) -> [UInt8] {
        guard let bytes = try readIfPresent(path, limit: limit) else {
            throw FileError("open", path, code: .noSuchFileOrDirectory)
        }
        return bytes
    }

    /// Everything that is left in an open file, pipe or terminal; `expected` bytes, where they are known and not 0, are all.
    public static func readAll(
        _ descriptor: Int32, path: FilePath, expected: Int = 0, limit: Int = .max
    ) throws(FileError) -> [UInt8] {
        guard expected <= limit else { throw FileError("read", path, code: Errno(rawValue: EFBIG)) }
        var failure: FileError?
        var room = max(expected, 4096)
        var result: [UInt8] = []
        var isAtEnd = false
        while !isAtEnd {
            let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                count = 0
                while count < room {
                    let got = Glibc.read(descriptor, buffer.baseAddress! + count, room - count)
                    if got < 0 && errno == EINTR { continue }
                    if got < 0 { failure = FileError("read", path) }
                    if got <= 0 {
                        isAtEnd = true
                        return
                    }
                    count += got
                    // The end of a file of known size needs no read of its own.
                    if count == expected {
                        isAtEnd = true
                        return
                    }
                }
            }
            if let failure { throw failure }
            if result.isEmpty { result = piece } else { result += piece }
            guard result.count <= limit else { throw FileError("read", path, code: Errno(rawValue: EFBIG)) }
            room = max(result.count, 65536)
        }
        return result
    }

    /// Where a symbolic link points, as bytes; nil where nothing stands there or it is no link.
    public static func readLink(_ path: FilePath) throws(FileError) -> [UInt8]? {
        var capacity = 256
        while true {
            var failure: FileError?
            var isAbsent = false
            let target = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let got = path.withPlatformString {
                    readlink(
                        $0, UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: CChar.self), capacity)
                }
                if got < 0 {
                    if errno == ENOENT || errno == ENOTDIR || errno == EINVAL {
                        isAbsent = true
                    } else {
                        failure = FileError("read the link", path)
                    }
                }
                count = max(got, 0)
            }
            if let failure { throw failure }
            if isAbsent { return nil }
            if target.count < capacity { return target }
            capacity *= 2
        }
    }

    /// An entry of a directory.
    public struct Entry: Sendable, Hashable {
        /// The name, as bytes: file names need not be UTF-8.
        public let name: [UInt8]
        /// The kind, where the file system says so in the listing; otherwise nil (ask ``FileStatus``).
        public let kind: FileStatus.Kind?
    }

    /// The entries of a directory but `.` and `..`, in no particular order; nil where there is no such directory.
    public static func list(_ path: FilePath) throws(FileError) -> [Entry]? {
        guard let directory = path.withPlatformString({ opendir($0) }) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileError("open directory", path)
        }
        defer { closedir(directory) }
        var entries: [Entry] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { [UInt8]($0.prefix { $0 != 0 }) }
            if name != [UInt8(ascii: ".")] && name != [UInt8(ascii: "."), UInt8(ascii: ".")] {
                let kind: FileStatus.Kind? =
                    switch Int(entry.pointee.d_type) {
                    case Int(DT_REG): .regular
                    case Int(DT_DIR): .directory
                    case Int(DT_LNK): .symbolicLink
                    case Int(DT_UNKNOWN): nil
                    default: .other
                    }
                entries.append(Entry(name: name, kind: kind))
            }
            errno = 0
        }
        guard errno == 0 else { throw FileError("list", path) }
        return entries
    }

    /// Makes a directory and those above it; does nothing where it stands already.
    public static func makeDirectory(_ path: FilePath, permissions: UInt32 = 0o777) throws(FileError) {
        if path.withPlatformString({ mkdir($0, permissions) }) == 0 { return }
        if errno == EEXIST {
            guard try FileStatus.of(path, followingLinks: true)?.kind == .directory else {
                throw FileError("create directory", path, code: .fileExists)
            }
            return
        }
        guard errno == ENOENT, path.components.count > 1 else { throw FileError("create directory", path) }
        try makeDirectory(path.removingLastComponent(), permissions: permissions)
        if path.withPlatformString({ mkdir($0, permissions) }) != 0 && errno != EEXIST {
            throw FileError("create directory", path)
        }
    }

    /// Removes a file or link; returns whether one stood there.
    @discardableResult
    public static func remove(_ path: FilePath) throws(FileError) -> Bool {
        if path.withPlatformString({ unlink($0) }) == 0 { return true }
        if errno == ENOENT || errno == ENOTDIR { return false }
        throw FileError("remove", path)
    }

    /// Removes an empty directory; returns false where there is none or it is not empty.
    @discardableResult
    public static func removeEmptyDirectory(_ path: FilePath) throws(FileError) -> Bool {
        if path.withPlatformString({ rmdir($0) }) == 0 { return true }
        if [ENOENT, ENOTDIR, ENOTEMPTY, EEXIST, EBUSY, EINVAL].contains(errno) { return false }
        throw FileError("remove directory", path)
    }

    /// Removes a directory with everything below it, never following links; does nothing where there is none.
    public static func removeTree(_ path: FilePath) throws(FileError) {
        guard let status = try FileStatus.of(path) else { return }
        guard status.kind == .directory else {
            try remove(path)
            return
        }
        for entry in try list(path) ?? [] { try removeTree(path.appending(bytes: entry.name)) }
        if path.withPlatformString({ rmdir($0) }) != 0 && errno != ENOENT { throw FileError("remove directory", path) }
    }

    /// Sets when a file was last changed; nil for now.
    public static func setModified(_ path: FilePath, seconds: Int64?) throws(FileError) {
        var time = timespec(tv_sec: Int(seconds ?? 0), tv_nsec: 0)
        if seconds == nil { time.tv_nsec = Int((1 << 30) - 1) }  // UTIME_NOW
        let times = [time, time]
        guard path.withPlatformString({ utimensat(AT_FDCWD, $0, times, 0) }) == 0 else {
            throw FileError("set the time of", path)
        }
    }

    /// Renames, replacing what stands at `target`.
    public static func rename(_ source: FilePath, to target: FilePath) throws(FileError) {
        let result = source.withPlatformString { from in target.withPlatformString { Glibc.rename(from, $0) } }
        guard result == 0 else { throw FileError("rename to", target) }
    }

    /// Writes a directory's entries to the disk, so that a rename in it survives a crash.
    public static func synchronizeDirectory(_ path: FilePath) throws(FileError) {
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError("open directory", path) }
        defer { close(descriptor) }
        // Some file systems cannot sync a directory and say EINVAL; there is nothing better to be done on them.
        if fsync(descriptor) != 0 && errno != EINVAL { throw FileError("write", path) }
    }
}

extension FilePath {
    /// This path with a component of bytes added, which need not be UTF-8 (`name` must hold no NUL; it may hold `/`).
    @inlinable public func appending(bytes name: some Collection<UInt8>) -> FilePath {
        var all = self.bytes
        if !all.isEmpty && all.last != UInt8(ascii: "/") && !name.isEmpty { all.append(UInt8(ascii: "/")) }
        for byte in name { all.append(byte) }
        return FilePath(array: all)
    }

    /// The path of these bytes; an inner NUL ends it.
    @inlinable public init(bytes: some Collection<UInt8>) { self.init(array: Array(bytes)) }

    @usableFromInline init(array: [UInt8]) {
        self = (array + [0]).withUnsafeBytes {
            // The added NUL gives the buffer an address.
            unsafe FilePath(platformString: $0.assumingMemoryBound(to: CChar.self).baseAddress!)
        }
    }

    /// The path's bytes without the final NUL.
    public var bytes: [UInt8] {
        withPlatformString { pointer in
            [UInt8](UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
        }
    }
}
