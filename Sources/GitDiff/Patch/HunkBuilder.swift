/// Gathers changes into hunks.
public struct HunkBuilder {
    /// How much is shown around changes.
    public struct Options: Sendable, Hashable {
        /// Unchanged lines before and after each change.
        public var context = 3
        /// Hunks this much closer than their contexts are joined.
        public var interHunkContext = 0
        /// Whether each hunk grows to hold the whole function (`-W`).
        public var showsWholeFunctions = false
        /// Whether hunks are headed by the line that names the function.
        public var namesFunctions = true

        /// Git's defaults.
        public init() {}
    }

    private let old: Lines
    private let new: Lines
    private let changes: [LineChange]
    private let options: Options
    private let naming: FunctionNaming

    /// The hunks of a diff, in order.
    public static func hunks(
        old: Lines, new: Lines, changes: [LineChange], options: Options = Options(),
        naming: FunctionNaming = .standard
    ) -> [DiffHunk] {
        HunkBuilder(old: old, new: new, changes: changes, options: options, naming: naming).build()
    }

    private func build() -> [DiffHunk] {
        var hunks: [DiffHunk] = []
        var position = 0
        var heading: [UInt8] = []
        var headingSearched = -1
        while let group = nextGroup(position) {
            var first = group.lowerBound
            let start = self.start(&first, position)
            var last = group.upperBound - 1
            let end = self.end(&last)
            if options.namesFunctions {
                if let name = findName(from: start.old - 1, downTo: headingSearched) { heading = name }
                headingSearched = start.old - 1
            }
            hunks.append(
                DiffHunk(
                    old: start.old..<max(start.old, end.old), new: start.new..<max(start.new, end.new),
                    changes: first..<(last + 1), heading: heading))
            position = last + 1
        }
        return hunks
    }

    /// The next run of changes that stand close enough to be shown together; changes that do not count are passed over
    /// unless they stand close to one that does.
    private func nextGroup(_ position: Int) -> Range<Int>? {
        var first = position
        var probe = position
        while probe < changes.count, changes[probe].isIgnorable {
            if probe + 1 == changes.count || changes[probe + 1].oldStart - changes[probe].oldEnd >= options.context {
                first = probe + 1
            }
            probe += 1
        }
        guard first < changes.count else { return nil }
        let joined = 2 * options.context + options.interHunkContext
        var last = first
        var ignoredLines = 0
        var index = first + 1
        while index < changes.count {
            let change = changes[index]
            let distance = change.oldStart - changes[index - 1].oldEnd
            if distance > joined { break }
            if distance < options.context && (!change.isIgnorable || last == index - 1) {
                last = index
                ignoredLines = 0
            } else if distance < options.context && change.isIgnorable {
                ignoredLines += change.newCount
            } else if last != index - 1 && change.oldStart + ignoredLines - changes[last].oldEnd > joined {
                break
            } else if !change.isIgnorable {
                last = index
                ignoredLines = 0
            } else {
                ignoredLines += change.newCount
            }
            index += 1
        }
        return first..<(last + 1)
    }

    /// Where the hunk begins. Growing upwards can take in changes before `first` that had been passed over.
    private func start(_ first: inout Int, _ position: Int) -> (old: Int, new: Int) {
        while true {
            var oldStart = max(changes[first].oldStart - options.context, 0)
            var newStart = max(changes[first].newStart - options.context, 0)
            guard options.showsWholeFunctions, let function = functionStart(before: first) else {
                return (oldStart, newStart)
            }
            guard function < oldStart else { return (oldStart, newStart) }
            newStart = max(newStart - (oldStart - function), 0)
            oldStart = function
            var earlier = position
            while earlier != first, changes[earlier].oldEnd <= oldStart, changes[earlier].newEnd <= newStart {
                earlier += 1
            }
            if earlier == first { return (oldStart, newStart) }
            first = earlier
        }
    }

    private func functionStart(before index: Int) -> Int? {
        var line = changes[index].oldStart
        if line >= old.count {
            // Lines were appended: where they hold a function of their own, nothing before them is of interest.
            for added in changes[index].newStart..<max(changes[index].newStart, new.count) where isName(new, added) {
                return nil
            }
            line = old.count - 1
        }
        guard var start = functionLine(from: line, to: -1) else { return 0 }
        while start > 0, !old.isBlank(start - 1), !isName(old, start - 1) { start -= 1 }
        return start
    }

    /// Where the hunk ends. Growing downwards can reach the next change, which is taken in then.
    private func end(_ last: inout Int) -> (old: Int, new: Int) {
        while true {
            let change = changes[last]
            let context = min(options.context, old.count - change.oldEnd, new.count - change.newEnd)
            var oldEnd = change.oldEnd + context
            var newEnd = change.newEnd + context
            guard options.showsWholeFunctions else { return (oldEnd, newEnd) }
            var function = old.count
            if let next = functionLine(from: change.oldEnd, to: old.count) {
                function = next
                while function > 0, old.isBlank(function - 1) { function -= 1 }
            }
            if function > oldEnd {
                newEnd = min(newEnd + (function - oldEnd), new.count)
                oldEnd = function
            }
            guard last + 1 < changes.count else { return (oldEnd, newEnd) }
            let next = min(changes[last + 1].oldStart, old.count - 1)
            guard next - options.context <= oldEnd || functionLine(from: next, to: oldEnd) == nil else {
                return (oldEnd, newEnd)
            }
            last += 1
        }
    }

    /// The first line that names a function, from one line towards another, which is not looked at.
    private func functionLine(from start: Int, to limit: Int) -> Int? {
        let step = start > limit ? -1 : 1
        var line = start
        while line != limit, line >= 0, line < old.count {
            if isName(old, line) { return line }
            line += step
        }
        return nil
    }

    private func isName(_ lines: Lines, _ line: Int) -> Bool { naming.name(lines[line]) != nil }

    private func findName(from start: Int, downTo limit: Int) -> [UInt8]? {
        let step = start > limit ? -1 : 1
        var line = start
        while line != limit, line >= 0, line < old.count {
            if let name = naming.name(old[line]) { return name }
            line += step
        }
        return nil
    }
}
