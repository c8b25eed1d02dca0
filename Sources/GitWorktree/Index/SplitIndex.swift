internal import Bytes
internal import GitObjects

/// The `link` extension of a split index: which file holds most of the entries, and which of those are replaced or gone.
///
/// Format: the shared file's hash (zeros where there is none), then two EWAH bitmaps over its entries, of those that are
/// deleted and of those that are replaced. The replacements are the first entries of the split file, with empty paths.
struct SplitIndex {
    /// The name of the shared file is `sharedindex.<hash>`.
    let shared: ObjectID
    private let deleted: [Int]
    private let replaced: [Int]

    /// Reads the extension; nil where it is damaged.
    init?(parsing content: RawSpan, algorithm: HashAlgorithm) {
        var reader = ByteReader(content)
        guard let bytes = try? reader.readBytes(algorithm.byteCount),
            let id = ObjectID(bytes: bytes, algorithm: algorithm)
        else { return nil }
        shared = id
        if reader.isAtEnd {
            (deleted, replaced) = ([], [])
            return
        }
        guard let first = SplitIndex.positions(&reader), let second = SplitIndex.positions(&reader), reader.isAtEnd
        else { return nil }
        (deleted, replaced) = (first, second)
    }

    /// Puts the entries of the two files together.
    ///
    /// - Parameter own: the split file's entries: as many with empty paths as are replaced, then new ones.
    /// - Throws: ``IndexError/malformed(offset:what:)`` where they do not fit each other.
    func merge(_ base: [IndexEntry], _ own: [IndexEntry]) throws(IndexError) -> [IndexEntry] {
        func damaged(_ what: String) -> IndexError { .malformed(offset: 0, what: "link extension: \(what)") }
        var entries = base
        guard replaced.count <= own.count else { throw damaged("more replacements than entries") }
        for (entry, position) in zip(own, replaced) {
            guard position < base.count else { throw damaged("position \(position) is out of range") }
            guard entry.path.isRoot else { throw damaged("a replacement has a path") }
            entries[position] = IndexEntry(
                path: base[position].path, id: entry.id, mode: entry.mode, stat: entry.stat, stage: entry.stage,
                flags: entry.flags)
        }
        guard (deleted.last ?? -1) < base.count else { throw damaged("a deleted entry is out of range") }
        let gone = Set(deleted)
        var result: [IndexEntry] = []
        result.reserveCapacity(entries.count + own.count)
        for position in entries.indices where !gone.contains(position) { result.append(entries[position]) }
        let added = own[replaced.count...]
        guard added.allSatisfy({ !$0.path.isRoot }) else { throw damaged("a new entry has no path") }
        return Index.sortedUnique(result + added)
    }

    /// The positions of the bits that are set in an EWAH bitmap, which may not claim more bits than an index has entries.
    private static func positions(_ reader: inout ByteReader) -> [Int]? {
        guard let bitCount = try? reader.readUInt32(), let wordCount = try? reader.readUInt32(),
            Int(wordCount) <= reader.remaining / 8
        else { return nil }
        var words: [UInt64] = []
        for _ in 0..<wordCount {
            guard let word = try? reader.readUInt64() else { return nil }
            words.append(word)
        }
        // The position of the last marker word helps only who appends.
        guard (try? reader.readUInt32()) != nil else { return nil }
        var result: [Int] = []
        var bit = 0
        var next = 0
        func set(_ word: UInt64) {
            var rest = word
            while rest != 0 {
                result.append(bit + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        while next < words.count {
            let marker = words[next]
            next += 1
            let runLength = Int(marker >> 1 & 0xffff_ffff)
            let literalCount = Int(marker >> 33)
            // A run of ones is bounded by the bits that the bitmap claims, and those by the input that it came with.
            guard literalCount <= words.count - next, runLength <= (Int(bitCount) - bit + 63) / 64 else { return nil }
            if marker & 1 == 1 {
                guard runLength * 64 <= SplitIndex.maximumRun else { return nil }
                for _ in 0..<runLength {
                    set(.max)
                    bit += 64
                }
            } else {
                bit += runLength * 64
            }
            for _ in 0..<literalCount {
                set(words[next])
                next += 1
                bit += 64
            }
        }
        return result
    }

    /// More entries than any index has: what a few hostile bytes may claim.
    private static let maximumRun = 1 << 27
}
