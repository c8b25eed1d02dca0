internal import Bytes
public import GitObjects

/// The paths in which two trees differ. Subtrees with the same id are never opened.
public struct TreeDiff {
    /// What is compared and reported.
    public struct Options: Sendable {
        /// Whether directories are entered; else a differing directory is one entry.
        public var isRecursive = true
        /// Whether an entered directory is reported too (`-t`).
        public var reportsTrees = false
        /// Which paths count: told a path and whether it is a directory, says whether it or something below may match.
        public var mayMatch: (@Sendable (_ path: [UInt8], _ isDirectory: Bool) -> Bool)?
        /// Whether what did not change is reported too: copies may come from it.
        public var includesUnchanged = false
        /// Directories deeper than this are refused: nobody has them, and hostile trees must not exhaust the stack.
        public var depthLimit = 1024

        /// Recursive, all paths.
        public init() {}
    }

    private let source: any DiffSource
    private let options: Options
    private var entries: [DiffEntry] = []

    /// Compares two trees; nil stands for the empty tree. Entries come in Git's order.
    ///
    /// - Throws: ``DiffError`` where a tree cannot be read, or directories are nested too deep.
    public static func compare(
        _ old: ObjectID?, _ new: ObjectID?, source: any DiffSource, options: Options = Options()
    ) throws(DiffError) -> [DiffEntry] {
        if old == new && !options.includesUnchanged { return [] }
        var diff = TreeDiff(source: source, options: options)
        try diff.walk(old, new, prefix: [], depth: 0)
        return diff.entries
    }

    private init(source: any DiffSource, options: Options) {
        self.source = source
        self.options = options
    }

    private mutating func walk(
        _ old: ObjectID?, _ new: ObjectID?, prefix: [UInt8], depth: Int
    ) throws(DiffError) {
        guard depth < options.depthLimit else {
            throw .refused(
                "directories are nested deeper than \(options.depthLimit) at '\(GitPath(prefix.prefix(200)))…'")
        }
        let left = try old.map { (id) throws(DiffError) in try source.treeContent(id) } ?? []
        let right = try new.map { (id) throws(DiffError) in try source.treeContent(id) } ?? []
        guard
            let differences = TreeDifferences.find(
                left, right, source.algorithm, includingEqual: options.includesUnchanged)
        else {
            throw .unreadable(old ?? new ?? .zero(source.algorithm), reason: "the tree is malformed")
        }
        for difference in differences {
            try report(difference.old, difference.new, prefix: prefix, depth: depth)
        }
    }

    private mutating func report(
        _ old: TreeEntry?, _ new: TreeEntry?, prefix: [UInt8], depth: Int
    ) throws(DiffError) {
        guard let name = old?.name ?? new?.name else { return }
        let path = prefix + name
        let isTree = (old?.mode ?? new?.mode) == .tree
        if let mayMatch = options.mayMatch, !mayMatch(path, isTree) { return }
        if !(isTree && options.isRecursive) || options.reportsTrees {
            entries.append(DiffEntry(old: side(old, path), new: side(new, path)))
        }
        if isTree && options.isRecursive {
            try walk(old?.id, new?.id, prefix: path + [UInt8(ascii: "/")], depth: depth + 1)
        }
    }

    private func side(_ entry: TreeEntry?, _ path: [UInt8]) -> DiffSide {
        DiffSide(path: GitPath(path), mode: entry?.mode, id: entry?.id ?? .zero(source.algorithm))
    }
}
