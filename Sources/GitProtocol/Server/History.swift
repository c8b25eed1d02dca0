internal import GitObjects
internal import GitStorage

/// Commits as a walk sees them: parents and times, cut where the history is shallow.
struct History {
    let objects: ObjectDatabase
    /// Commits that count as having no parents.
    var cut: Set<ObjectID>

    init(_ objects: ObjectDatabase, cut: Set<ObjectID> = []) {
        self.objects = objects
        self.cut = cut
    }

    /// The commit's parents as the history is cut.
    func parents(_ id: ObjectID) throws(StorageError) -> [ObjectID] {
        cut.contains(id) ? [] : try objects.links(id).parents
    }

    /// The commits behind these objects, tags followed; trees and blobs are left out.
    func commits(behind ids: some Sequence<ObjectID>) throws(StorageError) -> [ObjectID] {
        var result: [ObjectID] = []
        for id in ids {
            let (target, kind) = try objects.peelTags(id)
            if kind == .commit { result.append(target) }
        }
        return result
    }

    /// Whether each of `wants` is one of `haves` or leads to one: whoever has those needs nothing older.
    func allReach(_ wants: [ObjectID], _ haves: Set<ObjectID>) throws(StorageError) -> Bool {
        guard !haves.isEmpty else { return false }
        var oldest = Int64.max
        for have in haves where try objects.headerIfPresent(have)?.kind == .commit {
            oldest = min(oldest, try objects.links(have).time)
        }
        // Commits from which a have is reached, and commits of which it is proved that none is.
        var good = haves
        var barren: Set<ObjectID> = []
        for want in try commits(behind: wants) {
            guard try reaches(want, &good, &barren, oldest) else { return false }
        }
        return true
    }

    /// A search in depth, so that everything on the way to what is found is known to lead there.
    private func reaches(
        _ want: ObjectID, _ good: inout Set<ObjectID>, _ barren: inout Set<ObjectID>, _ oldest: Int64
    ) throws(StorageError) -> Bool {
        if good.contains(want) { return true }
        var path: [(id: ObjectID, parents: [ObjectID])] = []
        func enter(_ id: ObjectID) throws(StorageError) {
            let links = try objects.links(id)
            path.append((id, links.time < oldest || cut.contains(id) ? [] : links.parents))
        }
        var entered: Set<ObjectID> = [want]
        try enter(want)
        while !path.isEmpty {
            guard let parent = path[path.count - 1].parents.popLast() else {
                barren.insert(path.removeLast().id)
                continue
            }
            if good.contains(parent) {
                for step in path { good.insert(step.id) }
                return true
            }
            if !barren.contains(parent), entered.insert(parent).inserted { try enter(parent) }
        }
        return false
    }

    /// Cuts the history at a depth: commits with fewer than `depth` steps from a head are whole, those with exactly so
    /// many (the heads being at 1) are the boundary.
    func cut(
        heads: [ObjectID], depth: Int
    ) throws(StorageError) -> (boundary: [ObjectID], whole: Set<ObjectID>) {
        var seen = Set(heads)
        var level = Array(seen)
        var boundary: [ObjectID] = []
        var whole: Set<ObjectID> = []
        var count = 1
        while !level.isEmpty {
            var next: [ObjectID] = []
            for id in level {
                if (count >= depth && depth != FetchRequest.Deepening.infinite) || cut.contains(id) {
                    boundary.append(id)
                    continue
                }
                whole.insert(id)
                for parent in try objects.links(id).parents where seen.insert(parent).inserted { next.append(parent) }
            }
            level = next
            count += 1
        }
        return (boundary, whole)
    }

    /// Cuts the history to commits at or after a time that `excluded` do not reach: the boundary is made of those with a
    /// parent outside.
    func cut(
        heads: [ObjectID], since: Int64?, excluding excluded: [ObjectID]
    ) throws(StorageError) -> (boundary: [ObjectID], whole: Set<ObjectID>) {
        var outside: Set<ObjectID> = []
        var stack = excluded
        while let id = stack.popLast() {
            guard outside.insert(id).inserted else { continue }
            stack += try parents(id)
        }
        var inside: [ObjectID] = []
        var seen: Set<ObjectID> = []
        stack = heads
        while let id = stack.popLast() {
            guard !outside.contains(id), !seen.contains(id) else { continue }
            let links = try objects.links(id)
            if let since, links.time < since { continue }
            seen.insert(id)
            inside.append(id)
            if !cut.contains(id) { stack += links.parents }
        }
        var boundary: [ObjectID] = []
        let inSelection = seen
        for id in inside {
            let isCut = cut.contains(id)
            let parents = try objects.links(id).parents
            if isCut || parents.contains(where: { !inSelection.contains($0) }) {
                boundary.append(id)
                seen.remove(id)
            }
        }
        return (boundary, seen)
    }

    /// Those of `targets` that `heads` lead to.
    func reachable(_ targets: Set<ObjectID>, from heads: [ObjectID]) throws(StorageError) -> [ObjectID] {
        var found: [ObjectID] = []
        var seen: Set<ObjectID> = []
        var stack = heads
        while let id = stack.popLast(), found.count < targets.count {
            guard seen.insert(id).inserted else { continue }
            if targets.contains(id) { found.append(id) }
            stack += try parents(id)
        }
        return found
    }
}
