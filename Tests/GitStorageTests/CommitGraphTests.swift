import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

@Suite struct CommitGraphTests {
    private func repository(_ algorithm: HashAlgorithm) throws -> StockRepository {
        let stock = try StockRepository(algorithm, commits: 4)
        // Branches, an octopus merge, a clock that runs backwards, and one far in the future.
        try stock.sandbox.shell(
            """
            for i in 1 2 3; do
              git checkout -q -b side$i HEAD~1; echo $i >side$i; git add .
              GIT_COMMITTER_DATE="$((1600000000 - i * 1000)) +0000" git commit -qm side$i; git checkout -q main
            done
            git merge -q -m octopus side1 side2 side3
            echo x >>a/text; GIT_COMMITTER_DATE="4102444800 +0000" git commit -qam future
            echo y >>a/text; git commit -qam after
            """, in: "repo")
        return stock
    }

    @Test(arguments: HashAlgorithm.allCases)
    func writesTheBytesThatGitWrites(_ algorithm: HashAlgorithm) throws {
        let stock = try repository(algorithm)
        var writer = CommitGraphWriter(try stock.database())
        try writer.add([stock.id("main")])
        try writer.write()
        let path = stock.objects.appending("info/commit-graph")
        let ours = try Files.read(path)
        #expect(try stock.git("commit-graph", "verify").code == 0)
        try Files.remove(path)
        try stock.git("-c", "commitGraph.changedPaths=false", "commit-graph", "write", "--reachable")
        #expect(try Files.read(path) == ours)
    }

    @Test(arguments: [false, true]) func readsFilesAndChains(_ isSplit: Bool) throws {
        let stock = try repository(.sha1)
        if isSplit {
            let first = Array("\(try stock.id("main~3"))\n".utf8)
            try stock.git("commit-graph", "write", "--stdin-commits", "--split=no-merge", input: first)
            try stock.git("commit-graph", "write", "--reachable", "--split=no-merge", "--changed-paths")
        } else {
            try stock.git("commit-graph", "write", "--reachable", "--changed-paths")
        }
        let database = try stock.database()
        let graph = try #require(database.commitGraph)
        try graph.verify()
        var count = 0
        for line in try stock.git("rev-list", "--all").text.split(separator: "\n") {
            let id = try #require(ObjectID(hex: line))
            let commit = try database.commit(id)
            let position = try #require(graph.position(of: id))
            let links = try #require(graph.links(at: position))
            #expect(links.tree == commit.tree && links.parents == commit.parents)
            #expect(links.time == commit.committer.time)
            for parent in links.parents {
                let generation = try #require(links.generation)
                #expect(try #require(database.links(parent).generation) < generation)
            }
            count += 1
        }
        #expect(graph.count == count)
        #expect(graph.position(of: .emptyTree(.sha1)) == nil)
    }

    @Test func damageIsNoticed() throws {
        let stock = try repository(.sha1)
        try stock.git("commit-graph", "write", "--reachable")
        let bytes = try Files.read(stock.objects.appending("info/commit-graph"))
        var random = SeededGenerator(seed: 8)
        for round in 0..<400 {
            var broken = bytes
            if round % 2 == 0 {
                broken.removeLast(Int.random(in: 1...bytes.count, using: &random))
            } else {
                broken[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8(1 << (round % 8))
            }
            #expect(throws: TableError.self) {
                let graph = try CommitGraph(MappedFile(copying: broken.span.bytes), algorithm: .sha1)
                for position in 0..<graph.count { _ = graph.links(at: position) }
                try graph.verify()
            }
        }
    }
}
