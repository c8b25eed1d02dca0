public import GitObjects
public import GitProtocol
public import GitRefs
public import GitTransport

extension FetchOperation {
    /// Brings what a clone wants over a connection that stands already, and writes the refs.
    ///
    /// - Parameters:
    ///   - destination: where a ref goes; nil to leave it out.
    ///   - head: a commit that is wanted besides.
    /// - Throws: as ``run()``.
    public func clone(
        _ client: FetchClient, _ refs: [AdvertisedRef], to destination: (RefName) -> RefName?, head: ObjectID?
    ) throws {
        var map = FetchMap(refs)
        try map.add(destination)
        try bring(client, map.items.map(\.id) + (head.map { [$0] } ?? []), refs)
        if options.tags == .automatic { try followTags(client, refs, &map) }
        var transaction = repository.refs.beginTransaction()
        for item in map.items {
            guard let name = item.destination else { continue }
            transaction.update(name, to: item.id, expecting: .absent, message: "")
        }
        guard !transaction.isEmpty else { return }
        try transaction.commit(committer: access.committer)
    }
}
