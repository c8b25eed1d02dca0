extension WhitespaceRules {
    /// What is wrong with a line.
    struct Errors: OptionSet {
        let rawValue: UInt8
        static let trailingSpace = Errors(rawValue: 1)
        static let spaceBeforeTab = Errors(rawValue: 2)
        static let indentWithSpaces = Errors(rawValue: 4)
        static let tabInIndent = Errors(rawValue: 8)
        static let blankAtEOF = Errors(rawValue: 16)

        /// The words for it.
        var text: String {
            var words: [String] = []
            if contains(.trailingSpace) { words.append("trailing whitespace") }
            if contains(.blankAtEOF) { words.append("new blank line at EOF") }
            if contains(.spaceBeforeTab) { words.append("space before tab in indent") }
            if contains(.indentWithSpaces) { words.append("indent with spaces") }
            if contains(.tabInIndent) { words.append("tab in indent") }
            return words.joined(separator: ", ")
        }
    }

    /// What is wrong with a line.
    func errors(in line: ArraySlice<UInt8>) -> Errors {
        var ignored: [UInt8] = []
        return emit(line, to: &ignored, color: "", reset: "", error: "")
    }

    /// Writes a line with its errors in a colour of their own.
    @discardableResult
    func emit(
        _ whole: ArraySlice<UInt8>, to output: inout [UInt8], color: String, reset: String, error: String
    ) -> Errors {
        var errors: Errors = []
        var line = whole
        let hasNewline = line.last == 10
        if hasNewline { line = line.dropLast() }
        let hasReturn = allowsCarriageReturn && line.last == 13
        if hasReturn { line = line.dropLast() }
        var end = line.endIndex
        if trailingSpace {
            while end > line.startIndex, Whitespace.isSpace(line[end - 1]) { end -= 1 }
            if end < line.endIndex { errors.insert(.trailingSpace) }
        }
        func put(_ range: Range<Int>, _ mark: String?) {
            if let mark { output += mark.utf8 }
            output += line[range]
            if mark != nil { output += reset.utf8 }
        }
        var written = line.startIndex
        var position = line.startIndex
        while position < end, line[position] == 32 || line[position] == 9 {
            defer { position += 1 }
            guard line[position] == 9 else { continue }
            if spaceBeforeTab && written < position {
                errors.insert(.spaceBeforeTab)
                put(written..<position, error)
                put(position..<(position + 1), nil)
            } else if tabInIndent {
                errors.insert(.tabInIndent)
                put(written..<position, nil)
                put(position..<(position + 1), error)
            } else {
                put(written..<(position + 1), nil)
            }
            written = position + 1
        }
        if indentWithSpaces && position - written >= tabWidth {
            errors.insert(.indentWithSpaces)
            put(written..<position, error)
            written = position
        }
        if end > written { put(written..<end, color) }
        if end < line.endIndex { put(max(end, written)..<line.endIndex, error) }
        if hasReturn { output.append(13) }
        if hasNewline { output.append(10) }
        return errors
    }
}

extension DiffPrinter {
    /// `--check`: each added line with an error, and blank lines that were added at the end.
    mutating func printWhitespaceErrors(_ entry: DiffEntry) throws(DiffError) {
        guard !DiffContents.isUnchanged(entry), entry.new.exists, entry.status != .unmerged else { return }
        let oldContent = try contents.load(entry.old, showingText: false)
        let newContent = try contents.load(entry.new, showingText: false)
        if newContent.isBinary { return }
        let old = Lines(oldContent.bytes)
        let new = Lines(newContent.bytes)
        let attributes = source.attributes(of: entry.new.path)
        let rules = attributes.whitespace
        var lineOptions = options.lines
        lineOptions.trimsCommonTail = false
        let changes = LineDiff.changes(old: old, new: new, options: lineOptions)
        let name = String(decoding: shortened(entry.new.path), as: UTF8.self)
        for change in changes {
            for line in change.newStart..<change.newEnd {
                checkLine(new[line], line, name, rules, attributes.conflictMarkerSize)
            }
        }
        guard rules.blankAtEOF, let last = changes.last, last.newEnd == new.count || new.count > 0,
            let end = DiffPrinter.blankEndStart(old, new), last.newEnd > end
        else { return }
        foundWhitespaceErrors = true
        foundChanges = true
        writeLine("\(name):\(end + 1): new blank line at EOF.")
    }

    private static func blankEndStart(_ old: Lines, _ new: Lines) -> Int? {
        func start(_ lines: Lines) -> Int {
            var line = lines.count
            while line > 0, lines.isBlank(line - 1) { line -= 1 }
            return line
        }
        let first = start(new)
        return new.count - first > old.count - start(old) ? first : nil
    }

    private mutating func checkLine(
        _ line: ArraySlice<UInt8>, _ number: Int, _ name: String, _ rules: WhitespaceRules, _ markerSize: Int
    ) {
        if DiffPrinter.isConflictMarker(line, markerSize) {
            foundWhitespaceErrors = true
            writeLine("\(name):\(number + 1): leftover conflict marker")
        }
        let errors = rules.errors(in: line)
        guard !errors.isEmpty else { return }
        foundWhitespaceErrors = true
        foundChanges = true
        writeLine("\(name):\(number + 1): \(errors.text).")
        output += options.linePrefix
        write(colors?.new ?? "")
        output.append(UInt8(ascii: "+"))
        write(colors?.reset ?? "")
        rules.emit(
            line, to: &output, color: colors?.new ?? "", reset: colors?.reset ?? "", error: colors?.whitespace ?? "")
        if line.last != 10 { output.append(10) }
    }

    static func isConflictMarker(_ line: ArraySlice<UInt8>, _ size: Int) -> Bool {
        guard line.count >= size + 1, let first = line.first, [0x3d, 0x3c, 0x3e, 0x7c].contains(first),
            line.prefix(size).allSatisfy({ $0 == first })
        else { return false }
        let next = line[line.startIndex + size]
        return first == 0x3d ? Whitespace.isSpace(next) : Whitespace.isSpace(next)
    }
}
