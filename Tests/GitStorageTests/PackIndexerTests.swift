import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

@Suite struct PackIndexerTests {
    /// A pack of everything in a stock repository, as git makes it.
    private func pack(_ stock: StockRepository, _ arguments: String...) throws -> [UInt8] {
        let ids = try stock.git("rev-list", "--objects", "--all").text.split(separator: "\n").map {
            $0.prefix { $0 != " " }
        }
        return try stock.sandbox.run(
            "git", ["pack-objects", "-q", "--stdout", "--window=50", "--depth=50"] + arguments, in: "repo",
            input: Array(ids.joined(separator: "\n").utf8)
        ).output
    }

    private func target(_ stock: StockRepository) throws -> (ObjectDatabase, String) {
        try stock.sandbox.git("init", "-q", "--bare", "--object-format=\(stock.algorithm.name)", "target")
        let objects = stock.sandbox.root.appending("target/objects")
        return (try ObjectDatabase(objectsDirectory: objects, algorithm: stock.algorithm), "target")
    }

    @Test(arguments: HashAlgorithm.allCases, ["--no-reuse-delta", "--delta-base-offset"])
    func takesWhatGitPacks(_ algorithm: HashAlgorithm, _ option: String) throws {
        let stock = try StockRepository(algorithm)
        let bytes = try pack(stock, option)
        let (database, directory) = try target(stock)
        let indexer = try PackIndexer(database)
        // Pieces of odd sizes, so that every state is met in the middle.
        var offset = 0
        var size = 1
        while offset < bytes.count {
            let end = min(offset + size, bytes.count)
            try indexer.receive(Array(bytes[offset..<end]))
            offset = end
            size = size * 3 % 1009 + 1
        }
        #expect(indexer.isComplete)
        let outcome = try indexer.finish()
        #expect(outcome.byteCount == bytes.count && outcome.deltaCount > 0)
        let head = try stock.id("HEAD").hex
        #expect(try stock.sandbox.git("fsck", "--strict", head, in: directory).code == 0)
        let path = try #require(outcome.pack)
        #expect(try Files.read(path) == bytes)
        var index = path
        index.extension = "idx"
        try stock.sandbox.write("x.pack", bytes)
        try stock.sandbox.git("index-pack", "--object-format=\(algorithm.name)", "x.pack")
        #expect(try Files.read(index) == stock.sandbox.read("x.idx"))
        for (id, _, _) in try stock.everything() { #expect(database.contains(id)) }
    }

    @Test func smallPacksBecomeLoose() throws {
        let stock = try StockRepository()
        let bytes = try pack(stock)
        let (database, directory) = try target(stock)
        var options = PackIndexer.Options()
        options.unpackLimit = 1000
        let indexer = try PackIndexer(database, options: options)
        try indexer.receive(bytes)
        #expect(try indexer.finish().pack == nil)
        #expect(try database.packs().isEmpty)
        #expect(try stock.sandbox.git("fsck", "--strict", stock.id("HEAD").hex, in: directory).code == 0)
    }

    @Test(arguments: [0, 1000]) func completesThinPacks(_ unpackLimit: Int) throws {
        let stock = try StockRepository()
        try stock.sandbox.shell(
            "git clone -q --bare repo target && cd repo && seq 1 50 >>a/text && git commit -qam more")
        let input = Array("HEAD\n^HEAD~1\n".utf8)
        let thin = try stock.git("pack-objects", "-q", "--stdout", "--thin", "--revs", input: input).output
        let objects = stock.sandbox.root.appending("target/objects")
        let database = try ObjectDatabase(objectsDirectory: objects, algorithm: .sha1)
        var options = PackIndexer.Options()
        options.unpackLimit = unpackLimit
        let indexer = try PackIndexer(database, options: options)
        try indexer.receive(thin)
        let outcome = try indexer.finish()
        if unpackLimit == 0 {
            #expect(outcome.addedBases > 0)
            #expect(try stock.git("verify-pack", #require(outcome.pack).string).code == 0)
        }
        let head = try stock.id("HEAD")
        #expect(try stock.sandbox.git("fsck", "--strict", head.hex, in: "target").code == 0)
        #expect(try database.commit(head).parents.count == 1)
        // Without the bases the same pack is refused.
        try stock.sandbox.git("init", "-q", "--bare", "empty")
        let empty = try ObjectDatabase(
            objectsDirectory: stock.sandbox.root.appending("empty/objects"), algorithm: .sha1)
        let second = try PackIndexer(empty)
        try second.receive(thin)
        #expect(throws: StorageError.self) { try second.finish() }
    }

    @Test func damageIsNamed() throws {
        let stock = try StockRepository(commits: 2)
        let bytes = try pack(stock)
        let (database, _) = try target(stock)
        var random = SeededGenerator(seed: 11)
        for round in 0..<60 {
            var broken = bytes
            if round % 3 == 0 {
                broken.removeLast(Int.random(in: 1..<bytes.count, using: &random))
            } else {
                broken[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8(1 << (round % 8))
            }
            #expect(throws: StorageError.self) {
                let indexer = try PackIndexer(database)
                try indexer.receive(broken)
                _ = try indexer.finish()
            }
        }
        #expect(throws: StorageError.self) {
            let indexer = try PackIndexer(database)
            try indexer.receive(bytes + [0])
            _ = try indexer.finish()
        }
        var options = PackIndexer.Options()
        options.maximumPackSize = bytes.count - 1
        let limited = try PackIndexer(database, options: options)
        #expect(throws: StorageError.self) { try limited.receive(bytes) }
        #expect(try database.packs().isEmpty)
    }

    @Test func unsoundObjectsAreRefused() throws {
        let stock = try StockRepository(commits: 1)
        let bad = Array("tree \(ObjectID.emptyTree(.sha1))\nauthor A <a@b> 1 +0000\n\nno committer\n".utf8)
        try stock.sandbox.write("repo/bad", bad)
        let id = try stock.git("hash-object", "-t", "commit", "--literally", "-w", "bad").trimmed
        let bytes = try stock.git("pack-objects", "-q", "--stdout", input: Array((id + "\n").utf8)).output
        let (database, _) = try target(stock)
        var options = PackIndexer.Options()
        options.checker = ObjectChecker()
        let indexer = try PackIndexer(database, options: options)
        do {
            try indexer.receive(bytes)
            Issue.record("not refused")
        } catch {
            #expect("\(error)".contains("missingCommitter"))
        }
    }
}
