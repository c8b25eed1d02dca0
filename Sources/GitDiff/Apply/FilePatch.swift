public import GitObjects

/// What a patch does to one file.
public struct FilePatch: Sendable {
    /// A binary file's change in one direction.
    public enum Binary: Sendable, Hashable {
        /// The whole content.
        case literal([UInt8])
        /// A delta on the content before.
        case delta([UInt8])
    }

    /// The name before; nil where the file is created.
    public var oldName: GitPath?
    /// The name after; nil where it is deleted.
    public var newName: GitPath?
    /// The mode before, as the patch says it.
    public var oldMode: FileMode?
    /// The mode after, as the patch says it.
    public var newMode: FileMode?
    /// Whether the file is created; nil where the patch leaves that open (diffs of other tools).
    public var isNew: Bool? = false
    /// Whether the file is deleted; nil where the patch leaves that open.
    public var isDeleted: Bool? = false
    /// Whether the file is a copy of another.
    public var isCopy = false
    /// Whether the file has a new name.
    public var isRename = false
    /// Whether the file was rewritten (`dissimilarity index`).
    public var isRewrite = false
    /// How alike or unlike, in per cent.
    public var score = 0
    /// The id before, or the digits of it that the patch gives.
    public var oldID: [UInt8] = []
    /// The id after, or the digits of it that the patch gives.
    public var newID: [UInt8] = []
    /// The changes of a text.
    public var hunks: [PatchHunk] = []
    /// Whether this is a binary file.
    public var isBinary = false
    /// How the content after is made from that before.
    public var forward: Binary?
    /// How the content before is made from that after.
    public var backward: Binary?
    /// Whether names count from the top of the work tree (git's diffs), not from the working directory.
    public var isRelativeToTop = false
    /// Where in the input it begins: the line's number.
    public var line = 1

    /// Makes an empty one.
    public init() {}

    /// The name after, or before where the file is deleted.
    public var name: GitPath { newName ?? oldName ?? .root }

    /// Lines that come.
    public var added: Int { hunks.reduce(0) { $0 + $1.added } }
    /// Lines that go.
    public var deleted: Int { hunks.reduce(0) { $0 + $1.deleted } }

    /// Whether it changes something besides content.
    public var changesMetadata: Bool {
        isRename || isCopy || isNew == true || isDeleted != false
            || (oldMode != nil && newMode != nil && oldMode != newMode)
    }

    /// The patch that takes this one back.
    public var reversed: FilePatch {
        var result = self
        swap(&result.oldName, &result.newName)
        swap(&result.oldMode, &result.newMode)
        swap(&result.isNew, &result.isDeleted)
        swap(&result.oldID, &result.newID)
        swap(&result.forward, &result.backward)
        result.hunks = hunks.map(\.reversed)
        return result
    }
}

/// A run of lines that a patch changes.
public struct PatchHunk: Sendable {
    /// A line's part.
    public enum Kind: UInt8, Sendable {
        /// On both sides.
        case context = 0x20
        /// Before only.
        case old = 0x2d
        /// After only.
        case new = 0x2b
    }

    /// One line.
    public struct Line: Sendable {
        /// Its part.
        public var kind: Kind
        /// The line with its newline, where it has one.
        public var text: ArraySlice<UInt8>
        /// Where it stands in the input.
        public var number: Int
    }

    /// The first line before, from 1; 0 for an empty file.
    public var oldStart: Int
    /// How many lines before.
    public var oldCount: Int
    /// The first line after, from 1.
    public var newStart: Int
    /// How many lines after.
    public var newCount: Int
    /// The lines.
    public var lines: [Line] = []
    /// Unchanged lines before the first change.
    public var leading = 0
    /// Unchanged lines after the last change.
    public var trailing = 0
    /// The hunk as it stands in the input.
    public var text: ArraySlice<UInt8> = []

    /// Lines that come.
    public var added: Int { lines.reduce(0) { $0 + ($1.kind == .new ? 1 : 0) } }
    /// Lines that go.
    public var deleted: Int { lines.reduce(0) { $0 + ($1.kind == .old ? 1 : 0) } }

    var reversed: PatchHunk {
        var result = self
        swap(&result.oldStart, &result.newStart)
        swap(&result.oldCount, &result.newCount)
        for index in result.lines.indices {
            switch result.lines[index].kind {
            case .context: break
            case .old: result.lines[index].kind = .new
            case .new: result.lines[index].kind = .old
            }
        }
        return result
    }
}
