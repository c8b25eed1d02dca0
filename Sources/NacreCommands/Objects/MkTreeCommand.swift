internal import GitObjects
internal import GitRepository
internal import GitStorage

struct MkTreeCommand: Command {
    static let name = "mktree"
    static let summary = "build a tree object from lines as ls-tree prints them"
    static let usage = ["[-z] [--missing] [--batch]"]
    static let options: [OptionSpec] = [
        .shortFlag("z", "input is NUL terminated"),
        .flag("missing", "allow missing objects"),
        .flag("batch", "allow creation of more than one tree"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let database = try context.repository().objects
        var lines = InputLines(terminator: arguments.isOn("z") ? 0 : UInt8(ascii: "\n"))
        var entries: [TreeEntry] = []
        let isBatch = arguments.isOn("batch")
        while let line = try lines.next() {
            if line.isEmpty {
                // An empty line ends a tree.
                guard isBatch else {
                    throw CommandError.fatal("input format error: (blank line only valid in batch mode)")
                }
                try write(&entries, database, context)
                continue
            }
            entries.append(try entry(line, arguments, database))
        }
        if !isBatch || !entries.isEmpty { try write(&entries, database, context) }
        return .success
    }

    private static func write(_ entries: inout [TreeEntry], _ database: ObjectDatabase, _ context: Context) throws {
        context.output.line(try database.write(.tree, Tree(entries).encoded).hex)
        context.output.flush()
        entries = []
    }

    private static func entry(
        _ line: [UInt8], _ arguments: Arguments, _ database: ObjectDatabase
    ) throws -> TreeEntry {
        let text = String(decoding: line, as: UTF8.self)
        guard let tab = line.firstIndex(of: 9) else { throw CommandError.fatal("input format error: \(text)") }
        let fields = line[..<tab].split(separator: UInt8(ascii: " "))
        guard fields.count >= 3, let mode = UInt32(String(decoding: fields[0], as: UTF8.self), radix: 8),
            let id = ObjectID(hex: fields[2], algorithm: database.algorithm)
        else { throw CommandError.fatal("input format error: \(text)") }
        var name = Array(line[(tab + 1)...])
        if !arguments.isOn("z"), name.first == UInt8(ascii: "\"") {
            guard let unquoted = GitPath.unquote(name) else { throw CommandError.fatal("invalid quoting") }
            name = unquoted
        }
        guard !name.contains(UInt8(ascii: "/")) else {
            throw CommandError.fatal("path \(String(decoding: name, as: UTF8.self)) contains slash")
        }
        guard let kind = FileMode(canonical: mode)?.objectKind else {
            throw CommandError.fatal("entry '\(String(decoding: name, as: UTF8.self))' has an invalid mode")
        }
        let type = String(decoding: fields[1], as: UTF8.self)
        guard kind.name == type else {
            let shown = String(decoding: name, as: UTF8.self)
            throw CommandError.fatal("entry '\(shown)' object type (\(type)) doesn't match mode type (\(kind.name))")
        }
        if kind != .commit, !arguments.isOn("missing") {
            guard let actual = try database.headerIfPresent(id)?.kind else {
                throw CommandError.fatal("entry '\(String(decoding: name, as: UTF8.self))' object \(id) is unavailable")
            }
            guard actual == kind else {
                throw CommandError.fatal(
                    "entry '\(String(decoding: name, as: UTF8.self))' object \(id) is a \(actual.name) but specified type was (\(type))"
                )
            }
        }
        return TreeEntry(rawMode: mode, name: name, id: id)
    }
}
