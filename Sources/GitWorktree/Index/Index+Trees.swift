internal import Bytes
public import GitObjects
public import GitStorage

extension Index {
    /// Writes the trees that the merged entries make and remembers them; what is known already is not written again.
    ///
    /// Entries that were only announced (`add -N`) are left out.
    ///
    /// - Parameter batch: takes the new trees; nil only computes ids (of trees that may not exist).
    /// - Throws: ``WorktreeError/unmerged(_:)`` where there are conflicts; ``WorktreeError/invalidPath(_:)``.
    public mutating func writeTree(into batch: ObjectBatch?) throws(WorktreeError) -> ObjectID {
        let conflicts = conflictedPaths
        guard conflicts.isEmpty else { throw .unmerged(conflicts) }
        var root = cacheTree ?? CacheTree()
        var builder = TreeBuilder(index: self, batch: batch)
        do throws(StorageError) {
            _ = try builder.build(&root, range: 0..<entries.count, prefixCount: 0)
        } catch {
            throw .storage(error)
        }
        cacheTree = root
        return root.id ?? builder.lastRoot
    }

    /// Remembers the trees of a commit that the index equals, read from the object database.
    public mutating func primeCacheTree(_ tree: ObjectID, _ objects: ObjectDatabase) throws(StorageError) {
        cacheTree = try CacheTree.reading(tree, name: [], objects, depth: 0)
    }
}

extension CacheTree {
    static func reading(
        _ id: ObjectID, name: [UInt8], _ objects: ObjectDatabase, depth: Int
    ) throws(StorageError) -> CacheTree {
        var result = CacheTree(name: name, entryCount: 0, id: id, children: [])
        guard depth < 1024 else { return CacheTree(name: name) }
        for entry in try objects.tree(id).entries {
            guard entry.mode == .tree else {
                result.entryCount += 1
                continue
            }
            let child = try reading(entry.id, name: entry.name, objects, depth: depth + 1)
            result.entryCount += max(child.entryCount, 0)
            result.children.append(child)
        }
        result.sortChildren()
        return result
    }
}

/// Makes the tree objects of an index's directories, the deepest first.
private struct TreeBuilder {
    let index: Index
    let batch: ObjectBatch?
    /// The top's tree where it could not be remembered because entries were left out.
    var lastRoot: ObjectID

    init(index: Index, batch: ObjectBatch?) {
        self.index = index
        self.batch = batch
        lastRoot = .zero(index.algorithm)
    }

    /// Makes the tree of the entries of `range`, which share a prefix that ends with a slash.
    ///
    /// - Returns: the tree's id; nil where it would be empty.
    mutating func build(
        _ known: inout CacheTree, range: Range<Int>, prefixCount: Int
    ) throws(StorageError) -> ObjectID? {
        if let id = known.id, known.entryCount == range.count { return id }
        var writer = ByteWriter(capacity: range.count * 40)
        var children: [CacheTree] = []
        var isComplete = true
        var isEmpty = true
        var position = range.lowerBound
        while position < range.upperBound {
            let entry = index.entries[position]
            let path = entry.path.bytes
            var end = prefixCount
            while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
            if end == path.count {
                position += 1
                if entry.flags.contains(.intentToAdd) {
                    isComplete = false
                    continue
                }
                TreeBuilder.append(entry.mode, path[prefixCount...], entry.id, to: &writer)
                isEmpty = false
                continue
            }
            let name = path[prefixCount..<end]
            var stop = position + 1
            while stop < range.upperBound, TreeBuilder.isBelow(index.entries[stop].path.bytes, path, end) { stop += 1 }
            var child = known.child(name) ?? CacheTree(name: Array(name))
            let id = try build(&child, range: position..<stop, prefixCount: end + 1)
            if let id {
                TreeBuilder.append(.tree, name, id, to: &writer)
                isEmpty = false
            }
            if !child.isValid { isComplete = false }
            children.append(child)
            position = stop
        }
        let content = writer.bytes
        let id =
            try batch.map { (batch) throws(StorageError) in try batch.add(.tree, content) }
            ?? ObjectID.hash(.tree, content, index.algorithm)
        known.children = children
        known.sortChildren()
        known.entryCount = isComplete ? range.count : -1
        known.id = isComplete ? id : nil
        if prefixCount == 0 { lastRoot = id }
        return isEmpty && prefixCount > 0 ? nil : id
    }

    /// Whether a path stands in the same directory: equal up to and with the slash at `end`.
    private static func isBelow(_ path: [UInt8], _ first: [UInt8], _ end: Int) -> Bool {
        guard path.count > end, path[end] == UInt8(ascii: "/") else { return false }
        return path[..<end].elementsEqual(first[..<end])
    }

    private static func append(
        _ mode: FileMode, _ name: ArraySlice<UInt8>, _ id: ObjectID, to writer: inout ByteWriter
    ) {
        writer.write(mode == .tree ? "40000 " : mode.octal + " ")
        name.withUnsafeBytes { writer.write(RawSpan(_unsafeBytes: $0)) }
        writer.write(0 as UInt8)
        writer.write(id.bytes)
    }
}
