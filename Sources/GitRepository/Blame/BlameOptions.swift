public import GitDiff
public import GitObjects

extension Blame {
    /// How lines are traced.
    public struct Options {
        /// How two versions of a file are compared.
        public var comparison = LineDiffOptions()
        /// Whether lines that moved inside a file are found (`-M`).
        public var findsMoves = false
        /// From which files lines are looked for as copies (`-C`).
        public var copies = Copies.none
        /// How much there must be to recognise in moved lines.
        public var moveScore = 20
        /// How much there must be to recognise in copied lines.
        public var copyScore = 40
        /// Whether a file is followed over its renames.
        public var followsRenames = true
        /// Whether merges' other parents are left aside.
        public var followsFirstParentOnly = false
        /// Commits older than this are not looked behind.
        public var since: Int64?
        /// Commits that are looked behind wherever a parent has something alike.
        public var ignored: Set<ObjectID> = []
        /// Whether a commit without parents counts as any other (`--root`).
        public var showsRoot = false
        /// Only these commits are looked behind; nil for all.
        public var interesting: Set<ObjectID>?
        /// Each commit's children, where the search goes forwards (`--reverse`).
        public var children: [ObjectID: [ObjectID]]?
        /// Parents that count instead of a commit's own (`-S`).
        public var grafts: [ObjectID: [ObjectID]] = [:]
        /// What is annotated where that is no commit's file.
        public var contents = Contents()
        /// The content of a blob as it is compared.
        public var content: (_ blob: ObjectID, _ path: GitPath, _ mode: FileMode?) throws -> [UInt8]
        /// What a tree and the contents with all that is staged differ in; told whether equal files are given too.
        public var stagedDifferences: (_ tree: ObjectID, _ includesUnchanged: Bool) throws -> [DiffEntry] = { _, _ in []
        }

        /// Git's defaults.
        public init(content: @escaping (_ blob: ObjectID, _ path: GitPath, _ mode: FileMode?) throws -> [UInt8]) {
            self.content = content
            comparison.trimsCommonTail = true
        }
    }

    /// Where copies are looked for: each includes those before it.
    public enum Copies: Int, Sendable, Comparable {
        /// Nowhere.
        case none
        /// In files that the same commit changed.
        case changedFiles
        /// In all files, for the commit that created the file.
        case newFiles
        /// In all files, for every commit.
        case everywhere

        public static func < (left: Copies, right: Copies) -> Bool { left.rawValue < right.rawValue }
    }

    /// A text that no commit has yet.
    public struct Contents: Sendable {
        /// The text as it would be stored.
        public var bytes: [UInt8] = []
        /// The text as it is compared, where that is another.
        public var shown: [UInt8]?
        /// What sort of file it is.
        public var mode: FileMode?
        /// The commits that it would follow.
        public var parents: [ObjectID] = []
        /// The time now.
        public var time: Int64 = 0

        /// Nothing.
        public init() {}
    }
}

/// Why a file cannot be annotated.
public enum BlameError: Error, Sendable, Hashable {
    /// The commit has no file of this path.
    case noSuchPath(GitPath)
}
