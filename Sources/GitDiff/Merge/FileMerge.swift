/// Three-way merge of texts: what both sides made of a common base, with markers where they contradict each other.
public struct FileMerge {
    /// The merged text.
    public let content: [UInt8]
    /// How many conflicts stand in it.
    public let conflicts: Int

    /// Merges; a text that one side left alone is the other's.
    public static func merge(
        base: [UInt8], ours: [UInt8], theirs: [UInt8], options: FileMergeOptions = FileMergeOptions()
    ) -> FileMerge {
        let old = Lines(base)
        let left = Lines(ours)
        let right = Lines(theirs)
        let first = LineDiff.changes(old: old, new: left, options: options.lines)
        if first.isEmpty { return FileMerge(content: theirs, conflicts: 0) }
        let second = LineDiff.changes(old: old, new: right, options: options.lines)
        if second.isEmpty { return FileMerge(content: ours, conflicts: 0) }
        var merger = Merger(base: old, ours: left, theirs: right, options: options)
        merger.combine(first, second)
        merger.refine()
        return merger.result()
    }
}

/// The work of a merge.
private struct Merger {
    /// Who decides a part.
    enum Decision {
        case conflict, ours, theirs, union
        /// Both sides say the same.
        case same
    }

    /// A part of the text that somebody changed: its lines in all three.
    struct Part {
        var decision: Decision
        var base: Range<Int>
        var ours: Range<Int>
        var theirs: Range<Int>
    }

    let base: Lines
    let ours: Lines
    let theirs: Lines
    let options: FileMergeOptions
    var parts: [Part] = []

    // MARK: Combining

    private mutating func append(_ part: Part) {
        guard var last = parts.last,
            part.ours.lowerBound <= last.ours.upperBound || part.theirs.lowerBound <= last.theirs.upperBound
        else {
            parts.append(part)
            return
        }
        // Parts that touch are one.
        if part.decision != last.decision { last.decision = .conflict }
        last.base = last.base.lowerBound..<max(last.base.lowerBound, part.base.upperBound)
        last.ours = last.ours.lowerBound..<max(last.ours.lowerBound, part.ours.upperBound)
        last.theirs = last.theirs.lowerBound..<max(last.theirs.lowerBound, part.theirs.upperBound)
        parts[parts.count - 1] = last
    }

    private static func run(_ start: Int, _ count: Int) -> Range<Int> { start..<(start + count) }

    mutating func combine(_ first: [LineChange], _ second: [LineChange]) {
        var i = 0
        var j = 0
        while i < first.count || j < second.count {
            if j == second.count {
                takeOurs(first[i], shift: theirs.count - base.count)
                i += 1
            } else if i == first.count {
                takeTheirs(second[j], shift: ours.count - base.count)
                j += 1
            } else if first[i].oldEnd < second[j].oldStart {
                takeOurs(first[i], shift: second[j].newStart - second[j].oldStart)
                i += 1
            } else if second[j].oldEnd < first[i].oldStart {
                takeTheirs(second[j], shift: first[i].newStart - first[i].oldStart)
                j += 1
            } else {
                let a = first[i]
                let b = second[j]
                if !isSame(a, b) { conflict(a, b) }
                if a.oldEnd >= b.oldEnd { j += 1 }
                if b.oldEnd >= a.oldEnd { i += 1 }
            }
        }
    }

    private mutating func takeOurs(_ change: LineChange, shift: Int) {
        append(
            Part(
                decision: .ours, base: Merger.run(change.oldStart, change.oldCount),
                ours: Merger.run(change.newStart, change.newCount),
                theirs: Merger.run(change.oldStart + shift, change.oldCount)))
    }

    private mutating func takeTheirs(_ change: LineChange, shift: Int) {
        append(
            Part(
                decision: .theirs, base: Merger.run(change.oldStart, change.oldCount),
                ours: Merger.run(change.oldStart + shift, change.oldCount),
                theirs: Merger.run(change.newStart, change.newCount)))
    }

    private func isSame(_ a: LineChange, _ b: LineChange) -> Bool {
        guard a.oldStart == b.oldStart, a.oldCount == b.oldCount, a.newCount == b.newCount else { return false }
        return (0..<a.newCount).allSatisfy { isEqual(a.newStart + $0, b.newStart + $0) }
    }

    /// Whether a line of ours and one of theirs count as equal.
    private func isEqual(_ line: Int, _ other: Int) -> Bool {
        if options.lines.blanks == .exact { return ours[line] == theirs[other] }
        var left: [UInt8] = []
        var right: [UInt8] = []
        LineClasses.append(ours[line], options.lines.blanks, to: &left)
        LineClasses.append(theirs[other], options.lines.blanks, to: &right)
        return left == right
    }

    /// Two changes that overlap: each side's text for all lines of the base that either touches.
    private mutating func conflict(_ a: LineChange, _ b: LineChange) {
        let start = a.oldStart - b.oldStart
        let end = a.oldEnd - b.oldEnd
        let baseStart = min(a.oldStart, b.oldStart)
        let baseEnd = max(a.oldEnd, b.oldEnd)
        append(
            Part(
                decision: .conflict, base: baseStart..<baseEnd,
                ours: (a.newStart - max(start, 0))..<(a.newEnd + max(-end, 0)),
                theirs: (b.newStart + min(start, 0))..<(b.newEnd + max(end, 0))))
    }

    // MARK: Refining

