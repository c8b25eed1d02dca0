internal import GitDiff
internal import GitObjects
internal import GitStorage

extension Blame {
    /// Passes what an origin is suspected of to its commit's parents, as far as they hold it. What stays is left in the
    /// origin's `suspects`.
    func pass(from origin: Int) throws {
        let parents = try scapegoats(of: origins[origin].commit)
        var files = [Int?](repeating: nil, count: parents.count)
        defer {
            for case let file? in files where origins[file].suspects.isEmpty { origins[file].lines = nil }
            origins[origin].lines = nil
        }
        if try findFiles(of: origin, in: parents, &files) || parents.isEmpty { return }
        for case let file? in files {
            if origins[origin].previous == nil { origins[origin].previous = file }
            try pass(from: origin, to: file)
            if origins[origin].suspects.isEmpty { return }
        }
        if options.ignored.contains(id(of: origins[origin].commit)) {
            for case let file? in files {
                try passIgnored(from: origin, to: file)
                origins[file].lines = nil
                if origins[origin].suspects.isEmpty { return }
            }
        }
        try passMovesAndCopies(from: origin, parents, files)
    }

    /// The commits that a commit's lines may come from.
    private func scapegoats(of commit: Int32) throws -> [Int32] {
        if let children = options.children { return (children[id(of: commit)] ?? []).map { table.number($0) } }
        let parents = Array(table.parents(commit))
        return options.followsFirstParentOnly ? Array(parents.prefix(1)) : parents
    }

    /// Finds the file that stands for the origin in each parent; true where one is the same, which then has everything.
    private func findFiles(of origin: Int, in parents: [Int32], _ files: inout [Int?]) throws -> Bool {
        for looksForRenames in options.followsRenames ? [false, true] : [false] {
            for (index, parent) in parents.enumerated() where files[index] == nil {
                try parse(parent)
                let file = try looksForRenames ? renamed(origin, in: parent) : sameNamed(origin, in: parent)
                guard let file else { continue }
                if origins[file].blob == origins[origin].blob {
                    passEverything(from: origin, to: file)
                    return true
                }
                let isKnown = files[..<index].contains { $0.map { origins[$0].blob == origins[file].blob } ?? false }
                if !isKnown { files[index] = file }
            }
        }
        return false
    }

    private func passEverything(from origin: Int, to file: Int) {
        if origins[file].lines == nil {
            origins[file].lines = origins[origin].lines
            origins[origin].lines = nil
        }
        var suspects = origins[origin].suspects
        origins[origin].suspects = []
        for index in suspects.indices { suspects[index].origin = file }
        give(suspects, to: file)
    }

    private func pass(from origin: Int, to file: Int) throws {
        guard !origins[origin].suspects.isEmpty else { return }
        let old = try lines(of: file)
        let new = try lines(of: origin)
        var passing = Passing(origins[origin].suspects, to: file)
        origins[origin].suspects = []
        var offset = 0
        for change in LineDiff.changes(old: old, new: new, options: options.comparison) {
            passing.chunk(from: change.newStart, offset: change.oldStart - change.newStart, to: change.newEnd)
            offset = change.oldEnd - change.newEnd
        }
        passing.chunk(from: .max, offset: offset, to: .max)
        origins[origin].suspects = passing.kept
        give(passing.passed, to: file)
    }

    /// Passes what an ignored commit changed to the lines of a parent that are most like it.
    private func passIgnored(from origin: Int, to file: Int) throws {
        guard !origins[origin].suspects.isEmpty else { return }
        let old = try lines(of: file)
        let new = try lines(of: origin)
        var guess = IgnoredLines(old: old, new: new)
        var passing = Passing(origins[origin].suspects, to: file)
        var offset = 0
        for change in LineDiff.changes(old: old, new: new, options: options.comparison) {
            let guesses = guess.sources(of: change)
            passing.chunk(from: change.newStart, offset: change.oldStart - change.newStart, to: change.newEnd) {
                guesses[$0 - change.newStart]
            }
            offset = change.oldEnd - change.newEnd
        }
        passing.chunk(from: .max, offset: offset, to: .max)
        origins[origin].suspects = passing.kept
        // The guesses may lead anywhere in the parent.
        let sorted = passing.passed.enumerated().sorted {
            ($0.element.source, $0.offset) < ($1.element.source, $1.offset)
        }
        give(sorted.map(\.element), to: file)
    }

    /// A version's lines, read when they are first needed.
    func lines(of origin: Int) throws -> Lines {
        if let lines = origins[origin].lines { return lines }
        let file = origins[origin]
        let isContents = id(of: file.commit).isZero
        let lines = isContents ? final : try Lines(options.content(file.blob, file.path, file.mode))
        origins[origin].lines = lines
        return lines
    }

    /// Sorts entries that are suspected of one version by what a comparison with a parent says.
    private struct Passing {
        let parent: Int
        /// What the parent holds.
        var passed: [Entry] = []
        /// What it does not hold.
        var kept: [Entry] = []
        /// What is still to be looked at: split halves first, then the rest of the list.
        private var front: ArraySlice<Entry> = []
        private var rest: ArraySlice<Entry>

        init(_ entries: [Entry], to parent: Int) {
            rest = entries[...]
            self.parent = parent
        }

        private var next: Entry? { front.first ?? rest.first }

        private mutating func advance() {
            if front.isEmpty { rest = rest.dropFirst() } else { front = front.dropFirst() }
        }

        /// Cuts an entry at a line; gives back what comes after.
        private static func cut(_ entry: inout Entry, at line: Int) -> Entry {
            var second = entry
            let length = line - entry.source
            second.line += length
            second.source += length
            second.count -= length
            entry.count = length
            return second
        }

        /// Everything before line `start` is the parent's, `offset` lines further down; up to `end` it is not, unless
        /// `guess` names a line of the parent.
        mutating func chunk(from start: Int, offset: Int, to end: Int, guess: ((Int) -> Int?)? = nil) {
            var halves: [Entry] = []
            while var entry = next, entry.source < start {
                advance()
                if entry.sourceEnd > start { halves.append(Passing.cut(&entry, at: start)) }
                entry.origin = parent
                entry.source += offset
                passed.append(entry)
            }
            front = halves + front
            halves = []
            while var entry = next, entry.source < end {
                advance()
                if entry.sourceEnd > end { halves.append(Passing.cut(&entry, at: end)) }
                if let guess { place(entry, guess) } else { kept.append(entry) }
            }
            front = halves + front
        }

        /// Takes an entry apart into runs that guesses send to one place.
        private mutating func place(_ entry: Entry, _ guess: (Int) -> Int?) {
            var rest = entry
            while rest.count > 0 {
                let first = guess(rest.source)
                var length = 1
                while length < rest.count {
                    let next = guess(rest.source + length)
                    guard (next == nil) == (first == nil), first.map({ next == $0 + length }) ?? true else { break }
                    length += 1
                }
                var part = rest
                if length < rest.count { rest = Passing.cut(&part, at: rest.source + length) } else { rest.count = 0 }
                if let first {
                    part.isIgnored = true
                    part.origin = parent
                    part.source = first
                    passed.append(part)
                } else {
                    part.isUnblamable = true
                    kept.append(part)
                }
            }
        }
    }
}
