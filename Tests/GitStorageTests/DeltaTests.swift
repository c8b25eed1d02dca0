import Bytes
import GitStorage
import TestSupport
import Testing

@Suite struct DeltaTests {
    private func apply(_ delta: [UInt8], _ base: [UInt8]) throws -> [UInt8] {
        try Delta.apply(delta.span.bytes, to: base.span.bytes)
    }

    @Test func copiesAndInserts() throws {
        let base = Array("0123456789".utf8)
        #expect(try apply([10, 5, 0x90, 3, 2, 65, 66], base) == Array("012AB".utf8))
        #expect(try apply([10, 4, 0x91, 6, 4], base) == Array("6789".utf8))
        #expect(try apply([10, 0], base) == [])
        #expect(try apply([0, 1, 1, 9], []) == [9])
    }

    @Test func refusesWhatIsWrong() {
        let base = Array("0123456789".utf8)
        let cases: [([UInt8], DeltaError)] = [
            ([], .truncated(offset: 0)),
            ([11, 1, 1, 65], .baseSize(expected: 11, actual: 10)),
            ([10, 1, 0], .reservedInstruction(offset: 2)),
            ([10, 2, 2, 65], .truncated(offset: 2)),
            ([10, 2, 0x91, 9], .truncated(offset: 2)),
            ([10, 2, 0x91, 9, 2], .copyOutOfBounds(offset: 2)),
            ([10, 1, 2, 65, 66], .resultSize(announced: 1)),
            ([10, 3, 2, 65, 66], .resultSize(announced: 3)),
            // A forged size: gigabytes are announced and nothing follows.
            ([10, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], .resultSize(announced: (1 << 42) - 1)),
        ]
        for (delta, expected) in cases {
            #expect(throws: expected) { try apply(delta, base) }
        }
    }

    @Test func randomDamageNeverTraps() throws {
        var random = SeededGenerator(seed: 3)
        let base = random.bytes(300)
        for _ in 0..<3000 {
            let delta = [0xac, 0x02] + random.bytes(Int.random(in: 0..<40, using: &random))
            _ = try? apply(delta, base)
        }
    }
}
