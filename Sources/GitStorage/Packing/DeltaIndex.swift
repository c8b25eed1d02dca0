/// A table of where each run of 16 bytes stands in a delta's base, so that the same runs can be found in a target.
///
/// Runs are taken every 16 bytes and found at any offset of the target by a rolling hash, as in rsync and xdelta. Made
/// once for a base and used for all targets of a window.
struct DeltaIndex: ~Copyable {
    static let window = 16
    /// How many runs with the same hash are kept: a base of one byte repeated must not make the search quadratic.
    private static let chainLimit = 32
    /// The largest base that is indexed.
    static let baseLimit = Int(UInt32.max) / 2

    let base: [UInt8]
    private let heads: UnsafeMutablePointer<UInt32>
    private let mask: UInt32
    private let nexts: UnsafeMutablePointer<UInt32>
    /// How many bytes the table takes.
    let memory: Int

    init(_ base: [UInt8]) {
        self.base = base
        let blocks = base.count / Self.window
        var size = 16
        while size < blocks { size <<= 1 }
        mask = UInt32(size - 1)
        heads = .allocate(capacity: size)
        heads.initialize(repeating: 0, count: size)
        nexts = .allocate(capacity: max(blocks, 1))
        nexts.initialize(repeating: 0, count: max(blocks, 1))
        memory = size * 4 + blocks * 4 + base.count
        guard blocks > 0 else { return }
        base.withUnsafeBufferPointer { bytes in
            guard let pointer = bytes.baseAddress else { return }
            // From the end, so that a chain gives the first place first.
            var previous: UInt32 = 0
            var isFirst = true
            for block in (0..<blocks).reversed() {
                let hash = Self.hash(pointer + block * Self.window)
                // Of a run of equal blocks only the first is kept.
                let slot = Int(Self.slot(hash) & mask)
                if !isFirst, hash == previous, heads[slot] != 0 {
                    let head = heads[slot]
                    nexts[block] = nexts[Int(head - 1)]
                } else {
                    nexts[block] = heads[slot]
                }
                heads[slot] = UInt32(block + 1)
                previous = hash
                isFirst = false
            }
        }
    }

    deinit {
        heads.deallocate()
        nexts.deallocate()
    }

    private static let multiplier: UInt32 = 0x0100_0193
    /// `multiplier` to the power of the window: what the byte that leaves the window was multiplied by.
    private static let leaving: UInt32 = {
        var power: UInt32 = 1
        for _ in 0..<window { power = power &* multiplier }
        return power
    }()

    @inline(__always)
    private static func slot(_ hash: UInt32) -> UInt32 {
        let mixed = hash ^ (hash >> 15)
        return (mixed &* 0x2c1b_3c6d) ^ (mixed >> 12)
    }

    @inline(__always)
    private static func hash(_ bytes: UnsafePointer<UInt8>) -> UInt32 {
        var hash: UInt32 = 0
        for index in 0..<window { hash = hash &* multiplier &+ UInt32(bytes[index]) }
        return hash
    }

    /// The shortest delta that this search finds from the base to `target`; nil where it would not be under `limit` bytes.
    func delta(to target: [UInt8], limit: Int) -> [UInt8]? {
        var writer = DeltaWriter(baseSize: base.count, resultSize: target.count)
        let isShort = target.withUnsafeBufferPointer { target in
            base.withUnsafeBufferPointer { base in write(base, target, limit: limit, to: &writer) }
        }
        return isShort && writer.output.count < limit ? writer.output : nil
    }

    private func write(
        _ base: UnsafeBufferPointer<UInt8>, _ target: UnsafeBufferPointer<UInt8>, limit: Int,
        to writer: inout DeltaWriter
    ) -> Bool {
        let window = Self.window
        guard let source = base.baseAddress, let goal = target.baseAddress, base.count >= window,
            target.count >= window
        else {
            writer.insert(target, 0..<target.count)
            return true
        }
        let leaving = Self.leaving
        var pending = 0
        var position = 0
        var hash = Self.hash(goal)
        while position + window <= target.count {
            var bestLength = 0
            var bestSource = 0
            var candidate = heads[Int(Self.slot(hash) & mask)]
            var steps = 0
            while candidate != 0, steps < Self.chainLimit {
                let start = (Int(candidate) - 1) * window
                let room = min(base.count - start, target.count - position)
                var length = 0
                while length < room, source[start + length] == goal[position + length] { length += 1 }
                if length > bestLength, length >= window {
                    bestLength = length
                    bestSource = start
                    if length >= 4096 { break }
                }
                candidate = nexts[Int(candidate) - 1]
                steps += 1
            }
            guard bestLength > 0 else {
                if position + window < target.count {
                    hash =
                        hash &* Self.multiplier &+ UInt32(goal[position + window])
                        &- leaving &* UInt32(goal[position])
                }
                position += 1
                continue
            }
            // What was to be inserted may stand before the match in the base too.
            var start = position
            while start > pending, bestSource > 0, source[bestSource - 1] == goal[start - 1] {
                start -= 1
                bestSource -= 1
                bestLength += 1
            }
            writer.insert(target, pending..<start)
            writer.copy(from: bestSource, count: bestLength)
            guard writer.output.count < limit else { return false }
            position = start + bestLength
            pending = position
            if position + window <= target.count { hash = Self.hash(goal + position) }
        }
        writer.insert(target, pending..<target.count)
        return true
    }
}

/// Puts a delta's instructions together.
struct DeltaWriter {
    private(set) var output: [UInt8] = []

    init(baseSize: Int, resultSize: Int) {
        for size in [baseSize, resultSize] {
            var rest = size
            while rest >= 0x80 {
                output.append(UInt8(rest & 0x7f) | 0x80)
                rest >>= 7
            }
            output.append(UInt8(rest))
        }
    }

    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = min(127, range.upperBound - offset)
            output.append(UInt8(count))
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[offset..<offset + count]))
            offset += count
        }
    }

    mutating func copy(from source: Int, count: Int) {
        var source = source
        var left = count
        while left > 0 {
            let size = min(left, 0x10000)
            var code: UInt8 = 0x80
            let position = output.count
            output.append(0)
            for (bit, shift) in [(UInt8(1), 0), (2, 8), (4, 16), (8, 24)] {
                let byte = UInt8(truncatingIfNeeded: source >> shift)
                if byte != 0 {
                    code |= bit
                    output.append(byte)
                }
            }
            if size != 0x10000 {
                for (bit, shift) in [(UInt8(16), 0), (32, 8)] {
                    let byte = UInt8(truncatingIfNeeded: size >> shift)
                    if byte != 0 {
                        code |= bit
                        output.append(byte)
                    }
                }
            }
            output[position] = code
            source += size
            left -= size
        }
    }
}
