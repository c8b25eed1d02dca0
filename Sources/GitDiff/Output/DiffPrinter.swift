internal import Bytes
internal import GitObjects

/// Prints entries in the formats of the options, as Git does.
public struct DiffPrinter {
    let options: DiffOptions
    let source: any DiffSource
    let contents: DiffContents
    let colors: DiffColors?
    /// What was printed and not yet given to the sink.
    var output: [UInt8] = []
    /// Whether a difference was seen that counts for the exit code.
    public internal(set) var foundChanges = false
    /// Whether an error in white space was seen.
    public internal(set) var foundWhitespaceErrors = false
    let sink: (borrowing [UInt8]) -> Void
    /// Gathers lines instead of printing them, while it is looked for those that moved.
    var movedLines: MovedLineFinder?
    /// What is known of the lines to come, the next one last.
    var marks: [MovedLineFinder.Mark] = []
    /// How many entries are printed, and how many of them the user's programs have shown.
    var position = (index: 0, count: 0)

    /// Makes a printer that hands what it prints to `sink`, piece by piece.
    public init(source: any DiffSource, options: DiffOptions, sink: @escaping (borrowing [UInt8]) -> Void) {
        self.source = source
        self.options = options
        self.sink = sink
        contents = DiffContents(source: source, options: options)
        colors = options.colors
    }

    /// Makes a printer of other formats than the options'.
    init(
        source: any DiffSource, options: DiffOptions, formats: DiffOptions.Formats,
        sink: @escaping (borrowing [UInt8]) -> Void
    ) {
        var options = options
        options.formats = formats
        self.init(source: source, options: options, sink: sink)
    }

    /// What of an entry is read to show it.
    static func blobs(_ entry: DiffEntry) -> [ObjectID] {
        [entry.old, entry.new].filter { $0.mode?.isBlob == true && !$0.isUnhashed && !$0.id.isZero }.map(\.id)
    }

    /// Prints entries that ``DiffSelection`` prepared.
    ///
    /// - Throws: ``DiffError`` where a file cannot be read; what was printed before stands.
    public mutating func print(_ entries: [DiffEntry]) throws(DiffError) {
        defer { flush() }
        if options.formats.contains(.none) { return }
        guard !entries.isEmpty else { return }
        if !options.formats.isDisjoint(with: [.patch, .stat, .numstat, .shortstat, .check]) {
            source.prefetch(entries.flatMap { DiffPrinter.blobs($0) })
        }
        var needsSeparator = false
        if !options.formats.isDisjoint(with: [.raw, .nameOnly, .nameStatus, .check]) {
            for entry in entries { try printLine(entry) }
            needsSeparator = true
        }
        let linesOfDirectories = options.formats.contains(.dirstat) && options.dirstat.measure == .lines
        if !options.formats.isDisjoint(with: [.stat, .numstat, .shortstat]) || linesOfDirectories {
            let stat = try DiffStat(entries, source: source, options: options)
            if options.formats.contains(.numstat) { printNumbers(stat) }
            if options.formats.contains(.stat) { printBars(stat) }
            if options.formats.contains(.shortstat) { printSums(stat) }
            if linesOfDirectories { printDirectories(DirectoryShares(stat)) }
            needsSeparator = true
        }
        if options.formats.contains(.dirstat) && !linesOfDirectories {
            printDirectories(try DirectoryShares(entries, source: source, options: options))
        }
        if options.formats.contains(.summary), entries.contains(where: DiffPrinter.hasSummary) {
            for entry in entries { printSummary(entry) }
            needsSeparator = true
        }
        if options.formats.contains(.patch) {
            if needsSeparator { write(options.linePrefix + [10]) }
            try printPatches(entries)
        }
    }

    // MARK: Writing

    mutating func write(_ bytes: [UInt8]) { output += bytes }

    mutating func write(_ text: String) { output += text.utf8 }

    /// The line prefix, then the text.
    mutating func writeLine(_ text: String) {
        output += options.linePrefix
        output += text.utf8
        output.append(10)
    }

