import Bytes
import GitObjects
import GitStorage
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// A database that stays open while other processes put its objects into other packs.
@Suite struct RepackedMeanwhileTests {
    private func commit(_ repository: StockRepository, _ number: Int) throws {
        try repository.sandbox.write("repo/a/new\(number)", "new \(number)\n")
        try repository.git("add", ".")
        try repository.git("commit", "-q", "-m", "new \(number)")
    }

    private func expectWhole(_ database: ObjectDatabase, _ repository: StockRepository) throws {
        for (id, kind, size) in try repository.everything() {
            let object = try database.read(id)
            #expect(object.kind == kind && object.content.count == size)
        }
    }

    @Test func packsThatWereNotOpenedYetVanish() throws {
        let repository = try StockRepository(commits: 5)
        try repository.git("gc", "-q")
        let database = try repository.database()
        // The list of packs is read, and no pack.
        #expect(try database.packs().count == 1)
        try commit(repository, 1)
        try repository.git("repack", "-q", "-a", "-d")
        try expectWhole(database, repository)
    }

    @Test func headersStreamsPrefixesAndSizesAreFoundAfterwards() throws {
        let repository = try StockRepository(commits: 5)
        try repository.git("gc", "-q")
        let tip = try repository.id("HEAD")
        for question in 0..<6 {
            let database = try repository.database()
            #expect(try database.packs().count == 1)
            try commit(repository, question)
            try repository.git("repack", "-q", "-a", "-d")
            switch question {
            case 0: #expect(try database.header(tip).kind == .commit)
            case 1:
                var size = 0
                try database.stream(tip) { piece throws(StorageError) in size += piece.byteCount }
                #expect(try size == database.header(tip).size)
            case 2: #expect(database.contains(tip))
            case 3: #expect(try database.ids(withHexPrefix: Array(tip.hexBytes.prefix(12)), limit: 2) == [tip])
            case 4: #expect(try database.storage(of: tip).size > 0)
            default: #expect(try database.read(repository.id("HEAD")).kind == .commit)
            }
        }
    }

    @Test func looseObjectsArePackedAndPacksAreLoosened() throws {
        let repository = try StockRepository(commits: 4)
        let database = try repository.database()
        try expectWhole(database, repository)
        try repository.git("gc", "-q", "--prune=now")
        try expectWhole(database, repository)
        try repository.sandbox.shell(
            "mv .git/objects/pack/*.pack x && rm -f .git/objects/pack/* && git unpack-objects -q < x", in: "repo")
        try expectWhole(database, repository)
    }

    @Test func aPackIsBuiltFromPacksThatVanish() throws {
        let repository = try StockRepository(commits: 5)
        try repository.git("gc", "-q")
        let database = try repository.database()
        #expect(try database.packs().count == 1)
        let ids = try repository.everything().map(\.id)
        try commit(repository, 1)
        try repository.git("repack", "-q", "-a", "-d")
        var builder = PackBuilder(database)
        for id in ids { builder.add(id) }
        try repository.sandbox.git("init", "-q", "--bare", "other")
        let other = repository.sandbox.root.appending("other/objects/pack")
        let result = try #require(try builder.write(into: other))
        #expect(result.outcome.objectCount == ids.count)
        #expect(try repository.sandbox.git("verify-pack", result.pack.string, in: "other").code == 0)
    }

    /// Several threads read everything, again and again, while git repacks under them.
    @Test func threadsReadWhileOthersRepack() throws {
        let repository = try StockRepository(commits: 8)
        try repository.git("gc", "-q")
        let ids = try repository.everything().map(\.id)
        let database = try repository.database()
        let isDone = Atomic(false)
        let failures = Mutex<[String]>([])
        let reads = Atomic(0)
        Workers.forEach(4, workers: 4) { _, worker in
            guard worker > 0 else {
                defer { isDone.store(true, ordering: .releasing) }
                for number in 0..<6 {
                    do {
                        try commit(repository, 10 + number)
                        try repository.git("repack", "-q", "-a", "-d", number.isMultiple(of: 2) ? "-f" : "-n")
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
                return
            }
            repeat {
                for id in ids {
                    do {
                        _ = worker == 1 ? try database.header(id).size : try database.read(id).content.count
                        if !database.contains(id) { failures.withLock { $0.append("\(id) is not there") } }
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                    reads.add(1, ordering: .relaxed)
                }
            } while !isDone.load(ordering: .acquiring)
        }
        #expect(failures.withLock { $0 } == [])
        #expect(reads.load(ordering: .relaxed) >= 3 * ids.count)
    }
}
