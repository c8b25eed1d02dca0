internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// `merge-base`: what histories have in common.
enum MergeBaseCommand: Command {
    static let name = "merge-base"
    static let summary = "find the best common ancestors of commits"
    static let usage = [
        "[-a | --all] <commit> <commit>...", "[-a | --all] --octopus <commit>...", "--is-ancestor <commit> <commit>",
        "--independent <commit>...", "--fork-point <ref> [<commit>]",
    ]
    static let options: [OptionSpec] = [
        .flag("all", "a", "output all common ancestors"),
        .flag("octopus", "find ancestors for a single n-way merge"),
        .flag("independent", "list revs not reachable from others"),
        .flag("is-ancestor", "is the first one ancestor of the other?"),
        .flag("fork-point", "find where <commit> forked from reflog of <ref>"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let resolver = try context.revisionResolver()
        func commit(_ text: String) throws -> ObjectID {
            guard let found = try resolver.find(text, hint: .committish),
                let id = try resolver.peel(found.id, to: .commit)
            else { throw CommandError.fatal("Not a valid object name \(text)") }
            return id
        }
        let texts = arguments.texts
        var bases = MergeBases(repository)
        if arguments.isOn("is-ancestor") {
            if arguments.isOn("all") {
                throw CommandError.fatal("options '--is-ancestor' and '--all' cannot be used together")
            }
            guard texts.count == 2 else { throw CommandError.fatal("--is-ancestor takes exactly two commits") }
            return try bases.isAncestor(commit(texts[0]), of: commit(texts[1])) ? .success : .failure
        }
        if arguments.isOn("fork-point") {
            guard (1...2).contains(texts.count) else { throw CommandError.usage("wrong number of arguments") }
            let derived = try commit(texts.count > 1 ? texts[1] : "HEAD")
            guard let point = try forkPoint(texts[0], derived, repository, resolver) else { return .failure }
            context.output.line(point.hex)
            return .success
        }
        var result: [ObjectID]
        if arguments.isOn("independent") {
            guard !texts.isEmpty else { throw CommandError.usage("no commits given") }
            result = try bases.independent(texts.map(commit))
        } else if arguments.isOn("octopus") {
            guard !texts.isEmpty else { throw CommandError.usage("no commits given") }
            result = try octopus(texts.map(commit), &bases)
        } else {
            guard texts.count >= 2 else { throw CommandError.usage("at least two commits are needed") }
            let ids = try texts.map(commit)
            result = try bases.bases(of: ids[0], Array(ids.dropFirst()))
        }
        guard !result.isEmpty else { return .failure }
        if !arguments.isOn("all") && !arguments.isOn("independent") { result = [result[0]] }
        for id in result { context.output.line(id.hex) }
        return .success
    }

    /// The common ancestors of all of them.
    private static func octopus(_ ids: [ObjectID], _ bases: inout MergeBases) throws -> [ObjectID] {
        var common = [ids[0]]
        for id in ids.dropFirst() {
            var next: [ObjectID] = []
            for base in common { next = try bases.bases(of: base, [id]) + next }
            common = next
        }
        return try bases.independent(common)
    }

    /// Where a history left a branch that may have been rewritten since, by the branch's log; nil where that is not known.
    static func forkPoint(
        _ text: String, _ derived: ObjectID, _ repository: Repository, _ resolver: RevisionResolver
    ) throws -> ObjectID? {
        guard let name = try resolver.fullName(text) else { throw CommandError.fatal("No such ref: '\(text)'") }
        var tips: [ObjectID] = []
        for entry in try repository.refs.reflog(name)?.entries ?? [] {
            for id in [entry.old, entry.new] where !id.isZero && !tips.contains(id) && repository.objects.contains(id) {
                tips.append(id)
            }
        }
        if let id = try repository.refs.resolve(name), tips.isEmpty { tips.append(id) }
        var bases = MergeBases(repository)
        let found = try bases.bases(of: derived, tips)
        // Only a point that the ref once was itself counts.
        guard found.count == 1, tips.contains(found[0]) else { return nil }
        return found[0]
    }
}
