internal import Bytes
internal import SystemPackage

extension Repository {
    /// Removes what is kept of linked worktrees whose directory is gone, unless they are locked or were used lately.
    ///
    /// - Parameters:
    ///   - before: seconds since 1970; a worktree on a disk that is not mounted now is not forgotten at once.
    ///   - isDryRun: only says what would be removed.
    /// - Returns: each record's name, and why it goes.
    @discardableResult
    public func pruneWorktrees(
        before: Int64, isDryRun: Bool = false
    ) throws -> [(name: String, reason: String)] {
        let records = commonDirectory.appending("worktrees")
        var pruned: [(name: String, reason: String)] = []
        for entry in try Files.list(records) ?? [] {
            let record = records.appending(bytes: entry.name)
            guard try FileStatus.of(record.appending("locked")) == nil,
                let reason = try staleness(record, before: before)
            else { continue }
            pruned.append((String(decoding: entry.name, as: UTF8.self), reason))
            if !isDryRun { try Files.removeTree(record) }
        }
        if !isDryRun, !pruned.isEmpty { try Files.removeEmptyDirectory(records) }
        return pruned
    }

    /// Why a record is of no use; nil where it is, or may be.
    private func staleness(_ record: FilePath, before: Int64) throws -> String? {
        guard try FileStatus.of(record)?.kind == .directory else { return "not a valid directory" }
        let file = record.appending("gitdir")
        guard let status = try FileStatus.of(file) else { return "gitdir file does not exist" }
        let content = try Files.read(file, limit: 1 << 16)
        let end = content.lastIndex { $0 != 10 && $0 != 13 }.map { $0 + 1 } ?? 0
        guard end > 0 else { return "invalid gitdir file" }
        let named = FilePath(bytes: content[..<end])
        let target = named.isAbsolute ? named : record.pushing(named)
        guard try FileStatus.of(target) == nil else { return nil }
        // What was used lately may come back with its disk.
        let index = try FileStatus.of(record.appending("index"))?.modified.seconds ?? 0
        guard max(index, status.modified.seconds) < before || before == .max else { return nil }
        return "gitdir file points to non-existent location"
    }
}
