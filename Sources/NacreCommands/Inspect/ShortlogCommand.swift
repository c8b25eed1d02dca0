internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import Glibc

/// `shortlog`: who made which commits.
enum ShortlogCommand: Command {
    static let name = "shortlog"
    static let summary = "summarize the history by author"
    static let usage = ["[<options>] [<revision-range>] [[--] <path>...]", "[<options>] < log"]
    static let options: [OptionSpec] =
        [
            .flag("committer", "c", "group by committer rather than author"),
            .flag("numbered", "n", "sort output according to the number of commits per author"),
            .flag("summary", "s", "suppress commit descriptions, only provides commit count"),
            .flag("email", "e", "show the email address of each author"),
            .shortOptional("w", "<w>[,<i1>[,<i2>]]", "linewrap output"),
            .value("format", "format", negatable: false, "how commits are shown"),
            .value("pretty", "format", negatable: false, "how commits are shown"),
            .value("date", "mode", negatable: false, "how dates are shown"),
            .value("group", "field", "group by field"),
        ]
        + RevisionOptions.selection.filter { $0.kind != .number && $0.name != "max-count" }
        + RevisionOptions.matching.filter { $0.name != "committer" }
        + [.value("max-count", "number", negatable: false, "show at most so many commits")]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repositoryIfPresent()
        var summary = try AuthorSummary(arguments, context, repository)
        if repository == nil {
            try summary.readInput()
        } else {
            let request = try RevisionRequest(context)
            try request.parse(arguments)
            if !request.hasRevisions, isatty(0) == 0 {
                try summary.readInput()
            } else {
                try request.addDefault()
                try summary.read(request)
            }
        }
        summary.print()
        return .success
    }
}
