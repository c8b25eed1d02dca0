internal import Bytes
internal import GitObjects
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// A directory of its own for a run: `.git/nacre/places/<name>/`, with its index beside it.
enum RunPlace {
    static func path(_ name: String, _ workspace: Workspace) -> FilePath {
        workspace.nacreDirectory.appending("places").appending(name)
    }

    private static func indexFile(_ place: FilePath) -> FilePath { FilePath(bytes: place.bytes + Array(".index".utf8)) }

    /// Writes the frozen tree into the run's place. Virtual environments of the work tree are linked, so that commands find their
    /// interpreter.
    static func make(_ record: RunRecord, _ workspace: Workspace) throws {
        guard let place = record.place.map({ FilePath($0) }) else { return }
        try Files.removeTree(place)
        let tree = try workspace.objects.peel(record.frozen, to: .tree)
        try TreeExporter(tree, to: place, like: workspace.worktree).writeAll()
        var entries: [IndexEntry] = []
        for (path, entry) in try TreeChanges.files(of: tree, in: workspace.objects) {
            var item = IndexEntry(path: path, id: entry.id, mode: entry.mode)
            if let status = try FileStatus.of(place.appending(bytes: path.bytes)) { item.stat = StatData(status) }
            entries.append(item)
        }
        let index = Index(algorithm: workspace.objects.algorithm, entries: entries)
        let lock = try IndexLock(indexFile(place))
        try lock.commit(index)
        for name in [".venv", "venv"] {
            let source = workspace.worktree.root.appending(name)
            guard try FileStatus.of(source)?.kind == .directory, try FileStatus.of(place.appending(name)) == nil else {
                continue
            }
            _ = source.withPlatformString { target in
                place.appending(name).withPlatformString { SymbolicLink.make(target, $0) }
            }
        }
    }

    /// The workspace of a run's place; nil where it ran in the work tree.
    static func open(_ record: RunRecord, _ workspace: Workspace) throws -> Workspace? {
        guard let place = record.place.map({ FilePath($0) }), try FileStatus.of(place) != nil else { return nil }
        let template = workspace.worktree
        let worktree = try Worktree(
            root: place, objects: workspace.objects, settings: template.settings,
            attributes: AttributeRules(workTree: place, sources: .init()),
            ignores: IgnoreRules(workTree: place, sources: .init()), filter: template.filter)
        return Workspace(
            objects: workspace.objects, refs: workspace.refs, worktree: worktree, indexFile: indexFile(place),
            nacreDirectory: workspace.nacreDirectory, variables: workspace.variables, committer: workspace.committer)
    }

    /// Removes a run's place.
    static func remove(_ place: FilePath) throws {
        try Files.removeTree(place)
        try Files.remove(indexFile(place))
    }
}
