internal import Bytes
internal import GitObjects

/// Looks for changes that add or take away a text (`-S`), or whose lines match an expression (`-G`).
public struct Pickaxe: Sendable {
    /// What is looked for.
    public enum Needle: Sendable {
        /// The number of occurrences of these bytes differs.
        case bytes([UInt8])
        /// The number of matches differs.
        case pattern(LinePattern)
        /// An added or removed line matches.
        case changedLine(LinePattern)
        /// One of the sides is this object.
        case object(ObjectIDPredicate)
    }

    /// Whether an object is the one looked for.
    public typealias ObjectIDPredicate = @Sendable (DiffSide) -> Bool

    /// What is looked for.
    public var needle: Needle
    /// Whether all entries are shown where one is found (`--pickaxe-all`).
    public var showsAll = false

    /// Looks for something.
    public init(_ needle: Needle) { self.needle = needle }

    /// The entries in which it is found.
    func apply(
        _ entries: [DiffEntry], source: any DiffSource, options: DiffOptions
    ) throws(DiffError) -> [DiffEntry] {
        var found: [DiffEntry] = []
        for entry in entries where try matches(entry, source, options) {
            if showsAll { return entries }
            found.append(entry)
        }
        return found
    }

    private func matches(
        _ entry: DiffEntry, _ source: any DiffSource, _ options: DiffOptions
    ) throws(DiffError) -> Bool {
        if case .object(let predicate) = needle { return predicate(entry.old) || predicate(entry.new) }
        if entry.status == .unmerged || entry.old.mode == .tree || entry.new.mode == .tree { return false }
        if entry.old.exists, entry.new.exists, entry.old.id == entry.new.id, !entry.old.id.isZero { return false }
        let contents = DiffContents(source: source, options: options)
        let old = try contents.loadWhole(entry.old)
        let new = try contents.loadWhole(entry.new)
        switch needle {
        case .object: return false
        case .bytes(let bytes): return Pickaxe.count(bytes, in: old.bytes) != Pickaxe.count(bytes, in: new.bytes)
        case .pattern(let pattern): return Pickaxe.count(pattern, old.bytes) != Pickaxe.count(pattern, new.bytes)
        case .changedLine(let pattern):
            if !options.treatsAllAsText && (old.isBinary || new.isBinary) { return false }
            let first = Lines(old.bytes)
            let second = Lines(new.bytes)
            var lineOptions = options.lines
            lineOptions.trimsCommonTail = true
            return LineDiff.changes(old: first, new: second, options: lineOptions).contains { change in
                (change.oldStart..<change.oldEnd).contains { pattern.matches(first[$0].withoutNewline) }
                    || (change.newStart..<change.newEnd).contains { pattern.matches(second[$0].withoutNewline) }
            }
        }
    }

    private static func count(_ needle: [UInt8], in text: [UInt8]) -> Int {
        guard let first = needle.first, text.count >= needle.count else { return 0 }
        var count = 0
        var position = 0
        let span = text.span.bytes
        while let found = span.firstIndex(of: first, from: position), found + needle.count <= text.count {
            if span.extracting(found..<(found + needle.count)).isEqual(to: needle.span.bytes) {
                count += 1
                position = found + needle.count
            } else {
                position = found + 1
            }
        }
        return count
    }

    private static func count(_ pattern: LinePattern, _ text: [UInt8]) -> Int {
        text.withUnsafeBytes { buffer in
            var count = 0
            var position = 0
            while position < buffer.count, let range = pattern.firstMatch(buffer, from: position)?[0] {
                count += 1
                position = range.upperBound
                // An empty match must not stand still.
                if range.isEmpty { position += 1 }
            }
            return count
        }
    }
}

extension ArraySlice<UInt8> {
    /// The line without its newline.
    var withoutNewline: ArraySlice<UInt8> { last == 10 ? dropLast() : self }
}
