internal import Bytes
internal import GitObjects

extension TreeMerger {
    /// The entries of one name in the three trees.
    private struct Row {
        var name: [UInt8]
        var entries: [TreeEntry?]
    }

    /// The entries of a tree by the bytes of their names: a tree has a directory where its name with a slash would stand.
    private func entries(_ id: ObjectID?) throws(DiffError) -> [TreeEntry] {
        guard let id else { return [] }
        let content = try source.treeContent(id)
        do throws(ObjectError) {
            let entries = try Tree(parsing: content, algorithm: source.algorithm).entries
            let isSorted = zip(entries, entries.dropFirst()).allSatisfy { precedes($0, $1) }
            return isSorted ? entries : entries.sorted(by: precedes)
        } catch {
            throw .unreadable(id, reason: "\(error)")
        }
    }

    private func precedes(_ one: TreeEntry, _ other: TreeEntry) -> Bool {
        GitPath(adopting: one.name) < GitPath(adopting: other.name)
    }

    /// Three trees side by side. A name that is a file in one and a directory in another is one row.
    private func rows(_ ids: [ObjectID?]) throws(DiffError) -> [Row] {
        var trees: [[TreeEntry]] = []
        for (index, id) in ids.enumerated() {
            // Trees that are the same are read once.
            if let same = (0..<index).first(where: { ids[$0] == id }) {
                trees.append(trees[same])
            } else {
                trees.append(try entries(id))
            }
        }
        var rows: [Row] = []
        rows.reserveCapacity(trees.map(\.count).max() ?? 0)
        var places = trees.map(\.startIndex)
        while true {
            var lowest: TreeEntry?
            for (tree, place) in zip(trees, places) where place < tree.count {
                if let known = lowest, !precedes(tree[place], known) { continue }
                lowest = tree[place]
            }
            guard let lowest else { return rows }
            var row = Row(name: lowest.name, entries: [nil, nil, nil])
            for index in trees.indices where places[index] < trees[index].count {
                let entry = trees[index][places[index]]
                guard entry.name == lowest.name else { continue }
                row.entries[index] = entry
                places[index] += 1
            }
            rows.append(row)
        }
    }

    /// Looks at everything below a directory, and decides what needs no thought.
    func collect(_ directory: GitPath, _ ids: [ObjectID?], depth: Int) throws(DiffError) {
        guard depth < depthLimit else { throw .refused("directories are nested too deep at '\(directory)'") }
        let rows = try rows(ids)
        // A file that only the other side of a removed directory has: the directory's new place matters.
        if directoryMask != 0, directoryMask != 7 {
            for row in rows where fileMask(row) == directoryMask {
                directoryMask = 7
                break
            }
        }
        for row in rows { try collect(row, in: directory, depth: depth) }
    }

    private func fileMask(_ row: Row) -> Int { mask(row) { $0.mode != .tree } }

    private func mask(_ row: Row, _ predicate: (TreeEntry) -> Bool) -> Int {
        var mask = 0
        for index in 0..<3 {
            if let entry = row.entries[index], predicate(entry) { mask |= 1 << index }
        }
        return mask
    }

    private func version(_ entry: TreeEntry?) -> Version {
        entry.map { Version(mode: $0.mode, id: $0.id) } ?? none
    }

