import Bytes
import GitDiff
import GitObjects
import GitStorage
import TestSupport
import Testing

/// Merges of generated histories, as `git merge-tree --write-tree` makes them.
@Suite("Merging trees as git does")
struct TreeMergeTests {
    private func merge(
        _ history: GeneratedHistory, _ base: ObjectID, _ ours: ObjectID, _ theirs: ObjectID,
        labels: (ours: String, base: String, theirs: String)
    ) throws -> String {
        var options = TreeMerge.Options()
        options.ours = labels.ours
        options.base = labels.base
        options.theirs = labels.theirs
        let objects = history.objects
        let result = try TreeMerge.merge(base: base, ours: ours, theirs: theirs, source: objects, options: options) {
            (kind, content) throws(DiffError) in
            do { return try objects.write(kind, content) } catch { throw .refused("\(error)") }
        }
        var text = "\(result.tree)\n"
        for stage in result.stages {
            text += "\(stage.mode.octal) \(stage.id) \(stage.stage)\t"
            text += String(decoding: stage.path.quoted(), as: UTF8.self) + "\n"
        }
        return text + "\n" + result.messages.map { $0.text + "\n" }.joined()
    }

    @Test("equals git", arguments: [3, 8, 21, 34, 55, 89] as [UInt64])
    func equalsGit(seed: UInt64) throws {
        let history = try GeneratedHistory(seed: seed, steps: 36)
        func commit(_ tree: ObjectID, _ parent: String?) throws -> String {
            try history.sandbox.run(
                "git", ["commit-tree", tree.hex, "-m", "c"] + (parent.map { ["-p", $0] } ?? []), in: "repo"
            ).trimmed
        }
        // Each tree has two successors from different points of the same edits.
        for index in stride(from: 0, to: history.trees.count - 8, by: 3) {
            let base = history.trees[index + 3]
            let ours = history.trees[index]
            let theirs = history.trees[index + 6]
            let root = try commit(base, nil)
            let left = try commit(ours, root)
            let right = try commit(theirs, root)
            let expected = try history.sandbox.git("merge-tree", "--write-tree", "--messages", left, right, in: "repo")
            let short = try history.sandbox.git("rev-parse", "--short", root, in: "repo").trimmed
            let actual = try merge(history, base, ours, theirs, labels: (left, short, right))
            #expect(actual == expected.text, "seed \(seed), step \(index)")
        }
    }
}
