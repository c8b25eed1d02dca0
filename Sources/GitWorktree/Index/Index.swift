public import Bytes
public import GitObjects

/// Git's staging area: what the next commit holds, each path with the status of its file.
///
/// A value: changing it changes nothing on the disk until ``write(to:algorithm:)`` or ``IndexLock/commit(_:)``. Entries stand in
/// the index's order (path by bytes, then stage); whatever changes them keeps the `TREE` extension right.
public struct Index: Sendable {
    /// The repository's hash function.
    public let algorithm: HashAlgorithm
    /// All entries in order.
    public internal(set) var entries: [IndexEntry] = []
    /// The version to write where it is 4; otherwise 2 is written, or 3 where an entry needs it.
    public var version: UInt32 = 2
    /// Known trees; nil where the file had none.
    public internal(set) var cacheTree: CacheTree?
    /// Conflicts that were resolved, by path.
    public var resolveUndo: [ResolveUndo] = []
    /// When the file that was read was last written: an entry whose file changed then or later may have changed again
    /// without its status showing it ("racily clean"). Nil for an index that was never read from a file.
    public internal(set) var timestamp: FileStatus.Time?
    /// Whether the file that was read said everything by itself: false for a split index, and for a sparse one.
    public internal(set) var isSelfContained = true
    /// Whether the file that was read had entries for whole directories.
    public internal(set) var isSparse = false

    /// An empty index.
    public init(algorithm: HashAlgorithm) {
        self.algorithm = algorithm
    }

    /// An index of entries in any order; of several with one path and stage the last counts.
    public init(algorithm: HashAlgorithm, entries: [IndexEntry]) {
        self.algorithm = algorithm
        replaceEntries(entries)
    }

    /// Where an entry stands, or where it would stand.
    public enum Position: Sendable, Hashable {
        /// It stands here.
        case found(Int)
        /// It would be inserted here.
        case missing(Int)
    }

    /// Finds an entry.
    ///
    /// - Complexity: O(log n).
    public func position(of path: GitPath, stage: ConflictStage = .merged) -> Position {
        let low = lowerBound(path.bytes, stage: stage)
        if low < entries.count, entries[low].stage == stage, entries[low].path.bytes == path.bytes {
            return .found(low)
        }
        return .missing(low)
    }

    /// The first position whose entry is not before `(path, stage)`.
    func lowerBound(_ path: [UInt8], stage: ConflictStage = .merged) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let order = entries[middle].path.bytes.compared(to: path)
            if order < 0 || (order == 0 && entries[middle].stage < stage) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The entry of a path that is not in conflict.
    public subscript(path: GitPath) -> IndexEntry? {
        if case .found(let position) = position(of: path) { return entries[position] }
        return nil
    }

    /// The positions of all stages of a path.
    public func range(of path: GitPath) -> Range<Int> {
        let start = lowerBound(path.bytes)
        var end = start
        while end < entries.count, entries[end].path.bytes == path.bytes { end += 1 }
        return start..<end
    }

    /// The positions of everything below a directory (not of an entry of that very name).
    public func range(inside directory: GitPath) -> Range<Int> {
        if directory.isRoot { return 0..<entries.count }
        // '0' follows '/'.
        return lowerBound(directory.bytes + [UInt8(ascii: "/")])..<lowerBound(directory.bytes + [UInt8(ascii: "0")])
    }

    /// Whether any stage of the path stands in the index.
    public func contains(_ path: GitPath) -> Bool {
        let start = lowerBound(path.bytes)
        return start < entries.count && entries[start].path.bytes == path.bytes
    }

    /// Whether something stands below a directory.
    public func containsDirectory(_ directory: GitPath) -> Bool {
        if directory.isRoot { return !entries.isEmpty }
        let prefix = directory.bytes + [UInt8(ascii: "/")]
        let start = lowerBound(prefix)
        return start < entries.count && entries[start].path.bytes.starts(with: prefix)
    }

    /// Whether a path is in conflict.
    public var hasConflicts: Bool { entries.contains { $0.stage != .merged } }

    /// The paths in conflict, in order, each once.
    public var conflictedPaths: [GitPath] {
        var result: [GitPath] = []
        for entry in entries where entry.stage != .merged && result.last != entry.path { result.append(entry.path) }
        return result
    }
}
