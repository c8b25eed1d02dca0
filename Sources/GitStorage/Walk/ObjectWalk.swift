internal import Bytes
public import GitObjects

/// Enumerates objects by reachability: the engine below `rev-list --objects`, packing, garbage collection and connectivity
/// checks.
///
/// Each object is visited once. Trees are walked without recursion; memory grows with the number of objects, by about 50
/// bytes each, and with the depth of the trees.
public struct ObjectWalk {
    /// What may be left out.
    public struct Options: Sendable {
        /// What is not visited.
        public var filter: ObjectFilter?
        /// Whether blobs are visited at all.
        public var includesBlobs = true
        /// Whether trees are visited at all.
        public var includesTrees = true
        /// Whether it is looked up that blobs are here.
        public var checksBlobs = false
        /// Whether objects that are not here are passed over; they are noted in ``ObjectWalk/missing``.
        public var allowsMissing = false
        /// Commits whose parents are not followed: the ends of a shallow history.
        public var shallow: Set<ObjectID> = []
        /// Whether trees and blobs may come in any order: trees are read on all cores then. Not with a filter.
        public var allowsAnyOrder = false
        /// The deepest tree that is walked (`core.maxTreeDepth`).
        public var treeDepthLimit = 4096

        /// All objects.
        public init() {}
    }

    /// Is given each object once: its id, its kind, and for trees and blobs the path at which it was met first.
    public typealias Visitor = (ObjectID, ObjectKind, RawSpan) throws(StorageError) -> Void

    let database: ObjectDatabase
    let options: Options
    /// The objects that were visited or left out.
    public internal(set) var seen = ObjectIDTable()
    /// The objects that are not here, with the kind that what refers to them says they have.
    public internal(set) var missing: [(id: ObjectID, kind: ObjectKind)] = []
    /// The commits just outside of what was walked: left out, and parents of ones that were not.
    public internal(set) var edges: [ObjectID] = []
    /// With a depth filter: the least depth at which each tree was met.
    private var depths: [ObjectID: Int] = [:]
    private let blobLimit: Int?
    private let depthLimit: Int?

    /// Nothing is visited yet.
    public init(_ database: ObjectDatabase, options: Options = .init()) {
        self.database = database
        self.options = options
        blobLimit = options.filter?.blobLimit
        depthLimit = options.filter?.depth
    }

    private struct Frame {
        let id: ObjectID
        let content: [UInt8]
        var offset = 0
        /// The length of the path of the tree, with a slash where it is not empty.
        let pathLength: Int
    }

    /// Marks a tree and everything below it as seen, without visiting. What is not here is passed over: it only makes the
    /// result larger.
    public mutating func exclude(tree id: ObjectID) throws(StorageError) {
        guard options.includesTrees else { return }
        try walk(tree: id, path: [], nil)
    }

    /// Visits a tree and everything below it that was not seen, in Git's order: a tree before its entries.
    public mutating func visit(tree id: ObjectID, path: [UInt8] = [], _ visit: Visitor) throws(StorageError) {
        guard options.includesTrees else { return }
        // A closure may be handed down but not kept.
        try withoutActuallyEscaping(visit) { visit throws(StorageError) in try walk(tree: id, path: path, visit) }
    }

    /// Visits what several trees hold and was not seen: one tree after the other, or, where
    /// ``Options/allowsAnyOrder`` is set and nothing is filtered, many at once on all cores.
    public mutating func visit(trees: [ObjectID], _ visit: Visitor) throws(StorageError) {
        guard options.includesTrees else { return }
        try withoutActuallyEscaping(visit) { visit throws(StorageError) in
            if options.allowsAnyOrder, options.filter == nil {
                try visitInAnyOrder(trees: trees, visit)
            } else {
                for tree in trees { try walk(tree: tree, path: [], visit) }
            }
        }
    }

    /// Marks an object as seen; says whether it was not before.
    @discardableResult
    public mutating func mark(_ id: ObjectID) -> Bool { seen.insert(id).isNew }

