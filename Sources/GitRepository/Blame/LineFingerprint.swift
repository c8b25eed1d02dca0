/// What pairs of neighbouring letters a line holds, and how often: enough to tell how alike two lines are, whatever their
/// case and blanks.
struct LineFingerprint {
    private struct Pair {
        let letters: UInt16
        var count: Int
    }

    /// By letters.
    private var pairs: [Pair]

    init(_ line: ArraySlice<UInt8>) {
        var letters: [UInt16] = []
        letters.reserveCapacity(line.count + 1)
        var previous: UInt16 = 0
        func add(_ byte: UInt16) {
            let pair = previous | byte << 8
            if pair != 0 { letters.append(pair) }
            previous = byte
        }
        for byte in line {
            let isBlank = byte == 32 || byte == 9 || byte == 10 || byte == 13
            let isUpper = byte &- 0x41 < 26
            add(isBlank ? 0 : UInt16(isUpper ? byte | 0x20 : byte))
        }
        add(0)
        letters.sort()
        pairs = []
        for pair in letters {
            if pairs.last?.letters == pair {
                pairs[pairs.count - 1].count += 1
            } else {
                pairs.append(Pair(letters: pair, count: 1))
            }
        }
    }

    /// How many pairs both hold.
    func similarity(_ other: LineFingerprint) -> Int {
        var result = 0
        var i = 0
        var j = 0
        while i < pairs.count, j < other.pairs.count {
            if pairs[i].letters == other.pairs[j].letters {
                result += min(pairs[i].count, other.pairs[j].count)
                i += 1
                j += 1
            } else if pairs[i].letters < other.pairs[j].letters {
                i += 1
            } else {
                j += 1
            }
        }
        return result
    }

    /// Takes away what another holds.
    mutating func subtract(_ other: LineFingerprint) {
        var j = 0
        pairs = pairs.compactMap { pair in
            while j < other.pairs.count, other.pairs[j].letters < pair.letters { j += 1 }
            guard j < other.pairs.count, other.pairs[j].letters == pair.letters else { return pair }
            let left = pair.count - other.pairs[j].count
            return left > 0 ? Pair(letters: pair.letters, count: left) : nil
        }
    }
}
