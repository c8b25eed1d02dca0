public import GitObjects

/// How a work-tree file differs from its index entry.
public struct FileChange: Sendable {
    /// What is different.
    public enum Kind: Sendable, Hashable {
        /// Content or executable bit.
        case modified
        /// A file became a link or the like.
        case typeChanged
        /// Nothing stands there.
        case deleted
        /// The path was announced only (`add -N`): it is new.
        case added
    }

    /// The entry's position in the index.
    public let position: Int
    /// What is different.
    public let kind: Kind
    /// The file's mode; nil where there is none.
    public let mode: FileMode?
    /// Whether the content differs (not only the mode).
    public let isContentChanged: Bool
    /// For a gitlink: whether it is dirty only inside.
    public let nested: NestedState?

    /// What is dirty in a nested repository.
    public struct NestedState: Sendable, Hashable {
        /// Another commit is checked out.
        public var hasNewCommit = false
        /// Tracked files changed.
        public var hasModifications = false
        /// There are untracked files.
        public var hasUntracked = false

        /// Nothing is dirty.
        public init() {}

        /// Whether it holds what no commit has.
        public var isDirty: Bool { hasModifications || hasUntracked }
    }
}

/// What comparing an index with a work tree gave.
public struct FileComparison: Sendable {
    /// Entries that differ, by position.
    public var changes: [FileChange] = []
    /// Entries that are equal but whose remembered status is not the file's: what `refresh` writes.
    public var refreshed: [(position: Int, stat: StatData)] = []
}
