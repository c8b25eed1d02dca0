/// Histogram diff: the longest common run that holds the rarest lines splits the texts; the parts before and after it are
/// compared in the same way. Where every common line is too frequent, Myers' takes over.
struct HistogramDiff {
    /// A line that occurs more often on the old side is not worth following.
    private static let chainLimit = 64

    private struct Box {
        var old: Range<Int>
        var new: Range<Int>
    }

    /// A common run, its ends included.
    private struct Run {
        var oldFirst = -1
        var oldLast = -1
        var newFirst = -1
        var newLast = -1
        var isFound: Bool { oldFirst >= 0 }
        /// One less than its length; 0 also where there is none, so that a run of one line wins by rarity only.
        var span: Int { oldLast - oldFirst }
    }

    private enum Outcome {
        case split(Run)
        case nothingCommon
        case onlyFrequent
    }

    private let classCount: Int
    // For each class: how often it occurs in the box's old lines, and where first; `next` chains the later ones.
    private var occurrences: [Int32]
    private var first: [Int32]
    private var next: [Int32]

    /// Marks what differs.
    static func mark(_ map: inout ChangeMap, classCount: Int) {
        var diff = HistogramDiff(classCount: classCount, lines: map.old.count)
        var boxes = [Box(old: 0..<map.old.count, new: 0..<map.new.count)]
        while let box = boxes.popLast() {
            if box.old.isEmpty || box.new.isEmpty {
                map.old.mark(box.old)
                map.new.mark(box.new)
                continue
            }
            switch diff.bestRun(box, map) {
            case .onlyFrequent:
                MyersDiff.mark(&map, old: box.old, new: box.new, classCount: classCount, isMinimal: false)
            case .nothingCommon:
                map.old.mark(box.old)
                map.new.mark(box.new)
            case .split(let run):
                boxes.append(
                    Box(old: (run.oldLast + 1)..<box.old.upperBound, new: (run.newLast + 1)..<box.new.upperBound))
                boxes.append(Box(old: box.old.lowerBound..<run.oldFirst, new: box.new.lowerBound..<run.newFirst))
            }
        }
    }

    private init(classCount: Int, lines: Int) {
        self.classCount = classCount
        occurrences = Array(repeating: 0, count: classCount)
        first = Array(repeating: -1, count: classCount)
        next = Array(repeating: -1, count: lines)
    }

    private mutating func bestRun(_ box: Box, _ map: ChangeMap) -> Outcome {
        for line in box.old.reversed() {
            let number = Int(map.old.classes[line])
            next[line] = first[number]
            first[number] = Int32(line)
            occurrences[number] += 1
        }
        defer {
            for line in box.old {
                occurrences[Int(map.old.classes[line])] = 0
                first[Int(map.old.classes[line])] = -1
            }
        }
        var best = Run()
        var rarity = HistogramDiff.chainLimit + 1
        var hasCommon = false
        var line = box.new.lowerBound
        while line < box.new.upperBound {
            line = follow(line, box, map, &best, &rarity, &hasCommon)
        }
        if hasCommon && rarity > HistogramDiff.chainLimit { return .onlyFrequent }
        return best.isFound ? .split(best) : .nothingCommon
    }

    /// Tries all runs through one new line; returns the new line to go on with.
    private func follow(
        _ line: Int, _ box: Box, _ map: ChangeMap, _ best: inout Run, _ rarity: inout Int, _ hasCommon: inout Bool
    ) -> Int {
        let old = map.old.classes
        let new = map.new.classes
        var following = line + 1
        let number = Int(new[line])
        guard first[number] >= 0 else { return following }
        hasCommon = true
        guard Int(occurrences[number]) <= rarity else { return following }
        var start = Int(first[number])
        while true {
            var run = Run(oldFirst: start, oldLast: start, newFirst: line, newLast: line)
            var count = Int(occurrences[number])
            let nextStart = next[start]
            while run.oldFirst > box.old.lowerBound, run.newFirst > box.new.lowerBound,
                old[run.oldFirst - 1] == new[run.newFirst - 1]
            {
                run.oldFirst -= 1
                run.newFirst -= 1
                if count > 1 { count = min(count, Int(occurrences[Int(old[run.oldFirst])])) }
            }
            while run.oldLast < box.old.upperBound - 1, run.newLast < box.new.upperBound - 1,
                old[run.oldLast + 1] == new[run.newLast + 1]
            {
                run.oldLast += 1
                run.newLast += 1
                if count > 1 { count = min(count, Int(occurrences[Int(old[run.oldLast])])) }
            }
            following = max(following, run.newLast + 1)
            if best.span < run.span || count < rarity {
                best = run
                rarity = count
            }
            var candidate = nextStart
            while candidate >= 0, Int(candidate) <= run.oldLast { candidate = next[Int(candidate)] }
            guard candidate >= 0 else { return following }
            start = Int(candidate)
        }
    }
}
