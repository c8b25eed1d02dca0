internal import GitDiff
internal import GitObjects
internal import GitStorage

extension Blame {
    /// An entry taken apart: what is before the part that came from elsewhere, that part, and what is after it.
    private struct Split {
        var before: Entry?
        var part: Entry
        var after: Entry?
    }

    /// A file of a parent in which lines are looked for.
    private struct Candidate {
        let path: GitPath
        let blob: ObjectID
        let mode: FileMode?
    }

    /// Looks for what is left in other places of the parents' versions, and in their other files.
    func passMovesAndCopies(from origin: Int, _ parents: [Int32], _ files: [Int?]) throws {
        var small: [Entry] = []
        var passed: [Entry] = []
        defer { origins[origin].suspects = small + origins[origin].suspects }
        defer { distribute(passed) }
        if options.findsMoves || options.copies > .none {
            takeSmall(&origins[origin].suspects, &small, options.moveScore)
            for case let file? in files where !origins[origin].suspects.isEmpty {
                try passMoves(from: origin, to: file, &passed, &small)
            }
        }
        guard options.copies > .none else { return }
        if options.copyScore < options.moveScore {
            origins[origin].suspects = Blame.merged(origins[origin].suspects, small)
            small = []
        }
        if options.copyScore != options.moveScore {
            takeSmall(&origins[origin].suspects, &small, options.copyScore)
        }
        for (index, parent) in parents.enumerated() where !origins[origin].suspects.isEmpty {
            try passCopies(from: origin, to: parent, files[index], &passed, &small)
        }
    }

    /// Gives entries of many origins to them, by origin and line.
    private func distribute(_ entries: [Entry]) {
        let sorted = entries.enumerated().sorted {
            ($0.element.origin, $0.element.source, $0.offset) < ($1.element.origin, $1.element.source, $1.offset)
        }
        var start = 0
        while start < sorted.count {
            var end = start
            while end < sorted.count, sorted[end].element.origin == sorted[start].element.origin { end += 1 }
            give(sorted[start..<end].map(\.element), to: sorted[start].element.origin)
            start = end
        }
    }

    /// Takes out the entries in which there is too little to recognise.
    private func takeSmall(_ entries: inout [Entry], _ small: inout [Entry], _ minimum: Int) {
        let taken = entries.filter { score($0) <= minimum }
        guard !taken.isEmpty else { return }
        entries.removeAll { score($0) <= minimum }
        small = taken + small
    }

    private func passMoves(
        from origin: Int, to file: Int, _ passed: inout [Entry], _ small: inout [Entry]
    ) throws {
        let old = try lines(of: file)
        var open = origins[origin].suspects
        var left: [Entry] = []
        var tooSmall: [Entry] = []
        while !open.isEmpty {
            var next: [Entry] = []
            for entry in open {
                if let split = bestPart(of: entry, in: old, file), score(split.part) > options.moveScore {
                    place(split, &passed, &next)
                } else {
                    left.append(entry)
                }
            }
            open = next
            let taken = open.filter { score($0) <= options.moveScore }
            open.removeAll { score($0) <= options.moveScore }
            tooSmall += taken
        }
        small = tooSmall + small
        origins[origin].suspects = left
    }

    private func place(_ split: Split, _ passed: inout [Entry], _ rest: inout [Entry]) {
        if let before = split.before { rest.append(before) }
        if let after = split.after { rest.append(after) }
        passed.append(split.part)
    }

    private func passCopies(
        from origin: Int, to parent: Int32, _ file: Int?, _ passed: inout [Entry], _ small: inout [Entry]
    ) throws {
        let sources = try candidates(origin, parent, file)
        var open = origins[origin].suspects
        var left: [Entry] = []
        var tooSmall: [Entry] = []
        while !open.isEmpty {
            var best = [Split?](repeating: nil, count: open.count)
            for (number, candidate) in sources.enumerated() {
                let old = try Lines(options.content(candidate.blob, candidate.path, candidate.mode))
                for index in open.indices {
                    guard let split = bestPart(of: open[index], in: old, number) else { continue }
                    if let known = best[index], score(split.part) < score(known.part) { continue }
                    best[index] = split
                }
            }
            var next: [Entry] = []
            register(sources, of: parent, &best)
            for index in open.indices {
                if let split = best[index] { place(split, &passed, &next) } else { left.append(open[index]) }
            }
            open = next.filter { score($0) > options.copyScore }
            tooSmall += next.filter { score($0) <= options.copyScore }
        }
        small = tooSmall + small
        origins[origin].suspects = left
    }

    /// The files of a parent that are looked at for copies.
    private func candidates(_ origin: Int, _ parent: Int32, _ file: Int?) throws -> [Candidate] {
        let isNew = file.map { origins[$0].path != origins[origin].path } ?? true
        let takesAll = options.copies == .everywhere || (options.copies == .newFiles && isNew)
        return try differences(of: origins[origin].commit, from: parent, includesUnchanged: takesAll).compactMap {
            entry in
            guard let mode = entry.old.mode, mode.isBlob else { return nil }
            if let file, origins[file].path == entry.old.path { return nil }
            return Candidate(path: entry.old.path, blob: entry.old.id, mode: mode)
        }
    }

    /// Makes origins of the candidates that were chosen, and forgets what is too small.
    private func register(_ sources: [Candidate], of parent: Int32, _ best: inout [Split?]) {
        for index in best.indices {
            if let split = best[index], score(split.part) <= options.copyScore { best[index] = nil }
        }
        let chosen = Set(best.compactMap { $0?.part.origin })
        var numbers: [Int: Int] = [:]
        for (number, source) in sources.enumerated() where chosen.contains(number) {
            numbers[number] = origin(parent, source.path, blob: source.blob, mode: source.mode)
        }
        for index in best.indices {
            if let number = best[index]?.part.origin, let origin = numbers[number] { best[index]?.part.origin = origin }
        }
    }

    /// The part of an entry with most to recognise that stands in a text as it is; later ones win over equal ones.
    private func bestPart(of entry: Entry, in old: Lines, _ origin: Int) -> Split? {
        let new = Lines(Array(final[entry.line..<(entry.line + entry.count)]))
        var best: Split?
        var source = 0
        var line = 0
        func consider(to end: Int) {
            guard entry.count > line, line < end else { return }
            let split = Blame.split(entry, from: entry.source + line, to: entry.source + end, source: source, origin)
            if let best, score(split.part) < score(best.part) { return }
            best = split
        }
        for change in LineDiff.changes(old: old, new: new, options: options.comparison) {
            consider(to: change.newStart)
            source = change.oldEnd
            line = change.newEnd
        }
        consider(to: entry.count)
        return best
    }

    private static func split(_ entry: Entry, from start: Int, to end: Int, source: Int, _ origin: Int) -> Split {
        var part = entry
        part.origin = origin
        part.line = entry.line + start - entry.source
        part.source = source
        part.count = min(end, entry.sourceEnd) - start
        var before: Entry?
        if entry.source < start {
            before = entry
            before?.count = start - entry.source
        }
        var after: Entry?
        if end < entry.sourceEnd {
            after = entry
            after?.line += end - entry.source
            after?.source = end
            after?.count = entry.sourceEnd - end
        }
        return Split(before: before, part: part, after: after)
    }
}
