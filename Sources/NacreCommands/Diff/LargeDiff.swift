internal import GitObjects
internal import GitWorktree
internal import LargeFiles
internal import SystemPackage

/// What `diff`, `log -p` and `show` say of a large file in place of its pointers.
struct LargeDiff: Sendable {
    /// One side of a comparison.
    struct Side {
        let blob: [UInt8]
        /// Where the content stands in the work tree, for a file that was not added yet.
        let path: GitPath?

        var pointer: Pointer? { Pointer(parsing: blob) }
        var size: Int { pointer?.size ?? blob.count }
    }

    private let store: LargeFileStore
    private let worktree: Worktree?

    init(_ store: LargeFileStore, _ worktree: Worktree?) {
        self.store = store
        self.worktree = worktree
    }

    /// Sizes, the share of bytes that changed, and tensors, rows or cells where the format is known.
    func lines(_ old: Side?, _ new: Side?) -> [String] {
        guard let old else { return alone("new large file", new) }
        guard let new else { return alone("deleted large file", old) }
        let sizes = "size \(old.size) -> \(new.size)"
        guard let before = old.pointer, let after = new.pointer else {
            return [
                "large file: \(sizes), \(old.pointer == nil ? "stored in the history before" : "stored in the history now")"
            ]
        }
        let comparison: ContentComparison?
        if let path = new.path, let worktree {
            comparison = (try? store.compare(before.oid, file: worktree.file(path))) ?? nil
        } else {
            comparison = (try? store.compare(before.oid, after.oid)) ?? nil
        }
        guard let comparison else { return ["large file: \(sizes) (the content is not here)"] }
        var lines = comparison.lines()
        lines[0] = "large file: \(lines[0])"
        return lines
    }

    private func alone(_ title: String, _ side: Side?) -> [String] {
        guard let side else { return [] }
        var contents: ContentSummary?
        if let path = side.path, let worktree {
            contents = (try? store.summary(file: worktree.file(path))) ?? nil
        } else if let pointer = side.pointer {
            contents = (try? store.summary(pointer.oid)) ?? nil
        }
        guard let contents, let kind = contents.kind else { return ["\(title): \(side.size) bytes"] }
        let limit = 20
        var lines = ["\(title): \(side.size) bytes, \(kind)"]
        lines += contents.parts.prefix(limit).map { "  \($0)" }
        if contents.parts.count > limit { lines.append("… and \(contents.parts.count - limit) more") }
        return lines
    }
}
