internal import Bytes
internal import GitObjects

/// What happens to the entries of a comparison before they are shown: pairing, searching, ordering, filtering.
public struct DiffSelection: Sendable {
    /// The entries to show.
    public var entries: [DiffEntry]
    /// The limit that rename detection would have needed; 0 where it looked at everything.
    public var neededRenameLimit = 0
    /// Whether copies from unchanged files were not looked for because of it.
    public var leftOutUnchanged = false

    /// Prepares entries as the options ask.
    ///
    /// - Throws: ``DiffError`` where a file cannot be read.
    public init(_ entries: [DiffEntry], source: any DiffSource, options: DiffOptions) throws(DiffError) {
        self.entries = options.isReversed ? entries.map(\.reversed) : entries
        if options.ignoresGitlinks {
            self.entries.removeAll { $0.old.mode == .gitlink || $0.new.mode == .gitlink }
        }
        if let prefix = options.relativeTo, !prefix.isEmpty {
            self.entries.removeAll { !$0.path.bytes.starts(with: prefix) }
        }
        if options.renames.detection != .none || options.renames.breakScore != nil {
            // Renames of equal content need no reading; others do where something came and something went.
            let came = self.entries.contains { !$0.old.exists } && self.entries.contains { !$0.new.exists }
            if came || options.renames.breakScore != nil {
                source.prefetch(self.entries.flatMap { DiffPrinter.blobs($0) })
            }
            let result = try RenameDetector.detect(self.entries, source: source, options: options.renames)
            self.entries = result.entries
            neededRenameLimit = result.neededLimit
            leftOutUnchanged = result.leftOutUnchanged
        }
        if let pickaxe = options.pickaxe {
            self.entries = try pickaxe.apply(self.entries, source: source, options: options)
        }
        if !options.order.isEmpty { sort(by: options.order) }
        try rotate(options)
        self.entries = options.filter.apply(self.entries)
    }

    private mutating func sort(by patterns: [[UInt8]]) {
        func rank(_ entry: DiffEntry) -> Int {
            let path = entry.new.path.bytes
            return patterns.firstIndex { PathPattern.matches($0, path) } ?? patterns.count
        }
        let ranked = entries.map { (rank($0), $0) }
        entries = ranked.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
    }

    private mutating func rotate(_ options: DiffOptions) throws(DiffError) {
        guard let target = options.rotateTo ?? options.skipTo, !entries.isEmpty else { return }
        guard let index = entries.firstIndex(where: { $0.new.path.bytes == target }) else {
            throw .refused("No such path '\(GitPath(target))' in the diff")
        }
        entries = Array(entries[index...]) + (options.skipTo == nil ? Array(entries[..<index]) : [])
    }
}

/// Shell patterns of an order file: `*` and `?` match anything, a slash too; a pattern that matches a directory matches all in
/// it.
enum PathPattern {
    static func matches(_ pattern: [UInt8], _ path: [UInt8]) -> Bool {
        var length = path.count
        while true {
            if matches(pattern[...], path[..<length]) { return true }
            guard let slash = path[..<length].lastIndex(of: UInt8(ascii: "/")) else { return false }
            length = slash
        }
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var p = pattern.startIndex
        var t = text.startIndex
        var star: Int?
        var mark = t
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") {
                star = p
                mark = t
                p += 1
            } else if p < pattern.endIndex, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let star {
                mark += 1
                t = mark
                p = star + 1
            } else {
                return false
            }
        }
        while p < pattern.endIndex, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.endIndex
    }
}
