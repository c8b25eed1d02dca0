internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitStorage

extension RevisionResolver {
    /// The object that a revision without a colon names.
    func object(_ text: Substring, hint: Hint) throws -> ObjectID? {
        let bytes = Array(text.utf8)
        // `^2`, `~3` at the end.
        var digits = bytes.count
        while digits > 0, bytes[digits - 1] >= 0x30, bytes[digits - 1] <= 0x39 { digits -= 1 }
        if digits > 1, bytes[digits - 1] == UInt8(ascii: "^") || bytes[digits - 1] == UInt8(ascii: "~") {
            let number = String(decoding: bytes[digits...], as: UTF8.self)
            guard number.utf8.count <= 9, let count = number.isEmpty ? 1 : Int(number) else { return nil }
            let base = text.prefix(utf8: digits - 1)
            return bytes[digits - 1] == UInt8(ascii: "^")
                ? try parent(of: base, count) : try ancestor(of: base, count)
        }
        if let peeled = try peeled(text, bytes) { return peeled.id }
        if let id = try named(text, bytes) { return id }
        if let id = try described(text, bytes) { return id }
        return try abbreviated(bytes, hint: hint)
    }

    private func commitID(_ text: Substring) throws -> ObjectID? {
        guard let id = try object(text, hint: .committish) else { return nil }
        return try peel(id, to: .commit)
    }

    private func parent(of text: Substring, _ number: Int) throws -> ObjectID? {
        guard let id = try commitID(text) else { return nil }
        if number == 0 { return id }
        let parents = try repository.objects.links(id).parents
        return number <= parents.count ? parents[number - 1] : nil
    }

    private func ancestor(of text: Substring, _ count: Int) throws -> ObjectID? {
        guard var id = try commitID(text) else { return nil }
        for _ in 0..<count {
            guard let first = try repository.objects.links(id).parents.first else { return nil }
            id = first
        }
        return id
    }

    /// What `^{…}` at the end makes of what stands before it; nil where there is none.
    private func peeled(_ text: Substring, _ bytes: [UInt8]) throws -> (id: ObjectID?, Void)? {
        guard bytes.last == UInt8(ascii: "}"), bytes.count >= 4 else { return nil }
        var open = bytes.count - 2
        while open >= 1, !(bytes[open] == UInt8(ascii: "{") && bytes[open - 1] == UInt8(ascii: "^")) { open -= 1 }
        guard open >= 2 else { return nil }
        let word = String(decoding: bytes[(open + 1)..<(bytes.count - 1)], as: UTF8.self)
        let base = text.prefix(utf8: open - 1)
        if word.hasPrefix("/") {
            guard let id = try commitID(base) else { return (nil, ()) }
            return (try youngest(String(word.dropFirst()), from: [id]), ())
        }
        let hint: Hint =
            switch word {
            case "commit": .committish
            case "tree": .treeish
            case "blob": .blob
            default: .any
            }
        guard let id = try object(base, hint: hint) else { return (nil, ()) }
        switch word {
        case "": return (try repository.objects.peelTags(id).id, ())
        case "object": return (repository.objects.contains(id) ? id : nil, ())
        case "commit", "tree", "blob", "tag":
            guard let kind = ObjectKind(name: Array(word.utf8)) else { return (nil, ()) }
            if kind == .tag || kind == .blob {
                var current = id
                while true {
                    guard let header = try repository.objects.headerIfPresent(current) else { return (nil, ()) }
                    if header.kind == kind { return (current, ()) }
                    guard header.kind == .tag else { return (nil, ()) }
                    current = try repository.objects.tag(current).target
                }
            }
            return (try peel(id, to: kind), ())
        default: return (nil, ())
        }
    }

    // MARK: Names

    private func named(_ text: Substring, _ bytes: [UInt8]) throws -> ObjectID? {
        let algorithm = repository.algorithm
        if bytes.count == algorithm.hexCount, let id = ObjectID(hex: bytes, algorithm: algorithm) { return id }
        var name = text
        var log: Substring?
        if bytes.last == UInt8(ascii: "}"), bytes.count >= 4 {
            var at = bytes.count - 4
            while at >= 0 {
                if bytes[at] == UInt8(ascii: "@"), bytes[at + 1] == UInt8(ascii: "{") {
                    if bytes[at + 2] == UInt8(ascii: "-") {
                        // `@{-1}` stands at the beginning only.
                        if at != 0 { return nil }
                    } else {
                        let inner = String(decoding: bytes[(at + 2)..<(bytes.count - 1)], as: UTF8.self)
                        if !Self.isMark(inner) {
                            name = text.prefix(utf8: at)
                            log = Substring(inner)
                        }
                    }
                    break
                }
                at -= 1
            }
        }
        if name.isEmpty, log == nil { return nil }
        if let log { return try fromLog(name, String(log)) }
        let found = try refs(named: String(name))
        guard let first = found.first else { return nil }
        warnAmbiguous(name, found.count)
        return first.id
    }

