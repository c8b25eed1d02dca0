internal import Bytes
internal import Glibc
internal import Synchronization

/// What a search saw in directories, so that a second one in the same process need not read those that did not change.
///
/// A directory's time tells of every name that is made, removed or renamed in it. One that changed just before it was read
/// is not kept, because it may change again without its time showing it. Thread-safe; good for one index.
public final class DirectoryMemory: Sendable {
    /// An entry that the index does not hold as a file.
    struct Child: Sendable {
        let name: [UInt8]
        let isDirectory: Bool
    }

    private struct Known: Sendable {
        let status: Identity
        let children: [Child]
    }

    /// What stays the same while nothing comes or goes.
    private struct Identity: Sendable, Equatable {
        let device: UInt64
        let inode: UInt64
        let modified: FileStatus.Time
        let changed: FileStatus.Time

        init(_ status: FileStatus) {
            device = status.device
            inode = status.inode
            modified = status.modified
            changed = status.changed
        }
    }

    private let known = Mutex<[[UInt8]: Known]>([:])

    /// Nothing was seen yet.
    public init() {}

    /// File systems keep times of up to two seconds' length.
    private static let doubtful: Int64 = 3

    /// The time by which a directory's is judged, taken before it is read.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }

    func children(_ path: [UInt8], _ status: FileStatus) -> [Child]? {
        guard let found = known.withLock({ $0[path] }), found.status == Identity(status) else { return nil }
        return found.children
    }

    func keep(_ children: [Child], _ path: [UInt8], _ status: FileStatus, at time: Int64) {
        guard status.modified.seconds < time - Self.doubtful, status.changed.seconds < time - Self.doubtful else {
            return
        }
        let item = Known(status: Identity(status), children: children)
        known.withLock { $0[path] = item }
    }
}
