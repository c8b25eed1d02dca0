import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

@Suite struct ObjectDatabaseTests {
    @Test(arguments: HashAlgorithm.allCases)
    func readsLooseAndPackedObjects(_ algorithm: HashAlgorithm) throws {
        let stock = try StockRepository(algorithm)
        try stock.expectAllReadable()
        try stock.git("gc", "-q")
        try stock.expectAllReadable()
        try stock.git("repack", "-a", "-d", "-f", "-q", "--depth=50", "--window=50")
        try stock.expectAllReadable()
    }

    @Test func readsIndexVersion1AndReferenceDeltas() throws {
        let stock = try StockRepository()
        try stock.git("-c", "pack.indexVersion=1", "-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq")
        try stock.expectAllReadable()
    }

    @Test func findsObjectsThatAppearLater() throws {
        let stock = try StockRepository()
        let database = try stock.database()
        _ = try database.packs()
        let before = try stock.everything()
        try stock.git("repack", "-adq")
        try stock.git("prune-packed", "-q")
        for object in before { #expect(try database.read(object.id).kind == object.kind) }
    }

    @Test func saysWhatIsMissing() throws {
        let stock = try StockRepository(commits: 1)
        let database = try stock.database()
        let absent = ObjectID.hash(.blob, Array("absent".utf8), .sha1)
        #expect(throws: StorageError.self) { try database.read(absent) }
        #expect(try database.readIfPresent(absent) == nil)
        #expect(!database.contains(absent))
        #expect(try database.tree(.emptyTree(.sha1)).entries.isEmpty)
        let head = try stock.id("HEAD")
        #expect(throws: StorageError.self) { try database.tree(head) }
        #expect(try database.peel(head, to: .tree) == stock.id("HEAD^{tree}"))
        let tag = try stock.id("v1")
        #expect(try database.peel(tag, to: .commit) == head)
        #expect(throws: StorageError.self) { try database.peel(tag, to: .blob) }
    }

    /// It can always be read, but a commit that names it needs the object: `git fsck` looks for it.
    @Test func theTreeOfNothingIsWritten() throws {
        let stock = try StockRepository(commits: 1)
        let database = try stock.database()
        for _ in 0..<2 { #expect(try database.write(.tree, []) == .emptyTree(.sha1)) }
        #expect(try stock.everything().map(\.id).contains(.emptyTree(.sha1)))
    }

    @Test func borrowsFromAlternates() throws {
        let stock = try StockRepository()
        try stock.sandbox.git("clone", "-q", "--shared", "repo", "borrower")
        let objects = stock.sandbox.root.appending("borrower/.git/objects")
        let database = try ObjectDatabase(objectsDirectory: objects, algorithm: .sha1)
        for object in try stock.everything() { #expect(try database.read(object.id).kind == object.kind) }
        #expect(try database.write(.blob, []) == .emptyBlob(.sha1))
        #expect(try Files.list(objects.appending("e6")) == nil)
    }

    @Test func abbreviatesAsGitDoes() throws {
        let stock = try StockRepository(commits: 10)
        for isPacked in [false, true] {
            if isPacked { try stock.git("gc", "-q") }
            let database = try stock.database()
            let all = try stock.everything().map(\.id)
            for digits in [4, 5, 7, 40] {
                let expected = try stock.git("rev-parse", "--short=\(digits)", all[0].hex).trimmed
                #expect(database.abbreviate(all[0], minimum: digits) == expected)
            }
            #expect(try database.abbreviate(all[1]) == stock.git("rev-parse", "--short", all[1].hex).trimmed)
            for prefix in ["00", "e6", "3f1", "3F1"] {
                let found = try database.ids(withHexPrefix: Array(prefix.utf8), limit: 1000)
                #expect(found == all.filter { $0.hex.hasPrefix(prefix.lowercased()) })
            }
        }
    }

    @Test func writesWhatGitReads() throws {
        let stock = try StockRepository(.sha256, commits: 1)
        let database = try stock.database()
        let id = try database.write(.blob, Array("hello\n".utf8))
        #expect(try stock.git("cat-file", "-p", id.hex).text == "hello\n")
        var random = SeededGenerator(seed: 5)
        let noise = try database.write(.blob, random.bytes(100_000))
        #expect(try stock.git("cat-file", "-s", noise.hex).trimmed == "100000")
        #expect(try stock.git("fsck", "--strict").code == 0)
    }

    @Test func linksAgreeWithCommits() throws {
        let stock = try StockRepository()
        let database = try stock.database()
        for (id, kind, _) in try stock.everything() where kind == .commit {
            let commit = try database.commit(id)
            let links = try database.links(id)
            #expect(links.tree == commit.tree && links.parents == commit.parents)
            #expect(links.time == commit.committer.time)
        }
    }
}
