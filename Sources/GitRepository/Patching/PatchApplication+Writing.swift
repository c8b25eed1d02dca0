internal import Bytes
internal import GitDiff
public import GitObjects
internal import GitStorage
internal import GitWorktree

extension PatchApplication {
    /// What became of ``write()``.
    public struct Written: Sendable {
        /// Whether everything was applied without conflicts and rejects.
        public var isComplete = true
        /// Paths with conflicts, in order.
        public var conflicts: [GitPath] = []
    }

    /// Changes files and index as ``check()`` found.
    public func write() throws -> Written {
        var outcome = Written()
        let done = items.filter { !$0.isRejected }
        if done.count != items.count { outcome.isComplete = false }
        if options.usesIndex || options.leavesFiles { try changeIndex(done) }
        if !options.leavesFiles {
            var removals: [GitPath] = []
            var writes: [GitPath: PatchedFile] = [:]
            for item in done {
                if let old = item.patch.oldName, item.patch.isDeleted == true || item.patch.isRename {
                    if writes.removeValue(forKey: old) == nil || item.patch.isDeleted == true { removals.append(old) }
                }
                if let file = item.result { writes[file.path] = file }
            }
            removals.removeAll { writes[$0] != nil }
            let stats = try files.change(removing: removals, writing: Array(writes.values))
            if options.usesIndex {
                for (path, stat) in stats {
                    if case .found(let position) = index.position(of: path) { index.setStat(stat, at: position) }
                }
            }
        }
        for item in done {
            try writeRejects(item, &outcome)
            if !item.stages.isEmpty, let name = item.patch.newName { outcome.conflicts.append(name) }
        }
        outcome.conflicts.sort()
        if !outcome.conflicts.isEmpty {
            outcome.isComplete = false
            if options.verbosity >= 0 { for path in outcome.conflicts { say("U \(path)") } }
        }
        return outcome
    }

    private func changeIndex(_ done: [Item]) throws {
        guard let objects else { return }
        for item in done {
            guard let old = item.patch.oldName, item.patch.isDeleted == true || item.patch.isRename else { continue }
            index.remove(old)
        }
        for item in done {
            guard let file = item.result else { continue }
            index.remove(file.path)
            if item.stages.isEmpty {
                let id: ObjectID
                if file.mode == .gitlink {
                    guard let commit = ObjectID(hex: file.content, algorithm: objects.algorithm) else {
                        throw RepositoryError(.invalid, "corrupt patch for submodule \(file.path)")
                    }
                    id = commit
                } else {
                    id = try objects.write(.blob, file.content)
                }
                index.add(IndexEntry(path: file.path, id: id, mode: file.mode))
                continue
            }
            for (number, id) in item.stages.enumerated() {
                guard let id, let stage = ConflictStage(rawValue: UInt8(number + 1)) else { continue }
                index.add(IndexEntry(path: file.path, id: id, mode: file.mode, stage: stage))
            }
        }
    }

    private func writeRejects(_ item: Item, _ outcome: inout Written) throws {
        let patch = item.patch
        guard !item.rejectedHunks.isEmpty else {
            if options.verbosity > 0 { say("Applied patch \(shown(patch)) cleanly.") }
            return
        }
        outcome.isComplete = false
        let count = item.rejectedHunks.count
        if options.verbosity >= 0 {
            say("Applying patch \(shown(patch)) with \(count) reject\(count == 1 ? "" : "s")...")
        }
        let name = patch.newName ?? patch.name
        var text = Array("diff a/\(name) b/\(name)\t(rejected hunks)\n".utf8)
        for (number, hunk) in patch.hunks.enumerated() {
            guard item.rejectedHunks.contains(number) else {
                if options.verbosity >= 0 { say("Hunk #\(number + 1) applied cleanly.") }
                continue
            }
            if options.verbosity >= 0 { say("Rejected hunk #\(number + 1).") }
            text += hunk.text
            if text.last != 10 { text.append(10) }
        }
        try files.writePlain(GitPath(name.bytes + Array(".rej".utf8)), text)
    }
}
