internal import Glibc
public import SystemPackage

/// What `lstat` or `fstat` says of a file.
public struct FileStatus: Sendable, Hashable {
    /// The kinds that Git tells apart.
    public enum Kind: Sendable, Hashable {
        /// A regular file.
        case regular
        /// A directory.
        case directory
        /// A symbolic link.
        case symbolicLink
        /// A socket, pipe or device: never tracked.
        case other
    }

    /// A time as the file system keeps it.
    public struct Time: Sendable, Hashable, Comparable {
        /// Seconds since 1970.
        public let seconds: Int64
        /// 0 to 999,999,999.
        public let nanoseconds: UInt32

        /// Makes a time.
        public init(seconds: Int64, nanoseconds: UInt32) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }

        public static func < (left: Time, right: Time) -> Bool {
            (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
        }
    }

    /// The kind of file.
    public let kind: Kind
    /// Permission bits (`07777`).
    public let permissions: UInt32
    /// Size in bytes.
    public let size: Int64
    /// Last change of the content.
    public let modified: Time
    /// Last change of the inode.
    public let changed: Time
    /// Device.
    public let device: UInt64
    /// Inode number.
    public let inode: UInt64
    /// Owner.
    public let owner: UInt32
    /// Group.
    public let group: UInt32
    /// Number of hard links.
    public let linkCount: UInt64
    /// Disk blocks of 512 bytes that it takes.
    public let blockCount: Int64

    /// Whether the owner may execute it: all that Git keeps of the permissions.
    public var isExecutable: Bool { permissions & 0o100 != 0 }

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .other
            }
        permissions = status.st_mode & 0o7777
        size = Int64(status.st_size)
        modified = Time(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: UInt32(status.st_mtim.tv_nsec))
        changed = Time(seconds: Int64(status.st_ctim.tv_sec), nanoseconds: UInt32(status.st_ctim.tv_nsec))
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        owner = status.st_uid
        group = status.st_gid
        linkCount = UInt64(status.st_nlink)
        blockCount = Int64(status.st_blocks)
    }

    /// Asks about a path, without following a symbolic link at its end unless `followingLinks`.
    ///
    /// - Returns: nil where nothing stands there (`ENOENT`, `ENOTDIR`).
    /// - Throws: ``FileError`` for everything else.
    public static func of(_ path: FilePath, followingLinks: Bool = false) throws(FileError) -> FileStatus? {
        var status = stat()
        let result = path.withPlatformString { followingLinks ? stat($0, &status) : lstat($0, &status) }
        if result == 0 { return FileStatus(status) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw FileError("read the status of", path)
    }

    /// Asks about an open file.
    public static func of(descriptor: Int32, path: FilePath) throws(FileError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("read the status of", path) }
        return FileStatus(status)
    }

    /// Asks about a name below an open directory (`AT_FDCWD`, -100, for the working directory), not following links;
    /// `path` is bytes ending with a NUL. For loops over many files: it makes no `FilePath`.
    ///
    /// - Returns: nil where nothing stands there.
    public static func at(directory: Int32, path: UnsafePointer<CChar>) throws(FileError) -> FileStatus? {
        var status = stat()
        if fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0 { return FileStatus(status) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw FileError("read the status of", FilePath(platformString: path))
    }
}
