internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

extension Context {
    /// The short statistics and the files that came, went or changed their mode, renames and rewrites found.
    func printChanges(from old: ObjectID?, to new: ObjectID) throws {
        let source = try RepositoryDiffSource(try repository(), worktree: try? worktree())
        var options = DiffOptions()
        // Lines of pointers are counted, as git counts them.
        options.usesShownText = false
        options.formats = [.shortstat, .summary]
        options.quotesHighBytes = quotesHighBytes
        options.renames = RenameOptions()
        options.renames.breakScore = 30000
        let entries = try TreeDiff.compare(old, new, source: source)
        let selected = try RenameDetector.detect(entries, source: source, options: options.renames).entries
        let output = output
        var printer = DiffPrinter(source: source, options: options) { output.write(copy $0) }
        try printer.print(selected)
    }

    /// What `-v` shows below a status: the patch of what is staged, and where it is given twice that of the files.
    func verbosePatch(
        _ head: ObjectID?, _ index: Index, _ worktree: Worktree, isTwice: Bool, commentPrefix: String?, usesColor: Bool
    ) throws -> [UInt8] {
        let source = try RepositoryDiffSource(try repository(), worktree: worktree)
        guard isTwice else { return try stagedPatch(head, index, source, prefixes: nil, usesColor: usesColor) }
        let mark = commentPrefix.map { $0 + " " } ?? ""
        let repository = try repository()
        let staged = try stagedPatch(head, index, source, prefixes: ("c/", "i/"), usesColor: usesColor)
        var result: [UInt8] = []
        if !staged.isEmpty {
            if let commentPrefix { result += Array("\(commentPrefix)\n".utf8) }
            result += Array("\(mark)Changes to be committed:\n".utf8) + staged
        }
        let comparison = IndexComparison(repository: repository, index: index, worktree: worktree, pathspec: .all)
        let changed = try comparison.files()
        guard !changed.isEmpty else { return result }
        let line = String(repeating: "-", count: 50)
        result += Array("\(mark)\(line)\n\(mark)Changes not staged for commit:\n".utf8)
        return result + (try patch(changed, source, prefixes: ("i/", "w/"), usesColor: usesColor))
    }

    private func patch(
        _ entries: [DiffEntry], _ source: any DiffSource, prefixes: (old: String, new: String)?, usesColor: Bool
    ) throws -> [UInt8] {
        var options = try DiffDefaults.options(self)
        options.formats = [.patch]
        options.colors = usesColor ? try DiffDefaults.colors(self) : nil
        if let prefixes {
            options.oldPrefix = Array(prefixes.old.utf8)
            options.newPrefix = Array(prefixes.new.utf8)
        }
        let sink = ByteSink()
        var printer = DiffPrinter(source: source, options: options) { sink.bytes.append(contentsOf: copy $0) }
        try printer.print(entries)
        return sink.bytes
    }

    /// The patch from a commit to the index.
    private func stagedPatch(
        _ head: ObjectID?, _ index: Index, _ source: any DiffSource, prefixes: (old: String, new: String)?,
        usesColor: Bool
    ) throws -> [UInt8] {
        let objects = try repository().objects
        let tree = try head.map { try objects.peel($0, to: .tree) }
        var entries: [DiffEntry] = []
        func side(_ file: TreeFile?, _ path: GitPath) -> DiffSide {
            file.map { DiffSide(path: path, mode: $0.mode, id: $0.id) } ?? .absent(path, objects.algorithm)
        }
        for change in try TreeFiles.changes(from: tree, to: index, objects) {
            entries.append(DiffEntry(old: side(change.old, change.path), new: side(change.new, change.path)))
        }
        entries = try RenameDetector.detect(entries, source: objects, options: RenameOptions()).entries
        return try patch(entries, source, prefixes: prefixes, usesColor: usesColor)
    }
}

/// Collects what a printer gives.
private final class ByteSink {
    var bytes: [UInt8] = []
}

extension Context {
    /// The commit that a revision names.
    func revision(_ text: String) throws -> ObjectID {
        do { return try resolver().commit(text) } catch {
            throw CommandError.fatal("could not lookup commit \(text)")
        }
    }

    /// The resolver of this process.
    func resolver() throws -> RevisionResolver { try revisionResolver() }
}
