import GitDiff
import TestSupport
import Testing

/// Merges of texts, as `git merge-file` makes them.
@Suite("Merging files as git does")
struct FileMergeTests {
    private func edited(_ text: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var lines = text.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let index = Int.random(in: 0..<lines.count, using: &generator)
            switch Int.random(in: 0...3, using: &generator) {
            case 0: if lines.count > 1 { lines.remove(at: index) }
            case 1: lines.insert(Array("new \(Int.random(in: 0...3, using: &generator))".utf8), at: index)
            case 2: lines[index] = Array("{".utf8)
            default: lines[index] += Array("!".utf8)
            }
        }
        return Array(lines.joined(separator: [10]))
    }

    @Test(
        "equals git",
        arguments: [
            ("", .merge, .none), ("--diff3", .diff3, .none), ("--zdiff3", .zealousDiff3, .none),
            ("--ours", .merge, .ours),
            ("--theirs", .merge, .theirs), ("--union", .merge, .union),
        ] as [(String, FileMergeOptions.Style, FileMergeOptions.Favor)])
    func equalsGit(_ flag: String, _ style: FileMergeOptions.Style, _ favor: FileMergeOptions.Favor) throws {
        let sandbox = try Sandbox("merge-file")
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<12 {
            let base = generator.text(lines: 30)
            let ours = edited(base, &generator)
            let theirs = edited(base, &generator)
            try sandbox.write("base", base)
            try sandbox.write("ours", ours)
            try sandbox.write("theirs", theirs)
            let flags = flag.isEmpty ? [] : [flag]
            let expected = try sandbox.run("git", ["merge-file", "-p"] + flags + ["ours", "base", "theirs"])
            var options = FileMergeOptions()
            options.lines.algorithm = .myers
            options.joinsAcrossPunctuation = true
            options.style = style
            options.favor = favor
            options.labels = ("ours", "base", "theirs")
            let result = FileMerge.merge(base: base, ours: ours, theirs: theirs, options: options)
            #expect(result.content == expected.output)
            #expect(result.conflicts == Int(expected.code))
        }
    }
}
