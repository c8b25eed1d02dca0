internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage

/// The trees, blobs and tags that listed commits need, each once, without what excluded commits have.
struct ListedObjects {
    private struct Pending {
        let id: ObjectID
        let kind: ObjectKind
        let path: [UInt8]
    }

    private let objects: ObjectDatabase
    private var pending: [Pending] = []
    private var trees: [ObjectID] = []
    private var walk: ObjectWalk

    /// What was asked for and is not here, where that is no error.
    var missing: [ObjectID] { walk.missing.map(\.id) }

    /// - Parameters:
    ///   - allowsAnyOrder: whether trees may come in any order, and so be read on all cores.
    ///   - filter: what is left out.
    ///   - allowsMissing: whether objects that are not here are passed over.
    init(_ repository: Repository, allowsAnyOrder: Bool, filter: ObjectFilter? = nil, allowsMissing: Bool = false) {
        objects = repository.objects
        var options = ObjectWalk.Options()
        options.allowsAnyOrder = allowsAnyOrder && !allowsMissing
        options.filter = filter
        options.allowsMissing = allowsMissing
        options.checksBlobs = allowsMissing
        walk = ObjectWalk(repository.objects, options: options)
    }

    /// A commit's tree.
    mutating func add(tree: ObjectID) { trees.append(tree) }

    /// What was named and is no commit.
    mutating func add(pending id: ObjectID, kind: ObjectKind, path: [UInt8]) {
        pending.append(Pending(id: id, kind: kind, path: path))
    }

    /// Takes what an object holds as known.
    mutating func exclude(_ id: ObjectID, kind: ObjectKind) throws {
        var (id, kind) = (id, kind)
        while kind == .tag, walk.mark(id), let tag = try? objects.tag(id) { (id, kind) = (tag.target, tag.targetKind) }
        switch kind {
        case .tree: try walk.exclude(tree: id)
        case .blob: walk.mark(id)
        case .commit, .tag: break
        }
    }

    /// Calls `visit` for each object that was added, with the path by which it was found.
    mutating func run(_ visit: ObjectWalk.Visitor) throws {
        let (pending, trees) = (self.pending, self.trees)
        (self.pending, self.trees) = ([], [])
        for item in pending {
            switch item.kind {
            case .tag: try run(tag: item.id, visit)
            case .tree: try walk.visit(tree: item.id, path: item.path, visit)
            case .blob: if walk.mark(item.id) { try visit(item.id, .blob, item.path.span.bytes) }
            case .commit: break
            }
        }
        try walk.visit(trees: trees, visit)
    }

    /// A tag, the tags that it leads through, each by its own name, and what they name, unless that is a commit.
    private mutating func run(tag: ObjectID, _ visit: ObjectWalk.Visitor) throws {
        var id = tag
        while try objects.headerIfPresent(id)?.kind == .tag {
            let content = try objects.tag(id)
            if walk.mark(id) { try visit(id, .tag, content.name.span.bytes) }
            id = content.target
        }
        switch try objects.header(id).kind {
        case .tree: try walk.visit(tree: id, visit)
        case .blob: if walk.mark(id) { try visit(id, .blob, RawSpan()) }
        case .commit, .tag: break
        }
    }
}
