import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

@Suite struct ObjectWalkTests {
    /// A history with branches, merges and criss-crosses.
    private func branched() throws -> StockRepository {
        let stock = try StockRepository(commits: 3)
        try stock.sandbox.shell(
            """
            for i in 1 2 3 4; do
              git checkout -q -b side$i HEAD~1; seq $i 90 >side$i; mkdir -p d/e; echo $i >d/e/f$i
              git add .; git commit -qm side$i; git checkout -q main
              git merge -q --no-ff -m merge$i side$i; echo $i >>a/text; git commit -qam main$i
            done
            """, in: "repo")
        return stock
    }

    private func walk(
        _ stock: StockRepository, include: [String], exclude: [String] = [], options: ObjectWalk.Options = .init()
    ) throws -> Set<String> {
        let database = try stock.database()
        var walk = ObjectWalk(database, options: options)
        var lines: Set<String> = []
        try walk.walk(include: include.map { try stock.id($0) }, exclude: exclude.map { try stock.id($0) }) {
            id, kind, path throws(StorageError) in
            let text = [UInt8](path)
            lines.insert("\(id)" + (kind == .commit ? "" : " " + String(decoding: text, as: UTF8.self)))
        }
        return lines
    }

    private func expected(_ stock: StockRepository, _ arguments: String...) throws -> Set<String> {
        let output = try stock.sandbox.run("git", ["rev-list", "--objects"] + arguments + ["--"], in: "repo").text
        return Set(output.split(separator: "\n").map(String.init))
    }

    @Test(arguments: [false, true]) func visitsWhatRevListLists(_ withGraph: Bool) throws {
        let stock = try branched()
        if withGraph { try stock.git("commit-graph", "write", "--reachable") }
        #expect(try walk(stock, include: ["main"]) == expected(stock, "main"))
        for (include, exclude) in [("main", "main~3"), ("side4", "side1"), ("main", "side3"), ("side2", "main")] {
            let ours = try walk(stock, include: [include], exclude: [exclude])
            let theirs = try expected(stock, include, "^" + exclude)
            #expect(
                ours == theirs,
                "\(exclude)..\(include): more \(ours.subtracting(theirs)), less \(theirs.subtracting(ours))")
        }
        let tag = try walk(stock, include: ["v1"])
        #expect(tag.contains { $0.hasPrefix("\((try? stock.id("v1"))?.hex ?? "") ") })
    }

    @Test func anyOrderVisitsTheSame() throws {
        let stock = try branched()
        func ids(_ isFree: Bool) throws -> Set<ObjectID> {
            var options = ObjectWalk.Options()
            options.allowsAnyOrder = isFree
            var walk = ObjectWalk(try stock.database(), options: options)
            var ids: Set<ObjectID> = []
            try walk.walk(include: [stock.id("main"), stock.id("v1")], exclude: [stock.id("main~5")]) {
                id, _, _ throws(StorageError) in
                #expect(ids.insert(id).inserted)
            }
            return ids
        }
        #expect(try ids(true) == ids(false))
    }

    @Test(arguments: ["blob:none", "blob:limit=100", "tree:1", "tree:2", "combine:tree:2+blob:limit=1k"])
    func filtersAsGitDoes(_ text: String) throws {
        let stock = try branched()
        var options = ObjectWalk.Options()
        let filter: ObjectFilter? = ObjectFilter(text)
        options.filter = filter
        #expect(try walk(stock, include: ["main"], options: options) == expected(stock, "--filter=\(text)", "main"))
        #expect(options.filter?.text == text.replacingSuffix)
    }

    @Test func filterTexts() {
        #expect(ObjectFilter("sparse:oid=x") == nil)
        #expect(ObjectFilter("blob:limit=") == nil)
        #expect(ObjectFilter("combine:blob%3anone+tree%3A3") == .combined([.blobNone, .treeDepth(3)]))
    }

    @Test func deepTreesAreRefusedNotCrashedOn() throws {
        let stock = try StockRepository(commits: 1)
        let database = try stock.database()
        let batch = database.beginBatch()
        var id = try batch.add(.blob, [])
        var mode = FileMode.regular
        for _ in 0..<6000 {
            id = try batch.add(.tree, Tree([TreeEntry(mode: mode, name: [97], id: id)]).encoded)
            mode = .tree
        }
        try batch.finish()
        var walk = ObjectWalk(database)
        #expect(throws: StorageError.self) {
            try walk.visit(tree: id) { (_, _, _) throws(StorageError) in }
        }
    }

    @Test func missingObjectsAreNamed() throws {
        let stock = try StockRepository(commits: 2)
        let blob = try stock.id("HEAD:a/text")
        try stock.sandbox.shell("rm -f .git/objects/\(blob.hex.prefix(2))/\(blob.hex.dropFirst(2))", in: "repo")
        var options = ObjectWalk.Options()
        options.checksBlobs = true
        #expect(throws: StorageError.self) { try walk(stock, include: ["main"], options: options) }
        options.allowsMissing = true
        var tolerant = ObjectWalk(try stock.database(), options: options)
        try tolerant.walk(include: [stock.id("main")]) { (_, _, _) throws(StorageError) in }
        #expect(tolerant.missing.map(\.id) == [blob])
    }
}

extension String {
    /// `1k` is written as a number again.
    fileprivate var replacingSuffix: String { hasSuffix("1k") ? dropLast(2) + "1024" : self }
}
