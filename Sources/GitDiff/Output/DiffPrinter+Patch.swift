internal import Bytes
internal import GitObjects

extension DiffPrinter {
    /// A file's patch on its way: headers wait here until something is printed below them.
    struct PatchHeader {
        var lines: [[UInt8]] = []
        var mustShow = false
    }

    mutating func printPatches(_ entries: [DiffEntry]) throws(DiffError) {
        if options.movedLines.mode != .none, colors != nil, options.wordDiff == .none, movedLines == nil {
            var finder = DiffPrinter(source: source, options: options) { _ in }
            finder.movedLines = MovedLineFinder(options.movedLines)
            try finder.printPatches(entries)
            marks = finder.movedLines?.find().reversed() ?? []
        }
        position = (0, entries.count)
        for entry in entries where !DiffContents.isUnchanged(entry) {
            if entry.old.mode == .tree || entry.new.mode == .tree { continue }
            try printPatch(entry)
            if output.count > 1 << 16 { flush() }
        }
    }

    private mutating func printPatch(_ entry: DiffEntry) throws(DiffError) {
        if try showExternally(entry) { return }
        if entry.status == .unmerged {
            write("* Unmerged path ")
            output += quoted(entry.path)
            output.append(10)
            foundChanges = true
            return
        }
        if let old = entry.old.mode, let new = entry.new.mode, old.typeBits != new.typeBits {
            // A file that becomes a link is shown as one that goes and one that comes.
            try printFile(DiffEntry(old: entry.old, new: .absent(entry.new.path, source.algorithm)), entry)
            try printFile(DiffEntry(old: .absent(entry.old.path, source.algorithm), new: entry.new), entry)
        } else {
            try printFile(entry, entry)
        }
    }

    private mutating func printFile(_ entry: DiffEntry, _ whole: DiffEntry) throws(DiffError) {
        let old = try contents.load(entry.old)
        let new = try contents.load(entry.new)
        let isBinary = !options.treatsAllAsText && (old.isBinary || new.isBinary)
        var header = try self.header(entry, whole, isBinary: isBinary)
        if entry.status == .renamed || entry.status == .copied { foundChanges = true }
        if entry.status == .modified, entry.score > 0, !old.isBinary, !new.isBinary {
            printHeader(&header)
            printRewrite(entry, old.bytes, new.bytes)
            foundChanges = true
        } else if options.omitsDeletedContent && !entry.new.exists {
            printHeader(&header)
        } else if isBinary, !options.showsBinary, old.bytes != new.bytes, old.lengthBehind ?? new.lengthBehind != nil {
            printHeader(&header)
            foundChanges = true
            for line in try source.comparison(entry.old, entry.new) { emit(nil, line + [10]) }
        } else if isBinary {
            printBinary(entry, old.bytes, new.bytes, &header)
        } else {
            if header.mustShow { printHeader(&header) }
            try printText(entry, old.bytes, new.bytes, &header)
        }
    }

    // MARK: Headers

    /// The two names with their prefixes, quoted where they must be; nil for a side that does not exist.
    func labels(_ entry: DiffEntry) -> (old: [UInt8], new: [UInt8]) {
        let oldName = shortened(entry.old.exists ? entry.old.path : entry.new.path)
        let newName = shortened(entry.new.exists ? entry.new.path : entry.old.path)
        let prefixes =
            options.isReversed
            ? (options.newPrefix, options.oldPrefix) : (options.oldPrefix, options.newPrefix)
        return (label(prefixes.0, oldName), label(prefixes.1, newName))
    }

    func label(_ prefix: [UInt8], _ name: [UInt8]) -> [UInt8] {
        let whole = prefix + (name.first == UInt8(ascii: "/") && !prefix.isEmpty ? Array(name.dropFirst()) : name)
        return GitPath.quote(whole, quotingHighBytes: options.quotesHighBytes) ?? whole
    }

