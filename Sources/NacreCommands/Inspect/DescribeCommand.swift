internal import GitObjects
internal import GitRepository

/// `describe`: a commit's name by the nearest tag.
enum DescribeCommand: Command {
    static let name = "describe"
    static let summary = "name a commit by the nearest tag"
    static let usage = ["[--all] [--tags] [--contains] [--abbrev=<n>] [<commit-ish>...]"]
    static let options: [OptionSpec] = [
        .flag("all", "use any ref"),
        .flag("tags", "use any tag, even unannotated"),
        .flag("long", "always use long format"),
        .flag("first-parent", "only follow first parent"),
        .optional("abbrev", "n", "use <n> digits to display object names"),
        .flag("exact-match", "only output exact matches"),
        .value("candidates", "n", "consider <n> most recent tags (default: 10)"),
        .value("match", "pattern", "only consider tags matching <pattern>"),
        .value("exclude", "pattern", "do not consider tags matching <pattern>"),
        .flag("always", "show abbreviated commit object as fallback"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        var options = Describer.Options()
        options.usesAllRefs = arguments.isOn("all")
        options.usesLightTags = arguments.isOn("tags")
        options.isLong = arguments.isOn("long")
        options.isAlways = arguments.isOn("always")
        options.followsFirstParentOnly = arguments.isOn("first-parent")
        options.candidates = min(max(try arguments.integer("candidates") ?? 10, 0), 26)
        if arguments.isOn("exact-match") { options.candidates = 0 }
        options.abbreviation = arguments.flag("abbrev") == false ? 0 : try arguments.integer("abbrev")
        options.matches = arguments.allTexts("match")
        options.excludes = arguments.allTexts("exclude")
        if options.isLong, options.abbreviation == 0 {
            throw CommandError.fatal("options '--long' and '--abbrev=0' cannot be used together")
        }
        let resolver = try context.revisionResolver()
        for text in arguments.operands.isEmpty ? ["HEAD"] : arguments.texts {
            guard let found = try resolver.find(text, hint: .committish) else {
                throw CommandError.fatal("Not a valid object name \(text)")
            }
            guard let id = try resolver.peel(found.id, to: .commit) else {
                throw CommandError.fatal("\(text) is neither a commit nor blob")
            }
            var describer = try Describer(repository, options)
            context.output.line(try describer.describe(id, shown: id.hex))
        }
        return .success
    }
}
