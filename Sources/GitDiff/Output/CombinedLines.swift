/// A merged text with what it took from, and lost of, each parent: the working state of a combined diff.
struct CombinedLines {
    /// A line that some parents had and the merge has not.
    struct Lost {
        var text: ArraySlice<UInt8>
        /// The parents that had it, a bit each.
        var parents: UInt64
    }

    /// A place in the merged text: a line, with what was lost before it. The last place stands behind the last line.
    struct Place {
        /// The parents that do not have the line, a bit each.
        var added: UInt64 = 0
        var lost: [Lost] = []
        var isShown = false
        /// Shown only as context, so that what was lost before it is left out.
        var hidesLost = false
        /// The line's number in each parent.
        var numbers: [Int]
    }

    let lines: Lines
    let parentCount: Int
    let context: Int
    private(set) var places: [Place]

    var all: UInt64 { (1 << UInt64(parentCount)) - 1 }

    init(_ result: [UInt8], parentCount: Int, context: Int) {
        lines = Lines(result)
        self.parentCount = parentCount
        self.context = context
        places = Array(repeating: Place(numbers: Array(repeating: 0, count: parentCount)), count: lines.count + 2)
    }

    // MARK: Parents

    /// Compares with a parent.
    mutating func add(_ parent: Int, _ content: [UInt8], _ options: LineDiffOptions) {
        let bit: UInt64 = 1 << UInt64(parent)
        let old = Lines(content)
        var lineOptions = options
        lineOptions.trimsCommonTail = true
        for change in LineDiff.changes(old: old, new: lines, options: lineOptions) {
            let lost = (change.oldStart..<change.oldEnd).map { Lost(text: old[$0].withoutNewline, parents: bit) }
            if !lost.isEmpty {
                places[change.newStart].lost = CombinedLines.joined(places[change.newStart].lost, lost, options.blanks)
            }
            for line in change.newStart..<change.newEnd { places[line].added |= bit }
        }
        var number = 1
        for place in 0...lines.count {
            places[place].numbers[parent] = number
            number += places[place].lost.count { $0.parents & bit != 0 }
            if place < lines.count, places[place].added & bit == 0 { number += 1 }
        }
        places[lines.count + 1].numbers[parent] = number
    }

    /// Takes over what was found of a parent with the same content.
    mutating func copy(_ parent: Int, from other: Int) {
        let bit: UInt64 = 1 << UInt64(parent)
        let known: UInt64 = 1 << UInt64(other)
        for place in places.indices {
            places[place].numbers[parent] = places[place].numbers[other]
            if places[place].added & known != 0 { places[place].added |= bit }
            for index in places[place].lost.indices where places[place].lost[index].parents & known != 0 {
                places[place].lost[index].parents |= bit
            }
        }
    }

    /// Puts lines lost from another parent among those known, equal ones together: along a longest common subsequence.
    private static func joined(_ base: [Lost], _ more: [Lost], _ blanks: LineDiffOptions.Blanks) -> [Lost] {
        if base.isEmpty { return more }
        let keys = (base + more).map { lost -> [UInt8] in
            var key: [UInt8] = []
            LineClasses.append(lost.text, blanks, to: &key)
            return key
        }
        let rows = base.count
        let columns = more.count
        var lengths = [Int32](repeating: 0, count: (rows + 1) * (columns + 1))
        func at(_ row: Int, _ column: Int) -> Int { row * (columns + 1) + column }
        for row in 1...rows {
            for column in 1...columns {
                lengths[at(row, column)] =
                    keys[row - 1] == keys[rows + column - 1]
                    ? lengths[at(row - 1, column - 1)] + 1
                    : max(lengths[at(row, column - 1)], lengths[at(row - 1, column)])
            }
        }
        var result: [Lost] = []
        var row = rows
        var column = columns
        while row > 0 || column > 0 {
            if row > 0, column > 0, keys[row - 1] == keys[rows + column - 1] {
                var both = base[row - 1]
                both.parents |= more[column - 1].parents
                result.append(both)
                row -= 1
                column -= 1
            } else if column > 0, row == 0 || lengths[at(row, column - 1)] >= lengths[at(row - 1, column)] {
                result.append(more[column - 1])
                column -= 1
            } else {
                result.append(base[row - 1])
                row -= 1
            }
        }
        return result.reversed()
    }

    // MARK: Choosing what is shown

    private func isInteresting(_ place: Int) -> Bool { places[place].added & all != 0 || !places[place].lost.isEmpty }

    /// Marks the places to show; returns whether there are any. With `isDense`, hunks in which the merge is as one of two
    /// versions are left out.
    mutating func choose(isDense: Bool) -> Bool {
        for place in 0...lines.count { places[place].isShown = isInteresting(place) }
        if isDense { dropTaken() }
        return addContext()
    }

    /// A place that is there only for what was lost before it is context already.
    private func tail(_ start: Int, _ end: Int) -> Int {
        start + 1 <= end && end > 0 && places[end - 1].added & all == 0 ? end - 1 : end
    }

    private mutating func dropTaken() {
        let count = lines.count
        var start = 0
        while start <= count {
            while start <= count, !places[start].isShown { start += 1 }
            if start > count { return }
            var end = start + 1
            while end <= count {
                if !places[end].isShown {
                    var ahead = min(tail(start, end) + context, count + 1)
                    var continues = false
                    while ahead > 0 {
                        ahead -= 1
                        if ahead < end { break }
                        if places[ahead].isShown {
                            continues = true
                            break
                        }
                    }
                    if !continues { break }
                    end = ahead
                }
                end += 1
            }
            if !hasManyVersions(start..<min(end, count + 1)) {
                for place in start..<min(end, count + 1) { places[place].isShown = false }
            }
            start = end
        }
    }

    /// Whether a hunk has more than two versions, or the merge is as none of them.
    private func hasManyVersions(_ range: Range<Int>) -> Bool {
        var same: UInt64 = 0
        for place in range {
            for set in [places[place].added & all] + places[place].lost.map(\.parents) where set != 0 {
                if same == 0 { same = set }
                if same != set { return true }
            }
        }
        return same == all
    }

    private func next(_ start: Int, isShown: Bool) -> Int {
        var place = start
        while place <= lines.count, places[place].isShown != isShown { place += 1 }
        return place
    }

    private mutating func addContext() -> Bool {
        let count = lines.count
        var shown = next(0, isShown: true)
        if shown > count { return false }
        while shown <= count {
            for place in max(shown - context, 0)..<max(shown, 0) {
                if !places[place].isShown { places[place].hidesLost = true }
                places[place].isShown = true
            }
            while true {
                let end = next(shown, isShown: false)
                if end > count { return true }
                let following = next(end, isShown: true)
                let edge = tail(shown, end)
                if following < edge + context {
                    for place in edge..<max(edge, following) { places[place].isShown = true }
                    shown = following
                    continue
                }
                shown = following
                for place in edge..<max(edge, min(edge + context, count + 1)) { places[place].isShown = true }
                break
            }
        }
        return true
    }
}