    private static func isMark(_ text: String) -> Bool { ["u", "upstream", "push"].contains(text.lowercased()) }

    private func warnAmbiguous(_ name: Substring, _ count: Int) {
        guard count > 1, (try? repository.config.bool("core.warnambiguousrefs")) != false else { return }
        report("warning: refname '\(name)' is ambiguous.")
    }

    static let rules = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]

    /// All refs that a short name may mean, the one that counts first.
    func refs(named text: String) throws -> [(name: RefName, id: ObjectID)] {
        let name = try expandBranch(text) ?? text
        var found: [(name: RefName, id: ObjectID)] = []
        for candidate in Self.rules.map({ $0 + name }) + ["refs/remotes/\(name)/HEAD"] {
            guard let full = try? RefName(candidate), let target = try? repository.refs.resolveFully(full) else {
                continue
            }
            guard let id = target.id else { continue }
            found.append((full, id))
        }
        return found
    }

    /// What a ref held at a time or some changes ago.
    private func fromLog(_ name: Substring, _ when: String) throws -> ObjectID? {
        var target: RefName
        if name.isEmpty {
            target = try repository.refs.resolveFully(.head).name
        } else {
            guard let first = try loggedRef(String(name)) else { return nil }
            target = first
        }
        let shown = name.isEmpty ? target.string : String(name)
        let digits = Array(when.utf8)
        var count: Int?
        var time: Int64 = 0
        if !digits.isEmpty, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            guard let number = Int(when) else { return nil }
            if number >= 100_000_000 { time = Int64(number) } else { count = number }
        } else {
            guard let moment = ApproximateDate.parse(when, now: now, localZone: localZone) else { return nil }
            time = moment
        }
        if !repository.refs.hasReflog(target), name.isEmpty == false, target != .head,
            repository.refs.hasReflog(.head), shown == "HEAD"
        {
            target = .head
        }
        let log = try repository.refs.reflog(target)
        guard let log, !log.entries.isEmpty else {
            if count == 0 || count == nil, let id = try repository.refs.resolve(target) { return id }
            throw RevisionError.invalid("log for '\(target)' is empty")
        }
        if let count {
            guard let id = log.id(before: count) else {
                throw RevisionError.logTooShort(ref: shown, count: log.entries.count)
            }
            return id
        }
        if let index = log.entries.lastIndex(where: { $0.committer.time <= time }) { return log.entries[index].new }
        let first = log.entries[0]
        let date = DateStyle.rfc2822.format(
            time: first.committer.time, zoneMinutes: first.committer.zoneMinutes, now: now)
        report("warning: log for '\(shown)' only goes back to \(date)")
        return first.old.isZero ? first.new : first.old
    }

    /// The ref that a short name means where its log is asked for.
    private func loggedRef(_ text: String) throws -> RefName? {
        let name = try expandBranch(text) ?? text
        var first: RefName?
        for candidate in Self.rules.map({ $0 + name }) + ["refs/remotes/\(name)/HEAD"] {
            guard let full = try? RefName(candidate), let target = try? repository.refs.resolveFully(full),
                target.id != nil
            else { continue }
            if repository.refs.hasReflog(full) { return full }
            if target.name != full, repository.refs.hasReflog(target.name) { return target.name }
            if first == nil { first = full }
        }
        return first
    }

    // MARK: Abbreviations

    /// `v1.0-3-gabcdef1`, as describe prints it.
    private func described(_ text: Substring, _ bytes: [UInt8]) throws -> ObjectID? {
        guard let g = bytes.lastIndex(where: { Hex.value($0) == nil }), g > 0, bytes[g] == UInt8(ascii: "g"),
            bytes[g - 1] == UInt8(ascii: "-"), bytes.count - g > 4
        else { return nil }
        return try abbreviated(Array(bytes[(g + 1)...]), hint: .commit)
    }

    private func abbreviated(_ bytes: [UInt8], hint: Hint) throws -> ObjectID? {
        let algorithm = repository.algorithm
        guard bytes.count >= 4, bytes.count <= algorithm.hexCount, bytes.allSatisfy({ Hex.value($0) != nil }) else {
            return nil
        }
        let lower = bytes.map { $0 >= 0x41 && $0 <= 0x46 ? $0 | 0x20 : $0 }
        let all = try repository.objects.ids(withHexPrefix: lower, limit: 1000)
        if all.count <= 1 { return all.first }
        let matching = try all.filter { try matches($0, hint) }
        if matching.count == 1 { return matching[0] }
        try reportAmbiguity(String(decoding: bytes, as: UTF8.self), matching.isEmpty ? all : matching)
        return nil
    }

    private func matches(_ id: ObjectID, _ hint: Hint) throws -> Bool {
        let hint = hint == .any ? configuredHint : hint
        guard let kind = try repository.objects.headerIfPresent(id)?.kind else { return false }
        switch hint {
        case .any: return true
        case .commit: return kind == .commit
        case .blob: return kind == .blob
        case .tree: return kind == .tree
        case .committish:
            if kind == .tag { return try repository.objects.peelTags(id).kind == .commit }
            return kind == .commit
        case .treeish:
            let peeled = kind == .tag ? try repository.objects.peelTags(id).kind : kind
            return peeled == .commit || peeled == .tree
        }
    }

    private var configuredHint: Hint {
        switch repository.config.string("core.disambiguate") {
        case "commit": .commit
        case "committish": .committish
        case "tree": .tree
        case "treeish": .treeish
        case "blob": .blob
        default: .any
        }
    }

    private func reportAmbiguity(_ text: String, _ candidates: [ObjectID]) throws {
        var lines: [(rank: Int, id: ObjectID, text: String)] = []
        for id in candidates {
            guard let kind = try repository.objects.headerIfPresent(id)?.kind else { continue }
            var line = "hint:   \(repository.objects.abbreviate(id)) \(kind.name)"
            let rank: Int
            switch kind {
            case .tag:
                rank = 0
                let tag = try repository.objects.tag(id)
                if let tagger = tag.tagger {
                    line += " \(DateStyle.short.format(time: tagger.time, zoneMinutes: tagger.zoneMinutes, now: now))"
                }
                line += " - \(String(decoding: tag.name, as: UTF8.self))"
            case .commit:
                rank = 1
                let commit = try repository.objects.commit(id)
                let date = DateStyle.short.format(
                    time: commit.committer.time, zoneMinutes: commit.committer.zoneMinutes, now: now)
                line += " \(date) - \(String(decoding: commit.subject, as: UTF8.self))"
            case .tree: rank = 2
            case .blob: rank = 3
            }
            lines.append((rank, id, line))
        }
        report("error: short object ID \(text) is ambiguous")
        report("hint: The candidates are:")
        for line in lines.sorted(by: { ($0.rank, $0.id) < ($1.rank, $1.id) }) { report(line.text) }
    }

    // MARK: Searching

    /// The youngest commit, of all that can be reached, whose message matches.
    func youngest(_ text: String, from starts: [ObjectID]) throws -> ObjectID? {
        var pattern = text
        var isNegated = false
        if text.hasPrefix("!") {
            if text.hasPrefix("!-") {
                isNegated = true
                pattern = String(text.dropFirst(2))
            } else if text.hasPrefix("!!") {
                pattern = String(text.dropFirst())
            } else {
                return nil
            }
        }
        guard let expression = LinePattern(pattern) else { throw RevisionError.badPattern(text) }
        var queue = CommitQueue()
        var seen: Set<ObjectID> = []
        for start in starts {
            guard let id = try peel(start, to: .commit), seen.insert(id).inserted else { continue }
            queue.push(id, time: try repository.objects.links(id).time)
        }
        while let id = queue.pop() {
            let commit = try repository.objects.commit(id)
            if expression.matches(commit.message[...]) != isNegated { return id }
            for parent in commit.parents where seen.insert(parent).inserted {
                queue.push(parent, time: try repository.objects.links(parent).time)
            }
        }
        return nil
    }
}

extension Substring {
    /// The first bytes, which end at a character's boundary.
    func prefix(utf8 count: Int) -> Substring {
        Substring(self[..<(utf8.index(startIndex, offsetBy: count, limitedBy: endIndex) ?? endIndex)])
    }
}

/// Commits by time, youngest first; of equal times the one that came first.
struct CommitQueue {
    private var heap: [(time: Int64, order: Int, id: ObjectID)] = []
    private var count = 0

    mutating func push(_ id: ObjectID, time: Int64) {
        heap.append((time, count, id))
        count += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.precedes(heap[child], heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> ObjectID? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first.id }
        heap[0] = last
        var parent = 0
        while true {
            var best = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && Self.precedes(heap[child], heap[best]) {
                best = child
            }
            if best == parent { break }
            heap.swapAt(best, parent)
            parent = best
        }
        return first.id
    }

    private static func precedes(
        _ a: (time: Int64, order: Int, id: ObjectID), _ b: (time: Int64, order: Int, id: ObjectID)
    ) -> Bool {
        a.time != b.time ? a.time > b.time : a.order < b.order
    }
}
