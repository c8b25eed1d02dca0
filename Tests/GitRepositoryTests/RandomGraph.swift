import GitObjects
import GitRepository
import SystemPackage
import TestSupport
import Testing

/// A repository with a random graph of commits, written by stock git's fast-import: merges, criss-crosses, octopuses,
/// several roots, equal times and clocks that go back. Commit `n` has the tag `c<n>`.
struct RandomGraph {
    let sandbox: Sandbox
    let count: Int

    init(seed: UInt64, commits count: Int) throws {
        sandbox = try Sandbox("graph")
        self.count = count
        var random = SeededGenerator(seed: seed)
        try sandbox.git("init", "-q", "repo")
        var stream = ""
        for number in 1...count {
            var parents: [Int] = []
            if number > 1, Int.random(in: 0..<15, using: &random) > 0 {
                let wanted = [1, 1, 1, 1, 2, 2, 3].randomElement(using: &random) ?? 1
                for _ in 0..<wanted {
                    let parent = max(1, number - Int.random(in: 1...6, using: &random))
                    if !parents.contains(parent) { parents.append(parent) }
                }
            }
            let author = 1_700_000_000 + number * 10 + Int.random(in: -60...60, using: &random)
            let committer = 1_700_000_000 + number / 3 * 30 + Int.random(in: -25...25, using: &random)
            stream += "commit refs/tags/c\(number)\nmark :\(number)\n"
            stream += "author A <a@example.com> \(author) +0000\ncommitter C <c@example.com> \(committer) +0000\n"
            stream += "data <<END\nnumber \(number)\nEND\n"
            for (index, parent) in parents.enumerated() { stream += "\(index == 0 ? "from" : "merge") :\(parent)\n" }
            let file = "d\(number % 3)/file\(number % 7)"
            stream += "M 100644 inline \(file)\ndata <<END\n\(Int.random(in: 0..<4, using: &random))\nEND\n\n"
        }
        let outcome = try sandbox.git("fast-import", "--quiet", in: "repo", input: Array(stream.utf8))
        try #require(outcome.code == 0, "\(outcome.errorText)")
    }

    func repository() throws -> Repository { try Repository.open(sandbox.root.appending("repo")) }

    /// What stock git prints, a line an element.
    func git(_ arguments: [String]) throws -> [String] {
        try sandbox.run("git", arguments, in: "repo").text.split(separator: "\n").map(String.init)
    }

    func id(_ number: Int) throws -> ObjectID {
        let text = try #require(try git(["rev-parse", "c\(number)^{commit}"]).first)
        return try #require(ObjectID(hex: text))
    }

    /// The ids of all commits: element `n - 1` is commit `n`.
    func ids() throws -> [ObjectID] {
        try git(["rev-parse"] + (1...count).map { "c\($0)" }).map { try #require(ObjectID(hex: $0)) }
    }
}
