public import GitObjects

/// Three-way merge of trees, as Git's `ort` strategy does it: contents, modes, renames, directories that moved, and
/// everything that can contradict.
public struct TreeMerge {
    /// What to do where one side moved a directory and the other put a file into it.
    public enum DirectoryRenames: Sendable, Hashable {
        /// The file stays.
        case ignore
        /// The file moves, and the path is a conflict for a person to look at: the default.
        case conflict
        /// The file moves.
        case follow
    }

    /// How trees are merged.
    public struct Options: Sendable {
        /// How texts are merged.
        public var file = FileMergeOptions()
        /// Which renames are looked for.
        public var renames: RenameOptions = {
            var options = RenameOptions()
            options.limit = 7000
            options.pairsEmptyFiles = false
            return options
        }()
        /// Whether renames are looked for.
        public var detectsRenames = true
        /// What to do about files in directories that moved.
        public var directoryRenames = DirectoryRenames.conflict
        /// What our side is called.
        public var ours = "ours"
        /// What their side is called.
        public var theirs = "theirs"
        /// What the base is called.
        public var base = "base"
        /// How deep this is among merges of merge bases; 0: a merge that somebody sees.
        public var depth = 0
        /// How the files of a path are merged; nil: as text, or not at all where they are binary.
        public var driver: (@Sendable (GitPath) -> MergeDriver?)?

        /// Git's defaults.
        public init() {}
    }

    /// One side of a path that is in conflict, as the index keeps it.
    public struct Stage: Sendable, Hashable {
        /// The path.
        public var path: GitPath
        /// 1: base, 2: ours, 3: theirs.
        public var stage: Int
        /// The mode.
        public var mode: FileMode
        /// The content.
        public var id: ObjectID

        /// Makes a side.
        public init(path: GitPath, stage: Int, mode: FileMode, id: ObjectID) {
            self.path = path
            self.stage = stage
            self.mode = mode
            self.id = id
        }
    }

    /// Something that is to be said about paths.
    public struct Message: Sendable, Hashable {
        /// The paths that it is about, the first being that by which messages are ordered.
        public var paths: [GitPath]
        /// Git's word for its kind: `CONFLICT (contents)`, `Auto-merging`, ….
        public var kind: String
        /// The text, without a newline.
        public var text: String
    }

    /// What a merge gave.
    public struct Result: Sendable {
        /// The merged tree; conflicts stand in its files.
        public var tree: ObjectID
        /// Whether nothing contradicted.
        public var isClean: Bool
        /// The sides of paths in conflict, by path and stage.
        public var stages: [Stage]
        /// What is to be said, in the order of the paths.
        public var messages: [Message]

        /// Makes a result, for a strategy that needs no merge of trees.
        public init(tree: ObjectID, isClean: Bool = true, stages: [Stage] = [], messages: [Message] = []) {
            self.tree = tree
            self.isClean = isClean
            self.stages = stages
            self.messages = messages
        }
    }

    /// Writes an object that the merge made.
    public typealias Store = (ObjectKind, [UInt8]) throws(DiffError) -> ObjectID

    /// Merges what `ours` and `theirs` made of `base`; blobs and trees that are new are written.
    ///
    /// - Throws: ``DiffError`` where an object cannot be read or written.
    public static func merge(
        base: ObjectID, ours: ObjectID, theirs: ObjectID, source: any DiffSource, options: Options = Options(),
        store: @escaping Store
    ) throws(DiffError) -> Result {
        let merger = TreeMerger(source: source, options: options, store: store)
        return try merger.run(base, ours, theirs)
    }
}

/// How the files of a path are merged, by the `merge` attribute.
public struct MergeDriver: Sendable {
    /// The way.
    public enum Kind: Sendable {
        /// As texts, whatever they hold.
        case text
        /// Not at all: ours stays, and the path is in conflict.
        case binary
        /// Both sides' lines.
        case union
        /// A program: told the base, ours, theirs, the size of markers, gives the result and whether it is clean.
        case program(
            @Sendable ([UInt8], [UInt8], [UInt8], Int, GitPath) throws(DiffError) -> (content: [UInt8], isClean: Bool))
    }

    /// The way; nil: judged by the content.
    public var kind: Kind?
    /// How long markers are; nil: seven.
    public var markerSize: Int?

    /// Makes a driver.
    public init(kind: Kind?, markerSize: Int? = nil) {
        self.kind = kind
        self.markerSize = markerSize
    }
}
