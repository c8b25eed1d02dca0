internal import Bytes
internal import GitObjects
public import GitStorage

extension Index {
    /// Puts the files of directories in the place of entries that stand for whole directories (a sparse index), each with
    /// skip-worktree. What is read below the directories is bounded by what the objects hold.
    ///
    /// - Throws: ``IndexError/unreadableTree(_:_:)`` where a directory's tree is not at hand.
    public mutating func expandDirectories(_ objects: ObjectDatabase) throws(IndexError) {
        guard entries.contains(where: { $0.mode == .tree }) else { return }
        let root = cacheTree?.id
        var expanded: [IndexEntry] = []
        expanded.reserveCapacity(entries.count * 2)
        for entry in entries {
            guard entry.mode == .tree else {
                expanded.append(entry)
                continue
            }
            // The path of such an entry ends with a slash.
            let directory = GitPath(entry.path.bytes.dropLast())
            do throws(WorktreeError) {
                for file in try TreeFiles.list(entry.id, objects) {
                    expanded.append(
                        IndexEntry(
                            path: directory.appending(file.path.bytes), id: file.id, mode: file.mode,
                            flags: [.skipWorktree]))
                }
            } catch {
                throw .unreadableTree(directory, "\(error)")
            }
        }
        entries = Index.sortedUnique(expanded)
        // The counts of the known trees are those of the sparse entries.
        cacheTree = root.flatMap { try? CacheTree.reading($0, name: [], objects, depth: 0) }
        if let cacheTree, cacheTree.entryCount != entries.count { self.cacheTree = nil }
    }
}
