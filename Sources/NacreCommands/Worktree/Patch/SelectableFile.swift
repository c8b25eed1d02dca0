internal import GitDiff

/// A hunk that a person decides on.
struct SelectableHunk {
    enum Choice { case undecided, use, skip }

    var oldStart = 0
    var newStart = 0
    /// The heading behind the second `@@`, with its blank.
    var heading: [UInt8] = []
    /// The lines with their signs and newlines.
    var lines: [[UInt8]] = []
    var choice = Choice.undecided
    /// How many lines more an edit made of it than it had.
    var delta = 0

    private static func count(_ lines: [[UInt8]], _ sign: UInt8) -> Int {
        lines.reduce(0) { $0 + ($1.first == sign || $1.first == 0x20 || $1.first == 10 ? 1 : 0) }
    }

    var oldCount: Int { Self.count(lines, 0x2d) }
    var newCount: Int { Self.count(lines, 0x2b) }

    static func isContext(_ line: [UInt8]) -> Bool { line.first == 0x20 || line.first == 10 }

    /// The hunk as a patch has it.
    ///
    /// - Parameter shift: what hunks before it that were left out moved.
    func text(shift: Int = 0, shiftsOld: Bool = false) -> [UInt8] {
        func range(_ start: Int, _ count: Int) -> String { count == 1 ? "\(start)" : "\(start),\(count)" }
        let old = oldStart - (shiftsOld ? shift : 0)
        let new = newStart + (shiftsOld ? 0 : shift)
        return Array("@@ -\(range(old, oldCount)) +\(range(new, newCount)) @@".utf8) + heading + [10]
            + lines.flatMap { $0 }
    }

    /// Into how many it can be split: runs of changed lines.
    var parts: Int {
        var count = 0
        var wasChange = false
        for line in lines where line.first != 0x5c {
            let isChange = !Self.isContext(line)
            if isChange && !wasChange { count += 1 }
            wasChange = isChange
        }
        return count
    }

    /// The hunk in pieces, each with the unchanged lines on both sides of it.
    func split() -> [SelectableHunk] {
        var runs: [Range<Int>] = []
        var index = 0
        while index < lines.count {
            guard !Self.isContext(lines[index]) else {
                index += 1
                continue
            }
            let start = index
            while index < lines.count, !Self.isContext(lines[index]) { index += 1 }
            runs.append(start..<index)
        }
        return runs.indices.map { position in
            let start = position == 0 ? 0 : runs[position - 1].upperBound
            let end = position + 1 < runs.count ? runs[position + 1].lowerBound : lines.count
            var hunk = SelectableHunk()
            hunk.oldStart = oldStart + Self.count(Array(lines[..<start]), 0x2d)
            hunk.newStart = newStart + Self.count(Array(lines[..<start]), 0x2b)
            hunk.heading = position == 0 ? heading : []
            hunk.lines = Array(lines[start..<end])
            return hunk
        }
    }

    /// `-12,3 +12,4 first changed line`, for lists.
    var summary: [UInt8] {
        let position = " -\(oldStart),\(oldCount) +\(newStart),\(newCount) "
        let padded = position + String(repeating: " ", count: max(20 - position.utf8.count, 0))
        let first = lines.first { !Self.isContext($0) } ?? []
        return Array(padded.utf8) + first.prefix { $0 != 10 }
    }
}

/// A file whose hunks a person chooses from.
struct SelectableFile {
    /// The header's lines up to the first hunk, changes of mode taken out.
    var header: [[UInt8]] = []
    /// `old mode` and `new mode`, which are chosen like a hunk.
    var modeLines: [[UInt8]] = []
    /// Where in the header they stand.
    var modePlace = 0
    var modeChoice = SelectableHunk.Choice.undecided
    var hunks: [SelectableHunk] = []
    /// The decision where there are no hunks: a file that is empty.
    var wholeChoice = SelectableHunk.Choice.undecided
    var isNew = false
    var isDeleted = false
    var isBinary = false

    var hasModeChange: Bool { !modeLines.isEmpty }

    /// How many decisions there are.
    var count: Int { hunks.count + (hasModeChange ? 1 : 0) }

