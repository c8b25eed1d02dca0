internal import GitObjects
internal import GitRepository
internal import GitStorage

/// A to-do list that keeps merges: lines of history one after another, each from its branch point, with labels where one is
/// merged into another (`--rebase-merges`).
struct RebaseMergePlan {
    private let plan: RebasePlan
    /// Whether commits that do not descend from the base directly move onto it as well.
    private let movesCousins: Bool
    /// Whether roots stand on the new base.
    private let hasBaseForRoots: Bool
    private let isShort: Bool
    private var labels: [ObjectID: String] = [:]
    /// Labels as they are compared: without regard to case.
    private var taken: Set<String> = []

    init(_ plan: RebasePlan, base: ObjectID?, movesCousins: Bool, hasBaseForRoots: Bool, isShort: Bool) {
        self.plan = plan
        self.movesCousins = movesCousins
        self.hasBaseForRoots = hasBaseForRoots
        self.isShort = isShort
        taken.insert("onto")
        if let base { labels[base] = "onto" }
    }

    mutating func todo() throws -> RebaseTodo {
        let (all, skipped) = try plan.commits(withMerges: true)
        let interesting = Set(all.map(\.id))
        let entries = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
        var steps: [ObjectID: RebaseStep] = [:]
        var tips: [ObjectID] = []
        for entry in all {
            guard entry.parents.count > 1 else {
                steps[entry.id] = try plan.pick(entry, skipped)
                continue
            }
            steps[entry.id] = try merge(entry, interesting, &tips)
        }
        if !skipped.isEmpty { plan.adviseSkipped() }
        var seen: Set<ObjectID> = []
        for entry in all {
            for parent in entry.parents where interesting.contains(parent) && !seen.insert(parent).inserted {
                _ = label(parent, "branch-point")
            }
        }
        if let last = all.last { tips.append(last.id) }
        return RebaseTodo(steps: try arranged(tips, entries, steps))
    }

    private mutating func merge(
        _ entry: RevisionWalk.Entry, _ interesting: Set<ObjectID>, _ tips: inout [ObjectID]
    ) throws -> RebaseStep {
        let title = try plan.title(entry.id)
        var names: [String] = []
        for parent in entry.parents.dropFirst() {
            guard interesting.contains(parent) else {
                names.append(label(parent, nil))
                continue
            }
            tips.append(parent)
            names.append(label(parent, Self.branch(title)))
        }
        return RebaseStep(
            .merge, entry.id, text: names.joined(separator: " ") + " # \(title)", use: .taken)
    }

    /// The branch that a merge's subject names, else the subject.
    private static func branch(_ title: String) -> String {
        if title.hasPrefix("Merge "), let open = title.dropFirst(6).firstIndex(of: "'"),
            let close = title[title.index(after: open)...].firstIndex(of: "'")
        {
            return String(title[title.index(after: open)..<close])
        }
        if title.hasPrefix("Merge pull request "), let from = title.firstRange(of: " from ") {
            return String(title[from.upperBound...])
        }
        return title
    }

    /// The lists of the tips' lines of history, each behind what it begins with.
    private mutating func arranged(
        _ tips: [ObjectID], _ entries: [ObjectID: RevisionWalk.Entry], _ steps: [ObjectID: RebaseStep]
    ) throws -> [RebaseStep] {
        var result = [RebaseStep(.label, text: "onto")]
        var shown: Set<ObjectID> = []
        for tip in tips where !shown.contains(tip) {
            result.append(RebaseStep(.comment))
            if let name = labels[tip] { result.append(RebaseStep(.comment, text: "# Branch \(name)")) }
            var line: [ObjectID] = []
            var next: ObjectID? = tip
            while let id = next, let entry = entries[id], !shown.contains(id) {
                line.append(id)
                next = entry.parents.first
            }
            result.append(try beginning(next))
            for id in line.reversed() {
                if let step = steps[id] { result.append(step) }
                if let name = labels[id] { result.append(RebaseStep(.label, text: name)) }
                shown.insert(id)
            }
        }
        return result
    }

    /// Where a line of history begins; nil for a root.
    private mutating func beginning(_ commit: ObjectID?) throws -> RebaseStep {
        guard let commit else {
            return RebaseStep(.reset, text: movesCousins || hasBaseForRoots ? "onto" : "[new root]")
        }
        let name = labels[commit] ?? (movesCousins ? "onto" : label(commit, nil))
        guard name != "onto" else { return RebaseStep(.reset, text: "onto") }
        return RebaseStep(.reset, text: "\(name) # \(try plan.title(commit))")
    }

    // MARK: Labels

    /// The label of a commit. Where it has none yet it gets one: made of a name, or its own id cut short.
    private mutating func label(_ id: ObjectID, _ name: String?) -> String {
        if let known = labels[id] { return known }
        let label = name.map { unique(Self.sanitized($0), id) } ?? abbreviated(id)
        labels[id] = label
        taken.insert(label.lowercased())
        return label
    }

    private func abbreviated(_ id: ObjectID) -> String {
        var label = plan.history.short(id)
        while taken.contains(label), label.utf8.count < id.hex.utf8.count {
            label = String(id.hex.prefix(label.utf8.count + 1))
        }
        return label
    }

    /// A name with what no ref may hold made into single dashes.
    private static func sanitized(_ name: String) -> String {
        var result: [UInt8] = []
        for byte in name.utf8 {
            let isLetter = (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            if byte >= 0x80 || isLetter {
                result.append(byte)
            } else if let last = result.last, last != UInt8(ascii: "-") {
                result.append(UInt8(ascii: "-"))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func unique(_ name: String, _ id: ObjectID) -> String {
        let base = name.isEmpty ? "rev-" + plan.history.short(id) : name
        let isHash = base.utf8.count == id.hex.utf8.count && base.allSatisfy(\.isHexDigit)
        guard isHash || taken.contains(base.lowercased()) else { return base }
        var number = 2
        while taken.contains("\(base)-\(number)".lowercased()) { number += 1 }
        return "\(base)-\(number)"
    }
}
