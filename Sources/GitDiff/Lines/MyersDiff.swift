/// Myers' linear-space diff with the shortcuts that Git takes on large or very different texts.
///
/// E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986). The shortcuts are those of Git's default: common
/// ends are cut off first; lines that the other side does not have never enter the search, nor do very frequent lines that
/// stand among such; a search that costs too much is cut at the best place known.
struct MyersDiff {
    /// Frequent means at least the square root of the number of lines, but never more than this.
    private static let frequencyLimit = 1024
    /// How far around a frequent line its neighbours are looked at.
    private static let neighbourhood = 100
    /// A diagonal run longer than this is a good place to split.
    private static let goodRun = 20
    /// Cost from which good runs are looked for.
    private static let heuristicCost = 256
    /// A run counts where it reaches this many times further than its cost.
    private static let heuristicFactor = 4
    /// The least cost at which the search is given up.
    private static let minimumCostLimit = 256
    private static let farAway = Int32.max

    /// The side's lines that take part: their numbers and their positions in the text.
    private struct Candidates {
        var classes: [Int32] = []
        var lines: [Int32] = []
    }

    private let costLimit: Int
    private let a: UnsafePointer<Int32>
    private let b: UnsafePointer<Int32>
    private let forward: UnsafeMutablePointer<Int32>
    private let backward: UnsafeMutablePointer<Int32>

    /// Marks what differs between two runs of lines.
    static func mark(
        _ map: inout ChangeMap, old: Range<Int>, new: Range<Int>, classCount: Int, isMinimal: Bool
    ) {
        var start = 0
        let shorter = min(old.count, new.count)
        while start < shorter, map.old.classes[old.lowerBound + start] == map.new.classes[new.lowerBound + start] {
            start += 1
        }
        var end = 0
        while end < shorter - start,
            map.old.classes[old.upperBound - 1 - end] == map.new.classes[new.upperBound - 1 - end]
        {
            end += 1
        }
        var oldCounts = [Int32](repeating: 0, count: classCount)
        var newCounts = oldCounts
        for line in old { oldCounts[Int(map.old.classes[line])] += 1 }
        for line in new { newCounts[Int(map.new.classes[line])] += 1 }
        let first = select(
            &map.old, (old.lowerBound + start)..<(old.upperBound - end), total: old.count, others: newCounts)
        let second = select(
            &map.new, (new.lowerBound + start)..<(new.upperBound - end), total: new.count, others: oldCounts)
        search(&map, first, second, isMinimal: isMinimal)
    }

    /// Git's cheap square root: a power of two.
    private static func roughRoot(_ number: Int) -> Int {
        var root = 1
        var rest = number
        while rest > 0 {
            root *= 2
            rest >>= 2
        }
        return root
    }

    /// Chooses the lines that are worth searching for and marks the others as changed.
    private static func select(
        _ side: inout ChangeMap.Side, _ range: Range<Int>, total: Int, others: [Int32]
    ) -> Candidates {
        let limit = Int32(min(roughRoot(total), frequencyLimit))
        // 0: the other side has none. 1: some. 2: many.
        let weights = range.map { line -> UInt8 in
            let matches = others[Int(side.classes[line])]
            return matches == 0 ? 0 : matches >= limit ? 2 : 1
        }
        var result = Candidates()
        result.classes.reserveCapacity(range.count)
        result.lines.reserveCapacity(range.count)
        for (index, weight) in weights.enumerated() {
            let line = range.lowerBound + index
            if weight == 1 || (weight == 2 && !isAmongStrangers(weights, index)) {
                result.classes.append(side.classes[line])
                result.lines.append(Int32(truncatingIfNeeded: line))
            } else {
                side[line] = true
            }
        }
        return result
    }

    /// Whether a frequent line stands between lines without partners: matching it would cut a change into crumbs.
    private static func isAmongStrangers(_ weights: [UInt8], _ index: Int) -> Bool {
        let first = max(0, index - neighbourhood)
        let last = min(weights.count - 1, index + neighbourhood)
        var strangersBefore = 0
        var frequent = 2
        var position = index - 1
        while position >= first, weights[position] != 1 {
            if weights[position] == 0 { strangersBefore += 1 } else { frequent += 1 }
            position -= 1
        }
        guard strangersBefore > 0 else { return false }
        var strangersAfter = 0
        position = index + 1
        while position <= last, weights[position] != 1 {
            if weights[position] == 0 { strangersAfter += 1 } else { frequent += 1 }
            position += 1
        }
        guard strangersAfter > 0 else { return false }
        return frequent * 4 < frequent + strangersBefore + strangersAfter
    }

