internal import GitObjects

/// `blame`: the commit that last changed each line of a file.
enum BlameCommand: Command {
    static let name = "blame"
    static let summary = "show what commit and author last modified each line of a file"
    static let usage = ["[<options>] [<rev-opts>] [<rev>] [--] <file>"]
    static let options: [OptionSpec] = [
        .flag("incremental", "show blame entries as we find them, incrementally"),
        .shortFlag("b", "do not show object names of boundary commits"),
        .flag("root", "do not treat root commits as boundaries"),
        .flag("show-name", "f", "show original filename"),
        .flag("show-number", "n", "show original linenumber"),
        .flag("porcelain", "p", "show in a format designed for machine consumption"),
        .flag("line-porcelain", "show porcelain format with per-line commit information"),
        .shortFlag("c", "use the same output mode as git-annotate"),
        .shortFlag("t", "show raw timestamp"),
        .shortFlag("l", "show long commit ids"),
        .shortFlag("s", "suppress author name and timestamp"),
        .flag("show-email", "e", "show author email instead of name"),
        .shortFlag("w", "ignore whitespace differences"),
        .value("ignore-rev", "rev", "ignore <rev> when blaming"),
        .value("ignore-revs-file", "file", "ignore revisions from <file>"),
        .flag("color-lines", "color redundant metadata from previous line differently"),
        .flag("color-by-age", "color lines by age"),
        .flag("minimal", "spend extra cycles to find better match"),
        .shortValue("S", "file", "use parents from <file> instead of the commits' own"),
        .value("contents", "file", "use <file>'s contents as the final image"),
        .shortOptional("C", "score", "find line copies within and across files"),
        .shortOptional("M", "score", "find line movements within and across files"),
        .shortValue("L", "range", "process only line range <start>,<end> or function :<funcname>"),
        .optional("abbrev", "n", "use <n> digits to display object names"),
        .value("date", "mode", negatable: false, "how dates are shown"),
        .value("since", nil, "date", negatable: false, aliases: ["after"], "do not look behind older commits"),
        .value("max-age", "seconds", negatable: false, "do not look behind older commits"),
        .flag("first-parent", negatable: false, "follow only the first parent of merges"),
        .flag("reverse", negatable: false, "find the last commit in which each line was there"),
        .flag("follow", "follow the file over its renames (default)"),
        .flag("indent-heuristic", "let indentation decide between equal comparisons (default)"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try BlameRun(arguments, context, isAnnotating: false).run()
    }
}

/// `annotate`: `blame -c`.
enum AnnotateCommand: Command {
    static let name = "annotate"
    static let summary = "annotate file lines with commit information"
    static let usage = BlameCommand.usage
    static let options = BlameCommand.options

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try BlameRun(arguments, context, isAnnotating: true).run()
    }
}
