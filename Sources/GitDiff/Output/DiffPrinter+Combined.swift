internal import Bytes
internal import GitObjects

extension DiffPrinter {
    /// Prints files of a merge against all parents at once.
    ///
    /// - Parameter isDense: whether hunks that were taken from a parent unchanged are left out (`--cc`).
    /// - Throws: ``DiffError`` where a file cannot be read.
    public mutating func printCombined(_ files: [CombinedFile], isDense: Bool) throws(DiffError) {
        defer { flush() }
        for file in files { try printCombined(file, isDense) }
    }

    /// Prints a merge in the formats of the options: statistics against the first parent, the files that differ from all
    /// parents by name, their combined patches.
    ///
    /// - Parameter first: what differs from the first parent; looked at for statistics only.
    /// - Throws: ``DiffError`` where a file cannot be read.
    public mutating func printMerge(
        _ files: [CombinedFile], first: [DiffEntry], isDense: Bool
    ) throws(DiffError) {
        let statistics = options.formats.intersection([.stat, .numstat, .shortstat, .summary, .dirstat])
        if !statistics.isEmpty {
            var printer = DiffPrinter(source: source, options: options, formats: statistics, sink: sink)
            try printer.print(first)
        }
        guard !files.isEmpty else { return }
        let names = options.formats.intersection([.raw, .nameOnly, .nameStatus])
        if !names.isEmpty { printCombinedNames(files) }
        guard options.formats.contains(.patch) else { return }
        if !names.isEmpty || !statistics.isEmpty {
            write(options.linePrefix + [options.endsWithNUL ? 0 : 10])
        }
        try printCombined(files, isDense: isDense)
    }

    /// The one-line form of files of a merge: `--raw`, `--name-status` or `--name-only`.
    public mutating func printCombinedNames(_ files: [CombinedFile]) {
        let end: UInt8 = options.endsWithNUL ? 0 : 10
        let between: UInt8 = options.endsWithNUL ? 0 : 9
        for file in files {
            if options.formats.contains(.raw) { output += options.linePrefix }
            if !options.formats.contains(.nameOnly) {
                let letters = file.parents.map { String(UnicodeScalar($0.status.rawValue)) }.joined()
                if options.formats.contains(.raw) {
                    let modes = file.parents.map(\.old.octalMode).joined(separator: " ")
                    let ids = file.parents.map { shortID($0.old.id, options.abbreviation) }.joined(separator: " ")
                    write(String(repeating: ":", count: file.parents.count))
                    write("\(modes) \(file.result.octalMode) \(ids) \(shortID(file.result.id, options.abbreviation)) ")
                }
                write(letters)
                output.append(between)
            }
            if options.showsAllPaths {
                for entry in file.parents {
                    output += name(file.path(in: entry))
                    output.append(between)
                }
            }
            output += name(file.path)
            output.append(end)
        }
        flush()
    }

    private mutating func printCombined(_ file: CombinedFile, _ isDense: Bool) throws(DiffError) {
        let result = try contents.load(file.result)
        let olds = try file.parents.map { (entry) throws(DiffError) in try contents.load(entry.old) }
        let modesDiffer = file.parents.contains { $0.old.mode != file.result.mode }
        if !options.treatsAllAsText, result.isBinary || olds.contains(where: \.isBinary) {
            printCombinedHeader(file, isDense, modesDiffer, naming: false)
            write("Binary files differ\n")
            return
        }
        var lines = CombinedLines(result.bytes, parentCount: file.parents.count, context: options.hunks.context)
        if file.result.exists {
            for (index, entry) in file.parents.enumerated() {
                if let same = file.parents[..<index].firstIndex(where: { $0.old.id == entry.old.id }) {
                    lines.copy(index, from: same)
                } else {
                    lines.add(index, olds[index].bytes, options.lines)
                }
            }
        }
        let shows = lines.choose(isDense: isDense)
        guard shows || modesDiffer || file.isInWorkTree else { return }
        foundChanges = true
        printCombinedHeader(file, isDense, modesDiffer, naming: true)
        if file.result.exists && shows { printPlaces(lines) }
    }

