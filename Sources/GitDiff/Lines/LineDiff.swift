internal import Glibc

/// The differences of two texts line by line, equal to Git's choice among the many that are possible.
public enum LineDiff {
    /// The changes that make the new text of the old one, in order.
    public static func changes(
        old: [UInt8], new: [UInt8], options: LineDiffOptions = LineDiffOptions()
    ) -> [LineChange] {
        changes(old: Lines(old), new: Lines(new), options: options)
    }

    /// The changes that make the new lines of the old ones, in order.
    public static func changes(old: Lines, new: Lines, options: LineDiffOptions = LineDiffOptions()) -> [LineChange] {
        var first = old
        var second = new
        if options.trimsCommonTail {
            let cut = commonTail(old.bytes, new.bytes)
            if cut > 0 {
                first = Lines(old.bytes, length: old.bytes.count - cut)
                second = Lines(new.bytes, length: new.bytes.count - cut)
            }
        }
        var changes = map(first, second, options).changes
        if options.ignoresBlankLines { markBlank(&changes, first, second, options) }
        if !options.ignoredLines.isEmpty { markIgnored(&changes, first, second, options) }
        return changes
    }

    private static func map(_ old: Lines, _ new: Lines, _ options: LineDiffOptions) -> ChangeMap {
        let classes = LineClasses(old, new, blanks: options.blanks)
        var map = ChangeMap(classes)
        if !options.anchors.isEmpty || options.algorithm == .patience {
            let isAnchor =
                options.anchors.isEmpty
                ? [] : (0..<old.count).map { line in options.anchors.contains { old[line].starts(with: $0) } }
            PatienceDiff.mark(&map, classCount: classes.count, isAnchor: isAnchor)
        } else if options.algorithm == .histogram {
            HistogramDiff.mark(&map, classCount: classes.count)
        } else {
            MyersDiff.mark(
                &map, old: 0..<old.count, new: 0..<new.count, classCount: classes.count,
                isMinimal: options.algorithm == .minimal)
        }
        let usesIndent = options.usesIndentHeuristic
        ChangeCompaction.compact(&map.old, lines: old, other: map.new, usesIndentHeuristic: usesIndent)
        ChangeCompaction.compact(&map.new, lines: new, other: map.old, usesIndentHeuristic: usesIndent)
        return map
    }

    /// How many bytes at the end are equal, in steps of 1 KiB, less the part up to the first newline in them.
    private static func commonTail(_ old: [UInt8], _ new: [UInt8]) -> Int {
        let step = 1024
        let shorter = min(old.count, new.count)
        var equal = 0
        old.withUnsafeBytes { a in
            new.withUnsafeBytes { b in
                guard let first = a.baseAddress, let second = b.baseAddress else { return }
                while equal + step <= shorter,
                    memcmp(first + (a.count - equal - step), second + (b.count - equal - step), step) == 0
                {
                    equal += step
                }
            }
        }
        guard equal > 0 else { return 0 }
        let tail = old[(old.count - equal)...]
        guard let newline = tail.firstIndex(of: 10) else { return 0 }
        return old.count - newline - 1
    }

    private static func markBlank(
        _ changes: inout [LineChange], _ old: Lines, _ new: Lines, _ options: LineDiffOptions
    ) {
        // With white space counting, only the empty line is blank.
        func isBlank(_ lines: Lines, _ line: Int) -> Bool {
            options.blanks == .exact ? lines[line].count <= 1 : lines.isBlank(line)
        }
        for index in changes.indices {
            let change = changes[index]
            changes[index].isIgnorable =
                (change.oldStart..<change.oldEnd).allSatisfy { isBlank(old, $0) }
                && (change.newStart..<change.newEnd).allSatisfy { isBlank(new, $0) }
        }
    }

    private static func markIgnored(
        _ changes: inout [LineChange], _ old: Lines, _ new: Lines, _ options: LineDiffOptions
    ) {
        func isIgnored(_ lines: Lines, _ line: Int) -> Bool {
            options.ignoredLines.contains { $0.matches(lines[line]) }
        }
        for index in changes.indices where !changes[index].isIgnorable {
            let change = changes[index]
            changes[index].isIgnorable =
                (change.oldStart..<change.oldEnd).allSatisfy { isIgnored(old, $0) }
                && (change.newStart..<change.newEnd).allSatisfy { isIgnored(new, $0) }
        }
    }
}
