/// Sets of lines as ranges in order, and how they move through differences.
public enum LineRanges {
    /// Ranges in order, those that overlap or touch made one.
    public static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        union(ranges.sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }, [])
    }

    /// All lines of both, empty ranges left out.
    public static func union(_ one: [Range<Int>], _ other: [Range<Int>]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        let all = (one + other).sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
        for range in all where !range.isEmpty {
            if let last = result.last, last.upperBound >= range.lowerBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// The changes that touch lines of the new text.
    public static func touching(_ changes: [LineChange], _ lines: [Range<Int>]) -> [LineChange] {
        var result: [LineChange] = []
        var index = 0
        for change in changes {
            while index < lines.count, change.newStart > lines[index].upperBound { index += 1 }
            guard index < lines.count else { break }
            if change.newEnd > lines[index].lowerBound, lines[index].upperBound > change.newStart {
                result.append(change)
            }
        }
        return result
    }

    /// Lines of the new text as lines of the old one: what changes touched stands for what was there before.
    public static func mapped(
        _ lines: [Range<Int>], _ changes: [LineChange], _ touched: [LineChange]
    ) -> [Range<Int>] {
        var kept: [Range<Int>] = []
        var index = 0
        for range in lines {
            var start = range.lowerBound
            while start < range.upperBound {
                while index < touched.count, start >= touched[index].newEnd { index += 1 }
                guard index < touched.count, range.upperBound > touched[index].newStart else {
                    kept.append(start..<range.upperBound)
                    break
                }
                if start < touched[index].newStart { kept.append(start..<touched[index].newStart) }
                start = touched[index].newEnd
            }
        }
        var shifted: [Range<Int>] = []
        var offset = 0
        var next = 0
        for range in kept {
            while next < changes.count, range.lowerBound >= changes[next].newStart {
                offset += changes[next].oldCount - changes[next].newCount
                next += 1
            }
            shifted.append((range.lowerBound + offset)..<(range.upperBound + offset))
        }
        return union(shifted, touched.map { $0.oldStart..<$0.oldEnd })
    }
}
