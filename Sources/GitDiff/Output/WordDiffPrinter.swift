internal import Bytes
internal import GitObjects

/// Prints hunks word by word: runs of removed and added lines are taken apart into words, which are compared in turn.
struct WordDiffPrinter {
    var printer: DiffPrinter
    private let pattern: LinePattern?

    init(expression: [UInt8]?, printer: DiffPrinter) throws(DiffError) {
        self.printer = printer
        guard let expression else {
            pattern = nil
            return
        }
        guard let compiled = LinePattern(bytes: expression) else {
            throw .refused("invalid regular expression: \(String(decoding: expression, as: UTF8.self))")
        }
        pattern = compiled
    }

    private var isPorcelain: Bool { printer.options.wordDiff == .porcelain }

    mutating func print(_ hunks: [DiffHunk], _ changes: [LineChange], _ old: Lines, _ new: Lines) {
        for hunk in hunks {
            printer.printHunkHeader(hunk)
            var line = hunk.new.lowerBound
            for change in changes[hunk.changes] {
                context(new, line..<change.newStart)
                words(
                    WordDiffPrinter.completed(old[change.oldStart..<change.oldEnd]),
                    WordDiffPrinter.completed(new[change.newStart..<change.newEnd]))
                line = change.newEnd
            }
            context(new, line..<hunk.new.upperBound)
        }
    }

    private mutating func context(_ lines: Lines, _ range: Range<Int>) {
        for line in range {
            if isPorcelain {
                printer.emit(printer.colors?.context, sign: 32, lines[line].withoutNewline + [10])
                printer.writeLine("~")
            } else {
                printer.emit(printer.colors?.context, lines[line].withoutNewline + [10])
            }
        }
    }

    /// Where the words of a text stand.
    private func split(_ text: [UInt8]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var position = 0
        text.withUnsafeBytes { buffer in
            while position < buffer.count {
                if let pattern {
                    let end = text[position...].firstIndex(of: 10) ?? buffer.count
                    let part = UnsafeRawBufferPointer(rebasing: buffer[position..<end])
                    guard let found = pattern.firstMatch(part)?[0], !found.isEmpty else {
                        position = end + 1
                        continue
                    }
                    words.append((position + found.lowerBound)..<(position + found.upperBound))
                    position += found.upperBound
                    continue
                }
                if Whitespace.isSpace(buffer[position]) {
                    position += 1
                    continue
                }
                let start = position
                while position < buffer.count, !Whitespace.isSpace(buffer[position]) { position += 1 }
                words.append(start..<position)
            }
        }
        return words
    }

    private mutating func words(_ old: [UInt8], _ new: [UInt8]) {
        if new.isEmpty {
            printer.write(printer.options.linePrefix)
            piece(old, .old)
            return
        }
        let oldWords = split(old)
        let newWords = split(new)
        func lines(_ text: [UInt8], _ words: [Range<Int>]) -> [UInt8] { words.flatMap { Array(text[$0]) + [10] } }
        var options = LineDiffOptions()
        options.usesIndentHeuristic = false
        options.trimsCommonTail = true
        let changes = LineDiff.changes(old: lines(old, oldWords), new: lines(new, newWords), options: options)
        var shown = 0
        var lastRemoved = 0
        // A line of output may begin here: then the line prefix does.
        func beginsLine() -> Bool { shown == 0 ? lastRemoved == 0 : new[shown - 1] == 10 }
        for change in changes {
            if beginsLine() { printer.write(printer.options.linePrefix) }
            lastRemoved = change.oldStart + (change.oldCount > 0 ? 1 : 0)
            let oldStart = start(change.oldStart, change.oldCount, oldWords)
            let oldEnd = change.oldCount > 0 ? oldWords[change.oldEnd - 1].upperBound : oldStart
            let newStart = start(change.newStart, change.newCount, newWords)
            let newEnd = change.newCount > 0 ? newWords[change.newEnd - 1].upperBound : newStart
            piece(Array(new[shown..<max(shown, newStart)]), .context)
            piece(Array(old[oldStart..<oldEnd]), .old)
            piece(Array(new[newStart..<newEnd]), .new)
            shown = max(shown, newEnd)
        }
        guard shown < new.count else { return }
        if beginsLine() { printer.write(printer.options.linePrefix) }
        piece(Array(new[shown...]), .context)
    }

    /// Where a run of words begins; an empty run stands at the end of the word before it.
    private func start(_ word: Int, _ count: Int, _ words: [Range<Int>]) -> Int {
        if count > 0 { return words[word].lowerBound }
        return word > 0 ? words[word - 1].upperBound : 0
    }

    /// The lines with a newline at their end.
    private static func completed(_ lines: ArraySlice<UInt8>) -> [UInt8] {
        lines.isEmpty || lines.last == 10 ? Array(lines) : Array(lines) + [10]
    }

    private mutating func piece(_ text: [UInt8], _ kind: DiffOptions.LineKind) {
        guard !text.isEmpty else { return }
        let colors = printer.colors
        let color = kind == .context ? colors?.context : kind == .old ? colors?.old : colors?.new
        var rest = text[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 10 }
            rest = rest.dropFirst(line.count)
            if !line.isEmpty { mark(line, kind, color) }
            guard rest.first == 10 else { return }
            rest = rest.dropFirst()
            printer.write(isPorcelain ? "~\n" : "\n")
            if !rest.isEmpty { printer.write(printer.options.linePrefix) }
        }
    }

    private mutating func mark(_ text: ArraySlice<UInt8>, _ kind: DiffOptions.LineKind, _ color: String?) {
        let isMarked = printer.options.wordDiff == .plain
        if let color { printer.write(color) }
        if isPorcelain { printer.write([kind == .context ? 32 : kind == .old ? 0x2d : 0x2b]) }
        if isMarked, kind != .context { printer.write(kind == .old ? "[-" : "{+") }
        printer.write(Array(text))
        if isMarked, kind != .context { printer.write(kind == .old ? "-]" : "+}") }
        if let color, !color.isEmpty, let colors = printer.colors { printer.write(colors.reset) }
        if isPorcelain { printer.write([10]) }
    }
}
