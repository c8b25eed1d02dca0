internal import GitObjects

/// Reads patches: git's own, and unified diffs of other tools, with anything between them.
///
/// What it accepts and refuses is what `git apply` does, and so are the words.
public struct PatchParser {
    /// How names and hunks are read.
    public struct Options: Sendable {
        /// Leading components that are taken off names (`-p`).
        public var stripCount = 1
        /// What is put before every name (`--directory`), with a slash at its end.
        public var directory: [UInt8] = []
        /// Whether line counts in headers are worked out anew (`--recount`).
        public var recounts = false
        /// Whether the patch is to be applied, so that one that does nothing is an error.
        public var demandsContent = true

        /// `git apply`'s.
        public init() {}
    }

    let input: [UInt8]
    let options: Options
    var position = 0
    var line = 1

    private init(_ input: [UInt8], _ options: Options) {
        self.input = input
        self.options = options
    }

    /// Reads all of a patch.
    ///
    /// - Throws: ``PatchError`` at the first thing that cannot be understood.
    public static func parse(_ input: [UInt8], options: Options = Options()) throws(PatchError) -> [FilePatch] {
        var parser = PatchParser(input, options)
        var result: [FilePatch] = []
        while let patch = try parser.next() { result.append(patch) }
        return result
    }

    // MARK: Lines

    func lineEnd(_ start: Int) -> Int {
        var end = start
        while end < input.count {
            end += 1
            if input[end - 1] == 10 { break }
        }
        return end
    }

