internal import GitObjects
internal import GitRefs
internal import GitStorage

/// What a request for a shorter or longer history comes to.
struct ShallowCut {
    /// Commits at which the client's history is to be cut now.
    private(set) var shallow: [ObjectID] = []
    /// Commits at which it is cut no longer.
    private(set) var unshallow: [ObjectID] = []
    /// Whether there is anything to be said of it.
    private(set) var isAnnounced = false
    /// Commits that have no parents for the walk that makes the pack.
    private(set) var grafts: Set<ObjectID>
    /// The parents of commits that are cut no longer.
    private(set) var additionalWants: [ObjectID] = []

    /// Works out the cut.
    ///
    /// - Throws: what reading the repository throws; ``ProtocolError/nothingSelected`` where no commit is left.
    init(_ request: FetchRequest, wants: [ObjectID], repository: ServedRepository) throws {
        let own = try repository.shallowCommits()
        let client = Set(request.shallow.filter { repository.objects.contains($0) })
        grafts = client.union(own)
        let deepening = request.deepening
        isAnnounced = deepening.isRequested || !request.shallow.isEmpty || !own.isEmpty
        guard deepening.isRequested || !own.isEmpty else { return }
        let history = History(repository.objects, cut: own)
        let heads = try history.commits(behind: wants)
        let boundary: [ObjectID]
        let whole: Set<ObjectID>
        if let depth = deepening.depth, depth == FetchRequest.Deepening.infinite, own.isEmpty {
            (boundary, whole) = ([], client)
        } else if let depth = deepening.depth, deepening.isRelative {
            let starts = try history.reachable(client, from: heads)
            (boundary, whole) = try history.cut(heads: starts, depth: min(depth, 0x7fff_fffe) + 1)
        } else if deepening.since != nil || !deepening.not.isEmpty {
            var excluded: [ObjectID] = []
            for bytes in deepening.not { excluded.append(try repository.commit(named: bytes)) }
            (boundary, whole) = try history.cut(heads: heads, since: deepening.since, excluding: excluded)
            guard !boundary.isEmpty || !whole.isEmpty else { throw ProtocolError.nothingSelected }
        } else {
            let depth = deepening.depth ?? FetchRequest.Deepening.infinite
            (boundary, whole) = try history.cut(heads: heads, depth: depth)
        }
        shallow = boundary.filter { !client.contains($0) }
        unshallow = request.shallow.filter { whole.contains($0) && client.contains($0) }
        grafts.formUnion(boundary)
        for id in unshallow { additionalWants += try repository.objects.links(id).parents }
    }
}

extension ServedRepository {
    /// The commit that a ref given by its short or full name leads to (`deepen-not`).
    func commit(named bytes: [UInt8]) throws -> ObjectID {
        let text = String(decoding: bytes, as: UTF8.self)
        for prefix in ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
            guard let name = try? RefName(prefix + text), !isHidden(name), let id = try refs.resolve(name) else {
                continue
            }
            return try objects.peel(id, to: .commit)
        }
        throw ProtocolError.unknownRef(ProtocolError.printable(bytes))
    }
}
