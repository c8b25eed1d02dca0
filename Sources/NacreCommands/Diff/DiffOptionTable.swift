internal import Bytes
internal import GitDiff
internal import GitObjects
internal import SystemPackage

/// The options of comparisons that `diff`, `log`, `show`, `format-patch` and the plumbing share.
enum DiffOptionTable {
    /// What help shows and the parser knows.
    static let specs: [OptionSpec] = [
        .flag("patch", "p", negatable: false, "generate patch"),
        .shortFlag("u", "generate patch"),
        .flag("no-patch", "s", negatable: false, "suppress diff output"),
        .value("unified", "U", "n", negatable: false, "generate diffs with <n> lines of context"),
        .flag("function-context", "W", "generate diffs with <n> lines of context"),
        .flag("raw", negatable: false, "generate the diff in raw format"),
        .flag("patch-with-raw", negatable: false, "synonym for '-p --raw'"),
        .flag("patch-with-stat", negatable: false, "synonym for '-p --stat'"),
        .flag("numstat", negatable: false, "machine friendly --stat"),
        .flag("shortstat", negatable: false, "output only the last line of --stat"),
        .optional(
            "dirstat", "X", "param1,param2...", negatable: false,
            "output the distribution of relative amount of changes for each sub-directory"),
        .flag("cumulative", negatable: false, "synonym for --dirstat=cumulative"),
        .optional(
            "dirstat-by-file", "param1,param2...", negatable: false, "synonym for --dirstat=files,param1,param2..."),
        .flag("check", negatable: false, "warn if changes introduce conflict markers or whitespace errors"),
        .flag("summary", negatable: false, "condensed summary such as creations, renames and mode changes"),
        .flag("name-only", negatable: false, "show only names of changed files"),
        .flag("name-status", negatable: false, "show only names and status of changed files"),
        .optional("stat", "width[,name-width[,count]]", negatable: false, "generate diffstat"),
        .value("stat-width", "width", negatable: false, "generate diffstat with a given width"),
        .value("stat-name-width", "width", negatable: false, "generate diffstat with a given name width"),
        .value("stat-graph-width", "width", negatable: false, "generate diffstat with a given graph width"),
        .value("stat-count", "count", negatable: false, "generate diffstat with limited lines"),
        .flag("compact-summary", "generate compact summary in diffstat"),
        .flag("binary", negatable: false, "output a binary diff that can be applied"),
        .flag("full-index", "show full pre- and post-image object names on the \"index\" lines"),
        .optional("color", "when", "show colored diff"),
        .optional("color-moved", "mode", "moved lines of code are colored differently"),
        .value("color-moved-ws", "mode", "how white spaces are ignored in --color-moved"),
        .value(
            "ws-error-highlight", "kind", negatable: false,
            "highlight whitespace errors in the 'context', 'old' or 'new' lines in the diff"),
        .shortFlag("z", "do not munge pathnames and use NULs as output field terminators in --raw or --numstat"),
        .optional("abbrev", "n", "use <n> digits to display object names"),
        .value("src-prefix", "prefix", negatable: false, "show the given source prefix instead of \"a/\""),
        .value("dst-prefix", "prefix", negatable: false, "show the given destination prefix instead of \"b/\""),
        .value("line-prefix", "prefix", negatable: false, "prepend an additional prefix to every line of output"),
        .flag("no-prefix", negatable: false, "do not show any source or destination prefix"),
        .value(
            "inter-hunk-context", "n", negatable: false,
            "show context between diff hunks up to the specified number of lines"),
        .value(
            "output-indicator-new", "char", negatable: false,
            "specify the character to indicate a new line instead of '+'"),
        .value(
            "output-indicator-old", "char", negatable: false,
            "specify the character to indicate an old line instead of '-'"),
        .value(
            "output-indicator-context", "char", negatable: false,
            "specify the character to indicate a context instead of ' '"),
        .optional(
            "break-rewrites", "B", "n[/m]", negatable: false,
            "break complete rewrite changes into pairs of delete and create"),
        .optional("find-renames", "M", "n", negatable: false, "detect renames"),
        .flag("irreversible-delete", "D", negatable: false, "omit the preimage for deletes"),
        .optional("find-copies", "C", "n", negatable: false, "detect copies"),
        .flag("find-copies-harder", "use unmodified files as source to find copies"),
        .flag("no-renames", negatable: false, "disable rename detection"),
        .flag("rename-empty", "use empty blobs as rename source"),
        .value(
            "rename-limit", "l", "n", negatable: false,
            "prevent rename/copy detection if the number of rename/copy targets exceeds given limit"),
        .flag("minimal", "produce the smallest possible diff"),
        .flag("ignore-all-space", "w", negatable: false, "ignore whitespace when comparing lines"),
        .flag("ignore-space-change", "b", negatable: false, "ignore changes in amount of whitespace"),
        .flag("ignore-space-at-eol", negatable: false, "ignore changes in whitespace at EOL"),
        .flag("ignore-cr-at-eol", negatable: false, "ignore carrier-return at the end of line"),
        .flag("ignore-blank-lines", negatable: false, "ignore changes whose lines are all blank"),
        .value("ignore-matching-lines", "I", "regex", "ignore changes whose all lines match <regex>"),
        .flag("indent-heuristic", "heuristic to shift diff hunk boundaries for easy reading"),
        .flag("patience", negatable: false, "generate diff using the \"patience diff\" algorithm"),
        .flag("histogram", negatable: false, "generate diff using the \"histogram diff\" algorithm"),
        .value("diff-algorithm", "algorithm", negatable: false, "choose a diff algorithm"),
        .value("anchored", "text", negatable: false, "generate diff using the \"anchored diff\" algorithm"),
        .optional("word-diff", "mode", negatable: false, "show word diff, using <mode> to delimit changed words"),
        .value("word-diff-regex", "regex", negatable: false, "use <regex> to decide what a word is"),
        .optional(
            "color-words", "regex", negatable: false, "equivalent to --word-diff=color --word-diff-regex=<regex>"),
        .optional("relative", "prefix", "when run from subdir, exclude changes outside and show relative paths"),
        .flag("text", "a", "treat all files as text"),
        .shortFlag("R", "swap two inputs, reverse the diff"),
        .flag("exit-code", "exit with 1 if there were differences, 0 otherwise"),
        .flag("quiet", "disable all output of the program"),
        .flag("ext-diff", "allow an external diff helper to be executed"),
        .flag("textconv", "run external text conversion filters when comparing binary files"),
        .optional("ignore-submodules", "when", negatable: false, "ignore changes to submodules in the diff generation"),
        .shortValue(
            "S", "string", "look for differences that change the number of occurrences of the specified string"),
        .shortValue("G", "regex", "look for differences that change the number of occurrences of the specified regex"),
        .flag("pickaxe-all", negatable: false, "show all changes in the changeset with -S or -G"),
        .flag("pickaxe-regex", negatable: false, "treat <string> in -S as extended POSIX regular expression"),
        .shortValue("O", "file", "control the order in which files appear in the output"),
        .value("rotate-to", "path", negatable: false, "show the change in the specified path first"),
        .value("skip-to", "path", negatable: false, "skip the output to the specified path"),
        .value(
            "find-object", "object-id", negatable: false,
            "look for differences that change the number of occurrences of the specified object"),
        .value("diff-filter", "[(A|C|D|M|R|T|U|X|B)...[*]]", negatable: false, "select files by diff type"),
    ]

    /// Whether an option says what is printed.
    static func namesFormat(_ arguments: Arguments) -> Bool {
        let names: Set<String> = [
            "patch", "u", "no-patch", "unified", "raw", "patch-with-raw", "patch-with-stat", "numstat", "shortstat",
            "dirstat", "dirstat-by-file", "cumulative", "check", "summary", "name-only", "name-status", "stat",
            "compact-summary", "binary",
        ]
        return arguments.occurrences.contains { names.contains($0.name) }
    }

    /// Reads the options in the order in which they stand.
    ///
    /// - Parameter base: the verb's own defaults.
    /// - Throws: a usage ``CommandError`` in Git's words for a value that cannot be read.
    static func read(_ arguments: Arguments, _ context: Context, base: DiffOptions) throws -> DiffOptions {
        var reader = DiffOptionReader(options: base, context: context)
        let names = Set(specs.map(\.name))
        for occurrence in arguments.occurrences where names.contains(occurrence.name) { try reader.take(occurrence) }
        return try reader.finish()
    }
}