    func starts(_ prefix: StaticString, at start: Int) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard start + count <= input.count else { return false }
        return prefix.withUTF8Buffer { buffer in
            for index in 0..<count where input[start + index] != buffer[index] { return false }
            return true
        }
    }

    func text(_ start: Int, _ end: Int) -> String {
        String(decoding: input[start..<end].prefix { $0 != 10 }, as: UTF8.self)
    }

    mutating func advance(to end: Int) {
        position = end
        line += 1
    }

    // MARK: Finding files

    private mutating func next() throws(PatchError) -> FilePatch? {
        while position < input.count {
            let end = lineEnd(position)
            if starts("@@ -", at: position), hunkHeader(position, end) != nil {
                throw .fragmentWithoutHeader(line: line, text: text(position, end))
            }
            if starts("diff --git ", at: position) {
                let start = (position, line)
                if var patch = try gitHeader() {
                    patch.line = start.1
                    try body(&patch)
                    return patch
                }
                (position, line) = start
            } else if starts("--- ", at: position), starts("+++ ", at: end) {
                let second = lineEnd(end)
                if starts("@@ -", at: second), input.count - second >= 14 {
                    var patch = try traditionalHeader(position..<end, end..<second)
                    patch.line = line
                    position = second
                    line += 2
                    try body(&patch)
                    return patch
                }
            }
            advance(to: end)
        }
        return nil
    }

    private mutating func body(_ patch: inout FilePatch) throws(PatchError) {
        try hunks(&patch)
        guard patch.hunks.isEmpty else { return }
        let end = lineEnd(position)
        if input[position..<end].elementsEqual("GIT binary patch\n".utf8) {
            advance(to: end)
            try binary(&patch)
        } else if end - position > 8, input[(end - 8)..<end].elementsEqual(" differ\n".utf8),
            starts("Binary files ", at: position) || starts("Files ", at: position)
        {
            patch.isBinary = true
            advance(to: end)
        }
        if options.demandsContent, !patch.isBinary, !patch.changesMetadata { throw .onlyGarbage(line: line) }
    }

    // MARK: Hunks

    /// `@@ -a,b +c,d @@`.
    func hunkHeader(_ start: Int, _ end: Int) -> PatchHunk? {
        var cursor = start + 4
        func number() -> Int? {
            var value: Int?
            while cursor < end, input[cursor] &- 0x30 < 10 {
                let (product, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
                let (sum, carried) = product.addingReportingOverflow(Int(input[cursor] - 0x30))
                guard !overflow, !carried, sum < Int(Int32.max) else { return nil }
                value = sum
                cursor += 1
            }
            return value
        }
        func range(_ separator: StaticString) -> (Int, Int)? {
            guard let first = number() else { return nil }
            var count = 1
            if cursor < end, input[cursor] == UInt8(ascii: ",") {
                cursor += 1
                guard let given = number() else { return nil }
                count = given
            }
            guard starts(separator, at: cursor) else { return nil }
            cursor += separator.utf8CodeUnitCount
            return (first, count)
        }
        guard let old = range(" +"), let new = range(" @@") else { return nil }
        return PatchHunk(oldStart: old.0, oldCount: old.1, newStart: new.0, newCount: new.1)
    }

    private mutating func hunks(_ patch: inout FilePatch) throws(PatchError) {
        var oldLines = 0
        var newLines = 0
        while starts("@@ -", at: position), input.count - position > 4 {
            let hunk = try hunk(patch)
            oldLines += hunk.oldCount
            newLines += hunk.newCount
            patch.hunks.append(hunk)
        }
        let isMany = patch.hunks.count > 1
        if patch.isNew == nil, oldLines > 0 || isMany { patch.isNew = false }
        if patch.isDeleted == nil, newLines > 0 || isMany { patch.isDeleted = false }
        if patch.isNew == true, oldLines > 0 { throw .newFileHasOldLines("\(patch.newName ?? .root)") }
        if patch.isDeleted == true, newLines > 0 { throw .deletedFileHasLines("\(patch.oldName ?? .root)") }
    }

    private mutating func hunk(_ patch: FilePatch) throws(PatchError) -> PatchHunk {
        let start = position
        let headerEnd = lineEnd(position)
        guard var hunk = hunkHeader(position, headerEnd) else { throw .corrupt(line: line) }
        if options.recounts { recount(&hunk, from: headerEnd) }
        advance(to: headerEnd)
        var old = hunk.oldCount
        var new = hunk.newCount
        var isChanged = false
        while position < input.count, old > 0 || new > 0 {
            let end = lineEnd(position)
            guard input[end - 1] == 10 else { throw .corrupt(line: line) }
            switch input[position] {
            case 10, 0x20:
                old -= 1
                new -= 1
                if !isChanged { hunk.leading += 1 }
                hunk.trailing += 1
                add(.context, end, &hunk)
            case UInt8(ascii: "-"):
                old -= 1
                isChanged = true
                hunk.trailing = 0
                add(.old, end, &hunk)
            case UInt8(ascii: "+"):
                new -= 1
                isChanged = true
                hunk.trailing = 0
                add(.new, end, &hunk)
            case UInt8(ascii: "\\"):
                guard end - position >= 12, starts("\\ ", at: position) else { throw .corrupt(line: line) }
                dropNewline(&hunk)
            default: throw .corrupt(line: line)
            }
            guard old >= 0, new >= 0 else { throw .corrupt(line: line) }
            advance(to: end)
        }
        guard old == 0, new == 0, options.recounts || isChanged else { throw .corrupt(line: line) }
        if starts("\\ ", at: position), lineEnd(position) - position >= 12 {
            dropNewline(&hunk)
            advance(to: lineEnd(position))
        }
        hunk.text = input[start..<position]
        return hunk
    }

    private func add(_ kind: PatchHunk.Kind, _ end: Int, _ hunk: inout PatchHunk) {
        // A line that is empty but for its newline is an empty context line whose blank was lost.
        let start = input[position] == 10 ? position : position + 1
        hunk.lines.append(PatchHunk.Line(kind: kind, text: input[start..<end], number: line))
    }

    private func dropNewline(_ hunk: inout PatchHunk) {
        guard let last = hunk.lines.indices.last, hunk.lines[last].text.last == 10 else { return }
        hunk.lines[last].text.removeLast()
    }

    private func recount(_ hunk: inout PatchHunk, from start: Int) {
        var cursor = start
        var old = 0
        var new = 0
        scan: while cursor < input.count {
            switch input[cursor] {
            case 0x20, 10:
                old += 1
                new += 1
            case UInt8(ascii: "-"): old += 1
            case UInt8(ascii: "+"): new += 1
            case UInt8(ascii: "\\"): break
            case UInt8(ascii: "@") where starts("@@ ", at: cursor): break scan
            case UInt8(ascii: "d") where starts("diff ", at: cursor): break scan
            default: return
            }
            cursor = lineEnd(cursor)
        }
        hunk.oldCount = old
        hunk.newCount = new
    }
}
