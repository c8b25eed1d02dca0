import Bytes
import SystemPackage
import TestSupport
import Testing

@testable import LargeFiles

/// Any sequence of versions, of files of every kind, gives back every version bit for bit.
@Suite("Versions of every kind")
struct PropertyTests {
    enum Kind: String, CaseIterable, Sendable {
        case bfloat16, float32, float64, identifiers, table, text, noise, zeros, mixed
    }

    private static func numbers(_ dtype: String, width: Int, count: Int, _ generator: inout SeededGenerator) -> [UInt8]
    {
        let json = "{\"w\":{\"dtype\":\"\(dtype)\",\"shape\":[\(count)],\"data_offsets\":[0,\(count * width)]}}"
        var bytes = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Array($0) } + Array(json.utf8)
        for _ in 0..<count {
            let value = Double.random(in: -1...1, using: &generator) * 0.02
            switch dtype {
            case "F64": bytes += withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
            case "I64":
                let id = Int64.random(in: 0..<50_000, using: &generator)
                bytes += withUnsafeBytes(of: id.littleEndian) { Array($0) }
            case "F32": bytes += withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) }
            default: bytes += withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0.suffix(2)) }
            }
        }
        return bytes
    }

    private static func start(_ kind: Kind, _ generator: inout SeededGenerator) -> [UInt8] {
        switch kind {
        case .bfloat16: return numbers("BF16", width: 2, count: 90_000, &generator)
        case .float32: return numbers("F32", width: 4, count: 50_000, &generator)
        case .float64: return numbers("F64", width: 8, count: 25_000, &generator)
        case .identifiers: return numbers("I64", width: 8, count: 25_000, &generator)
        case .table: return (0..<7000).flatMap { Array("\($0),\($0 &* 7919 % 10007),x\($0 % 31)\n".utf8) }
        case .text: return generator.text(lines: 6000)
        case .noise: return generator.bytes(200_000)
        case .zeros: return [UInt8](repeating: 0, count: 300_000)
        case .mixed: return generator.text(lines: 2000) + generator.bytes(70_001) + [UInt8](repeating: 7, count: 90_000)
        }
    }

    private static func edit(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes.insert(contentsOf: generator.bytes(Int.random(in: 1...3000, using: &generator)), at: place)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...3000, using: &generator)))
            case 2:
                // A training step: small numbers added all over a stretch.
                for index in stride(from: place, to: min(bytes.count, place + 60_000), by: 2) { bytes[index] &+= 1 }
            case 3: bytes += bytes.prefix(Int.random(in: 1...20_000, using: &generator))
            default: for index in stride(from: place, to: bytes.count, by: 4999) { bytes[index] ^= 0x11 }
            }
        }
    }

    @Test("every version comes back", arguments: Kind.allCases)
    func versions(kind: Kind) throws {
        let sandbox = try Sandbox("property")
        let directory = sandbox.root.appending("git")
        var generator = SeededGenerator(seed: UInt64(kind.rawValue.utf8.reduce(0) { $0 &* 31 &+ Int($1) }))
        var content = Self.start(kind, &generator)
        var versions: [(oid: Hash256, content: [UInt8])] = []
        for round in 0..<11 {
            try sandbox.write("file", content)
            // A store of its own for each version, as another process has; one worker or several.
            let store = LargeFileStore(commonDirectory: directory, workers: 1 + round % 3)
            let added = try store.add([.init(path: sandbox.root.appending("file"), previous: versions.last?.oid)])
            versions.append((try #require(added.first).oid, content))
            Self.edit(&content, &generator)
        }
        let store = LargeFileStore(commonDirectory: directory, workers: 2)
        for (number, version) in versions.enumerated() {
            #expect(version.oid.bytes == Digest.hash(version.content, .sha256))
            var bytes: [UInt8] = []
            try store.read(version.oid) { (piece) throws(FileError) in bytes += piece }
            #expect(bytes == version.content, "version \(number)")
        }
        // Chains of deltas stay short.
        for pack in try store.chunks.allPacks() {
            #expect(pack.index.entries().allSatisfy { ($0?.depth ?? 99) <= ChunkPackFormat.maximumDepth })
        }
        #expect(try store.chunks.check().problems.isEmpty)
    }

    @Test("a payload with any byte changed, or cut, decodes to something or to nothing", arguments: Kind.allCases)
    func damagedPayloads(kind: Kind) throws {
        var generator = SeededGenerator(seed: 99)
        let content = Array(Self.start(kind, &generator).prefix(40_000))
        var changed = content
        for index in stride(from: 1000, to: changed.count, by: 37) { changed[index] &+= 1 }
        let coder = try ChunkCoder()
        let key = Xet.chunkHash(content)
        let base = ChunkBase(pieces: [.init(hash: key, offset: 0, length: content.count)], depth: 0, start: 0)
        let lanes: [Lane?] = [
            nil, Lane(width: 2, phase: 1, isFloatingPoint: true), Lane(width: 8, phase: 3, isFloatingPoint: false),
        ]
        for lane in lanes {
            for hasBase in [false, true] {
                let encoded = changed.withUnsafeBytes {
                    coder.encode($0, lane: lane, base: hasBase ? (base, content) : nil)
                }
                func decode(_ payload: [UInt8]) throws -> [UInt8]? {
                    try payload.span.bytes.withUnsafeBytes { (payload) throws(ChunkStoreError) in
                        try coder.decode(payload, size: changed.count) { (_) throws(ChunkStoreError) in content }
                    }
                }
                #expect(try decode(encoded.payload) == changed)
                for _ in 0..<60 {
                    var damaged = encoded.payload
                    damaged[Int.random(in: 0..<min(damaged.count, 200), using: &generator)] ^= UInt8.random(
                        in: 1...255, using: &generator)
                    _ = try decode(damaged)
                    _ = try decode(
                        Array(encoded.payload.prefix(Int.random(in: 0..<encoded.payload.count, using: &generator))))
                }
            }
        }
    }
}
