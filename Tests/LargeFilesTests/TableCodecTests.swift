import Bytes
import TestSupport
import Testing

@testable import LargeFiles

@Suite("Tables of text")
struct TableCodecTests {
    private func table(rows: Int, delimiter: String = ",") -> [UInt8] {
        var generator = SeededGenerator(seed: 3)
        var text = ""
        for row in 0..<rows {
            let price = Int.random(in: 0..<100_000, using: &generator)
            let city = ["Berlin", "Paris", "Oslo"].randomElement(using: &generator) ?? ""
            let note = row % 7 == 0 ? "" : "n\(Int.random(in: 0..<50_000, using: &generator))"
            text += ["\(row)", city, "\(price / 100).\(price % 100)", note].joined(separator: delimiter) + "\n"
        }
        return Array(text.utf8)
    }

    private func roundTrip(_ bytes: [UInt8]) throws -> (payload: [UInt8], back: [UInt8]?) {
        let coder = try ChunkCoder()
        let payload = bytes.withUnsafeBytes { coder.encode($0, lane: nil, base: nil).payload }
        let back = try payload.withUnsafeBytes { buffer throws(ChunkStoreError) in
            try coder.decode(buffer, size: bytes.count) { (hash) throws(ChunkStoreError) in throw .missingChunk(hash) }
        }
        return (payload, back)
    }

    @Test("tables are coded by columns, wherever the chunk begins and ends", arguments: [",", "\t", ";"])
    func tables(_ delimiter: String) throws {
        let whole = table(rows: 2000, delimiter: delimiter)
        for (start, end) in [(0, 0), (5, 3), (1000, 777)] {
            let bytes = Array(whole[start..<(whole.count - end)])
            let (payload, back) = try roundTrip(bytes)
            #expect(payload.first == ChunkCoder.Method.table.rawValue)
            #expect(payload.count * 3 < bytes.count)
            #expect(back == bytes)
        }
    }

    @Test("what is no table is coded as before")
    func others() throws {
        var ragged = table(rows: 500)
        ragged += Array("one,two\n".utf8)
        for bytes in [ragged, Array(String(repeating: "no table at all, it says\nhere\n", count: 300).utf8)] {
            let (payload, back) = try roundTrip(bytes)
            #expect(payload.first != ChunkCoder.Method.table.rawValue)
            #expect(back == bytes)
        }
    }

    @Test("damaged tables are refused, in bounded memory")
    func damaged() throws {
        let bytes = table(rows: 800)
        let coder = try ChunkCoder()
        let payload = bytes.withUnsafeBytes { coder.encode($0, lane: nil, base: nil).payload }
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<3000 {
            var broken = payload
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                broken[Int.random(in: 1..<broken.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) {
                broken.removeLast(Int.random(in: 0..<broken.count - 1, using: &generator))
            }
            let back = try broken.withUnsafeBytes { buffer throws(ChunkStoreError) in
                try coder.decode(buffer, size: bytes.count) { (hash) throws(ChunkStoreError) in
                    throw .missingChunk(hash)
                }
            }
            #expect(back == nil || back?.count == bytes.count)
        }
    }
}
