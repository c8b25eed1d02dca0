/// `grep`: lines that match a pattern.
enum GrepCommand: Command {
    static let name = "grep"
    static let summary = "print lines matching a pattern"
    static let usage = ["[<options>] [-e] <pattern> [<rev>...] [[--] <path>...]"]
    static let parsesOptions = false
    static let options: [OptionSpec] = [
        .flag("cached", "search in index instead of in the work tree"),
        .flag("no-index", "find in contents not managed by git"),
        .flag("untracked", "search in both tracked and untracked files"),
        .flag("exclude-standard", "ignore files specified via '.gitignore'"),
        .flag("invert-match", "v", "show non-matching lines"),
        .flag("ignore-case", "i", "case insensitive matching"),
        .flag("word-regexp", "w", "match patterns only at word boundaries"),
        .flag("text", "a", "process binary files as text"),
        .shortFlag("I", "don't match patterns in binary files"),
        .flag("textconv", "process binary files with textconv filters"),
        .flag("recursive", "r", "search in subdirectories (default)"),
        .value("max-depth", "depth", negatable: false, "descend at most <depth> levels"),
        .flag("extended-regexp", "E", "use extended POSIX regular expressions"),
        .flag("basic-regexp", "G", "use basic POSIX regular expressions (default)"),
        .flag("fixed-strings", "F", "interpret patterns as fixed strings"),
        .flag("perl-regexp", "P", "use Perl's regular expressions"),
        .flag("line-number", "n", "show line numbers"),
        .flag("column", "show column number of first match"),
        .shortFlag("h", "don't show filenames"),
        .shortFlag("H", "show filenames"),
        .flag("full-name", "show filenames relative to top directory"),
        .flag("files-with-matches", "l", aliases: ["name-only"], "show only filenames instead of matching lines"),
        .flag("files-without-match", "L", "show only the names of files without match"),
        .flag("null", "z", "print NUL after filenames"),
        .flag("only-matching", "o", "show only matching parts of a line"),
        .flag("count", "c", "show the number of matches instead of matching lines"),
        .optional("color", "when", "highlight matches"),
        .flag("break", "print empty line between matches from different files"),
        .flag("heading", "show filename only once above matches from same file"),
        .value("context", "C", "n", "show <n> context lines before and after matches"),
        .value("before-context", "B", "n", "show <n> context lines before matches"),
        .value("after-context", "A", "n", "show <n> context lines after matches"),
        .value("threads", "n", "use <n> worker threads"),
        .number("context", "shortcut for -C NUM"),
        .flag("show-function", "p", "show a line with the function name before matches"),
        .flag("function-context", "W", "show the surrounding function"),
        .shortValue("f", "file", "read patterns from file"),
        .shortValue("e", "pattern", "match <pattern>"),
        .flag("and", negatable: false, "combine patterns specified with -e"),
        .flag("or", negatable: false, "combine patterns specified with -e (default)"),
        .flag("not", negatable: false, "turn the sense of the next pattern"),
        .flag("quiet", "q", "indicate hit with exit status without output"),
        .flag("all-match", "show only matches from files that match all patterns"),
        .value("max-count", "m", "n", "maximum number of results per file"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try GrepRun(parse(arguments.words), context).run()
    }

    /// Options stand before everything else; parentheses among them are part of the expression.
    private static func parse(_ words: [[UInt8]]) throws -> Arguments {
        var result = Arguments()
        result.words = words
        var rest = words
        while true {
            let part = try ArgumentParser.parse(rest, options: options, permutes: false)
            result.occurrences += part.occurrences
            if part.separator == nil, let first = part.operands.first,
                first == Array("(".utf8) || first == Array(")".utf8)
            {
                let name = String(decoding: first, as: UTF8.self)
                result.occurrences.append(.init(name: name, value: nil, isNegated: false, operandsBefore: 0))
                rest = Array(part.operands.dropFirst())
                continue
            }
            result.operands = part.operands
            result.separator = part.separator
            return result
        }
    }
}
