internal import Bytes
public import GitObjects
internal import Synchronization

extension ObjectDatabase {
    /// Stores an object as a loose one; does nothing where it is here already.
    ///
    /// - Throws: ``StorageError/file(_:)``; nothing is left behind then.
    public func write(_ kind: ObjectKind, _ content: [UInt8]) throws(StorageError) -> ObjectID {
        let id = ObjectID.hash(kind, content, algorithm)
        // The tree of nothing can always be read, but git and other programs look for its object where a commit names it.
        if try id == emptyTree ? isKnown(id) : isAtHand(id) {
            freshen(id)
            return id
        }
        try scratch.with { scratch throws(StorageError) in
            try writeLoose(id, kind, content.span.bytes, scratch: scratch)
        }
        return id
    }

    func writeLoose(
        _ id: ObjectID, _ kind: ObjectKind, _ content: RawSpan, scratch: Scratch
    ) throws(StorageError) {
        try loose.write(
            id, kind, content, level: Compressibility.level(options.looseCompression, for: content),
            synchronizing: options.synchronizesLooseObjects, scratch: scratch)
        catalog.withLock { $0.looseBuckets[id[0]]?.append(id) }
    }

    /// Makes an object young again that somebody is about to refer to, so that a clean-up under way does not take it for
    /// forgotten. A file that cannot be touched is left as it is: the clean-up's age limit protects it too.
    func freshen(_ id: ObjectID) {
        if let (pack, _) = (try? locate(id)) ?? nil {
            guard catalog.withLock({ $0.freshened.insert(pack.number).inserted }) else { return }
            try? Files.setModified(pack.path, seconds: nil)
        } else {
            try? Files.setModified(loose.path(of: id), seconds: nil)
        }
    }

    /// Whether an object is here, by listings that are read once: for asking about many ids that are mostly new.
    func isKnown(_ id: ObjectID) throws(StorageError) -> Bool {
        if ((try? locate(id)) ?? nil) != nil { return true }
        if try looseIDs(bucket: id[0]).contains(id) { return true }
        for alternate in alternates where try alternate.isKnown(id) { return true }
        return false
    }

    /// Takes many new objects, which go into one pack unless they are few.
    public func beginBatch() -> ObjectBatch { ObjectBatch(self) }

    /// What a walk through history needs of a commit; from the commit-graph where that has it.
    ///
    /// - Throws: ``StorageError/missing(_:)``, ``StorageError/unexpectedKind(_:expected:actual:)``,
    ///   ``StorageError/malformed(_:_:)``.
    public func links(_ id: ObjectID) throws(StorageError) -> CommitLinks { try linksAndContent(id).links }

    /// What a commit-graph says of a commit: this directory's, or an alternate's.
    private func graphLinks(_ id: ObjectID) -> CommitLinks? {
        guard options.usesCommitGraph else { return nil }
        if let graph = commitGraph, let position = graph.position(of: id), let links = graph.links(at: position) {
            return links
        }
        for alternate in alternates {
            if let links = alternate.graphLinks(id) { return links }
        }
        return nil
    }

    /// The commit-graph of this directory, else of the first alternate that has one: for walks that go by position.
    public var nearestCommitGraph: CommitGraph? {
        guard options.usesCommitGraph else { return nil }
        if let graph = commitGraph { return graph }
        for alternate in alternates {
            if let graph = alternate.nearestCommitGraph { return graph }
        }
        return nil
    }

    /// As ``links(_:)``, with the commit's content where that had to be read.
    public func linksAndContent(_ id: ObjectID) throws(StorageError) -> (links: CommitLinks, content: [UInt8]?) {
        if let links = graphLinks(id) { return (links, nil) }
        let content = try read(id, as: .commit)
        do {
            return (try CommitLinks(parsing: content.span.bytes, algorithm: algorithm), content)
        } catch {
            throw .malformed(id, error)
        }
    }
}
