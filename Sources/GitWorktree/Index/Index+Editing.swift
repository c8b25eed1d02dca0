public import GitObjects

extension Index {
    /// Puts an entry in, in the place of one with its path and stage.
    ///
    /// A merged entry takes the place of all sides of a conflict, which is recorded for undoing; a file takes the place of
    /// a directory's entries and the other way round.
    ///
    /// - Complexity: O(n); for many entries use ``apply(adding:removing:)``.
    public mutating func add(_ entry: IndexEntry) {
        invalidate(entry.path)
        if entry.stage == .merged {
            recordResolution(of: entry.path)
            let sides = range(of: entry.path)
            if sides.count == 1, entries[sides.lowerBound].stage == .merged {
                entries[sides.lowerBound] = entry
                return
            }
            entries.removeSubrange(sides)
        } else {
            if case .found(let position) = position(of: entry.path, stage: .merged) { entries.remove(at: position) }
            if case .found(let position) = position(of: entry.path, stage: entry.stage) {
                entries[position] = entry
                return
            }
        }
        removeObstacles(of: entry.path, stage: entry.stage)
        entries.insert(entry, at: lowerBound(entry.path.bytes, stage: entry.stage))
    }

    /// Takes out what cannot stand beside an entry: a file where the path has a directory, entries below the path.
    private mutating func removeObstacles(of path: GitPath, stage: ConflictStage) {
        let below = range(inside: path)
        if !below.isEmpty {
            let doomed = below.filter { entries[$0].stage == stage }
            for position in doomed.reversed() {
                invalidate(entries[position].path)
                entries.remove(at: position)
            }
        }
        var ancestor = path.parent
        while let directory = ancestor, !directory.isRoot {
            if case .found(let position) = position(of: directory, stage: stage) {
                invalidate(directory)
                entries.remove(at: position)
            }
            ancestor = directory.parent
        }
    }

    /// Takes all stages of a path out; returns whether there were any.
    @discardableResult
    public mutating func remove(_ path: GitPath) -> Bool {
        let range = range(of: path)
        guard !range.isEmpty else { return false }
        invalidate(path)
        recordResolution(of: path)
        entries.removeSubrange(range)
        return true
    }

    /// Takes everything below a directory out.
    public mutating func removeAll(inside directory: GitPath) {
        let range = range(inside: directory)
        for position in range { invalidate(entries[position].path) }
        entries.removeSubrange(range)
    }

    /// Takes out every entry that a condition picks.
    public mutating func removeAll(where condition: (IndexEntry) -> Bool) {
        var doomed: [GitPath] = []
        entries.removeAll {
            guard condition($0) else { return false }
            doomed.append($0.path)
            return true
        }
        for path in doomed { invalidate(path) }
    }

    /// Changes an entry in place. The path cannot change; a change of content, mode, stage or intent forgets the trees
    /// above it, a change of status or other marks does not.
    public mutating func update(at position: Int, _ change: (inout IndexEntry) -> Void) {
        let old = entries[position]
        change(&entries[position])
        let new = entries[position]
        if old.id != new.id || old.mode != new.mode || old.stage != new.stage
            || old.flags.contains(.intentToAdd) != new.flags.contains(.intentToAdd)
        {
            invalidate(new.path)
        }
    }

    /// Replaces a file's remembered status; what the entry holds does not change, and was just compared with the file.
    public mutating func setStat(_ stat: StatData, at position: Int) {
        entries[position].stat = stat
        entries[position].isVerified = true
    }

    /// Adds and removes many merged entries in one pass.
    ///
    /// - Parameters:
    ///   - additions: in any order; of several with one path the last counts.
    ///   - removals: paths of which all stages go.
    /// - Complexity: O(n + m log m).
    public mutating func apply(adding additions: [IndexEntry], removing removals: [GitPath] = []) {
        if additions.count + removals.count < 8 || entries.contains(where: { $0.stage != .merged }) {
            for path in removals { remove(path) }
            for entry in additions { add(entry) }
            return
        }
        for path in removals { invalidate(path) }
        for entry in additions { invalidate(entry.path) }
        let gone = Set(removals)
        var kept = entries
        if !gone.isEmpty { kept.removeAll { gone.contains($0.path) } }
        let sorted = Index.sortedUnique(additions)
        entries = Index.merge(kept, sorted)
        dropObstacles(of: sorted)
    }

    /// After a merge: takes out old entries that a new one stands below, or that stand below a new one.
    private mutating func dropObstacles(of additions: [IndexEntry]) {
        var doomed: Set<GitPath> = []
        var lastParent: GitPath?
        for entry in additions {
            if let parent = entry.path.parent, parent != lastParent {
                lastParent = parent
                var ancestor: GitPath? = parent
                while let directory = ancestor, !directory.isRoot {
                    if case .found = position(of: directory) { doomed.insert(directory) }
                    ancestor = directory.parent
                }
            }
        }
        let added = Set(additions.map(\.path))
        for entry in additions where containsDirectory(entry.path) && !doomed.contains(entry.path) {
            for position in range(inside: entry.path) where !added.contains(entries[position].path) {
                doomed.insert(entries[position].path)
            }
        }
        guard !doomed.isEmpty else { return }
        for path in doomed { invalidate(path) }
        entries.removeAll { doomed.contains($0.path) }
    }

    /// Replaces everything.
    public mutating func replaceEntries(_ new: [IndexEntry], cacheTree: CacheTree? = nil) {
        entries = Index.sortedUnique(new)
        self.cacheTree = cacheTree
    }

    static func sortedUnique(_ entries: [IndexEntry]) -> [IndexEntry] {
        var isSorted = true
        for position in entries.indices.dropFirst()
        where !IndexEntry.precedes(entries[position - 1], entries[position]) {
            isSorted = false
            break
        }
        if isSorted { return entries }
        // Stable, so that of equal ones the last stays last.
        var sorted = entries
        sorted.sort(by: IndexEntry.precedes)
        var result: [IndexEntry] = []
        result.reserveCapacity(sorted.count)
        for entry in sorted {
            if let last = result.last, last.stage == entry.stage, last.path == entry.path { result.removeLast() }
            result.append(entry)
        }
        return result
    }

    private static func merge(_ old: [IndexEntry], _ new: [IndexEntry]) -> [IndexEntry] {
        var result: [IndexEntry] = []
        result.reserveCapacity(old.count + new.count)
        var i = 0
        var j = 0
        while i < old.count, j < new.count {
            let order = old[i].path.bytes.compared(to: new[j].path.bytes)
            if order < 0 {
                result.append(old[i])
                i += 1
            } else {
                result.append(new[j])
                if order == 0 { i += 1 }
                j += 1
            }
        }
        result.append(contentsOf: old[i...])
        result.append(contentsOf: new[j...])
        return result
    }

    /// Forgets the trees above a path.
    public mutating func invalidate(_ path: GitPath) {
        cacheTree?.invalidate(path.bytes[...])
    }

    /// Remembers the sides of a conflict that is about to be resolved.
    private mutating func recordResolution(of path: GitPath) {
        var sides: [ResolveUndo.Side?] = [nil, nil, nil]
        var hasSide = false
        for position in range(of: path) where entries[position].stage != .merged {
            let entry = entries[position]
            sides[Int(entry.stage.rawValue) - 1] = .init(rawMode: entry.mode.rawValue, id: entry.id)
            hasSide = true
        }
        guard hasSide else { return }
        resolveUndo.removeAll { $0.path == path }
        let place = resolveUndo.firstIndex { path < $0.path } ?? resolveUndo.count
        resolveUndo.insert(ResolveUndo(path: path, sides: sides), at: place)
    }
}
