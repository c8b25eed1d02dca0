import Bytes
import SystemPackage
import TestSupport
import Testing

@testable import LargeFiles

@Suite("Exchange of chunks")
struct ExchangeTests {
    let sandbox: Sandbox
    let here: LargeFileStore
    let there: LargeFileStore

    init() throws {
        sandbox = try Sandbox("exchange")
        here = LargeFileStore(commonDirectory: sandbox.root.appending("here"), workers: 2)
        there = LargeFileStore(commonDirectory: sandbox.root.appending("there"), workers: 2)
    }

    private static func table(_ round: Int) -> [UInt8] {
        (0..<12_000).flatMap { Array("\($0),\($0 &* 7919 % 10007),\($0 % 331 == round ? "changed" : "same")\n".utf8) }
    }

    private func versions() throws -> [Manifest] {
        var manifests: [Manifest] = []
        for round in 0..<4 {
            try sandbox.write("table", Self.table(round))
            manifests += try here.add([.init(path: sandbox.root.appending("table"), previous: manifests.last?.oid)])
        }
        return manifests
    }

    @Test("a version travels with what it is coded against, and is stored as it was")
    func upload() throws {
        let manifest = try #require(try versions().last)
        let keys = try here.chunks.closure(manifest.chunks.map(\.hash))
        #expect(keys.count > manifest.chunks.count)
        #expect(try there.chunks.missing(keys) == keys)
        guard case .missing(let missing) = try there.receive(manifest: manifest.encoded, oid: manifest.oid) else {
            Issue.record("stored a manifest without chunks")
            return
        }
        #expect(Set(missing) == Set(manifest.chunks.map(\.hash)))
        let pack = try here.chunks.pack(of: keys)
        #expect(try there.chunks.receive(packs: [pack]) == keys.count)
        #expect(try there.chunks.missing(keys).isEmpty)
        guard case .stored = try there.receive(manifest: manifest.encoded, oid: manifest.oid) else {
            Issue.record("not stored")
            return
        }
        var bytes: [UInt8] = []
        try there.read(manifest.oid) { (piece) throws(FileError) in bytes += piece }
        #expect(bytes == Self.table(3))
        #expect(try there.chunks.summary().stored <= here.chunks.summary().stored)
    }

    @Test("a reader of the old version fetches little")
    func download() throws {
        let manifests = try versions()
        // The other side has the first version.
        let first = try here.chunks.pack(of: try here.chunks.closure(manifests[0].chunks.map(\.hash)))
        try there.chunks.receive(packs: [first])
        let wanted = try there.chunks.missing(manifests[3].chunks.map(\.hash))
        var packs = [try here.chunks.pack(of: wanted)]
        while true {
            var missing: [Hash256] = []
            for pack in packs { missing += try there.chunks.missingBases(ofPack: pack) }
            let got = Set(packs.flatMap { (try? ReceivedPack($0).records.map(\.key)) ?? [] })
            missing.removeAll { got.contains($0) }
            if missing.isEmpty { break }
            packs.append(try here.chunks.pack(of: missing))
        }
        try there.chunks.receive(packs: packs)
        guard case .stored = try there.receive(manifest: manifests[3].encoded, oid: manifests[3].oid) else {
            Issue.record("not stored")
            return
        }
        let fetched = packs.reduce(0) { $0 + $1.count }
        #expect(fetched < first.count && fetched < Self.table(3).count / 40)
    }

    @Test("what is not what it says is refused, and nothing of it is kept")
    func hostile() throws {
        let manifest = try #require(try versions().first)
        let pack = try here.chunks.pack(of: manifest.chunks.map(\.hash))
        for position in stride(from: 0, to: pack.count, by: max(1, pack.count / 97)) {
            var damaged = pack
            damaged[position] ^= 0x40
            #expect(throws: ChunkStoreError.self) { try there.chunks.receive(packs: [damaged]) }
        }
        #expect(throws: ChunkStoreError.self) { try there.chunks.receive(packs: [Array(pack.dropLast(3))]) }
        #expect(throws: ChunkStoreError.self) { try there.chunks.receive(packs: [[]]) }
        // A record under another chunk's key, with a check that fits.
        var forged = ChunkPackFormat.packHeader
        ChunkPackFormat.record(.chunk, manifest.chunks[0].hash, rawLength: 3, [0, 1, 2, 3], into: &forged)
        #expect(throws: ChunkStoreError.self) { try there.chunks.receive(packs: [forged]) }
        #expect(try there.chunks.summary().chunks == 0)
        // A manifest whose chunks are there and whose oid is not theirs.
        try there.chunks.receive(packs: [pack])
        let other = Hash256(hex: String(repeating: "7", count: 64)) ?? .zero
        let lie = Manifest(
            oid: other, size: manifest.size, fileHash: manifest.fileHash, chunks: manifest.chunks, tensors: nil)
        guard case .invalid = try there.receive(manifest: lie.encoded, oid: other) else {
            Issue.record("took a lie")
            return
        }
        guard case .invalid = try there.receive(manifest: manifest.encoded, oid: other) else {
            Issue.record("took another's manifest")
            return
        }
    }

    @Test("deltas that stand on each other in a circle end")
    func circle() throws {
        let keys = [1, 2].compactMap { Hash256(bytes: [UInt8](repeating: $0, count: 32)) }
        var pack = ChunkPackFormat.packHeader
        for (key, base) in zip(keys, keys.reversed()) {
            var payload = ByteWriter()
            payload.write(4 as UInt8)
            payload.writeVarint(1)
            payload.write(base.bytes)
            payload.writeVarint(0)
            payload.writeVarint(4)
            payload.write([0, 0, 0, 1, 2, 3, 4])
            ChunkPackFormat.record(.chunk, key, rawLength: 4, payload.bytes, into: &pack)
        }
        #expect(throws: ChunkStoreError.self) { try there.chunks.receive(packs: [pack]) }
    }

    @Test("content is read in ranges")
    func ranges() throws {
        let manifest = try #require(try versions().last)
        let content = Self.table(3)
        for range in [0..<content.count, 5..<6, 100_000..<150_000, content.count - 1..<content.count, 7..<7] {
            var reader = try ContentReader(here.chunks, manifest.oid, range: range)
            var bytes: [UInt8] = []
            while let piece = try reader.next() { bytes += piece }
            #expect(bytes == Array(content[range]))
        }
        #expect(try here.chunks.check().problems.isEmpty)
    }
}
