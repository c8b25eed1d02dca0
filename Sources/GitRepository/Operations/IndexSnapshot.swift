internal import Bytes
internal import GitObjects
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// An index kept as a tree object: `tree` holds the merged entries as a commit would, so that everything staged stays
/// reachable; `entries` the index file itself where it says more than the tree (conflicts, flags) or is small; `blobs` the
/// contents of conflict stages.
enum IndexSnapshot {
    /// An index file up to this size is kept as it is, stat data and all.
    private static let smallSize = 1 << 18

    /// Writes the snapshot of an index file.
    ///
    /// - Returns: the id of the snapshot's tree.
    static func write(_ file: FilePath, _ repository: Repository) throws -> ObjectID {
        var content = try Files.readIfPresent(file) ?? []
        let objects = repository.objects
        var entries: [TreeEntry] = []
        var merged = Index(algorithm: repository.algorithm)
        var needsFile = content.count <= smallSize
        if !content.isEmpty {
            var index = try repository.readIndex(file)
            if !index.isSelfContained { content = index.encoded() }
            let conflicted = index.entries.filter { $0.stage != .merged }
            needsFile = needsFile || !conflicted.isEmpty || index.entries.contains { !$0.flags.isEmpty }
            let blobs = Set(conflicted.filter { $0.mode.isBlob }.map(\.id)).sorted()
            if !blobs.isEmpty {
                let tree = Tree(blobs.map { TreeEntry(mode: .regular, name: $0.hexBytes, id: $0) })
                entries.append(
                    .init(mode: .tree, name: Array("blobs".utf8), id: try objects.write(.tree, tree.encoded)))
            }
            if !conflicted.isEmpty { index.removeAll { $0.stage != .merged } }
            merged = index
        }
        // Straight to the database: a batch would make a pack for a handful of trees.
        if merged.entries.isEmpty {
            // The tree of nothing is no object that stock git would find: the file says that there is nothing.
            needsFile = true
        } else {
            let batch = objects.beginBatch()
            let tree = try merged.writeTree(into: batch)
            try batch.finish()
            entries.append(.init(mode: .tree, name: Array("tree".utf8), id: tree))
        }
        if needsFile {
            entries.append(.init(mode: .regular, name: Array("entries".utf8), id: try objects.write(.blob, content)))
        }
        return try objects.write(.tree, Tree(entries).encoded)
    }

    /// The index of a snapshot.
    static func read(_ id: ObjectID, _ repository: Repository) throws -> Index {
        let snapshot = try repository.objects.tree(id)
        if let entry = snapshot["entries".utf8] {
            let content = try repository.objects.read(entry.id, as: .blob)
            if content.isEmpty { return Index(algorithm: repository.algorithm) }
            return try Index(parsing: content.span.bytes, algorithm: repository.algorithm)
        }
        guard let tree = snapshot["tree".utf8] else {
            throw RepositoryError(.corrupt, "index snapshot \(id) has no tree (run 'nacre fsck')", subject: id.hex)
        }
        return try repository.index(of: tree.id)
    }
}

extension Repository {
    /// The index that a tree makes, its stat data unknown.
    func index(of tree: ObjectID) throws -> Index {
        var entries: [IndexEntry] = []
        try collect(tree, .root, into: &entries, depth: 0)
        var index = Index(algorithm: algorithm, entries: entries)
        try index.primeCacheTree(tree, objects)
        return index
    }

    private func collect(_ tree: ObjectID, _ path: GitPath, into entries: inout [IndexEntry], depth: Int) throws {
        guard depth < 2048 else {
            throw RepositoryError(.corrupt, "tree \(tree) is nested too deep", subject: tree.hex)
        }
        for entry in try objects.tree(tree).entries {
            let child = path.appending(entry.name)
            if entry.mode == .tree {
                try collect(entry.id, child, into: &entries, depth: depth + 1)
            } else {
                entries.append(IndexEntry(path: child, id: entry.id, mode: entry.mode))
            }
        }
    }
}
