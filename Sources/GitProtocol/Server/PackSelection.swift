internal import GitObjects
internal import GitStorage

/// Which objects a pack is to hold.
struct PackSelection {
    /// What is asked for, with everything behind it …
    var wants: [ObjectID]
    /// … but not what the other side has.
    var haves: [ObjectID]
    /// Commits that have no parents for this walk.
    var cut: Set<ObjectID> = []
    /// What is left out besides.
    var filter: FilterSpec?
    /// Whether deltas may build on objects that the other side has.
    var isThin = false
    /// Whether deltas may name their base by its offset.
    var usesOffsets = true
    /// Annotated tags that go with what they lead to.
    var tags: [(tag: ObjectID, target: ObjectID)] = []

    /// The objects, in the order in which a reader wants them.
    func ids(_ objects: ObjectDatabase) throws(StorageError) -> [ObjectID] {
        var walk = ReachableObjects(objects, cut: cut, filter: filter)
        try walk.exclude(haves)
        try walk.include(wants)
        for (tag, target) in tags where walk.isIncluded(target) { try walk.include([tag]) }
        return walk.ids
    }

    /// Writes the pack.
    ///
    /// - Throws: ``StorageError``, and what the sink throws.
    func write(
        _ objects: ObjectDatabase, workers: Int, progress: (String) throws -> Void, to sink: @escaping ByteSink
    ) throws {
        let ids = try ids(objects)
        try progress("Enumerating objects: \(ids.count), done.\n")
        try PlainPackWriter.write(ids, objects, to: sink)
        try progress("Total \(ids.count) (delta 0), reused 0 (delta 0), pack-reused 0\n")
    }
}
