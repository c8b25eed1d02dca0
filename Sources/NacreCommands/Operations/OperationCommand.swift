internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitWorktree
internal import Glibc

struct OperationCommand: Command {
    static let name = "operation"
    static let summary = "show what commands changed, and go back to any point"
    static let usage = ["log [-n <number>] [--json]", "show [<operation>]", "restore <operation>"]
    static let options: [OptionSpec] = [
        .value("max-count", "n", "number", "show at most so many entries"),
        .flag("json", "print JSON, one object a line"),
    ]
    static let details = [
        "Every command that moves refs, HEAD or the index, or overwrites files, leaves an entry. 'restore' takes back "
            + "everything that came after an entry, newest first.",
        "Entries older than nacre.operationExpiry (90 days) go when 'nacre gc' runs.",
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let log = OperationLog(try context.repository())
        let words = arguments.texts
        switch words.first {
        case "log", nil:
            try list(try log.entries(limit: arguments.integer("max-count") ?? .max), arguments.isOn("json"), context)
        case "show":
            guard let operation = try find(words.dropFirst().first, log) else {
                throw CommandError.error("no operations yet")
            }
            try show(operation, log, context)
        case "restore":
            guard words.count == 2, let target = try find(words[1], log) else {
                throw CommandError.usage("which operation? (see 'nacre operation log')")
            }
            try restore(target, log, context)
        case let word?: throw CommandError.usage("unknown subcommand: `\(word)'")
        }
        return .success
    }

    /// The entry that an abbreviated id names; the newest without one.
    private static func find(_ name: String?, _ log: OperationLog) throws -> Operation? {
        let entries = try log.entries()
        guard let name else { return entries.first }
        let matches = entries.filter { $0.id.hex.hasPrefix(name.lowercased()) }
        guard let match = matches.first, matches.count == 1, name.utf8.count >= 4 else {
            throw CommandError.fatal("'\(name)' names \(matches.isEmpty ? "no operation" : "several operations")")
        }
        return match
    }

    private static func list(_ entries: [Operation], _ isJSON: Bool, _ context: Context) throws {
        if !isJSON { try context.startPager("operation") }
        for entry in entries {
            if isJSON {
                context.output.line(
                    "{\"id\":\"\(entry.id)\",\"time\":\(entry.time),\"kind\":\"\(word(entry.kind))\",\"title\":\(quote(entry.title)),"
                        + "\"refs\":\(entry.refs.count),\"files\":\(entry.worktree.count)}")
            } else {
                context.output.line("\(entry.id.hex.prefix(12)) \(context.timeText(entry.time)) \(text(entry))")
            }
        }
    }

    private static func word(_ kind: Operation.Kind) -> String {
        switch kind {
        case .command: "command"
        case .outside: "outside"
        case .undo: "undo"
        }
    }

    private static func text(_ entry: Operation) -> String {
        entry.kind == .outside ? "(\(entry.title))" : entry.title
    }

    private static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func show(_ entry: Operation, _ log: OperationLog, _ context: Context) throws {
        context.output.line("operation \(entry.id)")
        context.output.line("Date:   \(context.timeText(entry.time))\n\n    \(text(entry))\n")
        for change in entry.refs {
            context.output.line("\(change.name.string): \(describe(change.old)) -> \(describe(change.new))")
        }
        if entry.index != entry.indexAfter { context.output.line("index changed") }
        for path in entry.files.keys.sorted() { context.output.line("state: \(path)") }
        for snapshot in entry.worktree {
            switch snapshot {
            case .absent(let path): context.output.line("file: \(path) (was not there)")
            case .file(let file):
                context.output.line("file: \(file.path)\(file.form == .committed ? "" : " (had changes)")")
            }
        }
    }

    private static func describe(_ target: RefTarget?) -> String {
        switch target {
        case .id(let id)?: String(id.hex.prefix(12))
        case .symbolic(let name)?: name.string
        case nil: "none"
        }
    }

    /// Takes back what came after an entry, one by one.
    private static func restore(_ target: Operation, _ log: OperationLog, _ context: Context) throws {
        context.command = UndoCommand.self
        try context.startRecording(UndoCommand.name, [])
        while let next = try log.nextToUndo(), next.id != target.id {
            guard next.time >= target.time else {
                throw CommandError.fatal(
                    "operation \(target.id.hex.prefix(12)) was taken back already (see 'nacre redo')")
            }
            try context.reverse(next, in: log, word: "undid")
            try context.recordStep()
        }
    }
}

extension Context {
    /// A moment in the local time zone: `2026-03-01 12:00:00 +0100`.
    func timeText(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S %z", &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
