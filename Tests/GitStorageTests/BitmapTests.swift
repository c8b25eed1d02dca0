import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

/// Reachability bitmaps: git reads ours, we read git's, and what they find is what a walk finds.
@Suite struct BitmapTests {
    private func pack(_ stock: StockRepository) throws -> Pack {
        try #require(try stock.database().packs().first { $0.index.count > 20 })
    }

    private func expectStockGitTakes(_ stock: StockRepository) throws {
        let tested = try stock.git("rev-list", "--test-bitmap", "HEAD")
        #expect(tested.code == 0 && tested.errorText.contains("OK!"), "\(tested)")
        for kind in ["--objects", "--count", "--objects --filter=blob:none", "--objects --filter=tree:0"] {
            let words = kind.split(separator: " ").map(String.init)
            let plain = try stock.sandbox.run("git", ["rev-list", "--all", "--count"] + words, in: "repo")
            let short = try stock.sandbox.run(
                "git", ["rev-list", "--all", "--count", "--use-bitmap-index"] + words, in: "repo")
            #expect(plain.text == short.text, "\(kind): \(plain) \(short)")
        }
    }

    @Test(arguments: HashAlgorithm.allCases)
    func gitReadsOurs(_ algorithm: HashAlgorithm) throws {
        let stock = try StockRepository(algorithm, commits: 40)
        try stock.git("repack", "-adq")
        var writer = try PackBitmapWriter(pack(stock), stock.database())
        #expect(try writer.write(tips: [stock.id("HEAD"), stock.id("v1"), stock.id("HEAD~15")]))
        try expectStockGitTakes(stock)
    }

    /// Writes the pack of everything by the bitmaps that stand there, and lets git look at it.
    private func send(
        _ stock: StockRepository, wants: [ObjectID], into name: String
    ) throws -> PackBuilder.Outcome {
        let database = try stock.database()
        let selection = try #require(try BitmapSelection.reachable(from: wants, database))
        let listed = try stock.sandbox.run("git", ["rev-list", "--objects"] + wants.map(\.hex), in: "repo").text
            .split(separator: "\n")
        #expect(selection.count == listed.count)
        for line in listed {
            let id = try #require(ObjectID(hex: line.prefix { $0 != " " }))
            let isContained = try selection.contains(id)
            #expect(isContained, "\(line)")
        }
        let box = Box()
        let outcome = try PackBuilder(database).write(reusing: selection) { bytes throws(StorageError) in
            box.bytes += [UInt8](bytes)
        }
        try stock.sandbox.git("init", "-q", "--bare", "--object-format=\(stock.algorithm.name)", name)
        let indexed = try stock.sandbox.run("git", ["index-pack", "--stdin", "--strict"], in: name, input: box.bytes)
        #expect(indexed.code == 0, "\(indexed)")
        let fsck = try stock.sandbox.run("git", ["fsck", "--strict"] + wants.map(\.hex), in: name)
        #expect(fsck.code == 0, "\(fsck)")
        #expect(outcome.objectCount == listed.count)
        return outcome
    }

    private final class Box {
        var bytes: [UInt8] = []
    }

    @Test func aWholePackIsCopied() throws {
        let stock = try StockRepository(commits: 30)
        try stock.git("repack", "-adbq")
        let outcome = try send(stock, wants: [stock.id("HEAD"), stock.id("v1")], into: "copy")
        #expect(outcome.copied == outcome.objectCount)
        let copied = try stock.sandbox.shell("cat copy/objects/pack/*.pack").output
        #expect(copied == (try Files.read(pack(stock).path)))
    }

    @Test func partOfAPackAndWhatCameSince() throws {
        let stock = try StockRepository(commits: 60)
        // A second branch whose objects stand in the pack and are not asked for: what comes after them moves.
        try stock.git("checkout", "-q", "-b", "other", "HEAD~30")
        try stock.sandbox.shell(
            "cd repo; for n in 1 2 3 4 5 6; do seq $n 400 >other$n; seq 1 $((300+n)) >much; git add .; git commit -qm o$n; done"
        )
        try stock.git("checkout", "-q", "main")
        try stock.git("repack", "-adbfq")
        try stock.sandbox.shell(
            "cd repo; for n in 1 2 3; do seq $n 500 >new$n; git add .; git commit -qm n$n; done; git tag -a later -m later"
        )
        let outcome = try send(stock, wants: [stock.id("main"), stock.id("later")], into: "copy")
        #expect(outcome.copied > 60)
        #expect(outcome.copied < outcome.objectCount)
        // From the middle of the history: no commit there need have a bitmap.
        #expect(try send(stock, wants: [stock.id("main~20")], into: "middle").copied > 20)
    }

    @Test func damagedBitmapsArePassedOver() throws {
        let stock = try StockRepository(commits: 20)
        try stock.git("repack", "-adbq")
        var path = try pack(stock).path
        path.extension = "bitmap"
        let whole = try Files.read(path)
        var generator = SeededGenerator(seed: 5)
        try stock.sandbox.shell("chmod u+w \(path)")
        for _ in 0..<300 {
            var bytes = whole
            if Bool.random(using: &generator) {
                bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
            } else {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
            }
            try TemporaryFile.replace(path, with: bytes, synchronizing: false)
            // Right, or refused, or a set of objects that are not the ones: nothing worse.
            _ = try? BitmapSelection.reachable(from: [stock.id("HEAD")], stock.database())?.count
        }
    }

    @Test func aPackThatLacksSomethingGetsNone() throws {
        let stock = try StockRepository(commits: 5)
        try stock.git("repack", "-adq")
        try stock.sandbox.shell("cd repo; echo more >more; git add more; git commit -qm more")
        var writer = try PackBitmapWriter(pack(stock), stock.database())
        let isWritten = try writer.write(tips: [stock.id("HEAD")])
        #expect(!isWritten)
    }
}
