internal import Bytes
public import GitObjects

extension Worktree {
    /// What became of files when the wanted ones changed.
    public struct SparsityOutcome: Sendable {
        /// Files that differ from their entries: they stay though they are not wanted.
        public var changed: [GitPath] = []
        /// Files that stand where wanted ones were to be written: they stay.
        public var existing: [GitPath] = []
        /// Paths in conflict that are not wanted.
        public var unmerged: [GitPath] = []
        /// What could not be written or removed.
        public var failures: [(path: GitPath, message: String)] = []
    }

    /// Takes away files that are not wanted and writes those that are, and marks the entries so.
    ///
    /// - Throws: ``WorktreeError`` where files cannot be read or written.
    public func apply(_ patterns: SparsePatterns, to index: inout Index) throws(WorktreeError)
        -> SparsityOutcome
    {
        var outcome = SparsityOutcome()
        var request = CheckoutRequest()
        var unwanted: [Int] = []
        var wanted: [Int] = []
        for (position, entry) in index.entries.enumerated() {
            let isWanted = patterns.includes(entry.path)
            if entry.stage != .merged {
                if !isWanted, outcome.unmerged.last != entry.path { outcome.unmerged.append(entry.path) }
            } else if isWanted, entry.flags.contains(.skipWorktree) {
                wanted.append(position)
            } else if !isWanted, !entry.flags.contains(.skipWorktree) {
                unwanted.append(position)
            }
        }
        let dirty: Set<Int> =
            unwanted.isEmpty
            ? [] : Set(try compare(index).changes.filter { $0.kind != .deleted }.map(\.position))
        for position in unwanted {
            let path = index.entries[position].path
            if dirty.contains(position) {
                outcome.changed.append(path)
            } else {
                request.removals.append(path)
                index.update(at: position) { $0.flags.insert(.skipWorktree) }
            }
        }
        for position in wanted {
            var entry = index.entries[position]
            entry.flags.remove(.skipWorktree)
            index.update(at: position) { $0.flags.remove(.skipWorktree) }
            let stands: Bool
            do throws(FileError) { stands = try status(entry.path) != nil } catch { throw .file(error) }
            if stands { outcome.existing.append(entry.path) } else { request.writes.append(entry) }
        }
        let done = try checkOut(request)
        record(done, in: &index)
        outcome.failures = done.failures
        return outcome
    }
}
