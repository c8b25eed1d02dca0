internal import GitDiff
internal import GitObjects
internal import GitStorage

extension Blame {
    /// The origin of a commit's file, new or known; it comes first among the commit's.
    func origin(_ commit: Int32, _ path: GitPath, blob: ObjectID, mode: FileMode?) -> Int {
        var known = originsOfCommit[commit] ?? []
        let result: Int
        if let position = known.firstIndex(where: { origins[$0].path == path }) {
            result = known.remove(at: position)
        } else {
            result = origins.count
            origins.append(Origin(commit: commit, path: path, blob: blob, mode: mode))
        }
        known.insert(result, at: 0)
        originsOfCommit[commit] = known
        return result
    }

    /// The file of the same path in a parent; nil where that has none, or something of another sort.
    func sameNamed(_ origin: Int, in parent: Int32) throws -> Int? {
        let path = origins[origin].path
        if let known = originsOfCommit[parent]?.first(where: { origins[$0].path == path }) { return known }
        guard let mode = origins[origin].mode,
            let entry = try lookups[path, default: BlamePathLookup(path)].find(in: table.tree(parent), objects),
            entry.mode.isSameSort(as: mode)
        else { return nil }
        return self.origin(parent, path, blob: entry.id, mode: entry.mode)
    }

    /// The file of a parent of which the origin is a renamed version.
    func renamed(_ origin: Int, in parent: Int32) throws -> Int? {
        var options = RenameOptions()
        options.onlyDestination = origins[origin].path.bytes
        let differences = try differences(of: origins[origin].commit, from: parent, includesUnchanged: false)
        let result = try RenameDetector.detect(differences, source: source, options: options)
        for entry in result.entries where entry.status == .renamed || entry.status == .copied {
            guard entry.new.path == origins[origin].path else { continue }
            return self.origin(parent, entry.old.path, blob: entry.old.id, mode: entry.old.mode)
        }
        return nil
    }

    /// What a commit changed since a parent.
    func differences(of commit: Int32, from parent: Int32, includesUnchanged: Bool) throws -> [DiffEntry] {
        let tree = table.tree(parent)
        if id(of: commit).isZero { return try options.stagedDifferences(tree, includesUnchanged) }
        var comparison = TreeDiff.Options()
        comparison.includesUnchanged = includesUnchanged
        return try TreeDiff.compare(tree, table.tree(commit), source: source, options: comparison)
    }
}
