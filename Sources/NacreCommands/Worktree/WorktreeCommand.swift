internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `worktree`: several work trees of one repository.
enum WorktreeCommand: Command {
    static let name = "worktree"
    static let summary = "manage multiple working trees"
    static let usage = [
        "add [-f] [--detach] [--checkout] [--lock [--reason <string>]] [-b <new-branch>] <path> [<commit-ish>]",
        "list [-v | --porcelain [-z]]", "lock [--reason <string>] <worktree>", "move <worktree> <new-path>",
        "prune [-n] [-v] [--expire <expire>]", "remove [-f] <worktree>", "repair [<path>...]", "unlock <worktree>",
    ]
    static let parsesOptions = false

    private static let optionsOfVerb: [String: [OptionSpec]] = [
        "add": [
            .flag("force", "f", "checkout <branch> even if already checked out in other worktree"),
            .shortValue("b", "branch", "create a new branch"),
            .shortValue("B", "branch", "create or reset a branch"),
            .flag("detach", "d", "detach HEAD at named commit"),
            .flag("checkout", "populate the new working tree"),
            .flag("lock", "keep the new working tree locked"),
            .value("reason", "string", "reason for locking"),
            .flag("quiet", "q", "suppress progress reporting"),
            .optional("track", "mode", "set up tracking mode"),
            .flag("guess-remote", "try to match the new branch name with a remote-tracking branch"),
        ],
        "list": [
            .flag("porcelain", "machine-readable output"),
            .flag("verbose", "v", "show extended annotations and reasons, if available"),
            .value("expire", "expiry-date", "add 'prunable' annotation to worktrees older than <time>"),
            .shortFlag("z", "terminate records with a NUL character"),
        ],
        "lock": [.value("reason", "string", "reason for locking")],
        "unlock": [],
        "move": [.flag("force", "f", "force move even if worktree is dirty or locked")],
        "remove": [.flag("force", "f", "force removal even if worktree is dirty or locked")],
        "prune": [
            .flag("dry-run", "n", "do not remove, show only"), .flag("verbose", "v", "report pruned working trees"),
            .value("expire", "expiry-date", "expire working trees older than <time>"),
        ],
        "repair": [],
    ]

    static var options: [OptionSpec] { optionsOfVerb.keys.sorted().flatMap { optionsOfVerb[$0] ?? [] } }

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let first = arguments.words.first else { throw CommandError.usage("need a subcommand") }
        let verb = String(decoding: first, as: UTF8.self)
        guard let options = optionsOfVerb[verb] else { throw CommandError.usage("unknown subcommand: `\(verb)'") }
        let rest = try ArgumentParser.parse(Array(arguments.words.dropFirst()), options: options)
        let run = try WorktreeRun(rest, context)
        switch verb {
        case "add": return try WorktreeAddition(run).add()
        case "list": return try run.list()
        case "lock": return try run.lock()
        case "unlock": return try run.unlock()
        case "move": return try run.move()
        case "remove": return try run.remove()
        case "prune": return try run.prune()
        default: return try run.repair()
        }
    }
}
