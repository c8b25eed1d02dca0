/// `sparse-checkout`: only some of the files in the work tree.
enum SparseCheckoutCommand: Command {
    static let name = "sparse-checkout"
    static let summary = "reduce your working tree to a subset of tracked files"
    static let usage = [
        "list", "init [--cone] [--[no-]sparse-index]",
        "set [--[no-]cone] [--[no-]sparse-index] [--skip-checks] (--stdin | <patterns>)",
        "add [--skip-checks] (--stdin | <patterns>)", "reapply [--[no-]cone] [--[no-]sparse-index]",
        "disable",
    ]
    static let parsesOptions = false

    private static let modes: [OptionSpec] = [
        .flag("cone", "initialize the sparse-checkout in cone mode"),
        .flag("sparse-index", "toggle the use of a sparse index"),
    ]
    private static let input: [OptionSpec] = [
        .flag(
            "skip-checks", negatable: false,
            "skip some sanity checks on the given paths that might give false positives"),
        .flag("stdin", negatable: false, "read patterns from standard in"),
    ]
    private static let optionsOfVerb: [String: [OptionSpec]] = [
        "list": [], "init": modes, "set": modes + input, "add": input, "reapply": modes, "disable": [],
    ]

    static var options: [OptionSpec] { modes + input }

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let first = arguments.words.first else { throw CommandError.usage("need a subcommand") }
        let verb = String(decoding: first, as: UTF8.self)
        guard let options = optionsOfVerb[verb] else {
            throw CommandError.usage("unknown subcommand: `\(verb)'")
        }
        let rest = try ArgumentParser.parse(Array(arguments.words.dropFirst()), options: options)
        let run = try SparseCheckoutRun(rest, context)
        switch verb {
        case "list": return try run.list()
        case "init": return try run.start()
        case "set": return try run.set()
        case "add": return try run.add()
        case "reapply": return try run.reapply()
        default: return try run.disable()
        }
    }
}
