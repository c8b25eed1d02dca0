internal import Bytes
internal import GitObjects

/// The working state of one merge of trees.
final class TreeMerger {
    /// A file at one stage.
    struct Version: Equatable {
        var mode: FileMode?
        var id: ObjectID
    }

    /// What is known about a path. Masks have bit 0 for the base, 1 for ours, 2 for theirs.
    final class Info {
        var versions: [Version]
        var paths: [GitPath]
        var files: Int
        var directories: Int
        /// Which stages are equal; 0 where none are.
        var matches: Int
        var isFileAndDirectory: Bool
        var isPathConflict = false
        /// Whether nothing remains to be done: removed, or decided.
        var isResolved = false

        init(versions: [Version], path: GitPath, files: Int, directories: Int, matches: Int) {
            self.versions = versions
            paths = [path, path, path]
            self.files = files
            self.directories = directories
            self.matches = matches
            isFileAndDirectory = files != 0 && directories != 0
        }

        init(copying other: Info) {
            versions = other.versions
            paths = other.paths
            files = other.files
            directories = other.directories
            matches = other.matches
            isFileAndDirectory = other.isFileAndDirectory
            isPathConflict = other.isPathConflict
        }
    }

    /// Why a directory's fate matters to renames.
    enum Relevance: Int { case none, ancestor, own }

    /// A directory that one side left alone: decided at once unless renames of the other side may need what is in it.
    struct Deferred {
        var path: GitPath
        var ids: [ObjectID?]
        var mask: Int
    }

    /// A rename of one side, or an addition that a directory's move takes elsewhere.
    struct Rename {
        var entry: DiffEntry
        var side: Int
    }

    let source: any DiffSource
    let options: TreeMerge.Options
    let store: TreeMerge.Store
    var infos: [GitPath: Info] = [:]
    /// What stands where in the end; a mode of nil means nothing.
    var results: [GitPath: Version] = [:]
    var occupied: Set<GitPath> = []
    var conflicted: [GitPath: Info] = [:]
    var messages: [TreeMerge.Message] = []
    var isClean = true

    // Indexed by side, 1 and 2.
    var pairs: [[DiffEntry]] = [[], [], []]
    var relevant: [Set<GitPath>] = [[], [], []]
    var removedDirectories: [[GitPath: Relevance]] = [[:], [:], [:]]
    var deferred: [[Deferred]] = [[], [], []]
    var allowsDeferring = [false, true, true]
    var directoryMask = 0
    let depthLimit = 4096

    init(source: any DiffSource, options: TreeMerge.Options, store: @escaping TreeMerge.Store) {
        self.source = source
        self.options = options
        self.store = store
    }

    var none: Version { Version(mode: nil, id: .zero(source.algorithm)) }

    func branch(_ side: Int) -> String { side == 1 ? options.ours : options.theirs }

    func say(_ kind: String, _ paths: [GitPath], _ text: String) {
        messages.append(TreeMerge.Message(paths: paths, kind: kind, text: text))
    }

    func run(_ base: ObjectID, _ ours: ObjectID, _ theirs: ObjectID) throws(DiffError) -> TreeMerge.Result {
        try collect(.root, [base, ours, theirs], depth: 0)
        try collectDeferred()
        if options.detectsRenames { try applyRenames() }
        try resolveAll()
        let tree = try writeTree()
        var stages: [TreeMerge.Stage] = []
        for (path, info) in conflicted {
            for index in 0..<3 where info.files & 1 << index != 0 {
                guard let mode = info.versions[index].mode else { continue }
                stages.append(TreeMerge.Stage(path: path, stage: index + 1, mode: mode, id: info.versions[index].id))
            }
        }
        stages.sort { $0.path == $1.path ? $0.stage < $1.stage : $0.path < $1.path }
        let ordered = messages.enumerated().sorted { a, b in
            a.element.paths[0] == b.element.paths[0] ? a.offset < b.offset : a.element.paths[0] < b.element.paths[0]
        }
        return TreeMerge.Result(
            tree: tree, isClean: isClean && conflicted.isEmpty, stages: stages, messages: ordered.map(\.element))
    }
}
