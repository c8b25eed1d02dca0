public import GitObjects
internal import GitStorage
public import GitWorktree

/// Chooses the commit whose test says most about which commit was the first bad one, as Git's bisect does.
public struct Bisection {
    /// What is known.
    public struct Knowledge {
        /// The bad commit.
        public var bad: ObjectID
        /// Further commits whose history is in question, as `rev-list --bisect` may name several.
        public var alsoBad: [ObjectID] = []
        /// The good commits.
        public var good: [ObjectID]
        /// The commits that cannot be tested.
        public var skipped: Set<ObjectID> = []
        /// Whether only first parents are followed.
        public var followsFirstParentOnly = false
        /// Only commits that change these paths count.
        public var paths: Pathspec?
        /// Whether all commits are wanted in the order of what their tests say: ``Choice/ranking``.
        public var ranksAll = false

        /// Nothing is skipped.
        public init(bad: ObjectID, good: [ObjectID]) {
            self.bad = bad
            self.good = good
        }
    }

    /// What was chosen.
    public struct Choice: Sendable, Hashable {
        /// The commit; nil where nothing is left.
        public var commit: ObjectID?
        /// Skipped commits that would have been better.
        public var passedOver: [ObjectID] = []
        /// All commits, those whose test says most first, with how far each is from the nearer end; empty unless asked for.
        public var ranking: [Ranked] = []
        /// How many commits are in question.
        public var count = 0
        /// How many of them the commit at half way can reach, itself among them.
        public var reach = 0

        /// How many are left to test after this one.
        public var remaining: Int { count - reach - 1 }

        /// About how many steps that takes.
        public var steps: Int {
            guard count >= 3 else { return 0 }
            let log = Int.bitWidth - 1 - count.leadingZeroBitCount
            let power = 1 << log
            return power < 3 * (count - power) ? log : log - 1
        }
    }

    /// A commit, and how many of the others its test rules out at least.
    public struct Ranked: Sendable, Hashable {
        /// The commit.
        public let commit: ObjectID
        /// The lesser of how many commits it can reach and how many it cannot.
        public let distance: Int
    }

    private let knowledge: Knowledge
    /// The commits in question, oldest first.
    private var commits: [ObjectID] = []
    /// Of each commit the parents that are in question.
    private var parents: [[Int]] = []
    private var weights: [Int] = []

    /// Chooses.
    ///
    /// - Throws: ``StorageError`` where a commit cannot be read.
    public static func choose(_ repository: Repository, _ knowledge: Knowledge) throws -> Choice {
        var bisection = Bisection(knowledge: knowledge)
        try bisection.collect(repository)
        return bisection.choose()
    }

    private init(knowledge: Knowledge) { self.knowledge = knowledge }

    private mutating func collect(_ repository: Repository) throws {
        var options = RevisionWalk.Options()
        options.followsFirstParentOnly = knowledge.followsFirstParentOnly
        options.paths = knowledge.paths
        options.rewritesParents = knowledge.paths != nil
        var walk = RevisionWalk(repository, options: options)
        try walk.include(knowledge.bad)
        for id in knowledge.alsoBad { try walk.include(id) }
        for id in knowledge.good { try walk.exclude(id) }
        var found: [(id: ObjectID, parents: [ObjectID])] = []
        while let entry = try walk.next() { found.append((entry.id, entry.parents)) }
        found.reverse()
        var numbers: [ObjectID: Int] = [:]
        for (number, item) in found.enumerated() { numbers[item.id] = number }
        commits = found.map(\.id)
        parents = found.map { item in
            let all = knowledge.followsFirstParentOnly ? Array(item.parents.prefix(1)) : item.parents
            return all.compactMap { numbers[$0] }
        }
    }

    private mutating func choose() -> Choice {
        let needsAll = !knowledge.skipped.isEmpty || knowledge.ranksAll
        var choice = Choice(count: commits.count)
        guard !commits.isEmpty else { return choice }
        let best = weigh(stopsHalfWay: !needsAll)
        guard needsAll else {
            choice.commit = commits[best]
            choice.reach = weights[best]
            return choice
        }
        let order = commits.indices.sorted { a, b in
            let (first, second) = (distance(a), distance(b))
            return first != second ? first > second : commits[a] < commits[b]
        }
        choice.reach = weights[order[0]]
        if knowledge.ranksAll { choice.ranking = order.map { Ranked(commit: commits[$0], distance: distance($0)) } }
        passOver(order.map { commits[$0] }, &choice)
        return choice
    }

    private func distance(_ number: Int) -> Int { min(weights[number], commits.count - weights[number]) }

    // MARK: Weights

    private func isHalfWay(_ number: Int) -> Bool {
        let difference = 2 * weights[number] - commits.count
        return abs(difference) <= 1 || abs(difference) < commits.count / 1024
    }

    /// Counts for each commit how many it can reach; gives back the one nearest to half of them.
    private mutating func weigh(stopsHalfWay: Bool) -> Int {
        weights = parents.map { $0.isEmpty ? 1 : $0.count == 1 ? -1 : -2 }
        var known = weights.count { $0 == 1 }
        for number in commits.indices where weights[number] == -2 {
            weights[number] = reach(number)
            if stopsHalfWay, isHalfWay(number) { return number }
            known += 1
        }
        while known < commits.count {
            let before = known
            for number in commits.indices where weights[number] < 0 {
                guard let parent = parents[number].first(where: { weights[$0] >= 0 }) else { continue }
                weights[number] = weights[parent] + 1
                known += 1
                if stopsHalfWay, isHalfWay(number) { return number }
            }
            if known == before { break }
        }
        var best = 0
        var bestDistance = -1
        for number in commits.indices where distance(number) > bestDistance {
            best = number
            bestDistance = distance(number)
        }
        return best
    }

    private func reach(_ start: Int) -> Int {
        var seen = [Bool](repeating: false, count: commits.count)
        var open = [start]
        seen[start] = true
        var count = 0
        while let number = open.popLast() {
            count += 1
            for parent in parents[number] where !seen[parent] {
                seen[parent] = true
                open.append(parent)
            }
        }
        return count
    }

    // MARK: Skipped commits

    /// Takes the first commit that is not skipped; where the best one is, one at some distance from it, because its
    /// neighbours are likely to be as impossible to test.
    private func passOver(_ sorted: [ObjectID], _ choice: inout Choice) {
        guard knowledge.skipped.contains(sorted[0]) else {
            choice.commit = sorted[0]
            return
        }
        choice.passedOver = sorted.filter { knowledge.skipped.contains($0) }
        let left = sorted.filter { !knowledge.skipped.contains($0) }
        guard let first = left.first else { return }
        let random = Bisection.pseudoRandom(left.count)
        let root = Bisection.squareRoot
        let index = (left.count * random / 32768) * root(random) / root(32768)
        guard index < left.count else {
            choice.commit = first
            return
        }
        choice.commit = left[index] != knowledge.bad ? left[index] : index > 0 ? left[index - 1] : first
    }

    private static func pseudoRandom(_ seed: Int) -> Int {
        let value = UInt32(truncatingIfNeeded: seed) &* 1_103_515_245 &+ 12345
        return Int(value / 65536) % 32768
    }

    private static func squareRoot(_ value: Int) -> Int {
        guard value != 0 else { return 0 }
        var guess = Float(value)
        while true {
            let next = (guess + Float(value) / guess) / 2
            let difference = abs(next - guess)
            guess = next
            if difference < 0.5 { return Int(guess) }
        }
    }
}
