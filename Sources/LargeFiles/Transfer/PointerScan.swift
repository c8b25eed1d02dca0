public import GitObjects
public import GitStorage

/// Finds the pointers that commits bring: those in their trees that the trees of other commits do not have.
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

    /// Passes over everything that a commit's tree holds; used for what the other side has.
    public mutating func exclude(_ commit: ObjectID) throws(StorageError) {
        var ignored: [Found] = []
        try visit(try objects.commit(commit).tree, .root, &ignored, isExcluding: true, depth: 0)
    }

    /// The pointers of a commit's tree that were not passed before.
    public mutating func pointers(in commit: ObjectID) throws(StorageError) -> [Found] {
        try pointers(inTree: try objects.commit(commit).tree)
    }

    /// The pointers of a tree that were not passed before.
    public mutating func pointers(inTree tree: ObjectID) throws(StorageError) -> [Found] {
        var found: [Found] = []
        try visit(tree, .root, &found, isExcluding: false, depth: 0)
        return found
    }

    /// No tree of a repository that Git can check out is deeper: a path has at most 4,096 bytes.
    private static let maximumDepth = 2048

    private mutating func visit(
        _ tree: ObjectID, _ path: GitPath, _ found: inout [Found], isExcluding: Bool, depth: Int
    ) throws(StorageError) {
        guard depth <= Self.maximumDepth, seen.insert(tree).inserted else { return }
        for entry in try objects.tree(tree).entries {
            let child = path.appending(entry.name)
            switch entry.mode {
            case .tree: try visit(entry.id, child, &found, isExcluding: isExcluding, depth: depth + 1)
            case .regular, .executable:
                guard seen.insert(entry.id).inserted, !isExcluding else { continue }
                let header = try objects.header(entry.id)
                guard header.kind == .blob, header.size <= Pointer.maximumLength, header.size > 100,
                    let pointer = Pointer(parsing: try objects.read(entry.id).content)
                else { continue }
                found.append(Found(pointer: pointer, blob: entry.id, path: child))
            default: break
            }
        }
    }
}