    func header(_ entry: DiffEntry, _ whole: DiffEntry, isBinary: Bool) throws(DiffError) -> PatchHeader {
        var header = PatchHeader()
        let names = labels(entry)
        header.lines.append(Array("diff --git ".utf8) + names.old + [32] + names.new)
        if !entry.old.exists {
            header.lines.append(Array("new file mode \(entry.new.octalMode)".utf8))
            header.mustShow = true
        } else if !entry.new.exists {
            header.lines.append(Array("deleted file mode \(entry.old.octalMode)".utf8))
            header.mustShow = true
        } else if entry.old.mode != entry.new.mode {
            header.lines.append(Array("old mode \(entry.old.octalMode)".utf8))
            header.lines.append(Array("new mode \(entry.new.octalMode)".utf8))
            header.mustShow = true
        }
        switch whole.status {
        case .copied: addPair("copy", whole, &header)
        case .renamed: addPair("rename", whole, &header)
        case .modified where whole.score > 0:
            header.lines.append(Array("dissimilarity index \(whole.percent)%".utf8))
            header.mustShow = true
        default: break
        }
        let oldID = try contents.id(entry.old)
        let newID = try contents.id(entry.new)
        if oldID != newID {
            var abbreviation = options.abbreviation == 0 ? nil : options.abbreviation
            if options.showsFullIndex || (options.showsBinary && isBinary) { abbreviation = 0 }
            var line = "index \(shortID(oldID, abbreviation))..\(shortID(newID, abbreviation))"
            if let mode = entry.old.mode, mode == entry.new.mode { line += " \(mode.octal)" }
            header.lines.append(Array(line.utf8))
        }
        return header
    }

    private func addPair(_ word: String, _ entry: DiffEntry, _ header: inout PatchHeader) {
        header.lines.append(Array("similarity index \(entry.percent)%".utf8))
        header.lines.append(Array("\(word) from ".utf8) + quoted(entry.old.path))
        header.lines.append(Array("\(word) to ".utf8) + quoted(entry.new.path))
        header.mustShow = true
    }

    mutating func printHeader(_ header: inout PatchHeader) {
        if !options.comparesPatches {
            for line in header.lines { emit(colors?.meta, line + [10]) }
        }
        header.lines = []
    }

    // MARK: Lines

    /// One line in a colour: the colour ends before the line's end.
    mutating func emit(_ color: String?, sign: UInt8? = nil, _ line: [UInt8]) { emit(color, sign: sign, line[...]) }

    mutating func emit(_ color: String?, sign: UInt8? = nil, _ line: ArraySlice<UInt8>) {
        output += options.linePrefix
        guard let colors, let color else {
            if let sign { output.append(sign) }
            output += line
            return
        }
        var text = line
        let hasNewline = text.last == 10
        if hasNewline { text = text.dropLast() }
        let hasReturn = text.last == 13
        if hasReturn { text = text.dropLast() }
        if sign != nil || !text.isEmpty {
            write(color)
            if let sign { output.append(sign) }
            output += text
            write(colors.reset)
        }
        if hasReturn { output.append(13) }
        if hasNewline { output.append(10) }
    }

    private mutating func printFileNames(_ entry: DiffEntry) {
        if options.comparesPatches { return }
        let names = labels(entry)
        let nothing = Array("/dev/null".utf8)
        printFileName("---", entry.old.exists ? names.old : nothing)
        printFileName("+++", entry.new.exists ? names.new : nothing)
    }

    /// A name with a space in it is followed by a tab, so that its end can be told from a time that other tools put there.
    private mutating func printFileName(_ marker: String, _ name: [UInt8]) {
        output += options.linePrefix
        write((colors?.meta ?? "") + marker + " ")
        output += name
        if let colors { write(colors.reset) }
        if name.contains(32) { output.append(9) }
        output.append(10)
    }

    mutating func printHunkHeader(_ hunk: DiffHunk) {
        movedLines?.addBreak()
        let numbered = hunk.header
        // Line numbers of a patch tell nobody anything.
        printHunkHeader(
            options.comparesPatches ? [0x40, 0x40] + (hunk.heading.isEmpty ? [] : [32] + hunk.heading) : numbered)
    }

