internal import Bytes

/// Tells data that deflate cannot make smaller, so that no time is spent on trying: compressed media, weights, random bytes.
enum Compressibility {
    /// Below this deflating is so quick that asking costs as much.
    private static let leastSize = 1024
    private static let sampleSize = 4096

    /// The level to deflate `content` at: `level`, or 0 (stored) where nothing would be gained.
    static func level(_ level: Int, for content: RawSpan) -> Int { looksRandom(content) ? 0 : level }

    /// Whether `content` looks random: its bytes occur nearly equally often, and few runs of four come again.
    ///
    /// Only samples are looked at, at the beginning, in the middle and at the end. A wrong "yes" costs disk, never content.
    static func looksRandom(_ content: RawSpan) -> Bool {
        let count = content.byteCount
        guard count >= leastSize else { return false }
        if count <= 3 * sampleSize { return isRandom(content, 0..<min(count, sampleSize)) }
        return isRandom(content, 0..<sampleSize)
            && isRandom(content, count / 2..<count / 2 + sampleSize)
            && isRandom(content, count - sampleSize..<count)
    }

    /// For random bytes the sum of squared counts is about n + n²/256; text has several times as much. The bound of
    /// 1.25 times lies far outside of chance for a kilobyte and more (its spread is below 0.1 there).
    private static func isRandom(_ content: RawSpan, _ range: Range<Int>) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256 + 1024) { tables in
            tables.initialize(repeating: 0)
            for offset in range { tables[Int(content[offset])] &+= 1 }
            var squares = 0
            for index in 0..<256 { squares += Int(tables[index]) * Int(tables[index]) }
            let n = range.count
            guard squares * 1024 <= (n * 256 + n * n) * 5 else { return false }
            return repeats(content, range, UnsafeMutableBufferPointer(rebasing: tables[256...])) < n / 32
        }
    }

    /// How often the same four bytes come again, as a small hash table sees it.
    private static func repeats(
        _ content: RawSpan, _ range: Range<Int>, _ seen: UnsafeMutableBufferPointer<UInt32>
    ) -> Int {
        var repeats = 0
        var offset = range.lowerBound
        while offset <= range.upperBound - 4 {
            let word = content.uint32(at: offset)
            let slot = Int((word &* 0x9e37_79b1) >> 22)
            if seen[slot] == word && word != 0 { repeats += 1 }
            seen[slot] = word
            offset += 1
        }
        return repeats
    }
}
