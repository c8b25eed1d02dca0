/// Tells how a file is made of another, for binary patches: the same instructions in the same order as Git's, so that the
/// patch is the same to the byte.
///
/// The old file is cut into blocks of 16 bytes, each known by a Rabin fingerprint over GF(2); the new one is looked at through
/// a window of that size.
struct PatchDelta {
    private static let window = 16
    private static let shift: UInt32 = 23
    /// The irreducible polynomial of degree 31 by which fingerprints are taken.
    private static let polynomial: UInt64 = 0xab59_b4d1
    /// How many blocks of the same hash are tried.
    private static let bucketLimit = 64
    private static let goodMatch = 4096
    private static let longestCopy = 0x10000

    /// What the byte that is shifted out stands for.
    private static let outgoing: [UInt32] = (0..<256).map { byte in
        remainder(UInt64(byte), shiftedBy: 31) | UInt32(byte & 1) << 31
    }
    /// What the oldest byte of the window stands for.
    private static let oldest: [UInt32] = (0..<256).map { remainder(UInt64($0), shiftedBy: 120) }

    private static func remainder(_ value: UInt64, shiftedBy count: Int) -> UInt32 {
        var rest = value
        for _ in 0..<count {
            rest <<= 1
            if rest & 1 << 31 != 0 { rest ^= polynomial }
        }
        // A byte has fewer bits than the polynomial, so that one reduction a step is enough.
        return UInt32(truncatingIfNeeded: rest)
    }

    private struct Block {
        let end: Int
        let fingerprint: UInt32
    }

    private let source: [UInt8]
    private let mask: UInt32
    /// The blocks by the low bits of their fingerprints.
    private var buckets: [[Block]]

    /// The instructions that make `target` of `source`; nil where they take more than `limit` bytes.
    static func make(from source: [UInt8], to target: [UInt8], limit: Int) -> [UInt8]? {
        guard !source.isEmpty, !target.isEmpty else { return nil }
        return PatchDelta(source).encode(target, limit: limit)
    }

    private static func push(_ value: UInt32, _ byte: UInt8) -> UInt32 {
        (value << 8 | UInt32(byte)) ^ outgoing[Int(value >> shift)]
    }

    private init(_ source: [UInt8]) {
        self.source = source
        let count = (source.count - 1) / Self.window
        var bits = 4
        while 1 << bits < count / 4 { bits += 1 }
        mask = UInt32(1 << bits) - 1
        buckets = Array(repeating: [], count: 1 << bits)
        var previous = UInt32.max
        var previousBucket = 0
        for block in stride(from: count - 1, through: 0, by: -1) {
            let start = block * Self.window
            var value: UInt32 = 0
            for index in 1...Self.window { value = Self.push(value, source[start + index]) }
            let entry = Block(end: start + Self.window, fingerprint: value)
            if value == previous {
                // Of equal blocks in a row the first one counts.
                buckets[previousBucket][buckets[previousBucket].count - 1] = entry
            } else {
                previous = value
                previousBucket = Int(value & mask)
                buckets[previousBucket].append(entry)
            }
        }
        for index in buckets.indices {
            buckets[index].reverse()
            if buckets[index].count > Self.bucketLimit { buckets[index] = Self.culled(buckets[index]) }
        }
    }

    /// As many blocks as are tried, taken evenly.
    private static func culled(_ blocks: [Block]) -> [Block] {
        var kept: [Block] = []
        var balance = 0
        var index = 0
        while index < blocks.count {
            kept.append(blocks[index])
            balance += blocks.count - bucketLimit
            while balance > 0 {
                index += 1
                balance -= bucketLimit
            }
            index += 1
        }
        return kept
    }

    // MARK: Encoding

    private static func append(_ size: Int, to output: inout [UInt8]) {
        var size = size
        while size >= 0x80 {
            output.append(UInt8(size & 0x7f) | 0x80)
            size >>= 7
        }
        output.append(UInt8(size))
    }

    private func encode(_ target: [UInt8], limit: Int) -> [UInt8]? {
        var output: [UInt8] = []
        Self.append(source.count, to: &output)
        Self.append(target.count, to: &output)
        // Bytes that are inserted stand behind their number, which is filled in when it is known.
        output.append(0)
        var value: UInt32 = 0
        var inserted = 0
        var position = 0
        while position < min(Self.window, target.count) {
            output.append(target[position])
            value = Self.push(value, target[position])
            position += 1
            inserted += 1
        }
        var match = (start: 0, length: 0)
        while position < target.count {
            if match.length < Self.goodMatch {
                value ^= Self.oldest[Int(target[position - Self.window])]
                value = Self.push(value, target[position])
                find(value, target, position, &match)
            }
            if match.length < 4 {
                if inserted == 0 { output.append(0) }
                output.append(target[position])
                position += 1
                inserted += 1
                if inserted == 0x7f {
                    output[output.count - inserted - 1] = UInt8(inserted)
                    inserted = 0
                }
                match.length = 0
            } else {
                takeBack(target, &position, &match, &inserted, &output)
                let rest = max(0, match.length - Self.longestCopy)
                let length = match.length - rest
                Self.appendCopy(match.start, length, to: &output)
                position += length
                match = (match.start + length, rest)
                if match.start > UInt32.max { match.length = 0 }
                if match.length < Self.goodMatch {
                    value = 0
                    for index in (position - Self.window)..<position { value = Self.push(value, target[index]) }
                }
            }
            if output.count > limit + 256 { return nil }
        }
        if inserted > 0 { output[output.count - inserted - 1] = UInt8(inserted) }
        return output.count > limit ? nil : output
    }

    /// Looks for a longer piece of the old file than is known.
    private func find(_ value: UInt32, _ target: [UInt8], _ position: Int, _ match: inout (start: Int, length: Int)) {
        for block in buckets[Int(value & mask)] where block.fingerprint == value {
            let most = min(source.count - block.end, target.count - position)
            if most <= match.length { return }
            var length = 0
            while length < most, target[position + length] == source[block.end + length] { length += 1 }
            guard length > match.length else { continue }
            match = (block.end, length)
            if length >= Self.goodMatch { return }
        }
    }

    /// Gives bytes that were inserted to the copy that follows, where the old file has them too, and notes how many are
    /// left.
    private func takeBack(
        _ target: [UInt8], _ position: inout Int, _ match: inout (start: Int, length: Int), _ inserted: inout Int,
        _ output: inout [UInt8]
    ) {
        guard inserted > 0 else { return }
        while match.start > 0, source[match.start - 1] == target[position - 1] {
            match.length += 1
            match.start -= 1
            position -= 1
            output.removeLast()
            inserted -= 1
            if inserted > 0 { continue }
            output.removeLast()
            return
        }
        output[output.count - inserted - 1] = UInt8(inserted)
        inserted = 0
    }

    private static func appendCopy(_ start: Int, _ length: Int, to output: inout [UInt8]) {
        let place = output.count
        output.append(0)
        var flags: UInt8 = 0x80
        for index in 0..<4 {
            let byte = UInt8(truncatingIfNeeded: start >> (8 * index))
            if byte != 0 {
                output.append(byte)
                flags |= 1 << UInt8(index)
            }
        }
        for index in 0..<2 {
            let byte = UInt8(truncatingIfNeeded: length >> (8 * index))
            if byte != 0 {
                output.append(byte)
                flags |= 0x10 << UInt8(index)
            }
        }
        output[place] = flags
    }
}
