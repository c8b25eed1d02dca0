import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

@Suite struct PackBuilderTests {
    private func objects(_ stock: StockRepository) throws -> [(ObjectID, path: [UInt8])] {
        try stock.git("rev-list", "--objects", "--all").text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            return (try #require(ObjectID(hex: parts[0])), parts.count > 1 ? Array(parts[1].utf8) : [])
        }
    }

    /// Packs everything into a fresh repository and lets git look at it.
    private func check(
        _ stock: StockRepository, _ options: PackBuilder.Options, into name: String
    ) throws -> PackBuilder.Outcome {
        var builder = PackBuilder(try stock.database(), options: options)
        let all = try objects(stock)
        for (id, path) in all { builder.add(id, path: path) }
        #expect(builder.count == all.count)
        try stock.sandbox.git("init", "-q", "--bare", "--object-format=\(stock.algorithm.name)", name)
        let directory = stock.sandbox.root.appending("\(name)/objects/pack")
        let result = try #require(try builder.write(into: directory))
        #expect(result.outcome.objectCount == all.count)
        #expect(try stock.sandbox.git("verify-pack", result.pack.string, in: name).code == 0)
        let fsck = try stock.sandbox.git("fsck", "--strict", stock.id("HEAD").hex, stock.id("v1").hex, in: name)
        #expect(fsck.code == 0, "\(fsck)")
        return result.outcome
    }

    @Test(arguments: HashAlgorithm.allCases)
    func packsLooseObjectsWithDeltas(_ algorithm: HashAlgorithm) throws {
        let stock = try StockRepository(algorithm, commits: 12)
        let outcome = try check(stock, .init(), into: "one")
        #expect(outcome.deltaCount > 10)
        let size = try stock.git("count-objects", "-v").text
        #expect(size.contains("in-pack: 0"))
        // Not much larger than what git makes of it.
        try stock.git("repack", "-adfq")
        let pack = try #require(try stock.database().packs().first)
        let gitSize = Int(try #require(try FileStatus.of(pack.path)).size)
        #expect(outcome.byteCount < gitSize * 115 / 100, "\(outcome.byteCount) against \(gitSize)")
    }

    @Test func takesOverWhatIsPacked() throws {
        let stock = try StockRepository(commits: 12)
        try stock.git("repack", "-adfq", "--depth=50")
        let outcome = try check(stock, .init(), into: "one")
        #expect(outcome.reused == outcome.objectCount)
        var options = PackBuilder.Options()
        options.usesOffsetDeltas = false
        options.depth = 3
        #expect(try check(stock, options, into: "two").deltaCount > 0)
        options.reusesObjects = false
        options.workers = 4
        #expect(try check(stock, options, into: "three").reused == 0)
        options.window = 0
        #expect(try check(stock, options, into: "four").deltaCount == 0)
    }

    @Test func thinPacksBuildOnWhatTheReceiverHas() throws {
        let stock = try StockRepository()
        try stock.sandbox.shell(
            "git clone -q --bare repo target && cd repo && seq 1 50 >>a/text && git commit -qam more")
        var options = PackBuilder.Options()
        options.isThin = true
        var builder = PackBuilder(try stock.database(), options: options)
        for line in try stock.git("rev-list", "--objects", "HEAD~1..HEAD").text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            builder.add(try #require(ObjectID(hex: parts[0])), path: parts.count > 1 ? Array(parts[1].utf8) : [])
        }
        builder.addBase(try stock.id("HEAD~1:a/text"), path: Array("a/text".utf8))
        var bytes: [UInt8] = []
        let outcome = try builder.write { piece throws(StorageError) in bytes += [UInt8](piece) }
        #expect(outcome.deltaCount == 1 && outcome.byteCount == bytes.count)
        let result = try stock.sandbox.git("index-pack", "--stdin", "--fix-thin", in: "target", input: bytes)
        #expect(result.code == 0, "\(result)")
        #expect(try stock.sandbox.git("fsck", "--strict", stock.id("HEAD").hex, in: "target").code == 0)
    }
}