    mutating func printHunkHeader(_ header: [UInt8]) {
        let valid = TextWidth.validPrefix(header[...])
        output += options.linePrefix
        guard let colors else {
            output += valid
            output.append(10)
            return
        }
        // The numbers end at the second `@@`.
        var end = valid.startIndex + (options.comparesPatches ? 0 : 2)
        while end + 1 < valid.endIndex, !(valid[end] == 0x40 && valid[end + 1] == 0x40) { end += 1 }
        end = min(end + 2, valid.endIndex)
        while end < valid.endIndex, valid[end] == 0x40 { end += 1 }
        if options.comparesPatches && options.usesDualColor { write(colors.reverse) }
        write(colors.fragment)
        output += valid[..<end]
        write(colors.reset)
        var rest = valid[end...]
        let blanks = rest.prefix { $0 == 32 || $0 == 9 }
        if !blanks.isEmpty {
            write(colors.context)
            output += blanks
            write(colors.reset)
            rest = rest.dropFirst(blanks.count)
        }
        if !rest.isEmpty {
            write(colors.function)
            output += rest
            write(colors.reset)
        }
        output.append(10)
    }

    private static let noNewline = Array("\\ No newline at end of file\n".utf8)

    /// A line of a hunk, with the remark that follows a last line without a newline.
    mutating func printLine(_ kind: DiffOptions.LineKind, _ line: ArraySlice<UInt8>, _ check: WhitespaceCheck?) {
        let isIncomplete = line.last != 10
        if movedLines != nil {
            gather(kind, line, check)
            return
        }
        let text = isIncomplete ? line + [10] : line
        if options.comparesPatches, options.usesDualColor, colors != nil {
            printPatchLine(kind, text)
            return
        }
        switch kind {
        case .context: emit(colors?.context, sign: options.indicators.context, text)
        case .old: emitChecked(markedColor(.old), options.indicators.old, text, .old, check)
        case .new: emitChecked(markedColor(.new), options.indicators.new, text, .new, check)
        }
        if isIncomplete { emit(colors?.context, DiffPrinter.noNewline) }
    }

    private mutating func emitChecked(
        _ color: String?, _ sign: UInt8, _ line: ArraySlice<UInt8>, _ kind: DiffOptions.LineKind,
        _ check: WhitespaceCheck?
    ) {
        guard let colors, let color, let check, options.highlightsWhitespaceOf.contains(kind),
            !colors.whitespace.isEmpty
        else {
            emit(color, sign: sign, line)
            return
        }
        if kind == .new && check.isBlankAtEnd {
            emit(colors.whitespace, sign: sign, line)
            return
        }
        output += options.linePrefix
        write(color)
        output.append(sign)
        write(colors.reset)
        check.rules.emit(line, to: &output, color: color, reset: colors.reset, error: colors.whitespace)
    }

    /// What is known about the white space of a line.
    struct WhitespaceCheck {
        var rules: WhitespaceRules
        /// Whether the line is one of the blank ones that were added at the file's end.
        var isBlankAtEnd = false
    }

    // MARK: Text

    private mutating func printText(
        _ entry: DiffEntry, _ oldBytes: [UInt8], _ newBytes: [UInt8], _ header: inout PatchHeader
    ) throws(DiffError) {
        let old = Lines(oldBytes)
        let new = Lines(newBytes)
        var lineOptions = options.lines
        lineOptions.trimsCommonTail = options.hunks.context == 0 && !options.hunks.showsWholeFunctions
        let attributes = source.attributes(of: entry.old.path)
        let newAttributes = entry.old.path == entry.new.path ? attributes : source.attributes(of: entry.new.path)
        let changes = LineDiff.changes(old: old, new: new, options: lineOptions)
        let naming = attributes.driver?.naming ?? newAttributes.driver?.naming ?? .standard
        let hunks = HunkBuilder.hunks(old: old, new: new, changes: changes, options: options.hunks, naming: naming)
        guard !hunks.isEmpty else { return }
        foundChanges = true
        printHeader(&header)
        printFileNames(entry)
        if options.wordDiff != .none {
            let expression =
                options.wordExpression.map { Array($0.utf8) } ?? attributes.driver?.wordExpression
                ?? newAttributes.driver?.wordExpression ?? options.defaultWordExpression.map { Array($0.utf8) }
            var words = try WordDiffPrinter(expression: expression, printer: self)
            words.print(hunks, changes, old, new)
            self = words.printer
            return
        }
        let rules = newAttributes.whitespace
        let blankEnd = colors != nil && rules.blankAtEOF ? BlankEnd(old, new) : nil
        for hunk in hunks {
            printHunkHeader(hunk)
            printHunk(hunk, changes, old, new, rules, blankEnd)
            if output.count > 1 << 18 { flush() }
        }
    }

