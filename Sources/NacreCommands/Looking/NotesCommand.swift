internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `notes`: texts beside commits that are not part of them.
enum NotesCommand: Command {
    static let name = "notes"
    static let summary = "add or inspect object notes"
    static let usage = [
        "[--ref <notes-ref>] [list [<object>]]",
        "[--ref <notes-ref>] add [-f] [--allow-empty] [-m <msg> | -F <file> | (-c | -C) <object>] [<object>]",
        "[--ref <notes-ref>] copy [-f] <from-object> <to-object>",
        "[--ref <notes-ref>] append [--allow-empty] [-m <msg> | -F <file> | (-c | -C) <object>] [<object>]",
        "[--ref <notes-ref>] edit [--allow-empty] [<object>]", "[--ref <notes-ref>] show [<object>]",
        "[--ref <notes-ref>] merge [-v | -q] [-s <strategy>] <notes-ref>", "merge --commit [-v | -q]",
        "merge --abort [-v | -q]", "[--ref <notes-ref>] remove [<object>...]",
        "[--ref <notes-ref>] prune [-n] [-v]",
        "[--ref <notes-ref>] get-ref",
    ]
    static let parsesOptions = false

    private static let common: [OptionSpec] = [
        .value("ref", "notes-ref", "use notes from <notes-ref>")
    ]
    private static let content: [OptionSpec] = [
        .value("message", "m", "message", negatable: false, "note contents as a string"),
        .value("file", "F", "file", negatable: false, "note contents in a file"),
        .value(
            "reedit-message", "c", "object", negatable: false, "reuse and edit specified note object"),
        .value("reuse-message", "C", "object", negatable: false, "reuse specified note object"),
        .flag("allow-empty", "allow storing empty note"),
    ]
    private static let force = OptionSpec.flag("force", "f", "replace existing notes")

    private static let optionsOfVerb: [String: [OptionSpec]] = [
        "list": [], "show": [], "get-ref": [], "add": content + [force], "append": content,
        "edit": content,
        "copy": [
            force, .flag("stdin", "read objects from stdin"),
            .value("for-rewrite", "command", "load rewriting config for <command> (implies --stdin)"),
        ],
        "merge": [
            .flag("verbose", "v", "be more verbose"), .flag("quiet", "q", "be more quiet"),
            .value("strategy", "s", "strategy", "resolve notes conflicts using the given strategy"),
            .flag("commit", negatable: false, "finalize notes merge by committing unmerged notes"),
            .flag("abort", negatable: false, "abort notes merge"),
        ],
        "remove": [
            .flag("ignore-missing", "attempt to remove non-existent note is not an error"),
            .flag("stdin", "read object names from the standard input"),
        ],
        "prune": [
            .flag("dry-run", "n", "do not remove, show only"),
            .flag("verbose", "v", "report pruned notes"),
        ],
    ]

    static var options: [OptionSpec] { common + content + [force] }

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let outer = try ArgumentParser.parse(arguments.words, options: common, permutes: false)
        let verb = outer.texts.first ?? "list"
        guard let options = optionsOfVerb[verb] else {
            throw CommandError.usage("unknown subcommand: `\(verb)'")
        }
        let inner = try ArgumentParser.parse(Array(outer.operands.dropFirst()), options: options)
        let run = try NotesRun(inner, context, ref: outer.text("ref"))
        switch verb {
        case "list": return try run.list()
        case "show": return try run.show()
        case "get-ref": return try run.showRef()
        case "add": return try run.add()
        case "append": return try run.change("append")
        case "edit": return try run.change("edit")
        case "copy": return try run.copy()
        case "remove": return try run.remove()
        case "prune": return try run.prune()
        default: return try NotesMerge(run).run()
        }
    }
}
