import GitObjects
import GitWorktree
import SystemPackage
import TestSupport
import Testing

@Suite struct IgnoreTests {
    /// Random rules and paths: git's `check-ignore` is asked the same.
    @Test(arguments: 1...12) func agreesWithGit(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sandbox = try Sandbox("ignore")
        try sandbox.git("init", "-q", "r")
        let patterns = [
            "*.o", "/a", "a/", "!b", "d/*", "**/x", "a/**", "a/**/b", "[ab]c", "[!a]*.c", "\\#x", "\\!y", "x ", "x\\ ",
            "# comment", "", "*", "!*/", "d/e/f", "/d/e", "?.txt", "[[:digit:]]", "[a-c]*", "foo*bar", "**", "d/**/g",
            "*/b",
        ]
        func rules() -> String {
            (0..<Int.random(in: 1...6, using: &generator)).map { _ in patterns.randomElement(using: &generator)! + "\n"
            }.joined()
        }
        try sandbox.write("r/.gitignore", rules())
        try sandbox.write("r/d/.gitignore", rules())
        try sandbox.write("r/.git/info/exclude", rules())
        let names = [
            "a", "b", "x", "x ", "y", "ac", "bc", "z.c", "a.c", "f.o", "1", "q.txt", "foobar", "fooXbar", "#x", "!y",
            "d/a",
            "d/b", "d/e/f", "d/e/g", "d/e/x.o", "a/b", "d/x", "a/q/b", "d/e/1",
        ]
        for name in names where Bool.random(using: &generator) {
            _ = try? sandbox.write("r/\(name)", "content")
        }
        var sources = IgnoreRules.Sources()
        sources.files = [(sandbox.root.appending("r/.git/info/exclude"), Array(".git/info/exclude".utf8))]
        let ignores = IgnoreRules(workTree: sandbox.root.appending("r"), sources: sources)
        let found = try sandbox.git("ls-files", "-o", in: "r").text.split(separator: "\n").map(String.init)
        for name in found where !name.hasPrefix("\"") {
            let outcome = try sandbox.git("check-ignore", "-v", "--", name, in: "r")
            let rule = ignores.rule(for: GitPath(name), isDirectory: false)
            let line = rule.map {
                "\(String(decoding: $0.source, as: UTF8.self)):\($0.line):\(String(decoding: $0.text, as: UTF8.self))\t\(name)\n"
            }
            #expect(outcome.text == line ?? "", "seed \(seed) \(name)")
        }
    }

    @Test func aStarThatNestsDeeplyEnds() {
        let pattern =
            [UInt8](repeating: UInt8(ascii: "*"), count: 3).map { $0 }
            + Array(String(repeating: "a*", count: 2000).utf8)
        let text = Array(String(repeating: "a", count: 200).utf8) + [UInt8(ascii: "b")]
        #expect(!Wildmatch.matches(pattern, text, options: [.pathname]))
    }
}