    private mutating func walk(tree root: ObjectID, path: [UInt8], _ visit: Visitor?) throws(StorageError) {
        var path = path
        var stack: [Frame] = []
        try enter(root, &path, &stack, visit)
        let algorithm = database.algorithm
        let idSize = algorithm.byteCount
        while !stack.isEmpty {
            let top = stack.count - 1
            let content = stack[top].content
            let bytes = content.span.bytes
            var offset = stack[top].offset
            path.removeLast(path.count - stack[top].pathLength)
            var isDescending = false
            while offset < bytes.byteCount {
                guard let entry = RawTreeEntry(bytes, at: offset, idSize: idSize, algorithm) else {
                    throw .malformed(stack[top].id, .malformed(.tree, offset: offset, expected: "a tree entry"))
                }
                offset = entry.end
                if entry.isTree {
                    stack[top].offset = offset
                    unsafe bytes.withUnsafeBytes {
                        path.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[entry.nameStart..<entry.nameEnd]))
                    }
                    let depth = stack.count
                    try enter(entry.id, &path, &stack, visit)
                    if stack.count > depth {
                        isDescending = true
                        break
                    }
                    path.removeLast(path.count - stack[top].pathLength)
                } else if !entry.isGitlink, options.includesBlobs {
                    try blob(entry, bytes, &path, depth: stack.count, visit)
                }
            }
            if !isDescending { stack.removeLast() }
        }
    }

    /// Visits a tree and prepares its entries for walking, unless it was seen or is left out.
    private mutating func enter(
        _ id: ObjectID, _ path: inout [UInt8], _ stack: inout [Frame], _ visit: Visitor?
    ) throws(StorageError) {
        let depth = stack.count
        let isNew = seen.insert(id).isNew
        if let depthLimit {
            guard depth < depthLimit || visit == nil else { return }
            if let before = depths[id], before <= depth { return }
            depths[id] = visit == nil ? 0 : depth
        } else if !isNew {
            return
        }
        guard depth < options.treeDepthLimit else {
            throw .tooDeep(id, limit: options.treeDepthLimit)
        }
        guard let object = try database.readIfPresent(id) else {
            guard let _ = visit else { return }
            guard options.allowsMissing else { throw .missing(id) }
            if isNew { missing.append((id, .tree)) }
            return
        }
        guard object.kind == .tree else { throw .unexpectedKind(id, expected: .tree, actual: object.kind) }
        if isNew, let visit { try visit(id, .tree, path.span.bytes) }
        if !path.isEmpty, path.last != UInt8(ascii: "/") { path.append(UInt8(ascii: "/")) }
        stack.append(Frame(id: id, content: object.content, pathLength: path.count))
    }

    private mutating func blob(
        _ entry: RawTreeEntry, _ bytes: RawSpan, _ path: inout [UInt8], depth: Int, _ visit: Visitor?
    ) throws(StorageError) {
        if let depthLimit, depth >= depthLimit, visit != nil { return }
        if blobLimit != nil, seen.contains(entry.id) { return }
        if let blobLimit, visit != nil {
            guard blobLimit > 0 else { return }
            guard let header = try database.headerIfPresent(entry.id) else { return }
            if header.size >= blobLimit { return }
        }
        guard seen.insert(entry.id).isNew else { return }
        guard let visit else { return }
        if options.checksBlobs, !database.contains(entry.id) {
            guard options.allowsMissing else { throw .missing(entry.id) }
            missing.append((entry.id, .blob))
            return
        }
        let length = path.count
        unsafe bytes.withUnsafeBytes {
            path.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[entry.nameStart..<entry.nameEnd]))
        }
        try visit(entry.id, .blob, path.span.bytes)
        path.removeLast(path.count - length)
    }
}

/// One entry of a tree, its name left where it stands.
struct RawTreeEntry {
    let nameStart: Int
    let nameEnd: Int
    let end: Int
    let isTree: Bool
    let isGitlink: Bool
    let id: ObjectID

    @inline(__always)
    init?(_ bytes: RawSpan, at start: Int, idSize: Int, _ algorithm: HashAlgorithm) {
        var mode: UInt32 = 0
        var offset = start
        let limit = min(start + 8, bytes.byteCount)
        while offset < limit, bytes[offset] != UInt8(ascii: " ") {
            let digit = bytes[offset] &- UInt8(ascii: "0")
            guard digit < 8 else { return nil }
            mode = mode << 3 | UInt32(digit)
            offset += 1
        }
        guard offset > start, offset < limit else { return nil }
        nameStart = offset + 1
        guard let nul = bytes.firstIndex(of: 0, from: nameStart), nul > nameStart,
            let id = ObjectID(bytes, at: nul + 1, algorithm: algorithm)
        else { return nil }
        nameEnd = nul
        end = nul + 1 + idSize
        isTree = mode & 0o170000 == 0o040000
        isGitlink = mode & 0o170000 == 0o160000
        self.id = id
    }
}
