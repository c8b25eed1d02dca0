internal import GitConfig
internal import GitRepository

struct SwitchCommand: Command {
    static let name = "switch"
    static let summary = "switch branches"
    static let usage = ["[<options>] [<branch>]"]
    static let options: [OptionSpec] = [
        .value("large", "when", "write large files now ('eager') or when they are asked for ('lazy')"),
        .value("create", "c", "branch", "create and switch to a new branch"),
        .value("force-create", "C", "branch", "create/reset and switch to a branch"),
        .flag("guess", "second guess 'git switch <no-such-branch>'"),
        .flag("discard-changes", "throw away local modifications"),
        .flag("quiet", "q", "suppress progress reporting"),
        .flag("progress", "force progress reporting"),
        .flag("merge", "m", "perform a 3-way merge with the new branch"),
        .value("conflict", "style", "conflict style (merge, diff3, or zdiff3)"),
        .flag("detach", "d", "detach HEAD at named commit"),
        .optional("track", "t", "mode", "set branch tracking configuration"),
        .flag("force", "f", "force checkout (throw away local modifications)"),
        .value("orphan", "new-branch", "new unparented branch"),
        .flag("overwrite-ignore", "update ignored files (default)"),
        .flag("ignore-other-worktrees", "do not check if another worktree is holding the given ref"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count <= 1 else { throw CommandError.fatal("only one reference expected") }
        if arguments.last("create") != nil, arguments.last("force-create") != nil {
            throw CommandError.fatal("options '-c' and '-C' cannot be used together")
        }
        if arguments.last("orphan") != nil, !arguments.texts.isEmpty {
            throw CommandError.fatal("'--orphan' cannot take <start-point>")
        }
        var operation = try BranchSwitch(context, isLazy: try context.isLazy(arguments))
        operation.isForced = arguments.isOn("force") || arguments.isOn("discard-changes")
        operation.conflictStyle = try context.conflictStyle(arguments)
        operation.isMerging = arguments.isOn("merge") || operation.conflictStyle != nil
        if operation.isMerging, operation.isForced {
            throw CommandError.fatal(
                arguments.isOn("discard-changes")
                    ? "'--discard-changes' cannot be used with '--merge'" : "'-f' cannot be used with '-m'")
        }
        operation.isQuiet = arguments.isOn("quiet")
        operation.overwritesIgnored = arguments.flag("overwrite-ignore") ?? true
        let isCreating =
            arguments.last("create") != nil || arguments.last("force-create") != nil || arguments.last("orphan") != nil
        if !isCreating, !arguments.isOn("detach"), arguments.last("track") == nil {
            try refuseUnderWay(operation.state)
        }
        operation.progress = CheckoutProgress(arguments, context)
        let request = BranchRequest(
            create: arguments.text("create"), reset: arguments.text("force-create"), orphan: arguments.text("orphan"),
            start: arguments.texts.first.map(CheckoutWords.previous), detaches: arguments.isOn("detach"),
            track: try UpstreamInheritance.mode(arguments),
            noTrack: arguments.flag("track") == false, createsReflog: false,
            guesses: try arguments.flag("guess") ?? context.configuration().bool("checkout.guess") ?? true,
            isSwitch: true, ignoresOtherWorktrees: arguments.isOn("ignore-other-worktrees"))
        guard let target = try request.target(&operation, context) else {
            throw CommandError.fatal("missing branch or commit argument")
        }
        return try operation.run(target)
    }

    /// `switch` does not leave what is under way.
    private static func refuseUnderWay(_ state: RepositoryState) throws {
        func refuse(_ what: String, _ verb: String) -> CommandError {
            .fatal("cannot switch branch while \(what)\nConsider \"git \(verb) --quit\" or \"git worktree add\".")
        }
        if state.isMerging { throw refuse("merging", "merge") }
        if state.isApplyingMail { throw refuse("in the middle of an am session", "am") }
        if state.rebase != nil { throw refuse("rebasing", "rebase") }
        if state.cherryPick != nil { throw refuse("cherry-picking", "cherry-pick") }
        if state.revert != nil { throw refuse("reverting", "revert") }
    }
}
