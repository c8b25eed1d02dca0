internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// Names of commits by the refs that can reach them: `v1.0~3^2`. The rules by which one of several names is chosen are those
/// of git-name-rev.
struct CommitNames {
    struct Options {
        var usesTagsOnly = false
        /// Whether names may be shortened as far as they stay clear.
        var shortens = false
        /// Only refs that match one of these; none: all.
        var matches: [String] = []
        var excludes: [String] = []
    }

    private struct Tip {
        let id: ObjectID
        let name: String
        let commit: ObjectID?
        let date: Int64
        let isTag: Bool
        let isDereferenced: Bool
    }

    private struct Name {
        var tip: String
        var date: Int64
        var generation: Int
        var distance: Int
        var isFromTag: Bool
    }

    /// What following another parent than the first costs.
    private static let mergeCost = 65535

    private let repository: Repository
    private var tips: [Tip] = []
    private var names: [ObjectID: Name] = [:]
    private let shallow: Set<ObjectID>

    /// - Parameter cutoff: commits that are older get no names.
    init(_ repository: Repository, _ options: Options, cutoff: Int64) throws {
        self.repository = repository
        shallow = repository.shallowCommits
        let refs = try repository.refs.list()
        let all = Set(refs.map(\.name.string))
        for ref in refs { try add(ref, options, all) }
        let ordered = tips.enumerated().sorted {
            let (a, b) = ($0.element, $1.element)
            if a.isTag != b.isTag { return a.isTag }
            return (a.date, $0.offset) < (b.date, $1.offset)
        }
        for (_, tip) in ordered {
            if let commit = tip.commit { try spread(from: commit, tip, cutoff) }
        }
    }

    // MARK: Tips

    /// How far into a path one of the patterns matches it or what stands behind one of its slashes; nil where none does.
    private static func match(_ path: String, _ pattern: String) -> Int? {
        let glob = Array(pattern.utf8)
        var start = 0
        let bytes = Array(path.utf8)
        while true {
            if Wildmatch.matches(glob, Array(bytes[start...])) { return start }
            guard let slash = bytes[start...].firstIndex(of: UInt8(ascii: "/")) else { return nil }
            start = slash + 1
        }
    }

    private mutating func add(_ ref: Ref, _ options: Options, _ all: Set<String>) throws {
        guard let id = ref.id, !ref.name.isOperationLog else { return }
        let path = ref.name.string
        if options.usesTagsOnly, !path.hasPrefix("refs/tags/") { return }
        if options.excludes.contains(where: { Self.match(path, $0) != nil }) { return }
        var shortens = options.shortens
        if !options.matches.isEmpty {
            let found = options.matches.compactMap { Self.match(path, $0) }
            if found.isEmpty { return }
            if found.contains(where: { $0 > 0 }) { shortens = true }
        }
        var date: Int64?
        var target = id
        var kind = try repository.objects.headerIfPresent(id)?.kind
        while kind == .tag {
            let tag = try repository.objects.tag(target)
            date = tag.tagger?.time ?? 0
            target = tag.target
            kind = try repository.objects.headerIfPresent(target)?.kind
        }
        var commit: ObjectID?
        if kind == .commit {
            commit = target
            date = try date ?? repository.objects.links(target).time
        }
        tips.append(
            Tip(
                id: id, name: shortens ? Self.shortest(path, all) : Self.name(path), commit: commit, date: date ?? .max,
                isTag: path.hasPrefix("refs/tags/"), isDereferenced: target != id))
    }

    private static func name(_ path: String) -> String {
        for prefix in ["refs/heads/", "refs/"] where path.hasPrefix(prefix) {
            return String(path.dropFirst(prefix.count))
        }
        return path
    }

    /// The shortest name by which no other ref is meant.
    private static func shortest(_ path: String, _ all: Set<String>) -> String {
        let rules = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
        for (index, rule) in rules.enumerated().reversed() where index > 0 && path.hasPrefix(rule) {
            let short = String(path.dropFirst(rule.count))
            let isClear = rules[..<index].allSatisfy { !all.contains($0 + short) }
            if isClear { return short }
        }
        return path
    }

    // MARK: Names

    private mutating func spread(from start: ObjectID, _ tip: Tip, _ cutoff: Int64) throws {
        guard try repository.objects.links(start).time >= cutoff,
            update(start, tip, tip.isDereferenced ? tip.name + "^0" : tip.name, generation: 0, distance: 0)
        else { return }
        var stack = [start]
        while let commit = stack.popLast() {
            guard let name = names[commit] else { continue }
            let parents = shallow.contains(commit) ? [] : try repository.objects.links(commit).parents
            var found: [ObjectID] = []
            for (index, parent) in parents.enumerated() {
                guard try repository.objects.links(parent).time >= cutoff else { continue }
                let isFirst = index == 0
                let generation = isFirst ? name.generation + 1 : 0
                let distance = name.distance + (isFirst ? 1 : Self.mergeCost)
                let text = isFirst ? name.tip : Self.parentName(name, index + 1)
                if update(parent, tip, text, generation: generation, distance: distance) { found.append(parent) }
            }
            stack += found.reversed()
        }
    }

    private static func base(_ tip: String) -> Substring { tip.hasSuffix("^0") ? tip.dropLast(2) : tip[...] }

    private static func parentName(_ name: Name, _ number: Int) -> String {
        name.generation > 0 ? "\(base(name.tip))~\(name.generation)^\(number)" : "\(base(name.tip))^\(number)"
    }

    /// Gives a commit a name where it has none, or a worse one; tells whether it did.
    private mutating func update(
        _ commit: ObjectID, _ tip: Tip, _ text: String, generation: Int, distance: Int
    ) -> Bool {
        let new = Name(tip: text, date: tip.date, generation: generation, distance: distance, isFromTag: tip.isTag)
        if let old = names[commit], !Self.isBetter(new, than: old) { return false }
        names[commit] = new
        return true
    }

    private static func isBetter(_ new: Name, than old: Name) -> Bool {
        func cost(_ name: Name) -> Int { name.distance + (name.generation > 0 ? mergeCost : 0) }
        if new.isFromTag && old.isFromTag { return cost(old) > cost(new) }
        if new.isFromTag != old.isFromTag { return new.isFromTag }
        if cost(old) != cost(new) { return cost(old) > cost(new) }
        return old.date > new.date
    }

    /// The name of a commit, or of a ref's own object; nil where no ref leads there.
    func name(_ id: ObjectID, _ kind: ObjectKind) -> String? {
        guard kind == .commit else { return tips.first { $0.id == id }?.name }
        guard let name = names[id] else { return nil }
        return name.generation == 0 ? name.tip : "\(Self.base(name.tip))~\(name.generation)"
    }
}
