internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

struct WriteTreeCommand: Command {
    static let name = "write-tree"
    static let summary = "create a tree object from the current index"
    static let usage = ["[--missing-ok] [--prefix=<prefix>/]"]
    static let options: [OptionSpec] = [
        .flag("missing-ok", "allow missing objects"),
        .value("prefix", "<prefix>/", "write tree object for a subdirectory <prefix>"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        var index = try context.index()
        if index.hasConflicts {
            for entry in index.entries where entry.stage != .merged {
                context.errors.line("\(entry.path): unmerged (\(entry.id.hex))")
            }
            throw CommandError.fatal("write-tree: error building trees")
        }
        if !arguments.isOn("missing-ok") {
            for entry in index.entries where entry.mode.isBlob && !repository.objects.contains(entry.id) {
                context.errors.line("error: invalid object \(entry.mode.octal) \(entry.id.hex) for '\(entry.path)'")
                throw CommandError.fatal("write-tree: error building trees")
            }
        }
        let batch = repository.objects.beginBatch()
        var tree = try index.writeTree(into: batch)
        try batch.finish()
        if let prefix = arguments.bytes("prefix") {
            var path = prefix[...]
            while path.last == UInt8(ascii: "/") { path.removeLast() }
            for component in path.split(separator: UInt8(ascii: "/")) {
                guard let entry = try repository.objects.tree(tree)[component], entry.mode == .tree else {
                    throw CommandError.fatal("write-tree: prefix \(String(decoding: prefix, as: UTF8.self)) not found")
                }
                tree = entry.id
            }
        }
        context.output.line(tree.hex)
        // The trees are known from now on.
        if var lock = try? IndexLock(repository.indexFile) {
            _ = try? lock.write(index)
            _ = try? lock.commitWritten()
        }
        return .success
    }
}
