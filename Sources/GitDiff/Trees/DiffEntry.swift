public import GitObjects

/// One path that differs, or one pair of paths that belong together.
public struct DiffEntry: Sendable, Hashable {
    /// What became of it; the raw value is the letter that Git prints.
    public enum Status: UInt8, Sendable, Hashable {
        /// The path is new.
        case added = 0x41
        /// The path is a copy of another.
        case copied = 0x43
        /// The path is gone.
        case deleted = 0x44
        /// Content or permission changed.
        case modified = 0x4d
        /// The path has a new name.
        case renamed = 0x52
        /// A file became a link, or the like.
        case typeChanged = 0x54
        /// The index holds the sides of a conflict.
        case unmerged = 0x55
    }

    /// What became of it.
    public var status: Status
    /// The file before.
    public var old: DiffSide
    /// The file after.
    public var new: DiffSide
    /// How alike the sides of a rename or copy are, or how unlike those of a modification that rewrote the file are:
    /// from 0 to ``maximumScore``.
    public var score: Int

    /// The score of equal content.
    public static let maximumScore = 60000

    /// Makes an entry.
    public init(status: Status, old: DiffSide, new: DiffSide, score: Int = 0) {
        self.status = status
        self.old = old
        self.new = new
        self.score = score
    }

    /// The entry of two sides of one path: added, deleted, modified or of another type.
    public init(old: DiffSide, new: DiffSide) {
        let status: Status =
            switch (old.mode, new.mode) {
            case (nil, _): .added
            case (_, nil): .deleted
            case (let old?, let new?): old.typeBits == new.typeBits ? .modified : .typeChanged
            }
        self.init(status: status, old: old, new: new)
    }

    /// The path that names the entry: the new one, or the old one of a deletion.
    public var path: GitPath { new.exists || !old.exists ? new.path : old.path }

    /// The score as the number from 0 to 100 that Git prints.
    public var percent: Int { score * 100 / DiffEntry.maximumScore }

    /// The letter with the score behind it where the status has one: `M`, `R086`.
    public var statusText: String {
        let letter = String(UnicodeScalar(status.rawValue))
        guard score > 0 else { return letter }
        let digits = String(percent)
        return letter + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    /// The entry with its sides exchanged.
    public var reversed: DiffEntry {
        var result = DiffEntry(old: new, new: old)
        if status == .unmerged { result.status = .unmerged }
        return result
    }
}

extension FileMode {
    /// The part of the mode that says what sort of thing it is.
    var typeBits: UInt32 { rawValue & 0o170000 }
}
