internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

struct CommitCommand: Command {
    static let name = "commit"
    static let summary = "record changes to the repository"
    static let usage = ["[<options>] [--] <pathspec>..."]
    static let options: [OptionSpec] = [
        .flag("quiet", "q", "suppress summary after successful commit"),
        .flag("verbose", "v", "show diff in commit message template"),
        .value("file", "F", "file", "read message from file"),
        .value("author", "author", "override author for commit"),
        .value("date", "date", "override date for commit"),
        .value("message", "m", "message", "commit message"),
        .value("reedit-message", "c", "commit", "reuse and edit message from specified commit"),
        .value("reuse-message", "C", "commit", "reuse message from specified commit"),
        .value(
            "fixup", "[(amend|reword):]commit",
            "use autosquash formatted message to fixup or amend/reword specified commit"),
        .value("squash", "commit", "use autosquash formatted message to squash specified commit"),
        .flag("reset-author", "the commit is authored by me now (used with -C/-c/--amend)"),
        .value("trailer", "trailer", "add custom trailer(s)"),
        .flag("signoff", "s", "add a Signed-off-by trailer"),
        .value("template", "t", "file", "use specified template file"),
        .flag("edit", "e", "force edit of commit"),
        .value("cleanup", "mode", "mode of stripping spaces and #comments from message"),
        .flag("status", "include status in commit message template"),
        CommitSigning.option,
        .flag("all", "a", "commit all changed files"),
        .flag("include", "i", "add specified files to index for commit"),
        .flag("patch", "p", "interactively add changes"),
        .flag("only", "o", "commit only specified files"),
        .flag("no-verify", "n", negatable: false, aliases: ["bypass-hooks"], "bypass pre-commit and commit-msg hooks"),
        .flag("verify", hidden: true, "run the hooks"),
        .flag("dry-run", "show what would be committed"),
        .flag("short", "show status concisely"),
        .flag("branch", "show branch information"),
        .flag("ahead-behind", "compute full ahead/behind values"),
        .optional("porcelain", "version", "machine-readable output"),
        .flag("long", "show status in long format (default)"),
        .flag("null", "z", "terminate entries with NUL"),
        .flag("amend", "amend previous commit"),
        .flag("post-rewrite", "run the post-rewrite hook after an amend"),
        .optional(
            "untracked-files", "u", "mode", "show untracked files, optional modes: all, normal, no. (Default: all)"),
        .value("pathspec-from-file", "file", "read pathspec from file"),
        .flag("pathspec-file-nul", "with --pathspec-from-file, pathspec elements are separated with NUL character"),
        .flag("allow-empty", hidden: true, "ok to record an empty change"),
        .flag("allow-empty-message", hidden: true, "ok to record a change with an empty message"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let operation = try CommitOperation(arguments, context)
        return try operation.run()
    }
}
