internal import GitObjects
internal import GitStorage

extension RevisionWalk {
    /// What is known of a merge while its history is simplified (`--simplify-merges`): whether the paths are those of each
    /// parent.
    typealias Sameness = [Int32: [Bool]]

    /// Leaves out commits that change nothing of interest, and merges of lines of history that come to one.
    mutating func simplifyMerges(_ list: [Int32]) throws -> [Int32] {
        guard options.prunes else { return list }
        var simplified: [Int32: Int32] = [:]
        var waiting = Array(list.reversed())
        while !waiting.isEmpty {
            var later: [Int32] = []
            for commit in waiting { try simplify(commit, &simplified, &later) }
            waiting = later
        }
        return list.filter { simplified[$0] == $0 }
    }

    private mutating func simplify(
        _ commit: Int32, _ simplified: inout [Int32: Int32], _ later: inout [Int32]
    ) throws {
        if simplified[commit] != nil { return }
        let all = Array(table.parents(commit))
        if table.has(commit, .uninteresting) || all.isEmpty {
            simplified[commit] = commit
            return
        }
        let parents = options.followsFirstParentOnly ? Array(all.prefix(1)) : all
        let unknown = parents.filter { simplified[$0] == nil }
        if !unknown.isEmpty {
            later += unknown + [commit]
            return
        }
        var rewritten = parents.compactMap { simplified[$0] } + all.dropFirst(parents.count)
        var count = 1
        if !options.followsFirstParentOnly {
            rewritten = dropDuplicates(commit, rewritten)
            if rewritten.count > 1 { rewritten = try dropRedundant(commit, rewritten) }
            count = rewritten.count
        }
        table.setParents(commit, rewritten)
        let isKept =
            count == 0 || !table.has(commit, .treeSame) || (options.showsPulls && table.has(commit, .pullMerge))
        if !isKept, let parent = onlyRelevant(rewritten) {
            simplified[commit] = simplified[parent] ?? parent
        } else {
            simplified[commit] = commit
        }
    }

    /// The one parent that matters; nil where several do.
    func onlyRelevant(_ parents: [Int32]) -> Int32? {
        guard let first = parents.first else { return nil }
        if parents.count == 1 || options.followsFirstParentOnly { return first }
        let relevant = parents.filter(isRelevant)
        return relevant.count == 1 ? relevant[0] : nil
    }

    private mutating func dropDuplicates(_ commit: Int32, _ parents: [Int32]) -> [Int32] {
        var seen: Set<Int32> = []
        return drop(commit, parents, updating: false) { !seen.insert($0).inserted }
    }

    /// Drops parents that others can reach, and roots without the paths, unless only they have the paths as the merge has
    /// them.
    private mutating func dropRedundant(_ commit: Int32, _ parents: [Int32]) throws -> [Int32] {
        let heads = Set(try bases.independent(parents.map { table.id($0) }))
        var dropped = Set(parents.filter { !heads.contains(table.id($0)) })
        for parent in parents where table.parentCount(parent) == 0 && table.has(parent, .treeSame) {
            dropped.insert(parent)
        }
        guard !dropped.isEmpty else { return parents }
        if let same = sameness[commit] {
            let equal = parents.indices.filter { $0 < same.count && same[$0] }.map { parents[$0] }
            if let first = equal.first, equal.allSatisfy(dropped.contains) { dropped.remove(first) }
        }
        return drop(commit, parents, updating: true) { dropped.contains($0) }
    }

    private mutating func drop(
        _ commit: Int32, _ parents: [Int32], updating: Bool, _ isDropped: (Int32) -> Bool
    ) -> [Int32] {
        var kept: [Int32] = []
        var same: [Bool] = []
        let known = sameness[commit]
        for (index, parent) in parents.enumerated() where !isDropped(parent) {
            kept.append(parent)
            if let known, index < known.count { same.append(known[index]) }
        }
        guard kept.count < parents.count, known != nil else { return kept }
        guard kept.count > 1 else {
            sameness[commit] = nil
            if same.first == true, options.isDense {
                table.mark(commit, .treeSame)
            } else {
                table.unmark(commit, .treeSame)
            }
            return kept
        }
        sameness[commit] = same
        if updating, !table.has(commit, .treeSame) {
            let relevant = kept.indices.filter { isRelevant(kept[$0]) }
            let judged = relevant.isEmpty ? Array(kept.indices) : relevant
            if judged.allSatisfy({ same[$0] }) { table.mark(commit, .treeSame) }
        }
        return kept
    }

    /// Notes which commits have which parents (`--children`).
    mutating func findChildren(_ list: [Int32]) {
        for commit in list {
            for parent in table.parents(commit) { children[parent, default: []].insert(commit, at: 0) }
        }
    }
}
