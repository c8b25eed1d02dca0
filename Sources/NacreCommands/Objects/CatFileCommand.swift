internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import LargeFiles

struct CatFileCommand: Command {
    static let name = "cat-file"
    static let summary = "show an object's content, kind or size"
    static let usage = [
        "<type> <object>",
        "(-e | -p) <object>",
        "(-t | -s) [--allow-unknown-type] <object>",
        "(--batch | --batch-check | --batch-command) [--batch-all-objects]\n"
            + "             [--buffer] [--unordered] [-z]",
        "(--textconv | --filters) [<rev>:<path> | --path=<path> <rev>]",
    ]
    static let options: [OptionSpec] = [
        .shortFlag("e", "check if <object> exists"),
        .shortFlag("p", "pretty-print <object> content"),
        .shortFlag("t", "show object type (one of 'blob', 'tree', 'commit', 'tag', ...)"),
        .shortFlag("s", "show object size"),
        .flag("allow-unknown-type", "accepted: objects of unknown kinds cannot be stored"),
        .optional("batch", "format", negatable: false, "show full <object> or <rev> contents"),
        .optional("batch-check", "format", negatable: false, "like --batch, but don't emit <contents>"),
        .optional("batch-command", "format", negatable: false, "read commands from stdin"),
        .flag("batch-all-objects", "with --batch[-check]: ignores stdin, batches all known objects"),
        .flag("buffer", "buffer --batch output"),
        .flag("unordered", "do not order objects before emitting them"),
        .shortFlag("z", "stdin is NUL-terminated"),
        .flag("filters", negatable: false, "run filters on object's content"),
        .flag("textconv", negatable: false, "run textconv on object's content"),
        .value("path", "path", "use a <path> for (--textconv | --filters)"),
        .flag("follow-symlinks", "follow in-tree symlinks"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let modes = ["e", "p", "t", "s", "batch", "batch-check", "batch-command", "textconv", "filters"].filter {
            arguments.has($0)
        }
        guard modes.count <= 1 else {
            throw CommandError.usage("\(form(modes[0])) is incompatible with \(form(modes[1]))")
        }
        if let mode = modes.first, mode.hasPrefix("batch") {
            guard arguments.operands.isEmpty else { throw CommandError.usage("batch modes take no arguments") }
            return try CatFileBatch(mode, arguments, context).run()
        }
        if ["batch-all-objects", "buffer", "follow-symlinks", "z"].contains(where: arguments.has) {
            let option =
                ["batch-all-objects", "buffer", "follow-symlinks"].first { arguments.has($0) }.map { "--\($0)" } ?? "-z"
            throw CommandError.usage("'\(option)' requires a batch mode")
        }
        guard let mode = modes.first else {
            guard arguments.operands.count == 2 else {
                throw CommandError.usage(
                    "only two arguments allowed in <type> <object> mode, not \(arguments.operands.count)")
            }
            return try typed(arguments.operands[0], arguments.operands[1], context)
        }
        guard arguments.operands.count == 1 else {
            throw CommandError.usage(
                arguments.operands.isEmpty ? "<object> required with '\(form(mode))'" : "too many arguments")
        }
        let word = arguments.operands[0]
        if mode == "textconv" { return try converted(word, arguments, context) }
        if mode == "filters" { return try filtered(word, arguments, context) }
        return try show(mode, word, context)
    }

    private static func form(_ mode: String) -> String { mode.count == 1 ? "-\(mode)" : "--\(mode)" }

    private static func show(_ mode: String, _ word: [UInt8], _ context: Context) throws -> ExitCode {
        let id = try context.object(word)
        let database = try context.repository().objects
        if mode == "e" { return database.contains(id) ? .success : .failure }
        guard let header = try database.headerIfPresent(id) else {
            throw CommandError.fatal(
                mode == "p" ? "Not a valid object name \(text(word))" : "git cat-file: could not get object info")
        }
        switch mode {
        case "t": context.output.line(header.kind.name)
        case "s": context.output.line("\(header.size)")
        default: try pretty(id, header.kind, context)
        }
        return .success
    }

    private static func text(_ word: [UInt8]) -> String { String(decoding: word, as: UTF8.self) }

    private static func pretty(_ id: ObjectID, _ kind: ObjectKind, _ context: Context) throws {
        let database = try context.repository().objects
        guard kind == .tree else {
            try copy(id, database, context)
            return
        }
        for entry in try database.tree(id).entries {
            var line = Array("\(TreeListing.mode(entry.rawMode)) \(entry.mode.objectKind.name) \(entry.id)\t".utf8)
            line += GitPath(entry.name).quoted(quotingHighBytes: TreeListing.quotesHighBytes(context))
            context.output.line(line)
        }
    }

    private static func copy(_ id: ObjectID, _ database: ObjectDatabase, _ context: Context) throws {
        try database.stream(id) { piece throws(StorageError) in context.output.write([UInt8](piece)) }
    }

    /// `cat-file <type> <object>`: follows tags, and a commit to its tree, as the type asks.
    private static func typed(_ type: [UInt8], _ word: [UInt8], _ context: Context) throws -> ExitCode {
        guard let kind = ObjectKind(name: type) else {
            throw CommandError.fatal("invalid object type \"\(text(type))\"")
        }
        let database = try context.repository().objects
        let id = try context.object(word)
        guard let peeled = try? database.peel(id, to: kind) else {
            throw CommandError.fatal("git cat-file \(text(word)): bad file")
        }
        try copy(peeled, database, context)
        return .success
    }

    /// The text that `diff` would show in place of the content.
    private static func converted(_ word: [UInt8], _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let found = try context.objectNames().find(text(word), hint: .any) else {
            throw CommandError.fatal("Not a valid object name \(text(word))")
        }
        guard let path = arguments.bytes("path").map({ GitPath($0) }) ?? found.path else {
            throw CommandError.fatal("<object>:<path> required, only <object> '\(text(word))' given")
        }
        let repository = try context.repository()
        let kind = try repository.objects.header(found.id).kind
        if kind == .blob, found.mode.map({ $0 & 0o170000 == 0o100000 }) ?? true {
            let worktree = context.hasWorkTree ? try context.worktree() : nil
            let source = try RepositoryDiffSource(repository, worktree: worktree)
            context.output.write(try source.readableText(of: DiffSide(path: path, mode: .regular, id: found.id)))
            return .success
        }
        try pretty(found.id, kind, context)
        return .success
    }

    /// The content as checkout would write it.
    private static func filtered(_ word: [UInt8], _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let found = try context.objectNames().find(text(word), hint: .any) else {
            throw CommandError.fatal("Not a valid object name \(text(word))")
        }
        guard let path = arguments.bytes("path").map({ GitPath($0) }) ?? found.path else {
            throw CommandError.fatal("<object>:<path> required, only <object> '\(text(word))' given")
        }
        let object = try context.repository().objects.read(found.id)
        let isFile = object.kind == .blob && found.mode.map { $0 & 0o170000 == 0o100000 } ?? true
        let worktree = try context.worktree()
        // Whatever the attributes of today say: in the commit that has it the file was a large one.
        if isFile, let pointer = Pointer(parsing: object.content) {
            try context.writeContent(pointer)
            return .success
        }
        context.output.write(
            isFile ? try worktree.contentForFile(object.content, path: path, id: found.id) : object.content)
        return .success
    }
}
