internal import Bytes

/// A set of the objects of a pack, a bit each, in the order in which they stand in the pack.
struct ObjectBitmap: Sendable {
    private(set) var words: [UInt64]
    /// How many objects the pack holds.
    let count: Int

    init(count: Int) {
        self.count = count
        words = [UInt64](repeating: 0, count: (count + 63) / 64)
    }

    func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 != 0 }

    /// Puts an object in; says whether it was not there before.
    @discardableResult
    mutating func insert(_ number: Int) -> Bool {
        precondition(number >= 0 && number < count, "number out of bounds")
        let bit = (1 as UInt64) << UInt64(number & 63)
        guard words[number >> 6] & bit == 0 else { return false }
        words[number >> 6] |= bit
        return true
    }

    mutating func remove(_ number: Int) { words[number >> 6] &= ~((1 as UInt64) << UInt64(number & 63)) }

    mutating func formUnion(_ other: ObjectBitmap) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    /// How many objects are in it.
    var population: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Visits the objects in the pack's order.
    func forEach<Failure: Error>(_ body: (Int) throws(Failure) -> Void) throws(Failure) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                try body(index << 6 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }

    // MARK: EWAH, the form on disk

    /// Flips the bits that a compressed bitmap has, and returns where it ends.
    ///
    /// <https://git-scm.com/docs/bitmap-format#_appendix_a_serialization_format_for_an_ewah_bitmap>
    ///
    /// - Throws: ``TableError`` where it leads out of the file or of the pack.
    mutating func formSymmetricDifference(
        compressedIn bytes: RawSpan, at offset: Int
    ) throws(TableError) -> Int {
        let (start, end) = try Self.extent(bytes, at: offset)
        var position = start
        var word = 0
        while position < end {
            let marker = bytes.uint64(at: position)
            position += 8
            let run = Int(marker >> 1 & 0xffff_ffff)
            let literals = Int(marker >> 33)
            // What is beyond the last object is not there; a run of zeros may be announced for it.
            guard literals <= (end - position) / 8, literals == 0 || run + literals <= words.count - word else {
                throw .badPosition(offset: position - 8)
            }
            if marker & 1 != 0 {
                guard run <= words.count - word else { throw .badPosition(offset: position - 8) }
                for index in word..<word + run { words[index] = ~words[index] }
            }
            word = min(word + run, words.count)
            for index in 0..<literals { words[word + index] ^= bytes.uint64(at: position + index * 8) }
            word += literals
            position += literals * 8
        }
        if count & 63 != 0, let last = words.last { words[words.count - 1] = last & (1 << UInt64(count & 63) - 1) }
        return end + 4
    }

    /// Where the words of a compressed bitmap stand; a number of four bytes follows them.
    static func extent(_ bytes: RawSpan, at offset: Int) throws(TableError) -> (start: Int, end: Int) {
        guard offset >= 0, offset <= bytes.byteCount - 8 else { throw .truncated(size: bytes.byteCount) }
        let length = Int(bytes.uint32(at: offset + 4))
        guard length <= (bytes.byteCount - offset - 12) / 8 else { throw .badPosition(offset: offset + 4) }
        return (offset + 8, offset + 8 + length * 8)
    }

    /// The bitmap compressed: runs of words that are all zeros or all ones are counted, others stand as they are.
    var compressed: [UInt8] {
        var output: [UInt64] = []
        var lastMarker = 0
        var index = 0
        repeat {
            lastMarker = output.count
            var fill: UInt64 = 0
            var run = 0
            if index < words.count, words[index] == 0 || words[index] == .max {
                fill = words[index]
                while index < words.count, words[index] == fill, run < 0xffff_ffff {
                    run += 1
                    index += 1
                }
            }
            let first = index
            while index < words.count, words[index] != 0, words[index] != .max { index += 1 }
            output.append((fill & 1) | UInt64(run) << 1 | UInt64(index - first) << 33)
            output += words[first..<index]
        } while index < words.count
        var writer = ByteWriter(capacity: output.count * 8 + 12)
        writer.write(UInt32(truncatingIfNeeded: words.count * 64))
        writer.write(UInt32(truncatingIfNeeded: output.count))
        for word in output { writer.write(word) }
        writer.write(UInt32(truncatingIfNeeded: lastMarker))
        return writer.bytes
    }
}