    private mutating func printHunk(
        _ hunk: DiffHunk, _ changes: [LineChange], _ old: Lines, _ new: Lines, _ rules: WhitespaceRules,
        _ blankEnd: BlankEnd?
    ) {
        var check = WhitespaceCheck(rules: rules)
        var line = hunk.new.lowerBound
        for change in changes[hunk.changes] {
            while line < change.newStart {
                printLine(.context, new[line], nil)
                line += 1
            }
            for removed in change.oldStart..<change.oldEnd { printLine(.old, old[removed], check) }
            for added in change.newStart..<change.newEnd {
                check.isBlankAtEnd = blankEnd?.contains(added, change, new, hunk) ?? false
                printLine(.new, new[added], check)
            }
            check.isBlankAtEnd = false
            line = change.newEnd
        }
        while line < hunk.new.upperBound {
            printLine(.context, new[line], nil)
            line += 1
        }
    }

    /// The blank lines at the end of a file that has more of them than it had.
    struct BlankEnd {
        private let oldStart: Int
        private let newStart: Int

        init?(_ old: Lines, _ new: Lines) {
            func start(_ lines: Lines) -> Int {
                var line = lines.count
                while line > 0, lines.isBlank(line - 1) { line -= 1 }
                return line
            }
            oldStart = start(old)
            newStart = start(new)
            guard new.count - newStart > old.count - oldStart else { return nil }
        }

        func contains(_ line: Int, _ change: LineChange, _ new: Lines, _ hunk: DiffHunk) -> Bool {
            // A hunk without old lines is numbered by the line before it.
            let reached = hunk.old.isEmpty ? change.oldEnd - 1 : change.oldEnd
            return line >= newStart && reached >= oldStart && new.isBlank(line)
        }
    }

    /// A file that changed nearly everywhere: all that went, then all that came.
    private mutating func printRewrite(_ entry: DiffEntry, _ oldBytes: [UInt8], _ newBytes: [UInt8]) {
        let old = Lines(oldBytes)
        let new = Lines(newBytes)
        printFileNames(entry)
        func range(_ count: Int) -> String { count == 0 ? "0,0" : count == 1 ? "1" : "1,\(count)" }
        let header = Array("@@ -\(options.omitsDeletedContent ? "?,?" : range(old.count)) +\(range(new.count)) @@".utf8)
        emit(colors?.fragment, header + [10])
        if !options.omitsDeletedContent {
            for line in 0..<old.count { printLine(.old, old[line], nil) }
        }
        let check = WhitespaceCheck(rules: source.attributes(of: entry.new.path).whitespace)
        for line in 0..<new.count { printLine(.new, new[line], check) }
    }

    // MARK: Binary

    private mutating func printBinary(
        _ entry: DiffEntry, _ old: [UInt8], _ new: [UInt8], _ header: inout PatchHeader
    ) {
        if old == new {
            if header.mustShow { printHeader(&header) }
            return
        }
        printHeader(&header)
        foundChanges = true
        if options.showsBinary {
            writeLine("GIT binary patch")
            BinaryPatch.write(new, from: old, prefix: options.linePrefix, into: &output)
            BinaryPatch.write(old, from: new, prefix: options.linePrefix, into: &output)
            return
        }
        let names = labels(entry)
        let nothing = Array("/dev/null".utf8)
        output += options.linePrefix
        write("Binary files ")
        output += entry.old.exists ? names.old : nothing
        write(" and ")
        output += entry.new.exists ? names.new : nothing
        write(" differ\n")
    }
}