    private static func search(_ map: inout ChangeMap, _ old: Candidates, _ new: Candidates, isMinimal: Bool) {
        let diagonals = old.classes.count + new.classes.count + 3
        let room = UnsafeMutablePointer<Int32>.allocate(capacity: diagonals * 2 + 2)
        defer { room.deallocate() }
        old.classes.withUnsafeBufferPointer { first in
            new.classes.withUnsafeBufferPointer { second in
                guard let a = first.baseAddress, let b = second.baseAddress else {
                    for line in old.lines { map.old[Int(line)] = true }
                    for line in new.lines { map.new[Int(line)] = true }
                    return
                }
                let diff = MyersDiff(
                    costLimit: max(roughRoot(diagonals), minimumCostLimit), a: a, b: b,
                    forward: room + new.classes.count + 1, backward: room + diagonals + new.classes.count + 1)
                diff.compare(
                    Box(
                        oldStart: 0, oldEnd: old.classes.count, newStart: 0, newEnd: new.classes.count,
                        isMinimal: isMinimal),
                    oldLines: old.lines, newLines: new.lines, &map)
            }
        }
    }

    /// A part of the edit graph.
    private struct Box {
        var oldStart: Int
        var oldEnd: Int
        var newStart: Int
        var newEnd: Int
        var isMinimal: Bool
    }

    /// Where a box is cut in two.
    private struct Split {
        var old: Int
        var new: Int
        var isFirstMinimal: Bool
        var isSecondMinimal: Bool
    }

    private func compare(_ whole: Box, oldLines: [Int32], newLines: [Int32], _ map: inout ChangeMap) {
        // The boxes still to be done, the next one last: no recursion, whose depth the input would choose.
        var boxes = [whole]
        while var box = boxes.popLast() {
            while box.oldStart < box.oldEnd, box.newStart < box.newEnd, a[box.oldStart] == b[box.newStart] {
                box.oldStart += 1
                box.newStart += 1
            }
            while box.oldStart < box.oldEnd, box.newStart < box.newEnd, a[box.oldEnd - 1] == b[box.newEnd - 1] {
                box.oldEnd -= 1
                box.newEnd -= 1
            }
            if box.oldStart == box.oldEnd {
                for index in box.newStart..<box.newEnd { map.new[Int(newLines[index])] = true }
            } else if box.newStart == box.newEnd {
                for index in box.oldStart..<box.oldEnd { map.old[Int(oldLines[index])] = true }
            } else {
                let split = split(box)
                boxes.append(
                    Box(
                        oldStart: split.old, oldEnd: box.oldEnd, newStart: split.new, newEnd: box.newEnd,
                        isMinimal: split.isSecondMinimal))
                boxes.append(
                    Box(
                        oldStart: box.oldStart, oldEnd: split.old, newStart: box.newStart, newEnd: split.new,
                        isMinimal: split.isFirstMinimal))
            }
        }
    }

    /// The frontier of one direction: the diagonals that it has reached.
    private struct Frontier {
        let middle: Int
        var low: Int
        var high: Int
        init(_ middle: Int) {
            self.middle = middle
            low = middle
            high = middle
        }

        /// One edit further: a diagonal more on both ends where the box has one, else one less.
        @inline(__always)
        mutating func widen(_ lowest: Int, _ highest: Int, _ reach: UnsafeMutablePointer<Int32>, fill: Int32) {
            if low > lowest {
                low -= 1
                reach[low - 1] = fill
            } else {
                low += 1
            }
            if high < highest {
                high += 1
                reach[high + 1] = fill
            } else {
                high -= 1
            }
        }
    }

    /// Finds a point through which a cheapest path goes, or, where that costs too much, a good one.
    private func split(_ box: Box) -> Split {
        let lowest = box.oldStart - box.newEnd
        let highest = box.oldEnd - box.newStart
        var ahead = Frontier(box.oldStart - box.newStart)
        var behind = Frontier(box.oldEnd - box.newEnd)
        let isOdd = (ahead.middle - behind.middle) & 1 != 0
        forward[ahead.middle] = Int32(truncatingIfNeeded: box.oldStart)
        backward[behind.middle] = Int32(truncatingIfNeeded: box.oldEnd)
        var cost = 0
        while true {
            cost += 1
            var hasGoodRun = false
            ahead.widen(lowest, highest, forward, fill: -1)
            if let split = advance(box, ahead, behind, isOdd, &hasGoodRun) { return split }
            behind.widen(lowest, highest, backward, fill: MyersDiff.farAway)
            if let split = retreat(box, ahead, behind, isOdd, &hasGoodRun) { return split }
            if box.isMinimal { continue }
            if hasGoodRun && cost > MyersDiff.heuristicCost {
                if let split = bestForwardRun(box, ahead, cost) { return split }
                if let split = bestBackwardRun(box, behind, cost) { return split }
            }
            if cost >= costLimit { return furthest(box, ahead, behind) }
        }
    }

