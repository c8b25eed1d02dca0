public import GitObjects
public import GitStorage

/// The commits that two histories have in common.
public struct MergeBases {
    private var table: CommitTable

    /// Prepares for a repository; commits that were read are kept for further questions.
    public init(_ repository: Repository) {
        table = CommitTable(repository.objects, shallow: repository.shallowCommits)
    }

    /// The best common ancestors of a commit and a (hypothetical) merge of others: those that no other common ancestor
    /// descends from, youngest first.
    ///
    /// - Throws: ``StorageError`` where a commit cannot be read.
    public mutating func bases(of one: ObjectID, _ others: [ObjectID]) throws(StorageError) -> [ObjectID] {
        if others.contains(one) { return [one] }
        let first = table.number(one)
        let second = others.map { table.number($0) }
        let candidates = try paint(first, second).filter { !table.has($0, .stale) }
        clear()
        guard candidates.count > 1 else { return candidates.map { table.ids[Int($0)] } }
        return try reduce(candidates).map { table.ids[Int($0)] }
    }

    /// Whether a commit is an ancestor of another, or the same.
    public mutating func isAncestor(_ one: ObjectID, of other: ObjectID) throws(StorageError) -> Bool {
        if one == other { return true }
        let first = table.number(one)
        let second = table.number(other)
        _ = try paint(first, [second], stopBelow: first)
        let isReached = table.has(first, .ofSecond)
        clear()
        return isReached
    }

    /// Of these commits those that none of the others can reach.
    public mutating func independent(_ ids: [ObjectID]) throws(StorageError) -> [ObjectID] {
        var seen: Set<ObjectID> = []
        let numbers = ids.filter { seen.insert($0).inserted }.map { table.number($0) }
        return try reduce(numbers).map { table.ids[Int($0)] }
    }

    /// Walks down from both sides until only what both have, and what is below that, is left.
    private mutating func paint(
        _ one: Int32, _ others: [Int32], stopBelow: Int32? = nil
    ) throws(StorageError) -> [Int32] {
        var queue = NumberQueue()
        var live = 0
        func enqueue(_ commit: Int32, _ table: CommitTable) { queue.push(commit, key: table.time(commit)) }
        try table.parse(one)
        table.mark(one, .ofFirst)
        var results: [Int32] = []
        queue.push(one, key: table.time(one))
        live = 1
        var minimum = Int64.min
        if let stopBelow {
            try table.parse(stopBelow)
            minimum = .min
        }
        for other in others {
            try table.parse(other)
            table.mark(other, .ofSecond)
            queue.push(other, key: table.time(other))
            live += 1
        }
        touched = [one] + others
        // A commit may stand in the queue more than once; `live` counts entries that were not stale when they were put in.
        var stale: [Int32: Int] = [:]
        var liveEntries: [Int32: Int] = [one: 1]
        for other in others { liveEntries[other, default: 0] += 1 }
        while live > 0, let commit = queue.pop() {
            if table.time(commit) < minimum { break }
            if let entries = liveEntries[commit], entries > 0 {
                liveEntries[commit] = entries - 1
                live -= 1
            } else if let entries = stale[commit] {
                stale[commit] = entries - 1
            }
            var flags = table.flags[Int(commit)].intersection([.ofFirst, .ofSecond, .stale])
            if flags == [.ofFirst, .ofSecond] {
                if !table.has(commit, .result) {
                    table.mark(commit, .result)
                    results.append(commit)
                }
                flags.insert(.stale)
            }
            for position in 0..<table.parentCount(commit) {
                let parent = table.parent(commit, position)
                if table.flags[Int(parent)].isSuperset(of: flags) { continue }
                try table.parse(parent)
                let wasStale = table.has(parent, .stale)
                table.mark(parent, flags)
                touched.append(parent)
                queue.push(parent, key: table.time(parent))
                if table.has(parent, .stale) {
                    if !wasStale, let entries = liveEntries[parent], entries > 0 {
                        live -= entries
                        liveEntries[parent] = 0
                    }
                } else {
                    liveEntries[parent, default: 0] += 1
                    live += 1
                }
            }
        }
        return results
    }

    private var touched: [Int32] = []

    private mutating func clear() {
        for commit in touched { table.unmark(commit, [.ofFirst, .ofSecond, .stale, .result]) }
        touched = []
    }

    /// Drops commits that another of them can reach.
    private mutating func reduce(_ commits: [Int32]) throws(StorageError) -> [Int32] {
        var kept: [Int32] = []
        for (index, commit) in commits.enumerated() {
            var isReached = false
            for (otherIndex, other) in commits.enumerated() where otherIndex != index && other != commit {
                _ = try paint(commit, [other], stopBelow: commit)
                let reached = table.has(commit, .ofSecond)
                clear()
                if reached {
                    isReached = true
                    break
                }
            }
            if !isReached { kept.append(commit) }
        }
        return kept
    }
}
