/// Random numbers that a seed repeats (SplitMix64; Steele, Lea, Flood 2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts at a seed; print it where a test fails.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// Random bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// Lines of a few words from a small vocabulary: text that diffs and compresses as text does.
    public mutating func text(lines: Int) -> [UInt8] {
        let words = ["alpha", "beta", "gamma", "delta", "loss", "epoch", "return", "self", "0.1", "{", "}", ""]
        var result: [UInt8] = []
        for _ in 0..<lines {
            let line = (0..<Int.random(in: 0...6, using: &self)).compactMap { _ in words.randomElement(using: &self) }
            result += Array(line.joined(separator: " ").utf8) + [UInt8(ascii: "\n")]
        }
        return result
    }
}
