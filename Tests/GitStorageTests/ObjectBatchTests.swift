import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

@Suite struct ObjectBatchTests {
    private func contents(_ count: Int, seed: UInt64) -> [[UInt8]] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            index % 4 == 0 ? random.bytes(index * 7 % 4000) : random.text(lines: index % 50) + Array("\(index)".utf8)
        }
    }

    @Test(arguments: HashAlgorithm.allCases)
    func manyObjectsBecomeOnePack(_ algorithm: HashAlgorithm) throws {
        let stock = try StockRepository(algorithm, commits: 1)
        let database = try stock.database()
        let known = Set(try stock.everything().map(\.id))
        let contents = contents(300, seed: 2)
        let batch = database.beginBatch()
        try Workers.forEach(contents.count, workers: 4) { (_, item) throws(StorageError) in
            let id = try batch.add(.blob, contents[item])
            guard id == ObjectID.hash(.blob, contents[item], algorithm) else { throw .missing(id) }
        }
        try batch.finish()
        try batch.finish()
        #expect(try database.packs().count == 1)
        for content in contents {
            #expect(try database.read(ObjectID.hash(.blob, content, algorithm)).content == content)
        }
        #expect(try stock.git("fsck", "--strict").code == 0)
        let pack = try #require(try database.packs().first)
        #expect(try stock.git("verify-pack", pack.path.string).code == 0)
        let added = contents.map { ObjectID.hash(.blob, $0, algorithm) }
        #expect(try Set(stock.everything().map(\.id)) == known.union(added))
        #expect(pack.hasCompanion("rev"))
    }

    @Test func fewObjectsStayLoose() throws {
        let stock = try StockRepository(commits: 1)
        let database = try stock.database()
        let batch = database.beginBatch()
        for content in contents(20, seed: 3) { try batch.add(.blob, content) }
        var random = SeededGenerator(seed: 9)
        let large = random.bytes(1 << 20)
        try batch.add(.blob, large)
        try batch.finish()
        #expect(try database.packs().isEmpty)
        #expect(try database.read(ObjectID.hash(.blob, large, .sha1)).content == large)
        #expect(try stock.git("fsck", "--strict").code == 0)
    }

    @Test func objectsThatAreHereArePassedOver() throws {
        let stock = try StockRepository()
        try stock.git("gc", "-q")
        let database = try stock.database()
        let batch = database.beginBatch()
        for (id, kind, _) in try stock.everything() { try batch.add(kind, try database.read(id).content) }
        try batch.finish()
        #expect(try database.packs().count == 1)
    }

    @Test func largeBlobsAreStreamed() throws {
        let stock = try StockRepository(commits: 1)
        let database = try stock.database()
        var random = SeededGenerator(seed: 4)
        let content = random.bytes(300_000) + random.text(lines: 30_000)
        func add(_ batch: ObjectBatch, size: Int) throws -> ObjectID {
            var offset = 0
            return try batch.addBlob(size: size) { buffer in
                let count = min(buffer.count, content.count - offset, 70_000)
                content.withUnsafeBytes {
                    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
                }
                offset += count
                return count
            }
        }
        let batch = database.beginBatch()
        let id = try add(batch, size: content.count)
        #expect(id == ObjectID.hash(.blob, content, .sha1))
        #expect(try add(batch, size: content.count) == id)
        #expect(throws: StorageError.self) { try add(batch, size: content.count - 1) }
        #expect(throws: StorageError.self) { try add(batch, size: content.count + 1) }
        try batch.finish()
        #expect(try database.read(id).content == content)
        #expect(try database.packs().first?.index.count == 1)
        #expect(try stock.git("fsck", "--strict").code == 0)
    }

    @Test func anAbandonedBatchLeavesNoPack() throws {
        let stock = try StockRepository(commits: 1)
        let database = try stock.database()
        do {
            let batch = database.beginBatch()
            for content in contents(200, seed: 6) { try batch.add(.blob, content) }
        }
        #expect(try Files.list(database.packDirectory)?.isEmpty ?? true)
    }
}
