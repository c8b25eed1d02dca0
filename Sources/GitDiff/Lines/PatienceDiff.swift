/// Patience diff: lines that occur exactly once on each side, and stand in the same order, are matched first; what lies
/// between them is compared in the same way, and by Myers where nothing is unique.
struct PatienceDiff {
    private struct Box {
        var old: Range<Int>
        var new: Range<Int>
    }

    /// A line of the old side with its only partner.
    private struct Pair {
        var old: Int
        var new: Int
        var isAnchor: Bool
        var previous: Int
    }

    private let classCount: Int
    private let isAnchor: [Bool]
    // For each class: the first line on the old side, and the partner; reset after use, so that a box costs its own lines.
    private var oldLine: [Int32]
    private var newLine: [Int32]
    private static let none: Int32 = -1
    private static let repeated: Int32 = -2

    /// Marks what differs.
    static func mark(_ map: inout ChangeMap, classCount: Int, isAnchor: [Bool]) {
        var diff = PatienceDiff(classCount: classCount, isAnchor: isAnchor)
        var boxes = [Box(old: 0..<map.old.count, new: 0..<map.new.count)]
        while let box = boxes.popLast() { diff.compare(box, &map, &boxes) }
    }

    private init(classCount: Int, isAnchor: [Bool]) {
        self.classCount = classCount
        self.isAnchor = isAnchor
        oldLine = Array(repeating: PatienceDiff.none, count: classCount)
        newLine = oldLine
    }

    private mutating func compare(_ box: Box, _ map: inout ChangeMap, _ boxes: inout [Box]) {
        if box.old.isEmpty || box.new.isEmpty {
            map.old.mark(box.old)
            map.new.mark(box.new)
            return
        }
        let (pairs, hasMatches) = uniquePairs(box, map)
        guard hasMatches else {
            map.old.mark(box.old)
            map.new.mark(box.new)
            return
        }
        let chain = PatienceDiff.longestChain(pairs)
        guard !chain.isEmpty else {
            MyersDiff.mark(&map, old: box.old, new: box.new, classCount: classCount, isMinimal: false)
            return
        }
        walk(box, chain, map, &boxes)
    }

    /// Lines of the box that are unique on both sides, in the old side's order.
    private mutating func uniquePairs(_ box: Box, _ map: ChangeMap) -> ([Pair], hasMatches: Bool) {
        for line in box.old {
            let number = Int(map.old.classes[line])
            if oldLine[number] == PatienceDiff.none {
                oldLine[number] = Int32(line)
            } else {
                newLine[number] = PatienceDiff.repeated
            }
        }
        var hasMatches = false
        for line in box.new {
            let number = Int(map.new.classes[line])
            guard oldLine[number] != PatienceDiff.none else { continue }
            hasMatches = true
            newLine[number] = newLine[number] == PatienceDiff.none ? Int32(line) : PatienceDiff.repeated
        }
        var pairs: [Pair] = []
        for line in box.old {
            let number = Int(map.old.classes[line])
            if newLine[number] >= 0 {
                pairs.append(
                    Pair(
                        old: line, new: Int(newLine[number]), isAnchor: !isAnchor.isEmpty && isAnchor[line],
                        previous: -1))
            }
        }
        for line in box.old {
            oldLine[Int(map.old.classes[line])] = PatienceDiff.none
            newLine[Int(map.old.classes[line])] = PatienceDiff.none
        }
        return (pairs, hasMatches)
    }

    /// The longest run of pairs whose order is the same on both sides; anchors are never given up.
    private static func longestChain(_ input: [Pair]) -> [Pair] {
        var pairs = input
        var piles: [Int] = []
        var longest = 0
        var lastAnchor = -1
        for index in pairs.indices {
            var left = -1
            var right = longest
            while left + 1 < right {
                let middle = left + (right - left) / 2
                if pairs[piles[middle]].new > pairs[index].new { right = middle } else { left = middle }
            }
            pairs[index].previous = left < 0 ? -1 : piles[left]
            let position = left + 1
            if position <= lastAnchor { continue }
            if position < piles.count { piles[position] = index } else { piles.append(index) }
            if pairs[index].isAnchor {
                lastAnchor = position
                longest = position + 1
            } else if position == longest {
                longest += 1
            }
        }
        guard longest > 0 else { return [] }
        var chain: [Pair] = []
        var index = piles[longest - 1]
        while index >= 0 {
            chain.append(pairs[index])
            index = pairs[index].previous
        }
        return chain.reversed()
    }

    /// Grows the matched lines into their surroundings and leaves what lies between for later.
    private func walk(_ box: Box, _ chain: [Pair], _ map: ChangeMap, _ boxes: inout [Box]) {
        var i = box.old.lowerBound
        var j = box.new.lowerBound
        var index = 0
        while true {
            var nextOld = box.old.upperBound
            var nextNew = box.new.upperBound
            if index < chain.count {
                nextOld = chain[index].old
                nextNew = chain[index].new
                while nextOld > i, nextNew > j, map.old.classes[nextOld - 1] == map.new.classes[nextNew - 1] {
                    nextOld -= 1
                    nextNew -= 1
                }
            }
            while i < nextOld, j < nextNew, map.old.classes[i] == map.new.classes[j] {
                i += 1
                j += 1
            }
            if nextOld > i || nextNew > j { boxes.append(Box(old: i..<nextOld, new: j..<nextNew)) }
            guard index < chain.count else { return }
            while index + 1 < chain.count, chain[index + 1].old == chain[index].old + 1,
                chain[index + 1].new == chain[index].new + 1
            {
                index += 1
            }
            i = chain[index].old + 1
            j = chain[index].new + 1
            index += 1
        }
    }
}
