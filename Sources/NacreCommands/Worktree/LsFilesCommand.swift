internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

struct LsFilesCommand: Command {
    static let name = "ls-files"
    static let summary = "show information about files in the index and the working tree"
    static let usage = ["[<options>] [<file>...]"]
    static let options: [OptionSpec] = [
        .shortFlag("z", "separate paths with the NUL character"),
        .shortFlag("t", "identify the file status with tags"),
        .shortFlag("v", "use lowercase letters for 'assume unchanged' files"),
        .shortFlag("f", "use lowercase letters for 'fsmonitor clean' files"),
        .flag("cached", "c", "show cached files in the output (default)"),
        .flag("deleted", "d", "show deleted files in the output"),
        .flag("modified", "m", "show modified files in the output"),
        .flag("others", "o", "show other files in the output"),
        .flag("ignored", "i", "show ignored files in the output"),
        .flag("stage", "s", "show staged contents' object name in the output"),
        .flag("killed", "k", "show files on the filesystem that need to be removed"),
        .flag("directory", "show 'other' directories' names only"),
        .flag("eol", "show line endings of files"),
        .flag("empty-directory", "don't show empty directories"),
        .flag("unmerged", "u", "show unmerged files in the output"),
        .flag("resolve-undo", "show resolve-undo information"),
        .value("exclude", "x", "pattern", "skip files matching pattern"),
        .value("exclude-from", "X", "file", "read exclude patterns from <file>"),
        .value("exclude-per-directory", "file", "read additional per-directory exclude patterns in <file>"),
        .flag("exclude-standard", "add the standard git exclusions"),
        .flag("full-name", "make the output relative to the project top directory"),
        .flag("error-unmatch", "if any <file> is not in the index, treat this as an error"),
        .value("with-tree", "tree-ish", "pretend that paths removed since <tree-ish> are still present"),
        .optional("abbrev", "n", "use <n> digits to display object names"),
        .flag("debug", "show debugging data"),
        .flag("deduplicate", "suppress duplicate entries"),
        .flag("sparse", "show sparse directories in the presence of a sparse index"),
        .value("format", "format", "format to use for the output"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if arguments.last("with-tree") != nil, arguments.isOn("stage") || arguments.isOn("unmerged") {
            throw CommandError.fatal("options 'ls-files --with-tree' and '-s/-u' cannot be used together")
        }
        let listing = try FileListing(arguments, context)
        return try listing.run()
    }
}
