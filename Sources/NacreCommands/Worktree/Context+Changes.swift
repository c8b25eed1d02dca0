internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

extension Context {
    /// The short statistics and the files that came, went or changed their mode, renames and rewrites found.
    func printChanges(from old: ObjectID?, to new: ObjectID) throws {
        let objects = try repository().objects
        var options = DiffOptions()
        options.formats = [.shortstat, .summary]
        options.quotesHighBytes = quotesHighBytes
        options.renames = RenameOptions()
        options.renames.breakScore = 30000
        let entries = try TreeDiff.compare(old, new, source: objects)
        let selected = try RenameDetector.detect(entries, source: objects, options: options.renames).entries
        let output = output
        var printer = DiffPrinter(source: objects, options: options) { output.write(copy $0) }
        try printer.print(selected)
    }

    /// The patch from a commit to the index.
    func stagedPatch(_ head: ObjectID?, _ index: Index) throws -> [UInt8] {
        let objects = try repository().objects
        var options = DiffOptions()
        options.formats = [.patch]
        options.quotesHighBytes = quotesHighBytes
        let tree = try head.map { try objects.peel($0, to: .tree) }
        var entries: [DiffEntry] = []
        func side(_ file: TreeFile?, _ path: GitPath) -> DiffSide {
            file.map { DiffSide(path: path, mode: $0.mode, id: $0.id) } ?? .absent(path, objects.algorithm)
        }
        for change in try TreeFiles.changes(from: tree, to: index, objects) {
            entries.append(DiffEntry(old: side(change.old, change.path), new: side(change.new, change.path)))
        }
        entries = try RenameDetector.detect(entries, source: objects, options: RenameOptions()).entries
        let sink = ByteSink()
        var printer = DiffPrinter(source: objects, options: options) { sink.bytes.append(contentsOf: copy $0) }
        try printer.print(entries)
        return sink.bytes
    }

    func printStagedPatch(_ head: ObjectID?, _ index: Index) throws {
        output.write(try stagedPatch(head, index))
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
            throw CommandError.fatal("could not lookup commit '\(text)'")
        }
    }

    /// The resolver of this process.
    func resolver() throws -> RevisionResolver { try revisionResolver() }
}
