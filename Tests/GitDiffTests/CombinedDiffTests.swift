import GitDiff
import GitObjects
import TestSupport
import Testing

/// Merges against all parents at once, as `git diff-tree -c` and `--cc` show them.
@Suite("Combined diff as git's")
struct CombinedDiffTests {
    @Test("equals git", arguments: [true, false])
    func equalsGit(isDense: Bool) throws {
        let history = try DiffTreeTests.history.get()
        var options = DiffOptions()
        options.formats = .patch
        func commit(_ tree: ObjectID, _ parents: [String]) throws -> String {
            let arguments = ["commit-tree", tree.hex, "-m", "c"] + parents.flatMap { ["-p", $0] }
            return try history.sandbox.run("git", arguments, in: "repo").trimmed
        }
        for index in stride(from: 0, to: history.trees.count - 4, by: 2) {
            let parents = [history.trees[index], history.trees[index + 3]]
            let result = history.trees[index + 1]
            let merge = try commit(result, try parents.map { try commit($0, []) })
            let expected = try history.sandbox.git(
                "diff-tree", "-r", "-p", isDense ? "--cc" : "-c", "--no-commit-id", merge, in: "repo")
            var actual: [UInt8] = []
            let files = try CombinedFile.find(
                parents: parents, result: result, source: history.objects, options: options)
            var printer = DiffPrinter(source: history.objects, options: options) { actual += $0 }
            try printer.printCombined(files, isDense: isDense)
            #expect(String(decoding: actual, as: UTF8.self) == expected.text, "step \(index)")
        }
    }
}
