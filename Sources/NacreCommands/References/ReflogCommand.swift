internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// `reflog`: shows and tidies the logs of refs.
enum ReflogCommand: Command {
    static let name = "reflog"
    static let summary = "manage reflog information"
    static let usage = [
        "[show] [<log-options>] [<ref>]",
        "expire [--expire=<time>] [--expire-unreachable=<time>] [--rewrite] [--updateref] [-n | --dry-run] [--verbose] [--all | <refs>...]",
        "delete [--rewrite] [--updateref] [-n | --dry-run] [--verbose] <ref>@{<specifier>}...", "exists <ref>",
    ]
    static let options: [OptionSpec] =
        [
            .value("expire", "time", "prune entries older than the specified time"),
            .value(
                "expire-unreachable", "time",
                "prune entries older than <time> that are not reachable from the current tip"),
            .flag("rewrite", negatable: false, "adjust the old value of the entry after a deleted one"),
            .flag("updateref", negatable: false, "update the reference to the value of the top reflog entry"),
            .flag("dry-run", negatable: false, "do not actually prune any entries"),
            .flag("verbose", negatable: false, "print extra information on screen"),
        ] + LogCommand.options

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let verb = arguments.texts.first ?? "show"
        var rest = arguments
        if ["show", "expire", "delete", "exists"].contains(verb), !arguments.operands.isEmpty {
            rest.operands.removeFirst()
        }
        switch verb {
        case "expire": return try expire(rest, context)
        case "delete": return try delete(rest, context)
        case "exists":
            guard let text = rest.texts.first else { throw CommandError.usage("a ref is needed") }
            guard let name = try? RefName(text) else { throw CommandError.fatal("invalid ref format: \(text)") }
            return try context.repository().refs.hasReflog(name) ? .success : .failure
        default:
            if !arguments.has("pretty") && !arguments.has("format") && !arguments.has("oneline") {
                rest.occurrences.insert(.init(name: "oneline", value: nil, isNegated: false, operandsBefore: 0), at: 0)
            }
            if rest.operands.isEmpty, !rest.has("all"), !rest.has("branches"), !rest.has("glob"),
                case .symbolic(let branch)? = try context.repository().refs.read(.head),
                try context.repository().refs.resolve(branch) == nil
            {
                throw CommandError.fatal("your current branch '\(branch.shortened)' does not have any commits yet")
            }
            try context.startPager("reflog")
            try ReflogLog(LogSession(rest, context, walksReflogs: true)).run()
            return .success
        }
    }

    private static func expire(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        var expiry = ReflogExpiry(repository, context)
        expiry.total = arguments.text("expire")
        expiry.unreachable = arguments.text("expire-unreachable")
        expiry.rewrites = arguments.has("rewrite")
        expiry.isDryRun = arguments.has("dry-run")
        expiry.isVerbose = arguments.has("verbose")
        if arguments.has("all") { try expiry.runAll() }
        for text in arguments.texts {
            guard let name = try context.revisionResolver().fullName(text) else {
                throw CommandError.error("reflog could not be found: '\(text)'")
            }
            if repository.refs.hasReflog(name) { try expiry.run(name) }
        }
        return .success
    }

    private static func delete(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        guard !arguments.operands.isEmpty else { throw CommandError.error("no reflog specified to delete") }
        for text in arguments.texts {
            guard text.hasSuffix("}"), let at = text.firstRange(of: "@{") else {
                throw CommandError.error("not a reflog: \(text)")
            }
            let base = String(text[..<at.lowerBound])
            guard let name = try context.revisionResolver().fullName(base.isEmpty ? "HEAD" : base),
                let log = try repository.refs.reflog(name)
            else { throw CommandError.error("no reflog for '\(text)'") }
            guard let number = Int(text[at.upperBound...].dropLast()) else {
                throw CommandError.error("a number is needed in '\(text)'")
            }
            let index = log.entries.count - 1 - number
            guard log.entries.indices.contains(index) else { continue }
            var kept = log.entries
            kept.remove(at: index)
            if arguments.has("rewrite") { kept = ReflogExpiry.rewritten(kept, repository.algorithm) }
            if !arguments.has("dry-run") {
                try repository.refs.replaceReflog(name, with: kept)
                if arguments.has("updateref"), let last = kept.last, index == log.entries.count - 1 {
                    var transaction = repository.refs.beginTransaction()
                    transaction.update(name, to: last.new, message: "")
                    try transaction.commit(committer: context.reflogIdentity())
                }
            }
        }
        return .success
    }
}
