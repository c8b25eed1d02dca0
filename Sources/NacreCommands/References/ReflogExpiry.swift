internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import Glibc

/// Which entries of reflogs are too old to keep: `reflog expire`, and what `gc` does with all logs.
struct ReflogExpiry {
    private let repository: Repository
    private let context: Context
    /// What the command line says of all entries, and of those that the tip does not reach; nil for the configuration's word.
    var total: String?
    var unreachable: String?
    /// Whether old values are adapted to the entries that are left.
    var rewrites = false
    var isDryRun = false
    var isVerbose = false

    private static let day: Int64 = 86_400

    init(_ repository: Repository, _ context: Context) {
        self.repository = repository
        self.context = context
    }

    /// Entries of a log that are older than these go: all of them; and those that the ref does not reach.
    private struct Limits {
        var total: Int64
        var unreachable: Int64
    }

    /// Seconds since 1970; 0 for never.
    private func moment(_ text: String) throws -> Int64 {
        switch text {
        case "never", "false": return 0
        case "all", "now": return .max
        default:
            guard let time = ApproximateDate.parse(text, now: context.now, localZone: { context.localZone(at: $0) })
            else { throw CommandError.fatal("'\(text)' is not a valid timestamp") }
            return time
        }
    }

    /// The limits of a ref: the command line's, else those of the first pattern that matches its name, else the usual ones.
    private func limits(_ name: RefName) throws -> Limits {
        var limits = try configuredLimits(name)
        if let total { limits.total = try moment(total) }
        if let unreachable { limits.unreachable = try moment(unreachable) }
        return limits
    }

    private func configuredLimits(_ name: RefName) throws -> Limits {
        let config = repository.config
        for pattern in config.subsections(of: "gc") where Wildmatch.matches(pattern, name.bytes) {
            // What a pattern leaves out is for ever.
            let prefix = "gc.\(String(decoding: pattern, as: UTF8.self))."
            return Limits(
                total: try config.string(prefix + "reflogexpire").map { try moment($0) } ?? 0,
                unreachable: try config.string(prefix + "reflogexpireunreachable").map { try moment($0) } ?? 0)
        }
        // A stash is reached through its log alone.
        if name.string == "refs/stash" { return Limits(total: 0, unreachable: 0) }
        let now = Int64(time(nil))
        return Limits(
            total: try config.string("gc.reflogexpire").map { try moment($0) } ?? now - 90 * Self.day,
            unreachable: try config.string("gc.reflogexpireunreachable").map { try moment($0) } ?? now - 30 * Self.day)
    }

    /// Expires every log.
    func runAll() throws {
        for name in try repository.refs.reflogNames() { try run(name) }
    }

    /// Expires one ref's log.
    func run(_ name: RefName) throws {
        let limits = try limits(name)
        let tips = try tips(name)
        // Where the one limit is not behind the other, or there is no tip, nothing needs to be walked.
        let isWalking = limits.unreachable > limits.total && !tips.isEmpty
        var reachable: Set<ObjectID>?
        func isLost(_ id: ObjectID) throws -> Bool {
            if id.isZero { return false }
            guard let commit = try? repository.objects.peel(id, to: .commit) else { return false }
            if reachable == nil { reachable = try ancestors(tips) }
            return reachable?.contains(commit) == false
        }
        try repository.refs.rewriteReflog(name) { entries in
            var kept: [ReflogEntry] = []
            for original in entries {
                var entry = original
                if rewrites {
                    entry = ReflogEntry(
                        old: kept.last?.new ?? .zero(repository.algorithm), new: entry.new, committer: entry.committer,
                        message: entry.message)
                }
                let time = entry.committer.time
                var isGone = time < limits.total
                if !isGone, time < limits.unreachable {
                    isGone = try !isWalking || isLost(entry.old) || isLost(entry.new)
                }
                if isVerbose {
                    context.output.line("\(isGone ? (isDryRun ? "would prune" : "prune") : "keep") \(entry.text)")
                }
                if !isGone { kept.append(entry) }
            }
            guard kept.count < entries.count, !isDryRun else { return nil }
            return kept
        }
    }

    /// From where entries have to be reached: the ref itself; for `HEAD` every ref, as it goes from one to the other.
    private func tips(_ name: RefName) throws -> [ObjectID] {
        if name.string == "HEAD" { return try repository.refs.list().compactMap(\.id) }
        return try repository.refs.resolve(name).map { [$0] } ?? []
    }

    private func ancestors(_ tips: [ObjectID]) throws -> Set<ObjectID> {
        var walk = RevisionWalk(repository, options: RevisionWalk.Options())
        for tip in tips {
            if let commit = try? repository.objects.peel(tip, to: .commit) { try walk.include(commit) }
        }
        var result: Set<ObjectID> = []
        while let entry = try walk.next() { result.insert(entry.id) }
        return result
    }

    /// Entries whose old value is the new value of the one before.
    static func rewritten(_ entries: [ReflogEntry], _ algorithm: Bytes.HashAlgorithm) -> [ReflogEntry] {
        var last = ObjectID.zero(algorithm)
        return entries.map { entry in
            defer { last = entry.new }
            return ReflogEntry(old: last, new: entry.new, committer: entry.committer, message: entry.message)
        }
    }
}
