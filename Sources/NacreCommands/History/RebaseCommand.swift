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
        .flag("interactive", "i", negatable: false, "let the user edit the list of commits to rebase"),
        .flag("continue", negatable: false, "continue"),
        .flag("skip", negatable: false, "skip current patch and continue"),
        .flag("abort", negatable: false, "abort and check out the original branch"),
        .flag("quit", negatable: false, "abort but keep HEAD where it is"),
        .value("exec", "x", "exec", negatable: false, "add exec lines after each commit of the editable list"),
        .flag("autosquash", "move commits that begin with squash!/fixup! under -i"),
        .flag("autostash", "automatically stash/stash pop before and after"),
        .flag("keep-base", negatable: false, "use the merge-base of upstream and branch as the current base"),
        .flag("edit-todo", negatable: false, "edit the todo list during an interactive rebase"),
        .flag("show-current-patch", negatable: false, "show the patch file being applied or merged"),
        .value("empty", "(drop|keep|ask)", negatable: false, "how to handle commits that become empty"),
        .flag("merge", "m", negatable: false, "use merging strategies to rebase (the only way there is)"),
        .flag("root", negatable: false, "rebase all reachable commits up to the root(s)"),
        .flag("no-ff", "f", negatable: false, aliases: ["force-rebase"], "cherry-pick all commits, even if unchanged"),
        .flag("quiet", "q", negatable: false, "be quiet"),
        .value("strategy-option", "X", "option", negatable: false, "pass the argument through to the merge strategy"),
        CommitSigning.option,
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