    /// The header as it is shown, with the change of mode where that is chosen.
    func headerText() -> [UInt8] {
        guard hasModeChange, modeChoice == .use else { return header.flatMap { $0 } }
        return (header[..<modePlace] + modeLines + header[modePlace...]).flatMap { $0 }
    }

    func choice(_ index: Int) -> SelectableHunk.Choice {
        if count == 0 { return wholeChoice }
        if hasModeChange { return index == 0 ? modeChoice : hunks[index - 1].choice }
        return hunks[index].choice
    }

    mutating func setChoice(_ choice: SelectableHunk.Choice, _ index: Int) {
        if count == 0 {
            wholeChoice = choice
        } else if hasModeChange, index == 0 {
            modeChoice = choice
        } else {
            hunks[index - (hasModeChange ? 1 : 0)].choice = choice
        }
    }

    var isUsed: Bool {
        count == 0 ? wholeChoice == .use : modeChoice == .use || hunks.contains { $0.choice == .use }
    }

    /// The patch of what was chosen: hunks that overlap after a split are one again, and positions count what was left out.
    func patch(isReverse: Bool) -> [UInt8] {
        var text = headerText()
        var shift = 0
        var index = 0
        while index < hunks.count {
            var hunk = hunks[index]
            index += 1
            guard hunk.choice == .use else {
                shift += hunk.oldCount - hunk.newCount
                continue
            }
            while index < hunks.count, hunks[index].choice == .use, let joined = hunk.joined(hunks[index]) {
                hunk = joined
                index += 1
            }
            text += hunk.text(shift: shift, shiftsOld: isReverse)
            shift += hunk.delta
        }
        return text
    }

    /// Takes a diff apart.
    static func parse(_ diff: [UInt8]) -> [SelectableFile] {
        var files: [SelectableFile] = []
        var start = 0
        while start < diff.count {
            let end = diff[start...].firstIndex(of: 10).map { $0 + 1 } ?? diff.count
            let line = Array(diff[start..<end])
            start = end
            if line.starts(with: "diff ".utf8) {
                files.append(SelectableFile())
                files[files.count - 1].header.append(line)
                continue
            }
            guard !files.isEmpty else { continue }
            files[files.count - 1].take(line)
        }
        return files
    }

    private mutating func take(_ line: [UInt8]) {
        if line.starts(with: "@@ ".utf8), let hunk = Self.hunk(line) {
            hunks.append(hunk)
        } else if !hunks.isEmpty {
            hunks[hunks.count - 1].lines.append(line)
        } else if line.starts(with: "old mode ".utf8) || line.starts(with: "new mode ".utf8) {
            modePlace = header.count
            modeLines.append(line)
        } else {
            if line.starts(with: "new file".utf8) { isNew = true }
            if line.starts(with: "deleted file".utf8) { isDeleted = true }
            if line.starts(with: "Binary files ".utf8) { isBinary = true }
            header.append(line)
        }
    }

    /// A hunk with nothing but its header.
    static func hunk(_ line: [UInt8]) -> SelectableHunk? {
        let text = String(decoding: line, as: UTF8.self)
        let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count >= 4, words[0] == "@@", words[3].hasPrefix("@@") else { return nil }
        func start(_ word: Substring) -> Int? { Int(word.dropFirst().prefix { $0 != "," }) }
        guard let old = start(words[1]), let new = start(words[2]) else { return nil }
        var hunk = SelectableHunk()
        hunk.oldStart = old
        hunk.newStart = new
        hunk.heading = Array(words[3].dropFirst(2).utf8.prefix { $0 != 10 })
        return hunk
    }
}

extension SelectableHunk {
    /// This hunk and one that begins inside of it or where it ends; nil where they do not touch.
    fileprivate func joined(_ next: SelectableHunk) -> SelectableHunk? {
        let end = newStart + newCount
        let start = next.newStart + delta
        guard start > newStart, start <= end else { return nil }
        let overlap = end - start
        let shared = next.lines.prefix(overlap)
        guard shared.allSatisfy(Self.isContext), lines.suffix(overlap).elementsEqual(shared) else { return nil }
        var result = self
        result.lines += next.lines.dropFirst(overlap)
        result.delta += next.delta
        return result
    }
}
