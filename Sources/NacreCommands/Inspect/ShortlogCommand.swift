internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage

/// `shortlog`: who made which commits.
enum ShortlogCommand: Command {
    static let name = "shortlog"
    static let summary = "summarize the history by author"
    static let usage = ["[<options>] [<revision-range>] [[--] <path>...]"]
    static let options: [OptionSpec] =
        [
            .flag("committer", "c", negatable: false, "group by committer rather than author"),
            .flag("numbered", "n", negatable: false, "sort output according to the number of commits per author"),
            .flag("summary", "s", negatable: false, "suppress commit descriptions, only provides commit count"),
            .flag("email", "e", negatable: false, "show the email address of each author"),
            .value("format", "format", negatable: false, "how commits are shown"),
            .value("group", "field", negatable: false, "group by field"),
        ]
        + RevisionOptions.selection.filter { $0.kind != .number && $0.name != "max-count" }
        + [.value("max-count", "number", negatable: false, "show at most so many commits")]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let request = try RevisionRequest(context)
        try request.parse(arguments)
        try request.addDefault()
        let repository = request.repository
        let mailmap = Mailmap(repository)
        let pretty = PrettyContext(repository, now: context.now, localZone: context.localZone)
        let style = try arguments.text("format").map { try LogStyle(parsing: $0, repository) }
        let group = arguments.text("group") ?? (arguments.has("committer") ? "committer" : "author")
        guard group == "author" || group == "committer" else {
            throw CommandError.fatal("unknown group type: \(group)")
        }
        var groups: [[UInt8]: [[UInt8]]] = [:]
        var walk = try request.makeWalk()
        while let entry = try walk.next() {
            let commit = try CommitText(entry.id, repository.objects, tree: entry.tree, parents: entry.parents)
            let person = mailmap.map(group == "committer" ? commit.committer : commit.author)
            var key = person.name
            if arguments.has("email") { key += Array(" <".utf8) + person.email + Array(">".utf8) }
            var text = commit.subject
            if case .format(let format, _)? = style {
                var expansion = PrettyFormat(pretty, commit)
                text = try expansion.expand(format)
            }
            groups[key, default: []].append(text.isEmpty ? Array("<none>".utf8) : text)
        }
        var names = groups.keys.sorted { $0.lexicographicallyPrecedes($1) }
        if arguments.has("numbered") {
            let counts = groups.mapValues(\.count)
            names = names.enumerated().sorted {
                let (a, b) = (counts[$0.element] ?? 0, counts[$1.element] ?? 0)
                return a != b ? a > b : $0.offset < $1.offset
            }.map(\.element)
        }
        for name in names {
            let texts = groups[name] ?? []
            if arguments.has("summary") {
                let count = String(texts.count)
                context.output.line(
                    Array((String(repeating: " ", count: max(0, 6 - count.count)) + count + "\t").utf8) + name)
                continue
            }
            context.output.line(name + Array(" (\(texts.count)):".utf8))
            for text in texts.reversed() { context.output.line(Array("      ".utf8) + shortened(text)) }
            context.output.line()
        }
        return .success
    }

    /// A subject without the `[PATCH …]` that mail puts before it.
    private static func shortened(_ text: [UInt8]) -> [UInt8] {
        guard text.starts(with: "[PATCH".utf8), let close = text.firstIndex(of: UInt8(ascii: "]")) else { return text }
        return Array(text[(close + 1)...].drop { $0 == 0x20 })
    }
}
