internal import GitConfig
internal import GitRepository

/// `am`: patches from mail become commits.
enum AmCommand: Command {
    static let name = "am"
    static let summary = "apply a series of patches from a mailbox"
    static let usage = [
        "[<options>] [(<mbox> | <Maildir>)...]", "[<options>] (--continue | --skip | --abort | --quit)",
        "--show-current-patch[=(diff|raw)]",
    ]
    static let options: [OptionSpec] = [
        .flag("3way", "3", "allow fall back on 3way merging if needed"),
        .flag("quiet", "q", "be quiet"),
        .flag("signoff", "s", "add a Signed-off-by trailer to the commit message"),
        .flag("utf8", "u", "recode into utf8 (default)"),
        .flag("keep", "k", "leave the subject as it is"),
        .flag("binary", "b", negatable: false, hidden: true, "historical option, no-op"),
        .flag("keep-non-patch", "leave brackets in the subject that do not hold PATCH"),
        .flag("message-id", "m", "append the message's id to the commit message"),
        .flag("keep-cr", "keep carriage returns at line ends of mbox files"),
        .flag("scissors", "c", "strip everything before a scissors line"),
        .value("whitespace", "action", "pass it through to apply"),
        .flag("ignore-space-change", aliases: ["ignore-whitespace"], "pass it through to apply"),
        .value("directory", "root", "pass it through to apply"),
        .value("exclude", "path", "pass it through to apply"),
        .value("include", "path", "pass it through to apply"),
        .shortValue("C", "n", "pass it through to apply"),
        .shortValue("p", "num", "pass it through to apply"),
        .value("patch-format", "format", "format the patch(es) are in"),
        .flag("reject", "pass it through to apply"),
        .flag("continue", "r", negatable: false, aliases: ["resolved"], "continue applying patches after resolving"),
        .flag("skip", negatable: false, "skip the current patch"),
        .flag("abort", negatable: false, "restore the original branch and abort the patching operation"),
        .flag("quit", negatable: false, "abort the patching operation but keep HEAD where it is"),
        .optional("show-current-patch", "diff|raw", negatable: false, "show the patch being applied"),
        .flag("allow-empty", negatable: false, "record the empty patch as an empty commit (with --continue)"),
        .value("empty", "(stop|drop|keep)", "how to handle empty patches"),
        .flag("committer-date-is-author-date", "lie about committer date"),
        .flag("ignore-date", "use current timestamp for author date"),
        CommitSigning.option,
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        if arguments.has("binary") {
            context.errors.write(
                "The -b/--binary option has been a no-op for long time, and\n"
                    + "it will be removed. Please do not use it anymore.\n")
        }
        let operation = try AmOperation(arguments, context, repository)
        if arguments.has("show-current-patch") { return try operation.showCurrent() }
        if arguments.isOn("abort") { return try operation.abort() }
        if arguments.isOn("quit") { return try operation.quit() }
        if arguments.isOn("skip") { return try operation.skip() }
        if arguments.isOn("continue") { return try operation.resume() }
        return try operation.start()
    }
}
