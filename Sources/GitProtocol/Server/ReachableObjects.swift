internal import GitObjects
internal import GitStorage

/// Everything that some objects lead to and others do not.
struct ReachableObjects {
    private let objects: ObjectDatabase
    private let history: History
    private let filter: FilterSpec?
    /// Is called every now and then.
    var onStep: () -> Void = {}
    private var excluded: Set<ObjectID> = []
    private var included: Set<ObjectID> = []
    /// At which depth a tree was looked at: it is looked at again where it stands higher.
    private var depths: [ObjectID: UInt64] = [:]
    /// What was found, commits before trees and blobs.
    private(set) var found: [Found] = []
    /// Commits that were left out and are parents of ones that were not.
    private(set) var edges: [ObjectID] = []

    /// An object, and where it stands in a tree.
    struct Found {
        let id: ObjectID
        let kind: ObjectKind
        let path: [UInt8]
    }

    init(_ objects: ObjectDatabase, cut: Set<ObjectID> = [], filter: FilterSpec? = nil) {
        self.objects = objects
        self.filter = filter
        history = History(objects, cut: cut)
    }

    func isIncluded(_ id: ObjectID) -> Bool { included.contains(id) }

    /// Leaves out what these lead to: commits with all their history, and the trees of the newest of them. Ids that are
    /// not here are passed over.
    mutating func exclude(_ haves: [ObjectID]) throws(StorageError) {
        var stack: [ObjectID] = []
        for have in haves where objects.contains(have) {
            let (id, kind) = try objects.peelTags(have)
            if id != have { excluded.insert(have) }
            switch kind {
            case .commit:
                stack.append(id)
                try excludeTree(history.objects.links(id).tree)
            case .tree: try excludeTree(id)
            default: excluded.insert(id)
            }
        }
        while let id = stack.popLast() {
            guard excluded.insert(id).inserted, objects.contains(id) else { continue }
            stack += try history.parents(id)
        }
    }

    private mutating func excludeTree(_ root: ObjectID) throws(StorageError) {
        var stack = [root]
        while let id = stack.popLast() {
            // A partial clone may lack trees of what it has.
            guard excluded.insert(id).inserted, objects.contains(id) else { continue }
            for entry in try objects.tree(id).entries {
                switch entry.mode.objectKind {
                case .tree: stack.append(entry.id)
                case .blob: excluded.insert(entry.id)
                default: break
                }
            }
        }
    }

    /// Takes in what these lead to.
    ///
    /// - Throws: ``StorageError/missing(_:)`` where something is not there.
    mutating func include(_ wants: [ObjectID]) throws(StorageError) {
        var commits: [ObjectID] = []
        var others: [(id: ObjectID, kind: ObjectKind)] = []
        for want in wants {
            var id = want
            while true {
                guard !excluded.contains(id) else { break }
                let kind = try objects.header(id).kind
                if kind == .tag {
                    take(id, .tag)
                    id = try objects.tag(id).target
                    continue
                }
                if kind == .commit { commits.append(id) } else { others.append((id, kind)) }
                break
            }
        }
        var trees: [ObjectID] = []
        try collect(commits, &trees)
        for tree in trees { try includeTree(tree, depth: 0) }
        for (id, kind) in others {
            // What is wanted by its own name is given whatever the filter says.
            if kind == .tree { try includeTree(id, depth: 0, isExplicit: true) } else { take(id, kind) }
        }
    }

    private mutating func collect(_ commits: [ObjectID], _ trees: inout [ObjectID]) throws(StorageError) {
        var queue = commits
        var position = 0
        while position < queue.count {
            let id = queue[position]
            position += 1
            guard !excluded.contains(id), !included.contains(id) else { continue }
            let links = try objects.links(id)
            take(id, .commit)
            trees.append(links.tree)
            guard !history.cut.contains(id) else { continue }
            queue += links.parents
            edges += links.parents.filter { excluded.contains($0) }
        }
    }

    private static func path(_ directory: [UInt8], _ name: [UInt8]) -> [UInt8] {
        directory.isEmpty ? name : directory + [UInt8(ascii: "/")] + name
    }

    /// What of the edges' trees stands where something new stands too: what a thin pack's deltas may build on.
    func bases(limit: Int = 16) throws(StorageError) -> [Found] {
        let paths = Set(found.lazy.map(\.path))
        var result: [Found] = []
        var seen: Set<ObjectID> = []
        for edge in edges where seen.count < limit && seen.insert(edge).inserted && objects.contains(edge) {
            var stack: [(ObjectID, [UInt8])] = [(try objects.links(edge).tree, [])]
            while let (id, path) = stack.popLast() {
                guard objects.contains(id) else { continue }
                result.append(Found(id: id, kind: .tree, path: path))
                for entry in try objects.tree(id).entries {
                    let inner = Self.path(path, entry.name)
                    guard paths.contains(inner), !included.contains(entry.id) else { continue }
                    if entry.mode == .tree {
                        stack.append((entry.id, inner))
                    } else if entry.mode.isBlob, objects.contains(entry.id) {
                        result.append(Found(id: entry.id, kind: .blob, path: inner))
                    }
                }
            }
        }
        return result
    }

    private mutating func take(_ id: ObjectID, _ kind: ObjectKind, _ path: [UInt8] = []) {
        guard included.insert(id).inserted else { return }
        found.append(Found(id: id, kind: kind, path: path))
        if found.count % 1024 == 0 { onStep() }
    }

    private mutating func includeTree(
        _ root: ObjectID, depth: UInt64, isExplicit: Bool = false
    ) throws(StorageError) {
        var stack: [(ObjectID, UInt64, [UInt8])] = [(root, depth, [])]
        while let (id, depth, path) = stack.popLast() {
            guard !excluded.contains(id), (depths[id] ?? .max) > depth else { continue }
            guard isExplicit && id == root || filter?.takesTree(depth: depth) ?? true else { continue }
            depths[id] = depth
            take(id, .tree, path)
            for entry in try objects.tree(id).entries {
                switch entry.mode.objectKind {
                case .tree: stack.append((entry.id, depth + 1, Self.path(path, entry.name)))
                case .blob:
                    guard !excluded.contains(entry.id), !included.contains(entry.id) else { continue }
                    if let filter {
                        guard
                            try filter.takesBlob(
                                depth: depth + 1,
                                size: { () throws(StorageError) in
                                    try objects.header(entry.id).size
                                })
                        else { continue }
                    } else if !objects.contains(entry.id) {
                        throw .missing(entry.id)
                    }
                    take(entry.id, .blob, Self.path(path, entry.name))
                default: break
                }
            }
        }
    }
}

extension FilterSpec {
    /// Whether a tree so far below the root tree goes through.
    func takesTree(depth: UInt64) -> Bool {
        switch self {
        case .noBlobs, .blobLimit: true
        case .treeDepth(let limit): depth < limit
        case .kind(let kind): kind == .tree
        case .combined(let filters): filters.allSatisfy { $0.takesTree(depth: depth) }
        }
    }

    /// Whether a blob goes through.
    func takesBlob(depth: UInt64, size: () throws(StorageError) -> Int) throws(StorageError) -> Bool {
        switch self {
        case .noBlobs: return false
        case .blobLimit(let limit): return UInt64(try size()) < limit
        case .treeDepth(let limit): return depth < limit
        case .kind(let kind): return kind == .blob
        case .combined(let filters):
            for filter in filters where try !filter.takesBlob(depth: depth, size: size) { return false }
            return true
        }
    }
}
