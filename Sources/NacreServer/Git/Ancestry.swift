internal import GitObjects
internal import GitStorage

/// Which commits lead to which.
enum Ancestry {
    /// Whether the history of `new` holds `old`. False where either is no commit.
    ///
    /// - Complexity: O(the history of `new`), less what stands behind `old`.
    static func leads(from new: ObjectID, to old: ObjectID, _ objects: ObjectDatabase) throws(StorageError) -> Bool {
        guard try objects.headerIfPresent(old)?.kind == .commit, try objects.headerIfPresent(new)?.kind == .commit
        else {
            return false
        }
        var seen: Set<ObjectID> = [new]
        var level = [new]
        while !level.isEmpty {
            var next: [ObjectID] = []
            for id in level {
                if id == old { return true }
                for parent in try objects.links(id).parents where seen.insert(parent).inserted { next.append(parent) }
            }
            level = next
        }
        return false
    }

    /// The commits that `new` leads to and `old` does not: what an update brings.
    static func commits(
        from new: ObjectID, without old: [ObjectID], _ objects: ObjectDatabase
    ) throws(StorageError) -> [ObjectID] {
        var excluded: Set<ObjectID> = []
        var stack = old
        while let id = stack.popLast() {
            guard excluded.insert(id).inserted, try objects.headerIfPresent(id)?.kind == .commit else { continue }
            stack += try objects.links(id).parents
        }
        var result: [ObjectID] = []
        stack = [try objects.peelTags(new).id]
        while let id = stack.popLast() {
            guard excluded.insert(id).inserted, try objects.headerIfPresent(id)?.kind == .commit else { continue }
            result.append(id)
            stack += try objects.links(id).parents
        }
        return result
    }
}
