import GitObjects
import GitRepository
import TestSupport
import Testing

/// The common ancestors of random pairs of commits, by git's word.
@Suite struct MergeBasesTests {
    @Test(arguments: [11, 12] as [UInt64]) func findsWhatGitFinds(_ seed: UInt64) throws {
        let graph = try RandomGraph(seed: seed, commits: 40)
        let ids = try graph.ids()
        var random = SeededGenerator(seed: seed)
        var bases = try MergeBases(graph.repository())
        for _ in 0..<25 {
            let numbers = (0..<3).map { _ in Int.random(in: 1...40, using: &random) }
            let names = numbers.map { "c\($0)" }
            let picked = numbers.map { ids[$0 - 1] }
            let pair = try bases.bases(of: picked[0], [picked[1]]).map(\.hex)
            #expect(try pair.sorted() == graph.git(["merge-base", "--all", names[0], names[1]]).sorted(), "\(names)")
            let three = try bases.bases(of: picked[0], Array(picked[1...])).map(\.hex)
            #expect(try three.sorted() == graph.git(["merge-base", "--all"] + names).sorted(), "\(names)")
            let independent = try bases.independent(picked).map(\.hex)
            #expect(
                try independent.sorted() == graph.git(["merge-base", "--independent"] + names).sorted(), "\(names)")
            let isAncestor = try bases.isAncestor(picked[0], of: picked[1])
            let code = try graph.sandbox.git("merge-base", "--is-ancestor", names[0], names[1], in: "repo").code
            #expect(isAncestor == (code == 0), "\(names)")
        }
    }

    @Test func aCommitIsItsOwnBase() throws {
        let graph = try RandomGraph(seed: 13, commits: 3)
        let id = try graph.id(3)
        var bases = try MergeBases(graph.repository())
        let found = try bases.bases(of: id, [id])
        let isAncestor = try bases.isAncestor(id, of: id)
        let independent = try bases.independent([id, id])
        #expect(found == [id])
        #expect(isAncestor)
        #expect(independent == [id])
    }
}
