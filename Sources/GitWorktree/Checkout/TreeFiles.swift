internal import GitDiff
public import GitObjects
public import GitStorage

/// A file of a tree.
public struct TreeFile: Sendable, Hashable {
    /// The path from the top.
    public let path: GitPath
    /// The kind of file.
    public let mode: FileMode
    /// The blob, or a nested repository's commit.
    public let id: ObjectID

    /// Makes a file.
    public init(path: GitPath, mode: FileMode, id: ObjectID) {
        self.path = path
        self.mode = mode
        self.id = id
    }
}

/// Trees as lists of files.
public enum TreeFiles {
    /// A path that differs between two trees.
    public struct Change: Sendable {
        /// The path.
        public let path: GitPath
        /// The file in the old tree.
        public let old: TreeFile?
        /// The file in the new tree.
        public let new: TreeFile?
    }

    /// The files of a tree in the index's order; directories that `mayMatch` refuses are not opened.
    public static func list(
        _ tree: ObjectID, _ objects: ObjectDatabase, mayMatch: ((GitPath) -> Bool)? = nil
    ) throws(WorktreeError) -> [TreeFile] {
        var result: [TreeFile] = []
        do throws(StorageError) {
            try list(tree, .root, objects, mayMatch, 0, &result)
        } catch {
            throw .storage(error)
        }
        return result
    }

    /// Nobody nests directories so deep; below, the stack would end.
    static let depthLimit = 1024

    private static func list(
        _ id: ObjectID, _ prefix: GitPath, _ objects: ObjectDatabase, _ mayMatch: ((GitPath) -> Bool)?, _ depth: Int,
        _ result: inout [TreeFile]
    ) throws(StorageError) {
        guard depth < depthLimit else { throw .tooDeep(id, limit: depthLimit) }
        for entry in try objects.tree(id).entries {
            let path = prefix.appending(entry.name)
            if entry.mode == .tree {
                if let mayMatch, !mayMatch(path) { continue }
                try list(entry.id, path, objects, mayMatch, depth + 1, &result)
            } else {
                result.append(TreeFile(path: path, mode: entry.mode, id: entry.id))
            }
        }
    }

    /// The paths in which two trees differ (nil: the empty tree), in the index's order. Equal subtrees are not opened.
    public static func changes(
        _ old: ObjectID?, _ new: ObjectID?, _ objects: ObjectDatabase
    ) throws(WorktreeError) -> [Change] {
        do throws(DiffError) {
            var result: [Change] = []
            for entry in try TreeDiff.compare(old, new, source: ObjectSource(objects: objects)) {
                result.append(Change(path: entry.path, old: file(entry.old), new: file(entry.new)))
            }
            // A file that became a directory comes before it here and elsewhere in the index.
            return result.sorted { $0.path < $1.path }
        } catch {
            throw .tree("\(error)")
        }
    }

    private static func file(_ side: DiffSide) -> TreeFile? {
        side.mode.map { TreeFile(path: side.path, mode: $0, id: side.id) }
    }

    /// How the index differs from a tree: the changes that a commit of the index would make, conflicts left out.
    ///
    /// Directories that the index's `TREE` extension knows to be equal are passed over.
    public static func changes(
        from tree: ObjectID?, to index: Index, _ objects: ObjectDatabase
    ) throws(WorktreeError) -> [Change] {
        var comparison = IndexTreeComparison(index: index, objects: objects)
        do throws(StorageError) {
            try comparison.directory(
                tree, known: index.cacheTree, range: 0..<index.entries.count, prefix: .root, depth: 0)
        } catch {
            throw .storage(error)
        }
        return comparison.changes.sorted { $0.path < $1.path }
    }
}

/// Walks a tree and the index side by side.
private struct IndexTreeComparison {
    let index: Index
    let objects: ObjectDatabase
    var changes: [TreeFiles.Change] = []

    init(index: Index, objects: ObjectDatabase) {
        self.index = index
        self.objects = objects
    }

