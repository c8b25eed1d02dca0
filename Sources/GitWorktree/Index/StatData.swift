public import Bytes

/// What an index entry remembers of its file, so that a file that did not change need not be read: the fields of Git's
/// index, each cut to 32 bits.
public struct StatData: Sendable, Hashable {
    /// Last change of the inode, seconds.
    public var changedSeconds: UInt32 = 0
    /// Last change of the inode, nanoseconds.
    public var changedNanoseconds: UInt32 = 0
    /// Last change of the content, seconds.
    public var modifiedSeconds: UInt32 = 0
    /// Last change of the content, nanoseconds.
    public var modifiedNanoseconds: UInt32 = 0
    /// Device.
    public var device: UInt32 = 0
    /// Inode number.
    public var inode: UInt32 = 0
    /// Owner.
    public var owner: UInt32 = 0
    /// Group.
    public var group: UInt32 = 0
    /// Size in bytes.
    public var size: UInt32 = 0

    /// Nothing known: matches no file.
    public init() {}

    /// The fields of a file's status.
    public init(_ status: FileStatus) {
        changedSeconds = UInt32(truncatingIfNeeded: status.changed.seconds)
        changedNanoseconds = status.changed.nanoseconds
        modifiedSeconds = UInt32(truncatingIfNeeded: status.modified.seconds)
        modifiedNanoseconds = status.modified.nanoseconds
        device = UInt32(truncatingIfNeeded: status.device)
        inode = UInt32(truncatingIfNeeded: status.inode)
        owner = status.owner
        group = status.group
        size = StatData.size(status.size)
    }

    /// A size as the index holds it: cut to 32 bits, and never 0 for a file that is not empty, since 0 means "look again".
    public static func size(_ size: Int64) -> UInt32 {
        let cut = UInt32(truncatingIfNeeded: size)
        return cut == 0 && size != 0 ? 0x8000_0000 : cut
    }

    /// How strictly a file's status is compared: `core.trustctime` and `core.checkStat`.
    public struct Options: Sendable, Hashable {
        /// Whether the inode's change time counts (`core.trustctime`).
        public var isTrustingChangeTime = true
        /// Whether inode, owner and group count too (`core.checkStat` is not `minimal`).
        public var isChecking = true

        /// Git's defaults.
        public init() {}
    }

    /// Whether a file with this status is, as far as its status says, the one that was recorded.
    ///
    /// Nanoseconds count where both sides have them: some writers of the index leave them zero.
    public func matches(_ status: FileStatus, _ options: Options = Options()) -> Bool {
        guard modifiedSeconds == UInt32(truncatingIfNeeded: status.modified.seconds),
            size == StatData.size(status.size)
        else { return false }
        guard options.isChecking else { return true }
        guard
            modifiedNanoseconds == status.modified.nanoseconds || modifiedNanoseconds == 0
                || status.modified.nanoseconds == 0
        else { return false }
        if options.isTrustingChangeTime {
            guard changedSeconds == UInt32(truncatingIfNeeded: status.changed.seconds),
                changedNanoseconds == status.changed.nanoseconds || changedNanoseconds == 0
                    || status.changed.nanoseconds == 0
            else { return false }
        }
        return inode == UInt32(truncatingIfNeeded: status.inode) && owner == status.owner && group == status.group
    }
}
