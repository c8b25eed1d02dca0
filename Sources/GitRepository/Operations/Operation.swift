internal import Bytes
public import GitObjects

/// One entry of the operation log: a commit below `refs/nacre/operations` whose first parent is the entry before it. Its
/// other parents are the commits that refs held before, so that garbage collection keeps them.
public struct Operation: Sendable {
    /// Where a change came from.
    public enum Kind: Sendable, Hashable {
        /// A command of this program.
        case command
        /// Another program, noticed afterwards.
        case outside
        /// The entry of this id was taken back. Taking back an `undo` is what `redo` does.
        case undo(ObjectID)
    }

    /// The entry's commit.
    public let id: ObjectID
    /// The entry before it.
    public let previous: ObjectID?
    /// Where it came from.
    public let kind: Kind
    /// The command line, or a few words for what was noticed.
    public let title: String
    /// Seconds since 1970.
    public let time: Int64
    /// The refs that changed.
    public let refs: [RefDifference]
    /// Work-tree files as they were before.
    public let worktree: [FileSnapshot]
    /// The index before; nil where it did not change.
    public let index: ObjectID?
    /// The index after; nil where it did not change.
    public let indexAfter: ObjectID?
    /// Files of unfinished commands before, where they changed: path and content; nil for a file that was not there.
    public let files: [String: [UInt8]?]
}
