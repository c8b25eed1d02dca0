import Testing

@testable import Bytes

/// The two published halves of a SHA-1 collision, and everything else, which is none.
@Suite struct ScreenedDigestTests {
    /// The first 320 bytes of `shattered-1.pdf`: <https://shattered.io>, Stevens et al., "The first collision for full SHA-1"
    /// (CRYPTO 2017), table 1.
    private let first = bytes(
        """
        255044462d312e330a25e2e3cfd30a0a0a312030206f626a0a3c3c2f57696474682032203020522f4865696768742033203020522f547970652034203020
        522f537562747970652035203020522f46696c7465722036203020522f436f6c6f7253706163652037203020522f4c656e6774682038203020522f426974
        73506572436f6d706f6e656e7420383e3e0a73747265616d0affd8fffe00245348412d3120697320646561642121212121852fec092339759c39b1a1c63c
        4c97e1fffe017346dc9166b67e118f029ab621b2560ff9ca67cca8c7f85ba84c79030c2b3de218f86db3a90901d5df45c14f26fedfb3dc38e96ac22fe7bd
        728f0e45bce046d23c570feb141398bb552ef5a0a82be331fea48037b8b5d71f0e332edf93ac3500eb4ddc0decc1a864790c782c76215660dd309791d06b
        d0af3f98cda4bc4629b1
        """)
    /// In what the same bytes of `shattered-2.pdf` differ: twice this, from byte 192 on.
    private let difference = bytes(
        "0c000002c0000010b400001c3c000004bc00001a200000102400001cec0000140c000002c0000010b400001c2c000004bc000018b00000100000000cb8000010"
    )

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private var second: [UInt8] {
        first.enumerated().map { $0 < 192 ? $1 : $1 ^ difference[($0 - 192) % 64] }
    }

    /// The digest and whether an attack was seen, fed in pieces of a size.
    private func screen(_ bytes: [UInt8], _ algorithm: HashAlgorithm = .sha1, piece: Int = .max) -> ([UInt64], Bool) {
        var digest = ScreenedDigest(algorithm)
        var rest = bytes[...]
        while !rest.isEmpty {
            Array(rest.prefix(piece)).withUnsafeBytes { digest.update(buffer: $0) }
            rest = rest.dropFirst(piece)
        }
        let (words, sawAttack) = digest.finishWords()
        return ([words.0, words.1, words.2, words.3], sawAttack)
    }

    private func plain(_ bytes: [UInt8], _ algorithm: HashAlgorithm) -> [UInt64] {
        var digest = Digest(algorithm)
        digest.update(bytes.span.bytes)
        let words = digest.finishWords()
        return [words.0, words.1, words.2, words.3]
    }

    @Test(arguments: [1, 7, 64, 320, 511, 512, 513, Int.max], [0, 1, 63, 64, 200, 5000])
    func bothHalvesAreNoticed(_ piece: Int, _ more: Int) {
        #expect(first.count == 320)
        let rest = [UInt8](repeating: 0x5a, count: more)
        let one = screen(first + rest, piece: piece)
        let other = screen(second + rest, piece: piece)
        #expect(first != second && one.0 == other.0)
        #expect(one.1 && other.1)
        #expect(one.0 == plain(first + rest, .sha1))
    }

    /// The blocks are an attack behind their own beginning only.
    @Test func theSameBlocksElsewhereAreNone() {
        #expect(!screen([0x20] + first).1)
        #expect(!screen(Array(first[64...])).1)
        #expect(!screen(Array(first[..<256])).1)
    }

    @Test(arguments: [HashAlgorithm.sha1, .sha256])
    func digestsAreTheSame(_ algorithm: HashAlgorithm) {
        var generator = SystemRandomNumberGenerator()
        for count in Array(0..<150) + [447, 448, 503, 504, 511, 512, 513, 1023, 1024, 100_000] {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for piece in [13, 64, 512, Int.max] where count < 2000 || piece > 64 {
                let (words, sawAttack) = screen(bytes, algorithm, piece: piece)
                #expect(words == plain(bytes, algorithm), "\(count) bytes in pieces of \(piece)")
                #expect(!sawAttack)
            }
        }
    }

    @Test func oneDigestAfterAnotherIsItsOwn() {
        var digest = ScreenedDigest(.sha1)
        digest.update(first.span.bytes)
        #expect(digest.finishWords().sawAttack)
        digest.update([UInt8]("abc".utf8).span.bytes)
        let (words, sawAttack) = digest.finishWords()
        #expect(words.0 == 0xa999_3e36_4706_816a && !sawAttack)
    }
}