    mutating func directory(
        _ tree: ObjectID?, known: CacheTree?, range: Range<Int>, prefix: GitPath, depth: Int
    ) throws(StorageError) {
        if let known, known.isValid, known.id == tree, known.entryCount == range.count { return }
        guard depth < TreeFiles.depthLimit else {
            throw .tooDeep(tree ?? .emptyTree(objects.algorithm), limit: TreeFiles.depthLimit)
        }
        let entries = try tree.map { (id) throws(StorageError) in try objects.tree(id).entries } ?? []
        let prefixCount = prefix.isRoot ? 0 : prefix.bytes.count + 1
        var position = range.lowerBound
        var item = 0
        while position < range.upperBound || item < entries.count {
            let child = position < range.upperBound ? nextChild(position, range.upperBound, prefixCount) : nil
            let entry = item < entries.count ? entries[item] : nil
            let order = Self.order(child, entry)
            if let entry, order > 0 || child == nil {
                try removed(entry, prefix, depth)
                item += 1
                continue
            }
            guard let child else { break }
            if order < 0 {
                try added(child, known, prefix, depth)
            } else if let entry {
                try both(child, entry, known, prefix, depth)
                item += 1
            }
            position = child.range.upperBound
        }
    }

    private struct Child {
        let name: [UInt8]
        let isDirectory: Bool
        let range: Range<Int>
    }

    /// The next component at a position of the index, with everything below it.
    private func nextChild(_ position: Int, _ limit: Int, _ prefixCount: Int) -> Child {
        let path = index.entries[position].path.bytes
        var end = prefixCount
        while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
        let isDirectory = end < path.count
        var stop = position + 1
        if isDirectory {
            while stop < limit {
                let other = index.entries[stop].path.bytes
                guard other.count > end, other[end] == UInt8(ascii: "/"), other[..<end].elementsEqual(path[..<end])
                else { break }
                stop += 1
            }
        } else {
            while stop < limit, index.entries[stop].path.bytes == path { stop += 1 }
        }
        return Child(name: Array(path[prefixCount..<end]), isDirectory: isDirectory, range: position..<stop)
    }

    private static func order(_ child: Child?, _ entry: TreeEntry?) -> Int {
        guard let child else { return 1 }
        guard let entry else { return -1 }
        let isTree = entry.mode == .tree
        if child.name == entry.name, child.isDirectory == isTree { return 0 }
        return TreeEntry.precedes(child.name, isTree: child.isDirectory, entry.name, isTree: isTree) ? -1 : 1
    }

    private mutating func removed(_ entry: TreeEntry, _ prefix: GitPath, _ depth: Int) throws(StorageError) {
        let path = prefix.appending(entry.name)
        if entry.mode == .tree {
            try directory(entry.id, known: nil, range: 0..<0, prefix: path, depth: depth + 1)
        } else {
            let file = TreeFile(path: path, mode: entry.mode, id: entry.id)
            changes.append(TreeFiles.Change(path: path, old: file, new: nil))
        }
    }

    private mutating func added(
        _ child: Child, _ known: CacheTree?, _ prefix: GitPath, _ depth: Int
    ) throws(StorageError) {
        let path = prefix.appending(child.name)
        if child.isDirectory {
            try directory(nil, known: nil, range: child.range, prefix: path, depth: depth + 1)
            return
        }
        let entry = index.entries[child.range.lowerBound]
        guard entry.stage == .merged, !entry.flags.contains(.intentToAdd) else { return }
        changes.append(
            TreeFiles.Change(path: path, old: nil, new: TreeFile(path: path, mode: entry.mode, id: entry.id)))
    }

    private mutating func both(
        _ child: Child, _ entry: TreeEntry, _ known: CacheTree?, _ prefix: GitPath, _ depth: Int
    ) throws(StorageError) {
        let path = prefix.appending(child.name)
        if child.isDirectory {
            try directory(
                entry.id, known: known?.child(child.name[...]), range: child.range, prefix: path, depth: depth + 1)
            return
        }
        let current = index.entries[child.range.lowerBound]
        guard current.stage == .merged else { return }
        let old = TreeFile(path: path, mode: entry.mode, id: entry.id)
        if current.flags.contains(.intentToAdd) {
            changes.append(TreeFiles.Change(path: path, old: old, new: nil))
        } else if current.id != entry.id || current.mode != entry.mode {
            changes.append(
                TreeFiles.Change(
                    path: path, old: old, new: TreeFile(path: path, mode: current.mode, id: current.id)))
        }
    }
}
