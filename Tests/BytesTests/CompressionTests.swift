import Bytes
import TestSupport
import Testing

@Suite struct CompressionTests {
    @Test(arguments: [0, 1, 100, 70_000])
    func zlibSurvivesARoundTrip(_ size: Int) throws {
        var random = SeededGenerator(seed: UInt64(size))
        let data = Array(random.text(lines: size / 10 + 1).prefix(size)) + random.bytes(size / 2)
        var deflater = try Deflater(level: 6)
        var inflater = try Inflater()
        for _ in 0..<2 {
            let packed = deflater.deflate(data.span.bytes)
            let (unpacked, consumed) = try inflater.inflate((packed + [1, 2, 3]).span.bytes, size: data.count)
            #expect(unpacked == data)
            #expect(consumed == packed.count)
        }
    }

    @Test func zlibRefusesWrongSizesAndDamage() throws {
        let data = [UInt8](repeating: 7, count: 1000)
        var deflater = try Deflater()
        let packed = deflater.deflate(data.span.bytes)
        #expect(throws: ZlibError.self) { try inflate(packed, 999) }
        #expect(throws: ZlibError.self) { try inflate(packed, 1001) }
        #expect(throws: ZlibError.self) { try inflate(Array(packed.dropLast(3)), 1000) }
        for index in packed.indices {
            var damaged = packed
            damaged[index] ^= 0x10
            // A stream has a few bits that mean nothing; any other flipped bit must be found.
            let result = try? inflate(damaged, 1000)
            #expect(result == nil || result == data, "byte \(index)")
        }
    }

    @Test(arguments: [-1, 0, 1, 6, 9]) func blocksAreZlibStreams(_ level: Int) throws {
        var random = SeededGenerator(seed: 11)
        var deflater = try BlockDeflater(level: level)
        for size in [0, 1, 5000, 300_000] {
            let data = Array(random.text(lines: size / 10 + 1).prefix(size)) + random.bytes(size / 4)
            var packed: [UInt8] = [9, 9]
            deflater.deflate(data.span.bytes, into: &packed)
            #expect(packed[..<2] == [9, 9])
            // By pieces it is zlib that reads the stream.
            let unpacked = try inflateByPieces(Array(packed[2...]), data.count)
            #expect(unpacked == data)
        }
    }

    private func inflateByPieces(_ bytes: [UInt8], _ size: Int) throws -> [UInt8] {
        var inflater = try Inflater()
        var output = [UInt8](repeating: 0, count: size + 1)
        var consumed = 0
        var produced = 0
        var isFinished = false
        while !isFinished {
            let step = try output.withUnsafeMutableBytes { target in
                try bytes.withUnsafeBytes { source in
                    try inflater.step(
                        input: UnsafeRawBufferPointer(rebasing: source[consumed..<min(consumed + 700, source.count)]),
                        output: UnsafeMutableRawBufferPointer(rebasing: target[produced...]))
                }
            }
            consumed += step.consumed
            produced += step.produced
            isFinished = step.isFinished
            try #require(isFinished || step.consumed > 0 || step.produced > 0)
        }
        #expect(consumed == bytes.count)
        return Array(output[..<produced])
    }

    @Test func wholeStreamsAreTakenWholeOrNotAtAll() throws {
        var random = SeededGenerator(seed: 12)
        let data = random.text(lines: 300)
        var deflater = try Deflater()
        let packed = deflater.deflate(data.span.bytes)
        let inflater = try Inflater()
        func taken(_ bytes: [UInt8], _ size: Int) -> Int? {
            var output = [UInt8](repeating: 0, count: size)
            return output.withUnsafeMutableBytes { target in
                bytes.withUnsafeBytes { inflater.inflateWhole($0, into: target) }
            }
        }
        #expect(taken(packed + [4, 4, 4], data.count) == packed.count)
        #expect(taken(packed, data.count - 1) == nil)
        #expect(taken(packed, data.count + 1) == nil)
        for length in stride(from: 0, to: packed.count, by: 37) {
            #expect(taken(Array(packed[..<length]), data.count) == nil, "cut at \(length)")
        }
    }

    private func inflate(_ bytes: [UInt8], _ size: Int) throws -> [UInt8] {
        var inflater = try Inflater()
        return try inflater.inflate(bytes.span.bytes, size: size).bytes
    }

    @Test func zstandardUsesItsPrefix() throws {
        var random = SeededGenerator(seed: 5)
        let old = random.bytes(50_000)
        let new = Array(old[..<30_000]) + random.bytes(50) + Array(old[30_000...])
        var compressor = try ZstandardCompressor(level: 3)
        var decompressor = try ZstandardDecompressor()
        let alone = compressor.compress(new.span.bytes, limit: 100_000)
        #expect((alone?.count ?? 0) > 50_000)
        let delta = compressor.compress(new.span.bytes, prefix: old.span.bytes, limit: 10_000) ?? []
        #expect((1..<500).contains(delta.count))
        let restored = try decompressor.decompress(delta.span.bytes, prefix: old.span.bytes, size: new.count)
        #expect(restored == new)
        let tooLong = compressor.compress(new.span.bytes, limit: 100)
        #expect(tooLong == nil)
    }
}