    private mutating func printCombinedHeader(
        _ file: CombinedFile, _ isDense: Bool, _ modesDiffer: Bool, naming: Bool
    ) {
        let path = shortened(file.path)
        emit(colors?.meta, Array("diff \(isDense ? "--cc" : "--combined") ".utf8) + label([], path) + [10])
        let abbreviation = options.showsFullIndex ? 0 : nil as Int?
        let ids = file.parents.map { shortID($0.old.id, abbreviation) }.joined(separator: ",")
        emit(colors?.meta, Array("index \(ids)..\(shortID(file.result.id, abbreviation))\n".utf8))
        let isDeleted = !file.result.exists
        let isAdded = !isDeleted && file.parents.allSatisfy { $0.status == .added }
        if modesDiffer {
            let modes = file.parents.map(\.old.octalMode).joined(separator: ",")
            if isAdded || isDeleted {
                output += options.linePrefix
                write(colors?.meta ?? "")
            }
            write(isAdded ? "new file mode " : isDeleted ? "deleted file mode \(modes)" : "mode \(modes)..")
            if !isDeleted { write(file.result.octalMode) }
            write((colors?.reset ?? "") + "\n")
        }
        guard naming else { return }
        let nothing = Array("/dev/null".utf8)
        if options.showsAllPaths {
            for entry in file.parents {
                let old = label(options.oldPrefix, shortened(file.path(in: entry)))
                emit(colors?.meta, Array("--- ".utf8) + (entry.status == .added ? nothing : old) + [10])
            }
        } else {
            emit(colors?.meta, Array("--- ".utf8) + (isAdded ? nothing : label(options.oldPrefix, path)) + [10])
        }
        emit(colors?.meta, Array("+++ ".utf8) + (isDeleted ? nothing : label(options.newPrefix, path)) + [10])
    }

    private mutating func printPlaces(_ lines: CombinedLines) {
        let count = lines.lines.count
        var place = 0
        while true {
            var heading: ArraySlice<UInt8>?
            while place <= count, !lines.places[place].isShown {
                if place < count, isHeading(lines.lines[place]) { heading = lines.lines[place] }
                place += 1
            }
            if place > count { return }
            var end = place + 1
            while end <= count, lines.places[end].isShown { end += 1 }
            printCombinedHunkHeader(lines, place, end, heading)
            while place < end {
                let current = lines.places[place]
                if !current.hidesLost {
                    for lost in current.lost { printCombined(lost.parents, 0x2d, lost.text, colors?.old, lines) }
                }
                place += 1
                if place > count { break }
                if current.added & lines.all == 0 {
                    if lines.context == 0 { continue }
                    printCombined(0, 0x2b, lines.lines[place - 1].withoutNewline, colors?.context, lines)
                } else {
                    printCombined(current.added, 0x2b, lines.lines[place - 1].withoutNewline, colors?.new, lines)
                }
            }
        }
    }

    private func isHeading(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first else { return false }
        return (first | 0x20) &- UInt8(ascii: "a") < 26 || first == UInt8(ascii: "_") || first == UInt8(ascii: "$")
    }

    private mutating func printCombinedHunkHeader(
        _ lines: CombinedLines, _ start: Int, _ end: Int, _ heading: ArraySlice<UInt8>?
    ) {
        let count = lines.lines.count
        var shown = end - start - (end > count ? 1 : 0)
        var unseen = 0
        if lines.context == 0 {
            unseen = (start..<end).count { lines.places[$0].added & lines.all == 0 }
            shown -= unseen
        }
        let marks = String(repeating: "@", count: lines.parentCount + 1)
        var text = marks
        for parent in 0..<lines.parentCount {
            let first = lines.places[start].numbers[parent]
            text += " -\(first),\(lines.places[end].numbers[parent] - first - unseen)"
        }
        text += " +\(start + 1),\(shown) \(marks)"
        output += options.linePrefix
        write((colors?.fragment ?? "") + text)
        if let heading {
            // Git leaves out the last character.
            let visible = heading.prefix(40).prefix { $0 != 10 && $0 != 0 }
            let last = visible.lastIndex { !Whitespace.isSpace($0) } ?? visible.startIndex
            if last > visible.startIndex {
                if let colors {
                    write("\(colors.reset)\(colors.context) \(colors.reset)\(colors.function)")
                } else {
                    output.append(32)
                }
                output += visible[..<last]
            }
        }
        write((colors?.reset ?? "") + "\n")
    }

    private mutating func printCombined(
        _ parents: UInt64, _ sign: UInt8, _ text: ArraySlice<UInt8>, _ color: String?, _ lines: CombinedLines
    ) {
        output += options.linePrefix
        write(color ?? "")
        for parent in 0..<lines.parentCount { output.append(parents & 1 << UInt64(parent) != 0 ? sign : 32) }
        let hasReturn = text.last == 13
        output += hasReturn ? text.dropLast() : text
        write(colors?.reset ?? "")
        if hasReturn { output.append(13) }
        output.append(10)
    }
}
