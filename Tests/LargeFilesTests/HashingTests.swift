import LargeFiles
import Testing

@Suite("Xet hashes")
struct HashingTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let content: [UInt8]
        let lengths: [Int]
        let first: String
        let root: String
        let file: String
        var testDescription: String { name }
    }

    /// Computed by the specification's reference implementation in Python.
    static let vectors: [Vector] = [
        Vector(
            name: "random", content: xorshift(42, 600_000),
            lengths: [34144, 131072, 59897, 27389, 26978, 28810, 84295, 22618, 17099, 11312, 56350, 57078, 42958],
            first: "d3418ea05de823dbc41217599139eab00894c280aa7430bee570e7c90e946f2d",
            root: "724ee50b4de5f30fdf4042f4b75cccff51cb9d085703426eeeef6160ffe1f31c",
            file: "e2738c5ae98f6bbd47256fa0c8ed3e2d39427a90b630dea490375b24cb05a515"),
        Vector(
            name: "repeating", content: (0..<300_000).map { UInt8(ascii: "a") + UInt8($0 % 3) },
            lengths: [131072, 131072, 37856],
            first: "c2110a9c06168138c64ad03ba7ee6fb290a6d70072a34b49851bae49651c8337",
            root: "5a2f4b567c88bbb12e6de91e4244b95ad7e19f38cfd50777e3233158c7798935",
            file: "09867e2c7b3ecf7e25c00c166dbeb29075a76732962f5a9d7912389ca0061e26"),
        Vector(
            name: "zeros", content: [UInt8](repeating: 0, count: 1_000_000),
            lengths: [131072, 131072, 131072, 131072, 131072, 131072, 131072, 82496],
            first: "2e39f13c248013b27e22913ba2893a654120ed0ad8eb7ecbf3f05b9d708634fc",
            root: "66df762464541c4b4525314f0cb292f49017a961ce8c95b5a2ced973fdbf7527",
            file: "c0c85185f4307d40facfd366573176e54fc9c76041e44e32d52489780a6d1eaa"),
        Vector(
            name: "one byte", content: [UInt8(ascii: "x")], lengths: [1],
            first: "06ce6a7a21b7b0a1d5f78961c0121bad538b70f033b096dfa588f37bc0805276",
            root: "06ce6a7a21b7b0a1d5f78961c0121bad538b70f033b096dfa588f37bc0805276",
            file: "ee8f129a399d20f10cae506c65e70831a63945b2cf619d39bb4eae90736fd8d7"),
        Vector(
            name: "a chunk less one", content: xorshift(3, 8191), lengths: [8191],
            first: "72e7fdc9ff0e2d12d8f9c74a430f5d56b3ccc5178574c3a5daeba79e505ee56c",
            root: "72e7fdc9ff0e2d12d8f9c74a430f5d56b3ccc5178574c3a5daeba79e505ee56c",
            file: "1dd4186e418f6f0e85361b14c5e8a8d921238b4d8804ba37525f5ed24245bc7d"),
        Vector(
            name: "text", content: (0..<60_000).flatMap { Array("row,\($0),\($0 * $0 % 9973)\n".utf8) },
            lengths: [81979, 31235, 40345, 131072, 50244, 111349, 121013, 32948, 29630, 131072, 121210],
            first: "346bee1e4ae886d479f34c502b7c1ce029f5dc6f0c5a0142439209c66b696440",
            root: "6c5103c3e747b1c751dd40823481214a09367425872eee845b4b6a259209d887",
            file: "b28b0330f461c6c69667b83d72de1770d034c1a18690c6a698b99c26b6e8381c"),
    ]

    @Test("chunks and hashes equal the reference implementation's", arguments: vectors)
    func reference(_ vector: Vector) {
        var chunks: [Manifest.Chunk] = []
        vector.content.withUnsafeBytes { content in
            var position = 0
            while position < content.count {
                let rest = UnsafeRawBufferPointer(rebasing: content[position...])
                let length = Xet.chunkLength(rest) ?? rest.count
                let chunk = UnsafeRawBufferPointer(rebasing: rest[..<length])
                chunks.append(.init(hash: Xet.chunkHash(chunk), length: length))
                position += length
            }
        }
        #expect(chunks.map(\.length) == vector.lengths)
        #expect(chunks[0].hash.xetString == vector.first)
        #expect(Xet.root(chunks).xetString == vector.root)
        #expect(Xet.fileHash(chunks).xetString == vector.file)
    }

    @Test("nothing has the hash of zeros")
    func empty() {
        #expect(Xet.fileHash([]) == .zero)
        #expect(Hash256.zero.hex == String(repeating: "0", count: 64))
        #expect(Hash256(hex: "12") == nil)
        #expect(Hash256(hex: String(repeating: "g", count: 64)) == nil)
        let hash = Hash256(hex: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
        #expect(hash?.xetString == "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918")
    }
}
