internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Puts index and files back to a tree.
enum HardReset {
    /// With `keepingLocal`, files whose index entry is that of the tree keep local changes, as `reset --merge` does.
    static func run(_ index: inout Index, _ worktree: Worktree, to tree: ObjectID?, keepingLocal: Bool = false) throws {
        guard keepingLocal else {
            var options = TreeSwitch.Options()
            options.isForced = true
            options.verb = .reset
            _ = try TreeSwitch.run(worktree, &index, from: nil, to: tree, options)
            return
        }
        var wanted: [GitPath: IndexEntry] = [:]
        for file in try tree.map({ try TreeFiles.list($0, worktree.objects) }) ?? [] {
            wanted[file.path] = IndexEntry(path: file.path, id: file.id, mode: file.mode)
        }
        var request = CheckoutRequest()
        for path in Set(index.entries.map(\.path)) {
            let entry = index[path]
            if let target = wanted[path] {
                if let entry, entry.id == target.id, entry.mode == target.mode { continue }
                request.writes.append(target)
            } else {
                request.removals.append(path)
            }
        }
        for (path, target) in wanted where index.range(of: path).isEmpty { request.writes.append(target) }
        request.writes.sort { $0.path < $1.path }
        let outcome = try worktree.checkOut(request)
        for path in request.removals { index.remove(path) }
        for write in request.writes {
            index.remove(write.path)
            index.add(write)
        }
        worktree.record(outcome, in: &index)
    }
}
