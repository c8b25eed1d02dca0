public import GitObjects

/// Which side of a conflict an entry is.
public enum ConflictStage: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    /// No conflict.
    case merged = 0
    /// The common ancestor's version.
    case base = 1
    /// This side's version.
    case ours = 2
    /// The other side's version.
    case theirs = 3

    public static func < (left: ConflictStage, right: ConflictStage) -> Bool { left.rawValue < right.rawValue }
}

/// One path of the index.
public struct IndexEntry: Sendable, Hashable {
    /// Marks that a person or sparse-checkout sets on an entry.
    public struct Flags: OptionSet, Sendable, Hashable {
        /// The bits.
        public let rawValue: UInt8
        /// Makes a set from bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The file is taken to be unchanged without looking (`update-index --assume-unchanged`).
        public static let assumeValid = Flags(rawValue: 1)
        /// The file is not wanted in the work tree (sparse checkout; content that is not at hand).
        public static let skipWorktree = Flags(rawValue: 2)
        /// The path was announced without content (`add -N`).
        public static let intentToAdd = Flags(rawValue: 4)
    }

    /// The path.
    public let path: GitPath
    /// The content.
    public var id: ObjectID
    /// What the file looked like when content and file were last known to be equal.
    public var stat: StatData
    /// The kind of file.
    public var mode: FileMode
    /// The side of a conflict.
    public var stage: ConflictStage
    /// Marks.
    public var flags: Flags
    /// Whether this process took the status together with the content: not on the disk, and no part of what an entry is.
    var isVerified = false

    /// Makes an entry.
    public init(
        path: GitPath, id: ObjectID, mode: FileMode, stat: StatData = StatData(), stage: ConflictStage = .merged,
        flags: Flags = []
    ) {
        self.path = path
        self.id = id
        self.stat = stat
        self.mode = mode
        self.stage = stage
        self.flags = flags
    }

    public static func == (left: IndexEntry, right: IndexEntry) -> Bool {
        left.path == right.path && left.id == right.id && left.stat == right.stat && left.mode == right.mode
            && left.stage == right.stage && left.flags == right.flags
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(id)
        hasher.combine(stage)
    }

    /// The index's order: path by bytes, then stage.
    static func precedes(_ left: IndexEntry, _ right: IndexEntry) -> Bool {
        let order = left.path.bytes.compared(to: right.path.bytes)
        return order != 0 ? order < 0 : left.stage < right.stage
    }
}
