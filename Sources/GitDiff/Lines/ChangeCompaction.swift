/// Moves runs of changed lines up or down, where the text allows it, to the place where a person would have made the
/// change: joined to other runs, beside a change of the other side, or where the indentation says that a block begins.
struct ChangeCompaction {
    /// How far a run is moved at most by its looks.
    private static let slidingLimit = 100

    /// A run of changed lines, perhaps empty; between two runs stands exactly one unchanged line.
    private struct Group {
        var start = 0
        var end = 0

        init(_ side: ChangeMap.Side) {
            while side[end] { end += 1 }
        }

        var isEmpty: Bool { start == end }

        mutating func moveToNext(_ side: ChangeMap.Side) -> Bool {
            guard end < side.count else { return false }
            start = end + 1
            end = start
            while side[end] { end += 1 }
            return true
        }

        mutating func moveToPrevious(_ side: ChangeMap.Side) -> Bool {
            guard start > 0 else { return false }
            end = start - 1
            start = end
            while side[start - 1] { start -= 1 }
            return true
        }

        mutating func slideUp(_ side: inout ChangeMap.Side) -> Bool {
            guard start > 0, side.classes[start - 1] == side.classes[end - 1] else { return false }
            start -= 1
            side[start] = true
            end -= 1
            side[end] = false
            while side[start - 1] { start -= 1 }
            return true
        }

        mutating func slideDown(_ side: inout ChangeMap.Side) -> Bool {
            guard end < side.count, side.classes[start] == side.classes[end] else { return false }
            side[start] = false
            start += 1
            side[end] = true
            end += 1
            while side[end] { end += 1 }
            return true
        }
    }

    /// Moves the runs of one side. `other` is walked alongside: its runs stand where this side's stand.
    static func compact(
        _ side: inout ChangeMap.Side, lines: Lines, other: ChangeMap.Side, usesIndentHeuristic: Bool
    ) {
        var group = Group(side)
        var partner = Group(other)
        while true {
            if !group.isEmpty {
                settle(&group, &partner, &side, lines, other, usesIndentHeuristic)
            }
            guard group.moveToNext(side), partner.moveToNext(other) else { return }
        }
    }

    private static func settle(
        _ group: inout Group, _ partner: inout Group, _ side: inout ChangeMap.Side, _ lines: Lines,
        _ other: ChangeMap.Side, _ usesIndentHeuristic: Bool
    ) {
        var size = 0
        var earliestEnd = 0
        var hasPartner = false
        repeat {
            size = group.end - group.start
            hasPartner = false
            while group.slideUp(&side) { _ = partner.moveToPrevious(other) }
            earliestEnd = group.end
            if !partner.isEmpty { hasPartner = true }
            while group.slideDown(&side) {
                _ = partner.moveToNext(other)
                if !partner.isEmpty { hasPartner = true }
            }
        } while size != group.end - group.start

        if group.end == earliestEnd { return }
        if hasPartner {
            while partner.isEmpty, group.slideUp(&side) { _ = partner.moveToPrevious(other) }
        } else if usesIndentHeuristic {
            let end = bestEnd(group, size, earliestEnd, lines)
            while group.end > end, group.slideUp(&side) { _ = partner.moveToPrevious(other) }
        }
    }

    private static func bestEnd(_ group: Group, _ size: Int, _ earliestEnd: Int, _ lines: Lines) -> Int {
        var best = group.end
        var bestScore: IndentScore?
        for end in max(earliestEnd, group.end - size - 1, group.end - slidingLimit)...group.end {
            var score = IndentScore()
            score.add(edge: end, in: lines)
            score.add(edge: end - size, in: lines)
            if bestScore.map({ score.isAtLeastAsGood(as: $0) }) ?? true {
                best = end
                bestScore = score
            }
        }
        return best
    }
}
