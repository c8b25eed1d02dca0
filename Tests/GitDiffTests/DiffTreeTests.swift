import GitDiff
import GitObjects
import TestSupport
import Testing

/// Asks git and this library the same of generated histories.
@Suite("Comparing trees as git does")
struct DiffTreeTests {
    struct Question: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let change: @Sendable (inout DiffOptions) -> Void
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ arguments: String, _ change: @escaping @Sendable (inout DiffOptions) -> Void) {
            self.arguments = arguments.split(separator: " ").map(String.init)
            self.change = change
        }
    }

    static let questions: [Question] = [
        Question("-p") { $0.formats = .patch },
        Question("-p -M") {
            $0.formats = .patch
            $0.renames.detection = .renames
        },
        Question("-p -U0") {
            $0.formats = .patch
            $0.hunks.context = 0
        },
        Question("-p -W -U1") {
            $0.formats = .patch
            $0.hunks.context = 1
            $0.hunks.showsWholeFunctions = true
        },
        Question("-p --inter-hunk-context=5") {
            $0.formats = .patch
            $0.hunks.interHunkContext = 5
        },
        Question("-p --patience") {
            $0.formats = .patch
            $0.lines.algorithm = .patience
        },
        Question("-p --histogram") {
            $0.formats = .patch
            $0.lines.algorithm = .histogram
        },
        Question("-p --minimal --no-indent-heuristic") {
            $0.formats = .patch
            $0.lines.algorithm = .minimal
            $0.lines.usesIndentHeuristic = false
        },
        Question("-p -w") {
            $0.formats = .patch
            $0.lines.blanks = .ignoreAll
        },
        Question("-p -b --ignore-blank-lines") {
            $0.formats = .patch
            $0.lines.blanks = .ignoreChange
            $0.lines.ignoresBlankLines = true
        },
        Question("--ignore-blank-lines --stat --numstat -p") {
            $0.formats = [.patch, .stat, .numstat]
            $0.lines.ignoresBlankLines = true
        },
        Question("--raw -M --abbrev=12") {
            $0.formats = .raw
            $0.renames.detection = .renames
            $0.abbreviation = 12
        },
        Question("--name-status -C") {
            $0.formats = .nameStatus
            $0.renames.detection = .copies
        },
        Question("--name-status -C -C") {
            $0.formats = .nameStatus
            $0.renames.detection = .copies
            $0.renames.findsCopiesHarder = true
        },
        Question("--name-status -B -M -z") {
            $0.formats = .nameStatus
            $0.renames.detection = .renames
            $0.renames.breakScore = 30000
            $0.endsWithNUL = true
        },
        Question("-p -B") {
            $0.formats = .patch
            $0.renames.breakScore = 30000
        },
        Question("--stat --summary -M") {
            $0.formats = [.stat, .summary]
            $0.renames.detection = .renames
        },
        Question("--stat=50 --shortstat") {
            $0.formats = [.stat, .shortstat]
            $0.statWidth = 50
        },
        Question("--dirstat") { $0.formats = .dirstat },
        Question("--dirstat=lines,cumulative,1") {
            $0.formats = .dirstat
            $0.dirstat.measure = .lines
            $0.dirstat.isCumulative = true
            $0.dirstat.permille = 10
        },
        Question("-R -p -M") {
            $0.formats = .patch
            $0.renames.detection = .renames
            $0.isReversed = true
        },
        Question("--color -p") {
            $0.formats = .patch
            $0.colors = DiffColors()
        },
        Question("--check") { $0.formats = .check },
        Question("--name-only --diff-filter=AD") {
            $0.formats = .nameOnly
            _ = $0.filter.add("AD")
        },
        Question("--name-only --diff-filter=m") {
            $0.formats = .nameOnly
            _ = $0.filter.add("m")
        },
        Question("--name-only -Sreturn") {
            $0.formats = .nameOnly
            $0.pickaxe = Pickaxe(.bytes(Array("return".utf8)))
        },
        Question("--name-only -Gcall.*beta") {
            $0.formats = .nameOnly
            $0.pickaxe = LinePattern("call.*beta").map { Pickaxe(.changedLine($0)) }
        },
        Question("-p -D") {
            $0.formats = .patch
            $0.omitsDeletedContent = true
        },
        Question("-p --relative=src/part1") {
            $0.formats = .patch
            $0.relativeTo = Array("src/part1/".utf8)
        },
        Question("-p --word-diff") {
            $0.formats = .patch
            $0.wordDiff = .plain
        },
        Question("-p --word-diff=porcelain") {
            $0.formats = .patch
            $0.wordDiff = .porcelain
        },
        Question("-p --full-index --binary -a") {
            $0.formats = .patch
            $0.showsFullIndex = true
            $0.showsBinary = true
            $0.treatsAllAsText = true
        },
    ]

    static let history = Result { try GeneratedHistory(seed: 7, steps: 40) }

    @Test("equals git", arguments: questions)
    func equalsGit(_ question: Question) throws {
        let history = try Self.history.get()
        var options = DiffOptions()
        question.change(&options)
        var treeOptions = TreeDiff.Options()
        treeOptions.includesUnchanged = options.renames.findsCopiesHarder
        // One call answers for all pairs; each answer begins with the two ids.
        let pairs = zip(history.trees, history.trees.dropFirst()).filter { $0 != $1 }
        let input = pairs.map { "\($0) \($1)\n" }.joined()
        let expected = try history.sandbox.run(
            "git", ["diff-tree", "-r", "--stdin"] + question.arguments, in: "repo", input: Array(input.utf8))
        var actual: [UInt8] = []
        for (old, new) in pairs {
            let entries = try TreeDiff.compare(old, new, source: history.objects, options: treeOptions)
            let selection = try DiffSelection(entries, source: history.objects, options: options)
            actual += Array("\(old) \(new)\n".utf8)
            var printer = DiffPrinter(source: history.objects, options: options) { actual += $0 }
            try printer.print(selection.entries)
        }
        let difference = firstDifference(actual, expected.output)
        #expect(difference == nil)
    }

    /// The first line in which two outputs differ, with those before it.
    private func firstDifference(_ actual: [UInt8], _ expected: [UInt8]) -> String? {
        if actual == expected { return nil }
        let left = actual.split(separator: 10, omittingEmptySubsequences: false)
        let right = expected.split(separator: 10, omittingEmptySubsequences: false)
        let index =
            zip(left, right).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(left.count, right.count)
        func text(_ lines: [ArraySlice<UInt8>]) -> String {
            lines[max(0, index - 6)..<min(lines.count, index + 4)].map { String(decoding: $0, as: UTF8.self) }
                .joined(separator: "\n")
        }
        return "line \(index + 1)\n--- here\n\(text(left))\n--- git\n\(text(right))"
    }
}
