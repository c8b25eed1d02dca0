internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `archive`: the files of a commit as one file.
enum ArchiveCommand: Command {
    static let name = "archive"
    static let summary = "create an archive of files from a named tree"
    static let usage = ["[<options>] <tree-ish> [<path>...]", "--list"]
    static let options: [OptionSpec] = [
        .value("format", "fmt", "archive format"),
        .value("prefix", "prefix", "prepend prefix to each pathname in the archive"),
        .value("add-file", "file", "add untracked file to archive"),
        .value("add-virtual-file", "path:content", "add untracked file to archive"),
        .value("output", "o", "file", "write the archive to this file"),
        .flag("worktree-attributes", "read .gitattributes in working directory"),
        .flag("verbose", "v", "report archived files on stderr"),
        .number("level", "set compression level"),
        .flag("list", "l", "list supported archive formats"),
        .value("remote", "repo", "not supported: fetch or clone first"),
        .value("exec", "command", "the command of the other side; means nothing without --remote"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if arguments.text("remote") != nil {
            throw CommandError.fatal("--remote is not supported (clone or fetch, then archive here)")
        }
        return try ArchiveRun(arguments, context).run()
    }
}
