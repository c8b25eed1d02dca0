internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

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
        .flag("contains", "find the tag that comes after the commit"),
        .optional("dirty", "mark", "append <mark> on dirty working tree (default: \"-dirty\")"),
        .optional("broken", "mark", "append <mark> on broken working tree (default: \"-broken\")"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if arguments.isOn("contains") {
            try nameContaining(arguments, context)
            return .success
        }
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
        let suffix = try suffix(arguments, context)
        for text in arguments.operands.isEmpty ? ["HEAD"] : arguments.texts {
            guard let found = try resolver.find(text, hint: .committish) else {
                throw CommandError.fatal("Not a valid object name \(text)")
            }
            guard let id = try resolver.peel(found.id, to: .commit) else {
                throw CommandError.fatal("\(text) is neither a commit nor blob")
            }
            var describer = try Describer(repository, options)
            context.output.line(try describer.describe(id, shown: id.hex) + suffix)
        }
        return .success
    }

    /// What tells that files differ from the commit, or that they cannot be compared.
    private static func suffix(_ arguments: Arguments, _ context: Context) throws -> String {
        var dirty = arguments.last("dirty").map { $0.text ?? "-dirty" }
        let broken = arguments.last("broken").map { $0.text ?? "-broken" }
        if dirty == nil && broken == nil { return "" }
        guard arguments.operands.isEmpty else {
            throw CommandError.fatal(
                "option '\(dirty == nil ? "--broken" : "--dirty")' and commit-ishes cannot be used together")
        }
        if broken != nil { dirty = dirty ?? "-dirty" }
        do {
            let repository = try context.repository()
            let head = try context.revisionResolver().commit("HEAD")
            var comparison = IndexComparison(
                repository: repository, index: try context.index(), worktree: try context.worktree(), pathspec: .all)
            comparison.omitsEqualFiles = true
            let entries = try comparison.treeAndFiles(try repository.objects.peel(head, to: .tree))
            return entries.isEmpty ? "" : dirty ?? ""
        } catch {
            guard let broken else { throw error }
            return broken
        }
    }

    /// `--contains`: the name by a tag that comes after the commit.
    private static func nameContaining(_ arguments: Arguments, _ context: Context) throws {
        var options = CommitNames.Options()
        options.usesTagsOnly = !arguments.isOn("all")
        options.shortens = options.usesTagsOnly
        if options.usesTagsOnly {
            options.matches = arguments.allTexts("match").map { "refs/tags/" + $0 }
            options.excludes = arguments.allTexts("exclude").map { "refs/tags/" + $0 }
        }
        let naming = try CommitNaming(
            context, options, isNameOnly: true, isAlways: arguments.isOn("always"), allowsUndefined: false,
            peelsTags: true)
        try naming.show(arguments.operands.isEmpty ? ["HEAD"] : arguments.texts)
    }
}
