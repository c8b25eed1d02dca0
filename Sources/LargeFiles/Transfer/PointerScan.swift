public import GitObjects
public import GitStorage

/// Finds the pointers that commits bring: those in their trees that the trees of their parents do not have.
public struct PointerScan {
    private let objects: ObjectDatabase
    private var seen: Set<ObjectID> = []

    /// A pointer, and where it was first seen.
    public struct Found: Sendable {
        /// The pointer.
        public let pointer: Pointer
        /// Its blob.
        public let blob: ObjectID
        /// A path at which it stands.
        public let path: GitPath
    }

    /// Begins a scan. Trees and blobs that it has passed are not looked at again.
    public init(_ objects: ObjectDatabase) { self.objects = objects }

    /// The pointers of a commit's tree that were not passed before.
    public mutating func pointers(in commit: ObjectID) throws(StorageError) -> [Found] {
        try pointers(inTree: try objects.commit(commit).tree)
    }

    /// The pointers of a tree that were not passed before.
    ///
    /// - Parameter bases: trees, the parents' say, whose pointers are known or are found by themselves: what stands in the same
    ///   directory there is passed over unread. One that is not at hand is left out.
    public mutating func pointers(
        inTree tree: ObjectID, unlike bases: [ObjectID] = []
    ) throws(StorageError) -> [Found] {
        var found: [Found] = []
        try visit(tree, .root, unlike: bases, &found, depth: 0)
        return found
    }

    /// No tree of a repository that Git can check out is deeper: a path has at most 4,096 bytes.
    private static let maximumDepth = 2048

    private mutating func visit(
        _ tree: ObjectID, _ path: GitPath, unlike bases: [ObjectID], _ found: inout [Found], depth: Int
    ) throws(StorageError) {
        guard depth <= Self.maximumDepth, !bases.contains(tree), seen.insert(tree).inserted else { return }
        var known: [TreeEntry] = []
        for base in bases where objects.contains(base) { known += try objects.tree(base).entries }
        let passed = Set(known.lazy.filter { Self.mayHold($0.mode) }.map(\.id))
        for entry in try objects.tree(tree).entries where Self.mayHold(entry.mode) && !passed.contains(entry.id) {
            let child = path.appending(entry.name)
            if entry.mode == .tree {
                let below = known.filter { $0.mode == .tree && $0.name == entry.name }.map(\.id)
                try visit(entry.id, child, unlike: below, &found, depth: depth + 1)
            } else if seen.insert(entry.id).inserted, let pointer = try pointer(entry.id) {
                found.append(Found(pointer: pointer, blob: entry.id, path: child))
            }
        }
    }

    private static func mayHold(_ mode: FileMode) -> Bool {
        mode == .tree || mode == .regular || mode == .executable
    }

    private func pointer(_ blob: ObjectID) throws(StorageError) -> Pointer? {
        let header = try objects.header(blob)
        guard header.kind == .blob, header.size <= Pointer.maximumLength, header.size > 100 else { return nil }
        return Pointer(parsing: try objects.read(blob).content)
    }
}