    private func collect(_ row: Row, in directory: GitPath, depth: Int) throws(DiffError) {
        let path = directory.appending(row.name)
        let versions = row.entries.map { version($0) }
        let files = fileMask(row)
        let directories = mask(row) { $0.mode == .tree }
        let oursIsBase = versions[0] == versions[1]
        let theirsIsBase = versions[0] == versions[2]
        let sidesMatch = versions[1] == versions[2]
        if oursIsBase && theirsIsBase { return settle(path, versions[0]) }
        if files == 7 {
            if sidesMatch || theirsIsBase { return settle(path, versions[1]) }
            if oursIsBase { return settle(path, versions[2]) }
        }
        // Absent on two sides is no match: there is nothing to be taken from either.
        let isInBase = versions[0].mode != nil
        let matches =
            oursIsBase && isInBase
            ? 3 : theirsIsBase && isInBase ? 5 : sidesMatch && versions[1].mode != nil ? 6 : 0
        let previousMask = directoryMask
        defer { directoryMask = previousMask }
        noteRenames(path, directory, versions, files, directories, matches)
        let info = Info(versions: versions, path: path, files: files, directories: directories, matches: matches)
        infos[path] = info
        guard directories != 0 else { return }
        let ids = row.entries.map { $0?.mode == .tree ? $0?.id : nil }
        // A file in the row's place counts as no directory below.
        let side = files == 0 ? (oursIsBase ? 2 : theirsIsBase ? 1 : 0) : 0
        if side != 0, directoryMask != 7, allowsDeferring[side] {
            deferred[side].append(Deferred(path: path, ids: ids, mask: directoryMask))
            return
        }
        try collect(path, ids, depth: depth + 1)
    }

    func settle(_ path: GitPath, _ version: Version) {
        record(path, version)
        let info = Info(versions: [version, version, version], path: path, files: 0, directories: 0, matches: 7)
        info.isResolved = true
        if version.mode == .tree { info.directories = 7 } else { info.files = 7 }
        info.isFileAndDirectory = false
        infos[path] = info
    }

    /// Keeps what rename detection needs to know about a path.
    private func noteRenames(
        _ path: GitPath, _ directory: GitPath, _ versions: [Version], _ files: Int, _ directories: Int, _ matches: Int
    ) {
        if directoryMask != 7, directories == 3 || directories == 5 { directoryMask = directories & ~1 }
        if directories == 1 || directories == 3 || directories == 5 {
            let relevance: Relevance = directoryMask == 7 ? .ancestor : .none
            let sides = (7 - directories) / 2
            for side in 1...2 where sides & side != 0 { removedDirectories[side][path] = relevance }
        }
        if directoryMask == 7, files == 2 || files == 4 {
            removedDirectories[3 - (files >> 1)][directory] = .own
        }
        guard files != 0, files != 7 else { return }
        for side in 1...2 {
            let bit = 1 << side
            if files & 1 != 0, files & bit == 0 {
                if matches & files == 0 || directoryMask == 7 {
                    relevant[side].insert(path)
                }
                pairs[side].append(
                    DiffEntry(old: side0(versions[0], path), new: .absent(path, source.algorithm)))
            } else if files & 1 == 0, files & bit != 0 {
                pairs[side].append(
                    DiffEntry(old: .absent(path, source.algorithm), new: side0(versions[side], path)))
            }
        }
    }

    private func side0(_ version: Version, _ path: GitPath) -> DiffSide {
        DiffSide(path: path, mode: version.mode, id: version.id)
    }

    /// Decides the directories that one side left alone, or looks into them where the other side's renames may need it.
    func collectDeferred() throws(DiffError) {
        for side in 1...2 {
            let isOpen = options.detectsRenames && !relevant[side].isEmpty
            if isOpen { allowsDeferring[side] = false }
            while let next = deferred[side].popLast() {
                if isOpen {
                    let previous = directoryMask
                    directoryMask = next.mask
                    try collect(next.path, next.ids, depth: next.path.components.count)
                    directoryMask = previous
                } else {
                    let taken = next.ids[side].map { Version(mode: .tree, id: $0) } ?? none
                    record(next.path, taken)
                    infos[next.path]?.isResolved = true
                }
            }
        }
        // Looking into one side's directories may have put off directories of the other.
        if !deferred[1].isEmpty || !deferred[2].isEmpty { try collectDeferred() }
    }

    /// Notes what stands at a path in the end.
    func record(_ path: GitPath, _ version: Version) {
        results[path] = version
        guard version.mode != nil else { return }
        var parent = path.parent
        while let directory = parent, !directory.isRoot, occupied.insert(directory).inserted {
            parent = directory.parent
        }
    }
}
