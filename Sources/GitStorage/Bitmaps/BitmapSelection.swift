internal import Bytes
public import GitObjects

/// Everything that some objects lead to, found by the bitmaps of a pack: most of it as a set of bits, and what came to the
/// repository since, by name.
public struct BitmapSelection: Sendable {
    /// An object that the pack does not hold.
    struct Other: Sendable {
        let id: ObjectID
        let kind: ObjectKind
        let nameHash: UInt32
    }

    let bitmap: PackBitmap
    /// The objects of the pack, by their place in it.
    private(set) var objects: ObjectBitmap
    private(set) var others: [Other] = []
    private var otherIDs = ObjectIDTable()

    /// How many objects there are.
    public var count: Int { objects.population + others.count }

    /// Walks from what is wanted to commits that have a bitmap, and no further.
    ///
    /// - Returns: nil where no pack here has bitmaps.
    /// - Throws: ``StorageError/missing(_:)`` where something is not here.
    public static func reachable(
        from wants: [ObjectID], _ database: ObjectDatabase
    ) throws(StorageError) -> BitmapSelection? {
        for pack in try database.openPacks() where pack.hasCompanion("bitmap") {
            guard let bitmap = try PackBitmap(pack) else { continue }
            var selection = BitmapSelection(bitmap)
            try selection.include(wants, database)
            return selection
        }
        return nil
    }

    private init(_ bitmap: PackBitmap) {
        self.bitmap = bitmap
        objects = ObjectBitmap(count: bitmap.pack.index.count)
    }

    /// Whether an object is among them.
    public func contains(_ id: ObjectID) throws(StorageError) -> Bool {
        if otherIDs.contains(id) { return true }
        return try bitmap.order.place(of: id).map { objects.contains($0) } ?? false
    }

    /// Takes in an object by itself; says whether it is new.
    @discardableResult
    public mutating func insert(_ id: ObjectID, _ kind: ObjectKind) throws(StorageError) -> Bool {
        try take(id, kind, 0)
    }

    private mutating func take(_ id: ObjectID, _ kind: ObjectKind, _ nameHash: UInt32) throws(StorageError) -> Bool {
        if let place = try bitmap.order.place(of: id) { return objects.insert(place) }
        guard otherIDs.insert(id).isNew else { return false }
        others.append(Other(id: id, kind: kind, nameHash: nameHash))
        return true
    }

    private mutating func include(_ wants: [ObjectID], _ database: ObjectDatabase) throws(StorageError) {
        var commits: [ObjectID] = []
        var trees: [ObjectID] = []
        for want in wants {
            var id = want
            var kind = try database.header(id).kind
            while kind == .tag {
                _ = try take(id, .tag, 0)
                id = try database.tag(id).target
                kind = try database.header(id).kind
            }
            switch kind {
            case .commit: commits.append(id)
            case .tree: trees.append(id)
            default: _ = try take(id, kind, 0)
            }
        }
        // Bitmaps first: what they hold need not be walked from other tips.
        var walked: [ObjectID] = []
        for id in commits {
            if try contains(id) { continue }
            if let reached = try bitmap.objects(of: id) { objects.formUnion(reached) } else { walked.append(id) }
        }
        while let id = walked.popLast() {
            if try contains(id) { continue }
            if let reached = try bitmap.objects(of: id) {
                objects.formUnion(reached)
                continue
            }
            _ = try take(id, .commit, 0)
            let links = try database.links(id)
            trees.append(links.tree)
            walked += links.parents
        }
        for tree in trees { try include(tree: tree, database) }
    }

    private mutating func include(tree root: ObjectID, _ database: ObjectDatabase) throws(StorageError) {
        guard try take(root, .tree, 0) else { return }
        var stack: [(id: ObjectID, path: [UInt8])] = [(root, [])]
        let algorithm = database.algorithm
        while let (id, path) = stack.popLast() {
            let content = try database.read(id, as: .tree)
            let bytes = content.span.bytes
            var offset = 0
            while offset < bytes.byteCount {
                guard let entry = RawTreeEntry(bytes, at: offset, idSize: algorithm.byteCount, algorithm) else {
                    throw .malformed(id, .malformed(.tree, offset: offset, expected: "a tree entry"))
                }
                offset = entry.end
                if entry.isGitlink { continue }
                if try contains(entry.id) { continue }
                let name = path + content[entry.nameStart..<entry.nameEnd]
                if !entry.isTree, !database.contains(entry.id) { throw .missing(entry.id) }
                _ = try take(entry.id, entry.isTree ? .tree : .blob, PackNameHash.of(name))
                if entry.isTree { stack.append((entry.id, name + [UInt8(ascii: "/")])) }
            }
        }
    }
}
