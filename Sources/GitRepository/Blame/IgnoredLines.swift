internal import GitDiff

/// Guesses which lines of a parent the lines that an ignored commit changed were made of.
struct IgnoredLines {
    /// How alike a line must be to one somewhere else in the file.
    private static let threshold = 10

    private var old: [LineFingerprint]
    private let new: [LineFingerprint]

    init(old: Lines, new: Lines) {
        self.old = (0..<old.count).map { LineFingerprint(old[$0]) }
        self.new = (0..<new.count).map { LineFingerprint(new[$0]) }
    }

    /// For each new line of a change the old one that it is likely to come from.
    mutating func sources(of change: LineChange) -> [Int?] {
        var result = [Int?](repeating: nil, count: change.newCount)
        if change.oldCount > 0, change.newCount > 0 {
            var matcher = LineMatcher(change)
            matcher.match(&old, new)
            result = matcher.result
        }
        for index in result.indices where result[index] == nil {
            result[index] = mostAlike(change.newStart + index)
        }
        return result
    }

    /// The line of the whole old file that is most like a new one; of equal ones the nearest.
    private func mostAlike(_ line: Int) -> Int? {
        var best: Int?
        var bestScore = Self.threshold
        for index in old.indices {
            let score = new[line].similarity(old[index])
            if score < bestScore { continue }
            if score == bestScore, let best, abs(best - line) < abs(index - line) { continue }
            bestScore = score
            best = index
        }
        return best
    }
}

/// Pairs the lines of the two sides of a change, the surest pair first, so that the order is kept.
private struct LineMatcher {
    private enum Certainty {
        static let none = -2
        static let unknown = -1
    }

    let change: LineChange
    private(set) var result: [Int?]
    private var secondBest: [Int]
    private var certainty: [Int]
    /// Of each new line the likeness to the old lines around the one that stands where it stands; -1: not known.
    private var similarity: [Int]
    /// How far around is looked.
    private let reach: Int
    /// How far apart two new lines may be that look at the same old line.
    private let newReach: Int

    init(_ change: LineChange) {
        self.change = change
        reach = min(10, change.oldCount - 1)
        newReach = ((2 * reach + 1) * change.newCount - 1) / change.oldCount
        result = Array(repeating: nil, count: change.newCount)
        secondBest = Array(repeating: -1, count: change.newCount)
        certainty = Array(repeating: Certainty.unknown, count: change.newCount)
        similarity = Array(repeating: -1, count: change.newCount * (reach * 2 + 1))
    }

    mutating func match(_ old: inout [LineFingerprint], _ new: [LineFingerprint]) {
        match(
            change.oldStart..<change.oldEnd, change.newStart..<change.newEnd, &old, new)
    }

    /// The old line that stands as far into the change as a new one.
    private func nearest(_ line: Int) -> Int {
        ((line - change.newStart) * 2 + 1) * change.oldCount / (change.newCount * 2) + change.oldStart
    }

    private func slot(_ oldLine: Int, _ newLine: Int) -> Int {
        oldLine - nearest(newLine) + reach + (newLine - change.newStart) * (reach * 2 + 1)
    }

    private mutating func findBest(
        _ line: Int, _ range: Range<Int>, _ old: [LineFingerprint], _ new: [LineFingerprint]
    ) {
        let index = line - change.newStart
        guard certainty[index] == Certainty.unknown else { return }
        let middle = nearest(line)
        var best = (score: 0, line: range.lowerBound)
        var second = (score: 0, line: range.lowerBound)
        let first = max(range.lowerBound, middle - reach)
        let end = max(first, min(range.upperBound, middle + reach + 1))
        for candidate in first..<end {
            let slot = slot(candidate, line)
            if similarity[slot] == -1 {
                similarity[slot] = new[line].similarity(old[candidate]) * (1000 - abs(candidate - middle))
            }
            let score = similarity[slot]
            if score > best.score {
                second = best
                best = (score, candidate)
            } else if score > second.score {
                second = (score, candidate)
            }
        }
        if best.score == 0 {
            certainty[index] = Certainty.none
            result[index] = nil
        } else {
            certainty[index] = best.score * 2 - second.score
            result[index] = best.line
            secondBest[index] = second.line
        }
    }

    private mutating func match(
        _ oldRange: Range<Int>, _ newRange: Range<Int>, _ old: inout [LineFingerprint], _ new: [LineFingerprint]
    ) {
        var surest: (certainty: Int, line: Int)?
        for line in newRange {
            findBest(line, oldRange, old, new)
            let value = certainty[line - change.newStart]
            if value > surest?.certainty ?? -1 { surest = (value, line) }
        }
        guard let line = surest?.line, let oldLine = result[line - change.newStart] else { return }
        // What this pair shares is no reason for another.
        old[oldLine].subtract(new[line])
        let first = max(newRange.lowerBound, line - newReach)
        let end = min(newRange.upperBound, line + newReach + 1)
        for other in first..<end where abs(oldLine - nearest(other)) <= reach {
            similarity[slot(oldLine, other)] = -1
        }
        // What would cross this pair has to be looked at again.
        for other in first..<end where other != line && certainty[other - change.newStart] >= 0 {
            let index = other - change.newStart
            guard let match = result[index] else { continue }
            let crosses =
                other < line
                ? match >= oldLine || secondBest[index] >= oldLine : match <= oldLine || secondBest[index] <= oldLine
            if crosses { certainty[index] = Certainty.unknown }
        }
        if line > newRange.lowerBound {
            match(oldRange.lowerBound..<(oldLine + 1), newRange.lowerBound..<line, &old, new)
        }
        if line + 1 < newRange.upperBound {
            match(oldLine..<oldRange.upperBound, (line + 1)..<newRange.upperBound, &old, new)
        }
    }
}
