internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// `pull`: a fetch, then a merge or rebase with what it brought.
struct PullCommand: Command {
    static let name = "pull"
    static let summary = "fetch from and integrate with another repository or a local branch"
    static let usage = ["[<options>] [<repository> [<refspec>...]]"]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "be more verbose"),
        .flag("quiet", "q", "be more quiet"),
        .flag("progress", "force progress reporting"),
        .optional(
            "rebase", "r", "(false|true|merges|interactive)", "incorporate changes by rebasing rather than merging"),
        .shortFlag("n", "do not show a diffstat at the end of the merge"),
        .flag("stat", "show a diffstat at the end of the merge"),
        .flag("squash", "create a single commit instead of doing a merge"),
        .flag("commit", "perform a commit if the merge succeeds (default)"),
        .flag("edit", "edit message before committing"),
        .flag("ff", "allow fast-forward"),
        .flag("ff-only", negatable: false, "abort if fast-forward is not possible"),
        .flag("autostash", "automatically stash/stash pop before and after"),
        .value("strategy", "s", "strategy", "merge strategy to use"),
        .value("strategy-option", "X", "option=value", "option for selected merge strategy"),
        .flag("allow-unrelated-histories", "allow merging unrelated histories"),
        .flag("all", "fetch from all remotes"),
        .flag("append", "a", "append to .git/FETCH_HEAD instead of overwriting"),
        .value("upload-pack", "path", "path to upload pack on remote end"),
        .flag("force", "f", "force overwrite of local branch"),
        .flag("tags", "t", "fetch all tags and associated objects"),
        .flag("prune", "p", "prune remote-tracking branches no longer on remote"),
        .flag("dry-run", "dry run"),
        .flag("keep", "k", "keep downloaded pack"),
        .value("depth", "depth", "deepen history of shallow clone"),
        .value("shallow-since", "time", "deepen history of shallow repository based on time"),
        .value("shallow-exclude", "revision", "deepen history of shallow clone, excluding rev"),
        .value("deepen", "n", "deepen history of shallow clone"),
        .flag("unshallow", negatable: false, "convert to a complete repository"),
        .value("refmap", "refmap", "specify fetch refmap"),
        .value("negotiation-tip", "revision", "report that we have only objects reachable from this object"),
        .flag("set-upstream", "set upstream for git pull/fetch"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        if context.reflogAction == nil {
            let words = arguments.words.map { String(decoding: $0, as: UTF8.self) }
            context.reflogAction = (["pull"] + words).joined(separator: " ")
        }
        return try PullOperation(arguments, context, repository).run()
    }
}

/// How a pull joins what it fetched.
enum PullRebase: Hashable {
    case no, yes, merges, interactive

    /// `true`, `false`, `merges`, `interactive` and their first letters.
    init?(_ text: String) {
        switch text {
        case "merges", "m": self = .merges
        case "interactive", "i": self = .interactive
        default:
            guard let isOn = ConfigValue.bool(Array(text.utf8)) else { return nil }
            self = isOn ? .yes : .no
        }
    }
}
