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

    private static func limit(_ text: String?, _ fallback: Int64, _ context: Context) -> Int64 {
        guard let text else { return fallback }
        if text == "never" || text == "false" { return 0 }
        if text == "all" || text == "now" { return .max }
        return ApproximateDate.limit(text, now: context.now, localZone: context.localZone)
    }

    private static func expire(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let day: Int64 = 86400
        let config = repository.config
        let oldest = limit(
            arguments.text("expire") ?? config.string("gc.reflogexpire"), context.now - 90 * day, context)
        let unreachable = limit(
            arguments.text("expire-unreachable") ?? config.string("gc.reflogexpireunreachable"), context.now - 30 * day,
            context)
        var names: [RefName] = []
        if arguments.has("all") { names = try repository.refs.reflogNames() }
        for text in arguments.texts {
            guard let name = try context.revisionResolver().fullName(text) else {
                throw CommandError.error("reflog could not be found: '\(text)'")
            }
            names.append(name)
        }
        for name in names {
            guard let log = try repository.refs.reflog(name) else { continue }
            let tip = try repository.refs.resolve(name)
            var reachable: Set<ObjectID>?
            var kept: [ReflogEntry] = []
            for entry in log.entries {
                var isGone = entry.committer.time < oldest
                if !isGone, entry.committer.time < unreachable {
                    if reachable == nil { reachable = try ancestors(tip, repository) }
                    isGone = !entry.new.isZero && reachable?.contains(entry.new) == false
                }
                if arguments.has("verbose") {
                    context.output.line(
                        "\(isGone ? (arguments.has("dry-run") ? "would prune" : "prune") : "keep") \(entry.text)")
                }
                if !isGone { kept.append(entry) }
            }
            guard kept.count < log.entries.count, !arguments.has("dry-run") else { continue }
            if arguments.has("rewrite") { kept = rewritten(kept, repository.algorithm) }
            try repository.refs.replaceReflog(name, with: kept)
        }
        return .success
    }

    private static func ancestors(_ tip: ObjectID?, _ repository: Repository) throws -> Set<ObjectID> {
        guard let tip, let commit = try? repository.objects.peel(tip, to: .commit) else { return [] }
        var walk = RevisionWalk(repository, options: RevisionWalk.Options())
        try walk.include(commit)
        var result: Set<ObjectID> = []
        while let entry = try walk.next() { result.insert(entry.id) }
        return result
    }

    private static func rewritten(_ entries: [ReflogEntry], _ algorithm: Bytes.HashAlgorithm) -> [ReflogEntry] {
        var last = ObjectID.zero(algorithm)
        return entries.map { entry in
            defer { last = entry.new }
            return ReflogEntry(old: last, new: entry.new, committer: entry.committer, message: entry.message)
        }
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
            if arguments.has("rewrite") { kept = rewritten(kept, repository.algorithm) }
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