    @inline(__always)
    private func advance(
        _ box: Box, _ ahead: Frontier, _ behind: Frontier, _ isOdd: Bool, _ hasGoodRun: inout Bool
    ) -> Split? {
        var diagonal = ahead.high
        while diagonal >= ahead.low {
            var x = Int(max(forward[diagonal - 1] &+ 1, forward[diagonal + 1]))
            let start = x
            var y = x - diagonal
            while x < box.oldEnd, y < box.newEnd, a[x] == b[y] {
                x += 1
                y += 1
            }
            if x - start > MyersDiff.goodRun { hasGoodRun = true }
            forward[diagonal] = Int32(truncatingIfNeeded: x)
            if isOdd, behind.low <= diagonal, diagonal <= behind.high, Int(backward[diagonal]) <= x {
                return Split(old: x, new: y, isFirstMinimal: true, isSecondMinimal: true)
            }
            diagonal -= 2
        }
        return nil
    }

    @inline(__always)
    private func retreat(
        _ box: Box, _ ahead: Frontier, _ behind: Frontier, _ isOdd: Bool, _ hasGoodRun: inout Bool
    ) -> Split? {
        var diagonal = behind.high
        while diagonal >= behind.low {
            let below = backward[diagonal - 1]
            let above = backward[diagonal + 1]
            var x = Int(below < above ? below : above - 1)
            let start = x
            var y = x - diagonal
            while x > box.oldStart, y > box.newStart, a[x - 1] == b[y - 1] {
                x -= 1
                y -= 1
            }
            if start - x > MyersDiff.goodRun { hasGoodRun = true }
            backward[diagonal] = Int32(truncatingIfNeeded: x)
            if !isOdd, ahead.low <= diagonal, diagonal <= ahead.high, x <= Int(forward[diagonal]) {
                return Split(old: x, new: y, isFirstMinimal: true, isSecondMinimal: true)
            }
            diagonal -= 2
        }
        return nil
    }

    private func bestForwardRun(_ box: Box, _ ahead: Frontier, _ cost: Int) -> Split? {
        let run = MyersDiff.goodRun
        var best = 0
        var result: Split?
        for diagonal in stride(from: ahead.high, through: ahead.low, by: -2) {
            let x = Int(forward[diagonal])
            let y = x - diagonal
            let progress = (x - box.oldStart) + (y - box.newStart) - abs(diagonal - ahead.middle)
            guard progress > MyersDiff.heuristicFactor * cost, progress > best, box.oldStart + run <= x, x < box.oldEnd,
                box.newStart + run <= y, y < box.newEnd
            else { continue }
            if (1...run).allSatisfy({ a[x - $0] == b[y - $0] }) {
                best = progress
                result = Split(old: x, new: y, isFirstMinimal: true, isSecondMinimal: false)
            }
        }
        return result
    }

    private func bestBackwardRun(_ box: Box, _ behind: Frontier, _ cost: Int) -> Split? {
        let run = MyersDiff.goodRun
        var best = 0
        var result: Split?
        for diagonal in stride(from: behind.high, through: behind.low, by: -2) {
            let x = Int(backward[diagonal])
            let y = x - diagonal
            let progress = (box.oldEnd - x) + (box.newEnd - y) - abs(diagonal - behind.middle)
            guard progress > MyersDiff.heuristicFactor * cost, progress > best, box.oldStart < x, x <= box.oldEnd - run,
                box.newStart < y, y <= box.newEnd - run
            else { continue }
            if (0..<run).allSatisfy({ a[x + $0] == b[y + $0] }) {
                best = progress
                result = Split(old: x, new: y, isFirstMinimal: false, isSecondMinimal: true)
            }
        }
        return result
    }

    /// The point furthest from its corner, where the search is given up.
    private func furthest(_ box: Box, _ ahead: Frontier, _ behind: Frontier) -> Split {
        var reached = -1
        var reachedOld = -1
        for diagonal in stride(from: ahead.high, through: ahead.low, by: -2) {
            var x = min(Int(forward[diagonal]), box.oldEnd)
            var y = x - diagonal
            if box.newEnd < y {
                x = box.newEnd + diagonal
                y = box.newEnd
            }
            if reached < x + y {
                reached = x + y
                reachedOld = x
            }
        }
        var left = Int.max
        var leftOld = Int.max
        for diagonal in stride(from: behind.high, through: behind.low, by: -2) {
            var x = max(box.oldStart, Int(backward[diagonal]))
            var y = x - diagonal
            if y < box.newStart {
                x = box.newStart + diagonal
                y = box.newStart
            }
            if x + y < left {
                left = x + y
                leftOld = x
            }
        }
        if (box.oldEnd + box.newEnd) - left < reached - (box.oldStart + box.newStart) {
            return Split(old: reachedOld, new: reached - reachedOld, isFirstMinimal: true, isSecondMinimal: false)
        }
        return Split(old: leftOld, new: left - leftOld, isFirstMinimal: false, isSecondMinimal: true)
    }
}