    mutating func refine() {
        switch options.style {
        case .diff3: return
        case .zealousDiff3: trimShared()
        case .merge:
            splitConflicts()
            joinConflicts()
        }
    }

    /// Takes lines that both sides begin or end with out of conflicts.
    private mutating func trimShared() {
        for index in parts.indices where parts[index].decision == .conflict {
            var left = parts[index].ours
            var right = parts[index].theirs
            while !left.isEmpty, !right.isEmpty, isEqual(left.lowerBound, right.lowerBound) {
                left.removeFirst()
                right.removeFirst()
            }
            while !left.isEmpty, !right.isEmpty, isEqual(left.upperBound - 1, right.upperBound - 1) {
                left.removeLast()
                right.removeLast()
            }
            parts[index].ours = left
            parts[index].theirs = right
        }
    }

    /// Compares the sides of each conflict with each other: what they share is none.
    private mutating func splitConflicts() {
        var result: [Part] = []
        for part in parts {
            guard part.decision == .conflict, !part.ours.isEmpty, !part.theirs.isEmpty else {
                result.append(part)
                continue
            }
            let changes = LineDiff.changes(
                old: Array(ours[part.ours]), new: Array(theirs[part.theirs]), options: options.lines)
            if changes.isEmpty {
                var same = part
                same.decision = .same
                result.append(same)
            }
            for change in changes {
                result.append(
                    Part(
                        decision: .conflict, base: part.base,
                        ours: Merger.run(part.ours.lowerBound + change.oldStart, change.oldCount),
                        theirs: Merger.run(part.theirs.lowerBound + change.newStart, change.newCount)))
            }
        }
        parts = result
    }

    /// Joins conflicts that three lines or fewer separate.
    private mutating func joinConflicts() {
        var result: [Part] = []
        for part in parts {
            guard var last = result.last, last.decision == .conflict, part.decision == .conflict else {
                result.append(part)
                continue
            }
            let between = last.ours.upperBound..<max(last.ours.upperBound, part.ours.lowerBound)
            if between.count > 3,
                !options.joinsAcrossPunctuation || ours[between].contains(where: Merger.isAlphanumeric)
            {
                result.append(part)
                continue
            }
            last.ours = last.ours.lowerBound..<part.ours.upperBound
            last.theirs = last.theirs.lowerBound..<part.theirs.upperBound
            result[result.count - 1] = last
        }
        parts = result
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }

    // MARK: Writing

    func result() -> FileMerge {
        var output: [UInt8] = []
        output.reserveCapacity(ours.bytes.count + theirs.bytes.count / 4)
        var position = 0
        var conflicts = 0
        for part in parts {
            var decision = part.decision
            if decision == .conflict {
                switch options.favor {
                case .none: conflicts += 1
                case .ours: decision = .ours
                case .theirs: decision = .theirs
                case .union: decision = .union
                }
            }
            if decision == .same { continue }
            output += ours[position..<max(position, part.ours.lowerBound)]
            switch decision {
            case .same: break
            case .ours: output += ours[part.ours]
            case .theirs: output += theirs[part.theirs]
            case .union:
                append(ours, part.ours, endsWithReturn: needsReturn(part), to: &output)
                output += theirs[part.theirs]
            case .conflict: appendConflict(part, to: &output)
            }
            position = part.ours.upperBound
        }
        output += ours[position..<ours.count]
        return FileMerge(content: output, conflicts: conflicts)
    }

    private func appendConflict(_ part: Part, to output: inout [UInt8]) {
        let hasReturn = needsReturn(part)
        func marker(_ character: Character, _ label: String?) {
            output += String(repeating: character, count: max(options.markerSize, 1)).utf8
            if let label { output += " \(label)".utf8 }
            if hasReturn { output.append(13) }
            output.append(10)
        }
        marker("<", options.labels.ours)
        append(ours, part.ours, endsWithReturn: hasReturn, to: &output)
        if options.style != .merge {
            marker("|", options.labels.base)
            append(base, part.base, endsWithReturn: hasReturn, to: &output)
        }
        marker("=", nil)
        append(theirs, part.theirs, endsWithReturn: hasReturn, to: &output)
        marker(">", options.labels.theirs)
    }

    /// Lines, the last of which gets a newline where it has none.
    private func append(_ lines: Lines, _ range: Range<Int>, endsWithReturn: Bool, to output: inout [UInt8]) {
        guard !range.isEmpty else { return }
        output += lines[range]
        if output.last != 10 {
            if endsWithReturn { output.append(13) }
            output.append(10)
        }
    }

    /// Whether the text around a conflict ends its lines with CR LF, so that the markers do too.
    private func needsReturn(_ part: Part) -> Bool {
        var answer = Merger.endsWithReturn(ours, max(part.ours.lowerBound - 1, 0))
        if answer != false { answer = Merger.endsWithReturn(theirs, max(part.theirs.lowerBound - 1, 0)) }
        if answer != false { answer = Merger.endsWithReturn(base, 0) }
        return answer ?? false
    }

    /// Whether a line ends with CR LF; nil where that cannot be told.
    private static func endsWithReturn(_ lines: Lines, _ line: Int) -> Bool? {
        func check(_ line: Int) -> Bool {
            let text = lines[line]
            return text.count > 1 && text[text.endIndex - 2] == 13
        }
        if line < lines.count - 1 { return check(line) }
        guard lines.count > 0 else { return nil }
        if lines[line].last == 10 { return check(line) }
        return line == 0 ? nil : check(line - 1)
    }
}
