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
        guard candidates.count > 1 else { return candidates.map { table.id($0) } }
        return try reduce(candidates).map { table.id($0) }
    }

    /// Whether a commit is an ancestor of another, or the same.
    public mutating func isAncestor(_ one: ObjectID, of other: ObjectID) throws(StorageError) -> Bool {
        if one == other { return true }
        let first = table.number(one)
        let second = table.number(other)
        _ = try paint(first, [second], target: first)
        let isReached = table.has(first, .ofSecond)
        clear()
        return isReached
    }

    /// Of these commits those that none of the others can reach.
    public mutating func independent(_ ids: [ObjectID]) throws(StorageError) -> [ObjectID] {
        var seen: Set<ObjectID> = []
        let numbers = ids.filter { seen.insert($0).inserted }.map { table.number($0) }
        return try reduce(numbers).map { table.id($0) }
    }

    /// Walks down from both sides until only what both have, and what is below that, is left; with a `target`, which is the
    /// first side, only until the second reaches it.
    private mutating func paint(
        _ one: Int32, _ others: [Int32], target: Int32? = nil
    ) throws(StorageError) -> [Int32] {
        var queue = NumberQueue()
        // A commit stands in the queue at most once; `live` counts those in it that are not stale.
        var live = 0
        func meet(
            _ commit: Int32, _ flags: CommitTable.Flags, _ table: inout CommitTable, _ touched: inout [Int32]
        ) throws(StorageError) {
            try table.parse(commit)
            let before = table.flags[Int(commit)]
            table.mark(commit, flags.union(.queued))
            let isStale = table.has(commit, .stale)
            if before.contains(.queued) {
                if isStale, !before.contains(.stale) { live -= 1 }
            } else {
                touched.append(commit)
                queue.push(commit, key: table.time(commit))
                if !isStale { live += 1 }
            }
        }
        touched = []
        try meet(one, .ofFirst, &table, &touched)
        for other in others { try meet(other, .ofSecond, &table, &touched) }
        // What is not above the target does not lead to it.
        let floor = target.flatMap { table.generation($0) } ?? 0
        var results: [Int32] = []
        while live > 0, let commit = queue.pop() {
            table.unmark(commit, .queued)
            var flags = table.flags[Int(commit)].intersection([.ofFirst, .ofSecond, .stale])
            if !flags.contains(.stale) { live -= 1 }
            if flags == [.ofFirst, .ofSecond] {
                if commit == target { break }
                if !table.has(commit, .result) {
                    table.mark(commit, .result)
                    results.append(commit)
                }
                flags.insert(.stale)
            }
            for position in 0..<table.parentCount(commit) {
                let parent = table.parent(commit, position)
                if table.flags[Int(parent)].isSuperset(of: flags) { continue }
                if floor > 0, let generation = table.generation(parent), generation < floor { continue }
                try meet(parent, flags, &table, &touched)
            }
        }
        return results
    }

    private var touched: [Int32] = []

    private mutating func clear() {
        for commit in touched { table.unmark(commit, [.ofFirst, .ofSecond, .stale, .result, .queued]) }
        touched = []
    }

    /// Drops commits that another of them can reach.
    private mutating func reduce(_ commits: [Int32]) throws(StorageError) -> [Int32] {
        var kept: [Int32] = []
        for (index, commit) in commits.enumerated() {
            var isReached = false
            for (otherIndex, other) in commits.enumerated() where otherIndex != index && other != commit {
                _ = try paint(commit, [other], target: commit)
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
