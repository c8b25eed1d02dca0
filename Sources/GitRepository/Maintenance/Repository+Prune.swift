internal import Bytes
public import GitObjects
internal import GitStorage
internal import SystemPackage

extension Repository {
    /// Removes loose objects that nothing reaches and that were last written before a moment.
    ///
    /// - Parameters:
    ///   - before: seconds since 1970; younger objects may belong to a command that is not done yet.
    ///   - heads: further objects to keep, with what they reach.
    ///   - isDryRun: only says what would be removed.
    ///   - report: is given each object that is removed.
    public func prune(
        before: Int64, heads: [ObjectID] = [], isDryRun: Bool = false,
        report: (ObjectID, ObjectKind?) -> Void = { _, _ in }
    ) throws {
        let candidates = try objects.looseObjects(before: before)
        if !candidates.isEmpty {
            let reachable = try reachableObjects(and: heads)
            for id in candidates where !reachable.contains(id) {
                report(id, (try? objects.header(id))?.kind)
                if !isDryRun { try Files.remove(objects.loosePath(id)) }
            }
        }
        if !isDryRun {
            try objects.removeStaleTemporaryFiles(before: before)
            try objects.prunePacked()
            try objects.refreshPacks()
        }
    }

    /// Everything that is reachable, and everything that young loose objects reach: they may be part of a commit that is
    /// being made.
    private func reachableObjects(and heads: [ObjectID]) throws -> ObjectIDTable {
        var options = ObjectWalk.Options()
        options.allowsMissing = true
        options.shallow = shallowCommits
        options.allowsAnyOrder = true
        var walk = ObjectWalk(objects, options: options)
        let roots = try reachabilityRoots()
        // Refs have to be whole: a clean-up in a damaged repository would make the damage worse.
        for ref in roots.refs where !objects.contains(ref.id) {
            throw RepositoryError(.corrupt, "bad object \(ref.name)", subject: ref.name)
        }
        try walk.walk(include: roots.all(in: objects) + heads) { (_, _, _) throws(StorageError) in }
        return walk.seen
    }
}
