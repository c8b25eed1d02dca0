internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `bisect`: finds the commit that brought a change by halving.
enum BisectCommand: Command {
    static let name = "bisect"
    static let summary = "use binary search to find the commit that introduced a bug"
    static let usage = [
        "start [--term-(bad|new)=<term> --term-(good|old)=<term>] [--no-checkout] [--first-parent] [<bad> [<good>...]]"
            + " [--] [<pathspec>...]",
        "(bad|new|<term-new>) [<rev>]", "(good|old|<term-old>) [<rev>...]",
        "terms [--term-(good|old) | --term-(bad|new)]",
        "skip [(<rev>|<range>)...]", "next", "reset [<commit>]", "(visualize|view) [<log options>]", "replay <logfile>",
        "log", "run <cmd> [<arg>...]",
        "--metric=<name> (--below=<number> | --above=<number>) [--no-run] <good> <bad> [-- <command>...]",
    ]
    static let parsesOptions = false

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let words = arguments.words
        guard let first = words.first else { throw CommandError.usage("need a subcommand") }
        let verb = String(decoding: first, as: UTF8.self)
        if verb.hasPrefix("--") {
            let parsed = try ArgumentParser.parse(words, options: MetricsCommand.options)
            let workspace = try context.workspace()
            context.recoverRuns(workspace)
            return try MetricBisect(parsed, workspace, context).run()
        }
        let repository = try context.repository()
        if repository.workTree != nil, try !context.prefix().isRoot {
            context.errors.line("You need to run this command from the toplevel of the working tree.")
            return .failure
        }
        return try BisectRun(context, repository).run(verb, Array(words.dropFirst()))
    }
}
