internal import GitObjects
internal import GitRepository
internal import GitStorage

/// Visits the trees, blobs and tags that commits need, each once, leaving out what excluded commits have.
struct ObjectWalk {
    private struct Pending {
        let id: ObjectID
        let kind: ObjectKind
        let path: [UInt8]
    }

    private let objects: ObjectDatabase
    private var tagged: [Pending] = []
    private var trees: [Pending] = []
    private var seen: Set<ObjectID> = []

    init(_ repository: Repository) { objects = repository.objects }

    mutating func add(tree: ObjectID, of commit: ObjectID) {
        trees.append(Pending(id: tree, kind: .tree, path: []))
    }

    mutating func add(pending id: ObjectID, kind: ObjectKind, path: [UInt8], name: String) {
        tagged.append(Pending(id: id, kind: kind, path: path.isEmpty && kind == .tag ? Array(name.utf8) : path))
    }

    /// Takes everything that commits hold as known.
    mutating func exclude(commits: [(commit: ObjectID, tree: ObjectID)]) throws {
        for item in commits { try exclude(item.tree, kind: .tree) }
    }

    mutating func exclude(_ id: ObjectID, kind: ObjectKind) throws {
        var stack = [(id, kind)]
        while let (id, kind) = stack.popLast() {
            guard seen.insert(id).inserted else { continue }
            switch kind {
            case .tree:
                guard let object = try objects.readIfPresent(id) else { continue }
                var cursor = TreeCursor(object.content.span.bytes, algorithm: objects.algorithm)
                while let entry = try cursor.next() {
                    if entry.mode == .gitlink { continue }
                    stack.append((entry.id, entry.mode == .tree ? .tree : .blob))
                }
            case .tag:
                guard let tag = try? objects.tag(id) else { continue }
                stack.append((tag.target, tag.targetKind))
            default: break
            }
        }
    }

    /// Calls `visit` for each object with the path by which it was found.
    mutating func run(_ visit: (ObjectID, ObjectKind, [UInt8]) -> Void) throws {
        for item in tagged {
            switch item.kind {
            case .tag:
                var id = item.id
                var path = item.path
                while try objects.headerIfPresent(id)?.kind == .tag {
                    let tag = try objects.tag(id)
                    if seen.insert(id).inserted { visit(id, .tag, path) }
                    path = tag.name
                    id = tag.target
                }
                let kind = try objects.header(id).kind
                if kind == .tree {
                    try walk(id, [], visit)
                } else if kind == .blob, seen.insert(id).inserted {
                    visit(id, .blob, path)
                }
            case .tree: try walk(item.id, item.path, visit)
            case .blob: if seen.insert(item.id).inserted { visit(item.id, .blob, item.path) }
            case .commit: break
            }
        }
        for item in trees { try walk(item.id, [], visit) }
    }

    private mutating func walk(
        _ root: ObjectID, _ path: [UInt8], _ visit: (ObjectID, ObjectKind, [UInt8]) -> Void, depth: Int = 0
    ) throws {
        guard depth < 2048, seen.insert(root).inserted else { return }
        visit(root, .tree, path)
        let content = try objects.read(root, as: .tree)
        var cursor = TreeCursor(content.span.bytes, algorithm: objects.algorithm)
        let prefix = path.isEmpty ? path : path + [UInt8(ascii: "/")]
        while let entry = try cursor.next() {
            switch entry.mode {
            case .tree: try walk(entry.id, prefix + entry.name, visit, depth: depth + 1)
            case .gitlink: continue
            default: if seen.insert(entry.id).inserted { visit(entry.id, .blob, prefix + entry.name) }
            }
        }
    }
}
