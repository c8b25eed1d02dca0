import GitObjects
import GitWorktree
import TestSupport
import Testing

@Suite struct PathSafetyTests {
    @Test(arguments: [
        ".git", ".GIT", ".Git/config", "a/.git/b", "git~1", "GIT~1/x", ".git ", ".git.", ".git . ",
        ".git::$INDEX_ALLOCATION",
        "..", "../a", "a/../b", ".", "./a", "a/./b", "/a", "a//b", "a/", "", ".g\u{200c}it", ".\u{200d}gIt/x",
        "a\\.git\\b",
        "\u{feff}.git",
    ])
    func refuses(_ path: String) { #expect(!GitPath(path).isSafe()) }

    @Test(arguments: [
        "a", "a/b", ".gitignore", ".gitattributes", ".gitmodules", "git~2", "git", ".gitx", "...", "a..b", "a/...",
        ".github/x",
        "ü/é", "git~10",
    ])
    func accepts(_ path: String) { #expect(GitPath(path).isSafe()) }

    @Test(arguments: [".gitmodules", ".GitModules", "gitmod~1", ".gitmodules ", "gi7eba~1", ".gitm\u{200c}odules"])
    func refusesLinksNamedLikeModules(_ path: String) {
        #expect(!GitPath(path).isSafe(mode: .symbolicLink))
        #expect(GitPath(path).isSafe())
    }

    /// What git refuses to put into an index, we refuse too.
    @Test(arguments: [".git/x", "a/../b", "git~1", ".GIT", "./a", "a//b", "ok", "a/b", ".gitx", "git~2"])
    func agreesWithGit(_ path: String) throws {
        let sandbox = try Sandbox("safety")
        try sandbox.git("init", "-q", "r")
        let blob = try sandbox.git("hash-object", "-w", "--stdin", in: "r", input: []).trimmed
        let outcome = try sandbox.git("update-index", "--add", "--cacheinfo", "100644,\(blob),\(path)", in: "r")
        #expect((outcome.code == 0) == GitPath(path).isSafe())
    }
}
