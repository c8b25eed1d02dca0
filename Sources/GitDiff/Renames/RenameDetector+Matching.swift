internal import Bytes
internal import GitObjects

extension RenameDetector {
    /// How many sources of the same content are looked at for one destination.
    private static let equalLimit = 100
    /// How many candidates are kept for one destination.
    private static let candidateLimit = 4

    /// Pairs files with the same content.
    mutating func matchEqual() throws(DiffError) {
        var byID: [ObjectID: [Int]] = [:]
        for index in sources.indices {
            byID[try similarity.id(of: items[sources[index].item].old), default: []].append(index)
        }
        for index in destinations.indices {
            let target = items[destinations[index].item].new
            guard let candidates = byID[try similarity.id(of: target)] else { continue }
            var best: Int?
            var bestScore = -1
            var left = RenameDetector.equalLimit
            for candidate in candidates {
                let item = items[sources[candidate].item]
                if item.old.mode?.isRegular != true || target.mode?.isRegular != true, item.old.mode != target.mode {
                    continue
                }
                let isUsed = users[item.oldKey] > 0
                if isUsed && !wantsCopies { continue }
                let score = (isUsed ? 0 : 1) + (RenameDetector.haveSameName(item.old.path, target.path) ? 1 : 0)
                if score > bestScore {
                    best = candidate
                    bestScore = score
                    if score == 2 { break }
                }
                left -= 1
                if left == 0 { break }
            }
            if let best { record(index, best, DiffEntry.maximumScore) }
        }
    }

    /// Whether the last components are the same.
    static func haveSameName(_ left: GitPath, _ right: GitPath) -> Bool { left.name == right.name }

    /// Pairs files whose names occur once among what is left on either side, or whose directories are known to have moved.
    mutating func matchNames(_ minimum: Int) throws(DiffError) {
        var sourceNames: [ArraySlice<UInt8>: Int] = [:]
        for index in sources.indices {
            let name = items[sources[index].item].old.path.name
            sourceNames[name] = sourceNames[name] == nil ? index : -1
        }
        var targetNames: [ArraySlice<UInt8>: Int] = [:]
        for index in destinations.indices where !destinations[index].isDone {
            let name = items[destinations[index].item].new.path.name
            targetNames[name] = targetNames[name] == nil ? index : -1
        }
        guide?.prepare(self)
        for index in sources.indices {
            let old = items[sources[index].item].old
            if let guide, !guide.isRelevant(old.path) { continue }
            guard let unique = sourceNames[old.path.name], var target = targetNames[old.path.name] else { continue }
            if unique == -1 || target == -1 { target = guide?.destination(for: old.path) ?? -1 }
            guard target >= 0, !destinations[target].isDone else { continue }
            let new = items[destinations[target].item].new
            let score = try similarity.score(old, new, minimum: minimum)
            guard score >= minimum else { continue }
            record(target, index, score)
            guide?.learn(old.path, new.path)
        }
    }

    /// A pair that might be.
    private struct Candidate {
        var destination = -1
        var source = -1
        var score = 0
        var nameScore = 0

        /// Whether another comes before this one.
        func isWorse(than other: Candidate) -> Bool {
            if destination < 0 { return other.destination >= 0 }
            if other.destination < 0 { return false }
            return score == other.score ? other.nameScore > nameScore : other.score > score
        }
    }

    /// Compares every file that is left with every other.
    mutating func matchAlike(_ open: [Int], _ minimum: Int) throws(DiffError) {
        var candidates: [Candidate] = []
        candidates.reserveCapacity(open.count * RenameDetector.candidateLimit)
        for index in open {
            var best = [Candidate](repeating: Candidate(), count: RenameDetector.candidateLimit)
            let new = items[destinations[index].item].new
            for sourceIndex in sources.indices {
                let item = items[sources[sourceIndex].item]
                if skipsUnchanged && item.isUnchanged { continue }
                let candidate = Candidate(
                    destination: index, source: sourceIndex,
                    score: try similarity.score(item.old, new, minimum: minimum),
                    nameScore: RenameDetector.haveSameName(item.old.path, new.path) ? 1 : 0)
                var worst = 0
                for other in 1..<best.count where best[other].isWorse(than: best[worst]) { worst = other }
                if best[worst].isWorse(than: candidate) { best[worst] = candidate }
            }
            similarity.forget(new)
            candidates += best
        }
        let order = candidates.indices.sorted { a, b in
            if candidates[b].isWorse(than: candidates[a]) { return true }
            return candidates[a].isWorse(than: candidates[b]) ? false : a < b
        }
        choose(order.map { candidates[$0] }, minimum, asCopies: false)
        if wantsCopies { choose(order.map { candidates[$0] }, minimum, asCopies: true) }
    }

    private mutating func choose(_ candidates: [Candidate], _ minimum: Int, asCopies: Bool) {
        for candidate in candidates {
            if candidate.destination < 0 || candidate.score < minimum { return }
            if destinations[candidate.destination].isDone { continue }
            if !asCopies && users[items[sources[candidate.source].item].oldKey] > 0 { continue }
            record(candidate.destination, candidate.source, candidate.score)
        }
    }
}

extension FileMode {
    /// Whether it is a file that holds content, not a link.
    var isRegular: Bool { self == .regular || self == .executable }
}
