internal import Bytes
public import GitObjects

/// How many lines of each file came and went.
public struct DiffStat: Sendable {
    /// One file.
    public struct File: Sendable, Hashable {
        /// The path, the new one of a pair.
        public var path: GitPath
        /// The path before, where it was another.
        public var oldPath: GitPath?
        /// Lines that came; for a binary file the bytes that it has now.
        public var added = 0
        /// Lines that went; for a binary file the bytes that it had.
        public var deleted = 0
        /// Whether lines mean nothing in it.
        public var isBinary = false
        /// Whether the index holds the sides of a conflict.
        public var isUnmerged = false
        /// What became of the file as such: `new`, `gone`, `mode +x`.
        public var remark: String?
    }

    /// The files in the order of the entries.
    public var files: [File] = []

    /// Counts.
    ///
    /// - Throws: ``DiffError`` where a file cannot be read.
    public init(_ entries: [DiffEntry], source: any DiffSource, options: DiffOptions) throws(DiffError) {
        let contents = DiffContents(source: source, options: options)
        for entry in entries where !DiffContents.isUnchanged(entry) {
            if entry.old.mode == .tree || entry.new.mode == .tree { continue }
            if let file = try DiffStat.count(entry, contents, options) { files.append(file) }
        }
    }

    /// Files that will be printed changed, added or deleted.
    public var total: (files: Int, added: Int, deleted: Int) {
        let counted = files.filter { !$0.isUnmerged }
        let texts = counted.filter { !$0.isBinary }
        return (counted.count, texts.reduce(0) { $0 + $1.added }, texts.reduce(0) { $0 + $1.deleted })
    }

    private static func count(
        _ entry: DiffEntry, _ contents: DiffContents, _ options: DiffOptions
    ) throws(DiffError) -> File? {
        let isPair = entry.status == .renamed || entry.status == .copied
        var file = File(path: entry.path, oldPath: isPair ? entry.old.path : nil)
        if options.statShowsSummary { file.remark = remark(entry) }
        if entry.status == .unmerged {
            file.isUnmerged = true
            return file
        }
        let mayDiffer = entry.old.isUnhashed || entry.new.isUnhashed || entry.old.id != entry.new.id
        let old = try contents.load(entry.old, showingText: false)
        let new = try contents.load(entry.new, showingText: false)
        if !options.treatsAllAsText && (old.isBinary || new.isBinary) {
            file.isBinary = true
            if mayDiffer {
                file.added = new.length
                file.deleted = old.length
            }
            return file
        }
        if entry.status == .modified && entry.score > 0 {
            file.added = Lines(new.bytes).count
            file.deleted = Lines(old.bytes).count
            return file
        }
        guard mayDiffer else { return file }
        (file.added, file.deleted) = count(old.bytes, new.bytes, options)
        if entry.status == .modified, file.added == 0, file.deleted == 0, entry.old.mode == entry.new.mode {
            return nil
        }
        return file
    }

    private static func remark(_ entry: DiffEntry) -> String? {
        if entry.status == .added {
            return entry.new.mode == .symbolicLink ? "new +l" : entry.new.mode == .executable ? "new +x" : "new"
        }
        if entry.status == .deleted { return "gone" }
        let wasLink = entry.old.mode == .symbolicLink
        let isLink = entry.new.mode == .symbolicLink
        if wasLink != isLink { return isLink ? "mode +l" : "mode -l" }
        switch (entry.old.mode, entry.new.mode) {
        case (.regular, .executable): return "mode +x"
        case (.executable, .regular): return "mode -x"
        default: return nil
        }
    }

    static func count(_ oldBytes: [UInt8], _ newBytes: [UInt8], _ options: DiffOptions) -> (added: Int, deleted: Int) {
        if oldBytes.isEmpty { return (Lines(newBytes).count, 0) }
        if newBytes.isEmpty { return (0, Lines(oldBytes).count) }
        let old = Lines(oldBytes)
        let new = Lines(newBytes)
        var lineOptions = options.lines
        lineOptions.trimsCommonTail = options.hunks.context == 0
        let changes = LineDiff.changes(old: old, new: new, options: lineOptions)
        guard changes.contains(where: { $0.isIgnorable }) else {
            return (changes.reduce(0) { $0 + $1.newCount }, changes.reduce(0) { $0 + $1.oldCount })
        }
        var hunkOptions = options.hunks
        hunkOptions.namesFunctions = false
        hunkOptions.showsWholeFunctions = false
        let shown = HunkBuilder.hunks(old: old, new: new, changes: changes, options: hunkOptions).flatMap(\.changes)
        return (
            shown.reduce(0) { $0 + changes[$1].newCount }, shown.reduce(0) { $0 + changes[$1].oldCount }
        )
    }

    /// `a/{old => new}/c`: a rename's two names with what they share written once.
    static func renameName(_ old: [UInt8], _ new: [UInt8], _ quotesHighBytes: Bool) -> [UInt8] {
        let arrow = Array(" => ".utf8)
        let first = GitPath.quote(old, quotingHighBytes: quotesHighBytes)
        let second = GitPath.quote(new, quotingHighBytes: quotesHighBytes)
        if first != nil || second != nil { return (first ?? old) + arrow + (second ?? new) }
        let slash = UInt8(ascii: "/")
        var prefix = 0
        var index = 0
        while index < old.count, index < new.count, old[index] == new[index] {
            if old[index] == slash { prefix = index + 1 }
            index += 1
        }
        // The shared end may reach into the shared beginning as far as its slash.
        let lowest = prefix > 0 ? prefix - 1 : 0
        var suffix = 0
        var length = 1
        while old.count - length >= lowest, new.count - length >= lowest,
            old[old.count - length] == new[new.count - length]
        {
            if old[old.count - length] == slash { suffix = length }
            length += 1
        }
        let oldMiddle = max(old.count - prefix - suffix, 0)
        let newMiddle = max(new.count - prefix - suffix, 0)
        var result: [UInt8] = []
        let isBraced = prefix + suffix > 0
        result += old[..<prefix]
        if isBraced { result.append(UInt8(ascii: "{")) }
        result += old[prefix..<(prefix + oldMiddle)]
        result += arrow
        result += new[prefix..<(prefix + newMiddle)]
        if isBraced { result.append(UInt8(ascii: "}")) }
        return result + old[(old.count - suffix)...]
    }
}
