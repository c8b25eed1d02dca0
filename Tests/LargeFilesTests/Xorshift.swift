/// Repeatable random bytes: little-endian words of xorshift64 from a seed other than 0.
func xorshift(_ seed: UInt64, _ count: Int) -> [UInt8] {
    var state = seed
    return [UInt8](unsafeUninitializedCapacity: count + 8) { buffer, initialized in
        var offset = 0
        while offset < count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            for index in 0..<8 { buffer[offset + index] = UInt8(truncatingIfNeeded: state >> (8 * UInt64(index))) }
            offset += 8
        }
        initialized = count
    }
}
