internal import Bytes
public import GitObjects
internal import GitRefs
internal import GitStorage
public import GitWorktree

extension Repository {
    /// What is dirty in a repository that stands inside the work tree, and in those inside of that.
    ///
    /// - Parameters:
    ///   - filter: the layer above that keeps large files, for the nested repository.
    ///   - ignoringUntracked: whether files that it does not track count for nothing.
    /// - Returns: an empty state where there is no repository; modified where it cannot be read.
    public func nestedState(
        _ path: GitPath, ignoringUntracked: Bool, depth: Int = 0,
        filter: @escaping @Sendable (Repository) -> (any ContentFilter)?
    ) -> FileChange.NestedState {
        var state = FileChange.NestedState()
        // Repositories in each other deeper than this are a loop of links.
        guard depth < 16, let workTree else { return state }
        var inner = discovery
        inner.indexFile = nil
        inner.commonDirectory = nil
        inner.objectDirectory = nil
        inner.alternateObjectDirectories = []
        inner.isBare = false
        inner.userIdentifier = nil
        let top = workTree.appending(bytes: path.bytes)
        guard let nested = try? Repository.open(top, inner), nested.workTree != nil else { return state }
        do {
            let worktree = try nested.openWorktree(filter: filter(nested))
            let index = try nested.readIndex()
            let head = try nested.refs.resolve(.head).map { try nested.objects.peel($0, to: .tree) }
            state.hasModifications =
                try index.hasConflicts || !TreeFiles.changes(from: head, to: index, nested.objects).isEmpty
            var options = Worktree.ComparisonOptions()
            options.nested = { path in
                nested.nestedState(path, ignoringUntracked: ignoringUntracked, depth: depth + 1, filter: filter)
            }
            for change in try worktree.compare(index, options).changes {
                if let inside = change.nested, !inside.hasNewCommit, !inside.hasModifications {
                    state.hasUntracked = true
                } else {
                    state.hasModifications = true
                }
            }
            if !ignoringUntracked, !state.hasUntracked {
                let found = try UntrackedScan.run(worktree, index, UntrackedScan.Options())
                state.hasUntracked = !found.untracked.isEmpty
            }
        } catch {
            state.hasModifications = true
        }
        return state
    }
}
