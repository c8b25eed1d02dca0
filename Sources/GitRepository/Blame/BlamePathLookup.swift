internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitStorage
internal import Glibc

/// Finds one path in many trees, most of which share their directories.
struct BlamePathLookup {
    struct Found: Equatable {
        let id: ObjectID
        let mode: FileMode
    }

    private let components: [[UInt8]]
    private var known: [[ObjectID: Found?]]

    init(_ path: GitPath) {
        components = path.components.map { Array($0) }
        known = components.map { _ in [:] }
    }

    /// The entry of the path below a tree; nil where there is none.
    mutating func find(in tree: ObjectID, _ objects: ObjectDatabase) throws(StorageError) -> Found? {
        var current = tree
        for depth in components.indices {
            let entry = try entry(depth, in: current, objects)
            guard let entry else { return nil }
            if depth == components.count - 1 { return entry }
            guard entry.mode == .tree else { return nil }
            current = entry.id
        }
        return nil
    }

    private mutating func entry(
        _ depth: Int, in tree: ObjectID, _ objects: ObjectDatabase
    ) throws(StorageError) -> Found? {
        if let result = known[depth][tree] { return result }
        let content = try objects.read(tree, as: .tree)
        let result = components[depth].withUnsafeBytes { name in
            content.withUnsafeBytes { Self.scan($0, name, objects.algorithm) }
        }
        if known[depth].count > 4096 { known[depth].removeAll() }
        known[depth][tree] = .some(result)
        return result
    }

    /// Looks for a name without making anything of the entries that are passed over; a malformed tree ends the search.
    private static func scan(
        _ tree: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ algorithm: HashAlgorithm
    ) -> Found? {
        guard let base = tree.baseAddress, let wanted = name.baseAddress else { return nil }
        var position = 0
        while position < tree.count {
            guard let space = memchr(base + position, 0x20, min(8, tree.count - position)) else { return nil }
            let start = base.distance(to: UnsafeRawPointer(space)) + 1
            guard let nul = memchr(base + start, 0, tree.count - start) else { return nil }
            let end = base.distance(to: UnsafeRawPointer(nul))
            guard end + 1 + algorithm.byteCount <= tree.count else { return nil }
            if end - start == name.count, memcmp(base + start, wanted, name.count) == 0 {
                let digits = tree[position..<(start - 1)]
                let mode = digits.reduce(UInt32(0)) { $0 << 3 | UInt32($1 & 7) }
                let bytes = UnsafeRawBufferPointer(rebasing: tree[(end + 1)..<(end + 1 + algorithm.byteCount)])
                guard let id = ObjectID(bytes: bytes, algorithm: algorithm), let mode = FileMode(canonical: mode)
                else { return nil }
                return Found(id: id, mode: mode)
            }
            position = end + 1 + algorithm.byteCount
        }
        return nil
    }
}

/// The objects, and the contents that are not stored.
struct BlameSource: DiffSource {
    let objects: ObjectDatabase
    let overlay: (id: ObjectID, content: [UInt8])?

    var algorithm: HashAlgorithm { objects.algorithm }

    func treeContent(_ id: ObjectID) throws(DiffError) -> [UInt8] { try objects.treeContent(id) }

    func content(of side: DiffSide) throws(DiffError) -> [UInt8] {
        if let overlay, overlay.id == side.id { return overlay.content }
        return try objects.content(of: side)
    }

    func size(of side: DiffSide) throws(DiffError) -> Int {
        if let overlay, overlay.id == side.id { return overlay.content.count }
        return try objects.size(of: side)
    }
}

extension FileMode {
    /// Whether both are files of one sort, whatever their permissions.
    func isSameSort(as other: FileMode) -> Bool { rawValue & 0o170000 == other.rawValue & 0o170000 }
}
