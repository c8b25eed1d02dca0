public import GitObjects
public import GitStorage

/// A path that two trees hold differently.
public struct TreeChange: Sendable, Hashable {
    /// The path.
    public let path: GitPath
    /// What stood there; nil where nothing did.
    public let old: TreeEntry?
    /// What stands there; nil where nothing does.
    public let new: TreeEntry?
}

/// Every file that two trees hold differently, without renames and without reading a file.
public enum TreeChanges {
    /// The differences in order of path.
    ///
    /// - Throws: ``StorageError`` where a tree is missing or damaged.
    public static func between(
        _ old: ObjectID?, _ new: ObjectID?, in objects: ObjectDatabase
    ) throws(StorageError) -> [TreeChange] {
        var result: [TreeChange] = []
        try collect(old, new, at: .root, objects, depth: 0, into: &result)
        return result
    }

    private static func collect(
        _ old: ObjectID?, _ new: ObjectID?, at directory: GitPath, _ objects: ObjectDatabase, depth: Int,
        into result: inout [TreeChange]
    ) throws(StorageError) {
        guard old != new, depth < 512 else { return }
        var left: [TreeEntry] = []
        if let old { left = try objects.tree(old).entries }
        var right: [TreeEntry] = []
        if let new { right = try objects.tree(new).entries }
        var others: [[UInt8]: TreeEntry] = [:]
        for entry in right { others[entry.name] = entry }
        var names = left.map(\.name)
        let known = Set(names)
        names += right.map(\.name).filter { !known.contains($0) }
        var olds: [[UInt8]: TreeEntry] = [:]
        for entry in left { olds[entry.name] = entry }
        for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let before = olds[name]
            let after = others[name]
            guard before?.id != after?.id || before?.mode != after?.mode else { continue }
            let path = directory.appending(name)
            let beforeTree = before?.mode == .tree ? before?.id : nil
            let afterTree = after?.mode == .tree ? after?.id : nil
            if beforeTree != nil || afterTree != nil {
                try collect(beforeTree, afterTree, at: path, objects, depth: depth + 1, into: &result)
            }
            let oldFile = before?.mode == .tree ? nil : before
            let newFile = after?.mode == .tree ? nil : after
            if oldFile != nil || newFile != nil { result.append(TreeChange(path: path, old: oldFile, new: newFile)) }
        }
    }

    /// Every file of a tree, in order.
    public static func files(of tree: ObjectID, in objects: ObjectDatabase) throws(StorageError) -> [(
        path: GitPath, entry: TreeEntry
    )] {
        try between(nil, tree, in: objects).compactMap { change in change.new.map { (change.path, $0) } }
    }
}

/// Makes trees from trees.
public enum TreeEditor {
    /// One file to be put into a tree; nil takes it out.
    public struct Edit: Sendable, Hashable {
        /// The path.
        public let path: GitPath
        /// The mode and blob.
        public let file: File?

        /// Makes an edit.
        public init(path: GitPath, file: File?) {
            self.path = path
            self.file = file
        }
    }

    /// A mode and blob.
    public struct File: Sendable, Hashable {
        /// The mode.
        public let mode: FileMode
        /// The blob.
        public let id: ObjectID

        /// Makes a file.
        public init(mode: FileMode, id: ObjectID) {
            self.mode = mode
            self.id = id
        }
    }

    /// Writes the trees that `edits` make of `tree` and says the new root. A file takes the place of a directory of its
    /// name, and the other way round; directories that become empty go.
    public static func apply(
        _ edits: [Edit], to tree: ObjectID?, in objects: ObjectDatabase
    ) throws(StorageError) -> ObjectID {
        let items = edits.map { (components: $0.path.components.map(Array.init)[...], file: $0.file) }
        if let root = try apply(items, to: tree, objects) { return root }
        return try objects.write(.tree, [])
    }

    private typealias Item = (components: ArraySlice<[UInt8]>, file: File?)

    private static func apply(
        _ items: [Item], to tree: ObjectID?, _ objects: ObjectDatabase
    ) throws(StorageError) -> ObjectID? {
        var entries: [[UInt8]: TreeEntry] = [:]
        if let tree {
            for entry in try objects.tree(tree).entries { entries[entry.name] = entry }
        }
        var nested: [[UInt8]: [Item]] = [:]
        for item in items {
            guard let name = item.components.first else { continue }
            if item.components.count > 1 {
                nested[name, default: []].append((item.components.dropFirst(), item.file))
            } else if let file = item.file {
                entries[name] = TreeEntry(mode: file.mode, name: name, id: file.id)
            } else if entries[name]?.mode != .tree {
                entries[name] = nil
            }
        }
        for (name, items) in nested {
            let inner = entries[name]?.mode == .tree ? entries[name]?.id : nil
            if inner == nil, !items.contains(where: { $0.file != nil }) { continue }
            let made = try apply(items, to: inner, objects)
            entries[name] = made.map { TreeEntry(mode: .tree, name: name, id: $0) }
        }
        guard !entries.isEmpty else { return nil }
        return try objects.write(.tree, Tree(Array(entries.values)).encoded)
    }
}