    mutating func flush() {
        if !output.isEmpty {
            sink(output)
            output.removeAll(keepingCapacity: true)
        }
    }

    /// A path as the options want it: relative, quoted unless names end with NUL.
    func name(_ path: GitPath) -> [UInt8] {
        let bytes = shortened(path)
        if options.endsWithNUL { return bytes }
        return GitPath.quote(bytes, quotingHighBytes: options.quotesHighBytes) ?? bytes
    }

    /// A path quoted where it must be.
    func quoted(_ path: GitPath) -> [UInt8] {
        let bytes = shortened(path)
        return GitPath.quote(bytes, quotingHighBytes: options.quotesHighBytes) ?? bytes
    }

    /// A path below the directory that the options ask for, without it.
    func shortened(_ path: GitPath) -> [UInt8] {
        guard let prefix = options.relativeTo, path.bytes.starts(with: prefix) else { return path.bytes }
        var rest = path.bytes.dropFirst(prefix.count)
        if rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
        return Array(rest)
    }

    func shortID(_ id: ObjectID, _ abbreviation: Int?) -> String {
        if let abbreviation, abbreviation == 0 || abbreviation >= id.algorithm.hexCount { return id.hex }
        return source.abbreviate(id, minimum: abbreviation)
    }

    // MARK: One line for each entry

    private mutating func printLine(_ entry: DiffEntry) throws(DiffError) {
        if options.formats.contains(.check) {
            try printWhitespaceErrors(entry)
            return
        }
        let terminator: UInt8 = options.endsWithNUL ? 0 : 10
        let between: UInt8 = options.endsWithNUL ? 0 : 9
        output += options.linePrefix
        if options.formats.contains(.nameOnly) {
            output += name(entry.new)
            output.append(terminator)
            return
        }
        if !options.formats.contains(.nameStatus) {
            write(
                ":\(entry.old.octalMode) \(entry.new.octalMode) \(shortID(entry.old.id, options.abbreviation)) "
                    + "\(shortID(entry.new.id, options.abbreviation)) ")
        }
        write(entry.statusText)
        output.append(between)
        if entry.status == .renamed || entry.status == .copied {
            output += name(entry.old.path)
            output.append(between)
            output += name(entry.new.path)
        } else {
            output += name(entry.old.exists ? entry.old.path : entry.new.path)
        }
        output.append(terminator)
    }

    private func name(_ side: DiffSide) -> [UInt8] { name(side.path) }

    // MARK: Summary

    static func hasSummary(_ entry: DiffEntry) -> Bool {
        switch entry.status {
        case .added, .copied, .deleted, .renamed: true
        default:
            entry.score > 0 || (entry.old.exists && entry.new.exists && entry.old.mode != entry.new.mode)
        }
    }

    private mutating func printSummary(_ entry: DiffEntry) {
        switch entry.status {
        case .deleted: printSummary("delete", entry.old)
        case .added: printSummary("create", entry.new)
        case .copied, .renamed:
            output += options.linePrefix
            write(entry.status == .copied ? " copy " : " rename ")
            output += DiffStat.renameName(shortened(entry.old.path), shortened(entry.new.path), options.quotesHighBytes)
            write(" (\(entry.percent)%)\n")
            printModeChange(entry, naming: false)
        default:
            if entry.score > 0 {
                output += options.linePrefix
                write(" rewrite ")
                output += quoted(entry.new.path)
                write(" (\(entry.percent)%)\n")
            }
            printModeChange(entry, naming: entry.score == 0)
        }
    }

    private mutating func printSummary(_ word: String, _ side: DiffSide) {
        output += options.linePrefix
        write(" \(word) mode \(side.octalMode) ")
        output += quoted(side.path)
        output.append(10)
    }

    private mutating func printModeChange(_ entry: DiffEntry, naming: Bool) {
        guard entry.old.exists, entry.new.exists, entry.old.mode != entry.new.mode else { return }
        output += options.linePrefix
        write(" mode change \(entry.old.octalMode) => \(entry.new.octalMode)")
        if naming {
            output.append(32)
            output += quoted(entry.new.path)
        }
        output.append(10)
    }
}
