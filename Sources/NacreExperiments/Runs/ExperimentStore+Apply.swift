internal import Bytes
public import GitObjects
internal import GitStorage
internal import GitWorktree

/// Files that an experiment would overwrite.
public struct ApplyRefusal: Error, CustomStringConvertible {
    /// The files.
    public let paths: [GitPath]

    public var description: String {
        "applying would overwrite edits of '\(paths.first?.description ?? "")'"
            + (paths.count > 1 ? " and \(paths.count - 1) more" : "") + "; commit them, or add --force"
    }
}

extension ExperimentStore {
    /// Brings an experiment's files into the work tree: whatever it changed against the commit that is checked out.
    ///
    /// - Returns: the paths that were written or removed.
    /// - Throws: ``ApplyRefusal`` where a file was edited and is not what the experiment holds; nothing was changed then.
    public func apply(_ id: ObjectID, overwriting: Bool = false) throws -> [String] {
        let wanted = try workspace.objects.peel(id, to: .tree)
        let head = try workspace.tree(try workspace.head())
        let changes = try TreeChanges.between(head, wanted, in: workspace.objects)
        let now = try workspace.snapshot(including: changes.map(\.path))
        let current = try TreeSource(workspace.objects, now.tree)
        var edited: [GitPath] = []
        var pending: [TreeChange] = []
        for change in changes {
            let entry = try current.entry(change.path)
            if entry?.id == change.new?.id, entry?.mode == change.new?.mode { continue }
            if let entry, entry.id != change.old?.id, !overwriting, try !isRecorded(entry.id, at: change.path) {
                edited.append(change.path)
            }
            pending.append(change)
        }
        // Edits of files that the experiment leaves as they are stay; those that stand in its way are refused.
        guard overwriting || edited.isEmpty else { throw ApplyRefusal(paths: edited) }
        try workspace.worktree.willChange(pending.map(\.path))
        for change in pending where change.new == nil {
            try Files.remove(workspace.worktree.file(change.path))
        }
        let exporter = try TreeExporter(wanted, to: workspace.worktree.root, like: workspace.worktree)
        try exporter.write(pending.filter { $0.new != nil }.map(\.path))
        return pending.map(\.path.description)
    }

    /// Whether an experiment holds just this file: then nothing is lost where it is overwritten.
    private func isRecorded(_ id: ObjectID, at path: GitPath) throws -> Bool {
        for (_, commit) in try names().prefix(1000) {
            if try TreeSource(workspace.objects, commit).entry(path)?.id == id { return true }
        }
        return false
    }
}
