internal import GitObjects
internal import GitStorage

extension RevisionWalk {
    /// No commit before its children; among those that may come next, the order decides.
    func sortTopologically(_ commits: [Int32]) throws -> [Int32] {
        // 0: not in the list; else one more than the number of its children that were not put out yet.
        var degree = [Int32](repeating: 0, count: table.count)
        for commit in commits { degree[Int(commit)] = 1 }
        for commit in commits {
            for parent in table.parents(commit) where degree[Int(parent)] > 0 { degree[Int(parent)] += 1 }
        }
        let tips = commits.filter { degree[Int($0)] == 1 }
        var result: [Int32] = []
        result.reserveCapacity(commits.count)
        if options.order == .topological || options.order == .time {
            var stack = Array(tips.reversed())
            while let commit = stack.popLast() {
                release(commit, &degree) { stack.append($0) }
                result.append(commit)
            }
            return result
        }
        var queue = NumberQueue()
        for tip in tips { queue.push(tip, key: try sortKey(tip)) }
        while let commit = queue.pop() {
            var ready: [Int32] = []
            release(commit, &degree) { ready.append($0) }
            for parent in ready { queue.push(parent, key: try sortKey(parent)) }
            result.append(commit)
        }
        return result
    }

    private func release(_ commit: Int32, _ degree: inout [Int32], _ ready: (Int32) -> Void) {
        for parent in table.parents(commit) where degree[Int(parent)] > 0 {
            degree[Int(parent)] -= 1
            if degree[Int(parent)] == 1 { ready(parent) }
        }
        degree[Int(commit)] = 0
    }

    private func sortKey(_ commit: Int32) throws -> Int64 {
        guard options.order == .authorDate else { return table.time(commit) }
        return try table.objects.commit(table.id(commit)).author.time
    }

    /// Keeps the commits that descend from an excluded one.
    mutating func limitToAncestryPath(_ commits: inout [Int32]) {
        var isDescendant = [Bool](repeating: false, count: table.count)
        for index in 0..<table.count where table.flags[index].contains(.bottom) { isDescendant[index] = true }
        var isChanged = true
        while isChanged {
            isChanged = false
            // Parents mostly stand behind their children.
            for commit in commits.reversed() where !isDescendant[Int(commit)] {
                if table.parents(commit).contains(where: { isDescendant[Int($0)] }) {
                    isDescendant[Int(commit)] = true
                    isChanged = true
                }
            }
        }
        for commit in commits where !isDescendant[Int(commit)] { table.mark(commit, .uninteresting) }
        commits.removeAll { table.has($0, .uninteresting) }
    }

    /// Finds the commits that make the same change as one on the other side.
    mutating func markEqualPatches(_ commits: [Int32]) throws {
        guard let identity = options.patchIdentity else { return }
        let lefts = commits.filter { table.has($0, .left) && !table.has($0, .boundary) }
        let rights = commits.filter { !table.has($0, .left) && !table.has($0, .boundary) }
        guard !lefts.isEmpty, !rights.isEmpty else { return }
        let (fewer, more) = lefts.count < rights.count ? (lefts, rights) : (rights, lefts)
        var known: [[UInt8]: [Int32]] = [:]
        for commit in fewer where table.parentCount(commit) <= 1 {
            guard let patch = try identity(table.id(commit)) else { continue }
            known[patch, default: []].append(commit)
        }
        let flag: CommitTable.Flags = options.marksEqualPatches ? .patchSame : .shown
        for commit in more where table.parentCount(commit) <= 1 {
            guard let patch = try identity(table.id(commit)), let same = known[patch] else { continue }
            table.mark(commit, flag)
            for other in same { table.mark(other, flag) }
        }
    }
}
