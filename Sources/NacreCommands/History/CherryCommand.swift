internal import GitObjects
internal import GitRepository
internal import GitStorage

/// `cherry`: which commits upstream has not taken yet.
enum CherryCommand: Command {
    static let name = "cherry"
    static let summary = "find commits yet to be applied to upstream"
    static let usage = ["[-v] [<upstream> [<head> [<limit>]]]"]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "show the commit subjects next to the ids"),
        .optional("abbrev", "n", "use <n> digits to display object names"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count <= 3 else { throw CommandError.usage("too many operands") }
        let repository = try context.repository()
        let resolver = try context.diffResolver()
        let names = arguments.texts
        func commit(_ name: String) throws -> ObjectID {
            do { return try resolver.commit(name) } catch {
                throw CommandError.fatal("unknown commit \(name)")
            }
        }
        if names.isEmpty, (try? resolver.find("@{upstream}")) ?? nil == nil {
            context.errors.line(
                "Could not find a tracked remote branch, please specify <upstream> manually.")
            throw CommandError.usage("")
        }
        let upstream = try commit(names.first ?? "@{upstream}")
        let head = try commit(names.count > 1 ? names[1] : "HEAD")
        let limit = names.count > 2 ? [try commit(names[2])] : []
        var known: Set<[UInt8]> = []
        for id in try commits(of: upstream, without: [head], repository) {
            if let patch = try PatchID.of(id, repository) { known.insert(patch) }
        }
        let digits = try arguments.has("abbrev") ? arguments.integer("abbrev") : 0
        for id in try commits(of: head, without: [upstream] + limit, repository).reversed() {
            let commit = try repository.objects.commit(id)
            let isTaken = try PatchID.of(id, repository).map { known.contains($0) } ?? false
            let name = digits == 0 ? id.hex : repository.objects.abbreviate(id, minimum: digits)
            let subject =
                arguments.isOn("verbose") ? " " + String(decoding: commit.subject, as: UTF8.self) : ""
            context.output.line("\(isTaken ? "-" : "+") \(name)\(subject)")
        }
        return .success
    }

    /// The commits of one side that are no merges, in the order of `log`.
    private static func commits(
        of tip: ObjectID, without excluded: [ObjectID], _ repository: Repository
    ) throws -> [ObjectID] {
        var options = RevisionWalk.Options()
        options.maximumParents = 1
        var walk = RevisionWalk(repository, options: options)
        try walk.include(tip)
        for id in excluded { try walk.exclude(id) }
        var result: [ObjectID] = []
        while let entry = try walk.next() { result.append(entry.id) }
        return result
    }
}
