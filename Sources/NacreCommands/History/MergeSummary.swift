internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// What a merge brings, for its message: `merge --log`.
struct MergeSummary {
    /// One history that is merged.
    struct Origin {
        /// What the list calls it.
        var name: String
        var commit: ObjectID
        /// Whether a branch of this repository is meant, which may have a description.
        var isLocalBranch = false
    }

    let context: Context
    let repository: Repository
    /// How many subjects of each history are listed; 0: nothing is said.
    let limit: Int
    /// Whether the people are named too, in comments that the editor shows.
    var namesPeople = false

    /// `--log[=<n>]`, else `merge.log`.
    static func limit(_ arguments: Arguments, _ context: Context, _ repository: Repository) throws -> Int {
        let usual = 20
        if let isOn = arguments.flag("log") { return isOn ? try arguments.integer("log") ?? usual : 0 }
        for key in ["merge.log", "merge.summary"] {
            guard let text = repository.config.string(key) else {
                if repository.config.entry(key) != nil { return usual }
                continue
            }
            if let isOn = ConfigValue.bool(Array(text.utf8)), Arguments.integer(text) == nil { return isOn ? usual : 0 }
            let number = try repository.config.int(key) ?? 0
            guard number >= 0 else {
                context.errors.line("error: \(key): negative length \(text)")
                throw CommandError.fatal("bad config variable '\(key)'" + context.place(of: key, repository.config))
            }
            return Int(number)
        }
        return 0
    }

    /// The lists, each with an empty line before it.
    func text(_ origins: [Origin]) throws -> [UInt8] {
        guard limit > 0, let head = try repository.refs.resolve(.head) else { return [] }
        return try origins.flatMap { try text($0, head) }
    }

    private func text(_ origin: Origin, _ head: ObjectID) throws -> [UInt8] {
        var walk = RevisionWalk(repository, options: RevisionWalk.Options())
        try walk.include(origin.commit)
        try walk.exclude(head)
        var subjects: [[UInt8]] = []
        var count = 0
        var authors: [[UInt8]: Int] = [:]
        var committers: [[UInt8]: Int] = [:]
        while let entry = try walk.next() {
            let commit = try repository.objects.commit(entry.id)
            // Of merges only who made them counts, and of the rest who wrote them; the last to commit counts once.
            if entry.parents.count > 1 || count == 0 { committers[commit.committer.name, default: 0] += 1 }
            if entry.parents.count > 1 { continue }
            authors[commit.author.name, default: 0] += 1
            count += 1
            guard subjects.count <= limit else { continue }
            let subject = Array(commit.subject.drop { $0 == 0x20 || (9...13).contains($0) })
            subjects.append(subject.isEmpty ? Array(entry.id.hex.utf8) : subject)
        }
        var text: [UInt8] = []
        if namesPeople {
            text += credit("By", authors, me: (try? context.author())?.name)
            text += credit("Via", committers, me: (try? context.committer())?.name)
        }
        text += Array("\n* \(origin.name):\(count > limit ? " (\(count) commits)" : "")\n".utf8)
        if origin.isLocalBranch { text += try description(origin.name) }
        for subject in subjects.prefix(limit) { text += Array("  ".utf8) + subject + [10] }
        if subjects.count > limit { text += Array("  ...\n".utf8) }
        return text
    }

    private func description(_ branch: String) throws -> [UInt8] {
        guard try repository.config.bool("merge.branchdesc") == true,
            let text = repository.config.string("branch.\(branch).description"), !text.isEmpty
        else { return [] }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return lines.flatMap { Array("  : \($0)\n".utf8) }
    }

    private func credit(_ label: String, _ people: [[UInt8]: Int], me: [UInt8]?) -> [UInt8] {
        let sorted = people.sorted {
            $0.value == $1.value ? $0.key.lexicographicallyPrecedes($1.key) : $0.value > $1.value
        }
        guard let first = sorted.first, sorted.count > 1 || first.key != me else { return [] }
        var text = Array("\n# \(label) ".utf8) + first.key
        if sorted.count > 1 { text += Array(" (\(first.value))".utf8) }
        if sorted.count == 2 { text += Array(" and ".utf8) + sorted[1].key + Array(" (\(sorted[1].value))".utf8) }
        return sorted.count > 2 ? text + Array(" and others".utf8) : text
    }
}
