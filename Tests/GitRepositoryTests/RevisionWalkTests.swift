import GitObjects
import GitRepository
import GitStorage
import GitWorktree
import TestSupport
import Testing

/// The walk shows the commits that `git rev-list` shows, in its order.
@Suite struct RevisionWalkTests {
    typealias Options = RevisionWalk.Options

    private static let orders: [(flag: String?, order: RevisionWalk.Order)] = [
        (nil, .time), ("--topo-order", .topological), ("--date-order", .commitDate),
        ("--author-date-order", .authorDate),
    ]

    private func compare(
        _ graph: RandomGraph, _ repository: Repository, include: [Int], exclude: [Int], flags: [String],
        sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout Options) throws -> Void
    ) throws {
        var options = Options()
        try change(&options)
        var walk = RevisionWalk(repository, options: options)
        // Git takes `--not` commits after the others, and starts in the order of the command line.
        for number in include { try walk.include(graph.id(number)) }
        for number in exclude { try walk.exclude(graph.id(number)) }
        var ours: [String] = []
        while let entry = try walk.next() { ours.append((entry.isBoundary ? "-" : "") + entry.id.hex) }
        let arguments = ["rev-list"] + flags + include.map { "c\($0)" } + exclude.map { "^c\($0)" }
        let theirs = try graph.git(arguments)
        #expect(ours == theirs, "git \(arguments.joined(separator: " "))", sourceLocation: sourceLocation)
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func showsInEveryOrderWhatGitShows(_ seed: UInt64) throws {
        let graph = try RandomGraph(seed: seed, commits: 60)
        for withGraph in [false, true] {
            if withGraph { _ = try graph.git(["commit-graph", "write", "--reachable"]) }
            let repository = try graph.repository()
            for (flag, order) in Self.orders {
                let flags = flag.map { [$0] } ?? []
                try compare(graph, repository, include: [60], exclude: [], flags: flags) { $0.order = order }
                try compare(graph, repository, include: [60, 55, 41], exclude: [50, 30], flags: flags) {
                    $0.order = order
                }
                try compare(graph, repository, include: [57], exclude: [59], flags: flags + ["--boundary"]) {
                    $0.order = order
                    $0.showsBoundary = true
                }
            }
        }
    }

    @Test func handsOnTheContentThatItRead() throws {
        let graph = try RandomGraph(seed: 6, commits: 40)
        let repository = try graph.repository()
        for order in [RevisionWalk.Order.time, .topological] {
            var options = Options()
            options.order = order
            options.keepsContent = true
            options.skip = 2
            // What is left out must not be mixed up with what follows it.
            options.accepts = { id, content in
                let stored = try repository.objects.read(id, as: .commit)
                #expect(content == stored)
                return id[0] % 3 != 0
            }
            var walk = RevisionWalk(repository, options: options)
            try walk.include(graph.id(40))
            var count = 0
            while let entry = try walk.next() {
                count += 1
                let stored = try repository.objects.read(entry.id, as: .commit)
                #expect(entry.content == stored)
            }
            #expect(count > 5)
        }
    }

    @Test(arguments: [4, 5] as [UInt64]) func limitsAsGitLimits(_ seed: UInt64) throws {
        let graph = try RandomGraph(seed: seed, commits: 60)
        let repository = try graph.repository()
        let all = [60, 59, 58]
        try compare(graph, repository, include: all, exclude: [], flags: ["--first-parent"]) {
            $0.followsFirstParentOnly = true
        }
        try compare(graph, repository, include: all, exclude: [], flags: ["--merges"]) { $0.minimumParents = 2 }
        try compare(graph, repository, include: all, exclude: [], flags: ["--no-merges", "--skip=3", "-n", "7"]) {
            $0.maximumParents = 1
            $0.skip = 3
            $0.maximumCount = 7
        }
        try compare(graph, repository, include: all, exclude: [], flags: ["--reverse", "-n", "9"]) {
            $0.isReversed = true
            $0.maximumCount = 9
        }
        try compare(graph, repository, include: all, exclude: [], flags: ["--since=1700000300"]) {
            $0.since = 1_700_000_300
        }
        try compare(graph, repository, include: all, exclude: [], flags: ["--since-as-filter=1700000300"]) {
            $0.sinceFilter = 1_700_000_300
        }
        try compare(graph, repository, include: all, exclude: [], flags: ["--until=1700000300"]) {
            $0.until = 1_700_000_300
        }
        try compare(graph, repository, include: [60], exclude: [20], flags: ["--ancestry-path"]) {
            $0.isAncestryPath = true
        }
        try compare(graph, repository, include: [60, 10, 33], exclude: [], flags: ["--no-walk"]) {
            $0.isWalking = false
        }
        try compare(graph, repository, include: [60, 10, 33], exclude: [], flags: ["--no-walk=unsorted"]) {
            $0.isWalking = false
            $0.isUnsorted = true
        }
    }
}
