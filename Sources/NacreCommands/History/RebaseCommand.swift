internal import GitObjects
internal import GitRepository

/// `rebase`: puts commits on top of another one.
enum RebaseCommand: Command {
    static let name = "rebase"
    static let summary = "reapply commits on top of another base tip"
    static let usage = [
        "[-i] [options] [--exec <cmd>] [--onto <newbase>] [<upstream> [<branch>]]",
        "[-i] [options] [--exec <cmd>] [--onto <newbase>] --root [<branch>]", "--continue | --abort | --skip | --quit",
    ]
    static let options: [OptionSpec] = [
        .value("onto", "revision", negatable: false, "rebase onto given branch instead of upstream"),
        .flag("keep-base", negatable: false, "use the merge-base of upstream and branch as the current base"),
        .flag("verify", "let the pre-rebase hook run"),
        .flag("quiet", "q", negatable: false, "be quiet. implies --no-stat"),
        .flag("verbose", "v", negatable: false, "display a diffstat of what changed upstream"),
        .shortFlag("n", "do not show diffstat of what changed upstream"),
        .flag("stat", "show a diffstat of what changed upstream"),
        .flag("signoff", "add a Signed-off-by trailer to each commit"),
        .flag("committer-date-is-author-date", negatable: false, "make committer date match author date"),
        .flag(
            "reset-author-date", negatable: false, aliases: ["ignore-date"], "ignore author date and use current date"),
        .flag("ignore-whitespace", negatable: false, "ignore changes in whitespace"),
        .flag("no-ff", "f", negatable: false, aliases: ["force-rebase"], "cherry-pick all commits, even if unchanged"),
        .flag("continue", negatable: false, "continue"),
        .flag("skip", negatable: false, "skip current patch and continue"),
        .flag("abort", negatable: false, "abort and check out the original branch"),
        .flag("quit", negatable: false, "abort but keep HEAD where it is"),
        .flag("edit-todo", negatable: false, "edit the todo list during an interactive rebase"),
        .flag("show-current-patch", negatable: false, "show the patch file being applied or merged"),
        .flag("apply", negatable: false, "use apply strategies to rebase (refused: commits are rebased by merging)"),
        .flag("merge", "m", negatable: false, "use merging strategies to rebase (the only way there is)"),
        .flag("interactive", "i", negatable: false, "let the user edit the list of commits to rebase"),
        .flag("rerere-autoupdate", "update the index with reused conflict resolution if possible"),
        .value("empty", "(drop|keep|ask)", negatable: false, "how to handle commits that become empty"),
        .flag("keep-empty", "keep commits which start empty"),
        .flag("autosquash", "move commits that begin with squash!/fixup! under -i"),
        .flag("update-refs", "update branches that point to commits that are being rebased"),
        CommitSigning.option,
        .flag("autostash", "automatically stash/stash pop before and after"),
        .value("exec", "x", "exec", negatable: false, "add exec lines after each commit of the editable list"),
        .flag("allow-empty-message", hidden: true, "allow rebasing commits with empty messages (always)"),
        .optional("rebase-merges", "r", "mode", "try to rebase merges instead of skipping them"),
        .flag("fork-point", "use 'merge-base --fork-point' to refine upstream"),
        .value("strategy", "s", "strategy", negatable: false, "use the given merge strategy: ort"),
        .value("strategy-option", "X", "option", negatable: false, "pass the argument through to the merge strategy"),
        .flag("root", negatable: false, "rebase all reachable commits up to the root(s)"),
        .flag("reschedule-failed-exec", "automatically re-schedule any `exec` that fails"),
        .flag("reapply-cherry-picks", "apply all changes, even those already present upstream"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        let operation = RebaseOperation(arguments, context, repository)
        if arguments.isOn("continue") { return try operation.resume() }
        if arguments.isOn("skip") { return try operation.skip() }
        if arguments.isOn("abort") { return try operation.abort() }
        if arguments.isOn("quit") { return try operation.quit() }
        if arguments.isOn("edit-todo") { return try operation.editTodo() }
        if arguments.isOn("show-current-patch") { return try operation.showCurrent() }
        return try operation.start()
    }
}
