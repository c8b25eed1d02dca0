internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// Names a commit by the nearest tag before it.
struct Describer {
    struct Options {
        var usesAllRefs = false
        var usesLightTags = false
        var isLong = false
        var isAlways = false
        var candidates = 10
        var abbreviation: Int?
        var followsFirstParentOnly = false
        var matches: [String] = []
        var excludes: [String] = []
    }

    private struct Name {
        let path: String
        let priority: Int
        let time: Int64
    }

    private struct Candidate {
        let name: Name
        var depth: Int
        let flag: UInt32
        let order: Int
    }

    private let repository: Repository
    private let options: Options
    private var names: [ObjectID: Name] = [:]
    private var flags: [ObjectID: UInt32] = [:]
    private var seen: Set<ObjectID> = []
    private var queue = CommitDateQueue()

    init(_ repository: Repository, _ options: Options) throws {
        self.repository = repository
        self.options = options
        for ref in try repository.refs.list() { try add(ref) }
    }

    private mutating func add(_ ref: Ref) throws {
        guard let id = ref.id, !ref.name.isOperationLog else { return }
        let isTag = ref.name.isTag
        if !isTag && !options.usesAllRefs { return }
        let short = ref.name.dropping("refs/tags/") ?? ref.name.dropping("refs/") ?? ref.name.string
        let tested =
            ref.name.dropping("refs/tags/") ?? ref.name.dropping("refs/heads/") ?? ref.name.dropping("refs/remotes/")
        func matchesAny(_ patterns: [String]) -> Bool {
            guard let tested else { return false }
            return patterns.contains { Wildmatch.matches(Array($0.utf8), Array(tested.utf8)) }
        }
        if matchesAny(options.excludes) { return }
        if !options.matches.isEmpty && !matchesAny(options.matches) { return }
        var commit = id
        var path = options.usesAllRefs ? (isTag ? "tags/" + short : short) : short
        var priority = isTag ? 1 : 0
        var time: Int64 = 0
        if try repository.objects.headerIfPresent(id)?.kind == .tag {
            let tag = try repository.objects.tag(id)
            commit = try repository.objects.peelTags(id).id
            if isTag {
                priority = 2
                time = tag.tagger?.time ?? 0
                let own = String(decoding: tag.name, as: UTF8.self)
                path = options.usesAllRefs ? "tags/" + own : own
            }
        }
        if let other = names[commit] {
            guard other.priority < priority || (priority == 2 && other.priority == 2 && other.time < time) else {
                return
            }
        }
        names[commit] = Name(path: path, priority: priority, time: time)
    }

    private func isUsable(_ name: Name) -> Bool { options.usesAllRefs || options.usesLightTags || name.priority == 2 }

    private func abbreviated(_ id: ObjectID) -> String {
        repository.objects.abbreviate(id, minimum: options.abbreviation)
    }

    /// The description; throws Git's error where there is none.
    mutating func describe(_ id: ObjectID, shown: String) throws -> String {
        if let name = names[id], isUsable(name) {
            return options.isLong ? "\(name.path)-0-g\(abbreviated(id))" : name.path
        }
        guard options.candidates > 0 else { throw CommandError.fatal("no tag exactly matches '\(shown)'") }
        var candidates: [Candidate] = []
        var count = 0
        var lightTags = 0
        var annotated = 0
        var gaveUp: ObjectID?
        queue.push(id, try repository.objects.links(id).time)
        seen.insert(id)
        while let commit = queue.pop() {
            count += 1
            if candidates.count == options.candidates {
                gaveUp = commit
                break
            }
            if let name = names[commit] {
                if !isUsable(name) {
                    lightTags += 1
                } else {
                    let flag = UInt32(1) << UInt32(candidates.count + 1)
                    candidates.append(Candidate(name: name, depth: count - 1, flag: flag, order: candidates.count))
                    flags[commit, default: 0] |= flag
                    if name.priority == 2 { annotated += 1 }
                }
            }
            let own = flags[commit] ?? 0
            for index in candidates.indices where own & candidates[index].flag == 0 { candidates[index].depth += 1 }
            if annotated > 0, queue.isEmpty {
                let best = candidates.map(\.depth).min() ?? 0
                let within = candidates.filter { $0.depth == best }.reduce(0) { $0 | $1.flag }
                if own & within == within { break }
            }
            try enqueueParents(commit, own)
        }
        guard !candidates.isEmpty else {
            if options.isAlways { return abbreviated(id) }
            throw CommandError.fatal(
                lightTags > 0
                    ? "No annotated tags can describe '\(shown)'.\nHowever, there were unannotated tags: try --tags."
                    : "No tags can describe '\(shown)'.\nTry --always, or create some tags.")
        }
        candidates.sort { ($0.depth, $0.order) < ($1.depth, $1.order) }
        if let gaveUp { queue.push(gaveUp, try repository.objects.links(gaveUp).time) }
        var best = candidates[0]
        try finish(&best)
        if options.abbreviation == 0 { return best.name.path }
        return "\(best.name.path)-\(best.depth)-g\(abbreviated(id))"
    }

    private mutating func enqueueParents(_ commit: ObjectID, _ own: UInt32) throws {
        for parent in try repository.objects.links(commit).parents {
            if seen.insert(parent).inserted { queue.push(parent, try repository.objects.links(parent).time) }
            flags[parent, default: 0] |= own
            if options.followsFirstParentOnly { break }
        }
    }

    /// Counts the rest of the commits that the best tag does not have.
    private mutating func finish(_ best: inout Candidate) throws {
        while let commit = queue.pop() {
            let own = flags[commit] ?? 0
            if own & best.flag != 0 {
                if queue.ids.allSatisfy({ (flags[$0] ?? 0) & best.flag != 0 }) { return }
            } else {
                best.depth += 1
            }
            for parent in try repository.objects.links(commit).parents {
                if seen.insert(parent).inserted { queue.push(parent, try repository.objects.links(parent).time) }
                flags[parent, default: 0] |= own
            }
        }
    }

    /// What `%(describe:…)` prints; nil where nothing describes the commit.
    static func format(_ repository: Repository, _ id: ObjectID, _ arguments: String) throws -> String? {
        var options = Options()
        for word in arguments.split(separator: ",") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch parts[0] {
            case "tags": options.usesLightTags = parts.count == 1 || parts[1] == "true"
            case "abbrev": options.abbreviation = parts.count > 1 ? Int(parts[1]) : nil
            case "match": if parts.count > 1 { options.matches.append(parts[1]) }
            case "exclude": if parts.count > 1 { options.excludes.append(parts[1]) }
            default: return nil
            }
        }
        var describer = try Describer(repository, options)
        return try? describer.describe(id, shown: id.hex)
    }
}

/// Commits by time, youngest first; of equal times the one that came first.
struct CommitDateQueue {
    private var items: [(id: ObjectID, time: Int64)] = []

    var isEmpty: Bool { items.isEmpty }
    var ids: [ObjectID] { items.map(\.id) }

    mutating func push(_ id: ObjectID, _ time: Int64) {
        // Kept in order, the next one last: histories are narrow, so the queue is short.
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].time < time { low = middle + 1 } else { high = middle }
        }
        items.insert((id, time), at: low)
    }

    mutating func pop() -> ObjectID? { items.popLast()?.id }
}
