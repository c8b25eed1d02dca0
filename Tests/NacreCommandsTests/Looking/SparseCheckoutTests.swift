import Bytes
import SystemPackage
import TestSupport
import Testing

/// `sparse-checkout` beside stock git's: words, settings, the patterns' file, the index's marks and the files.
@Suite struct SparseCheckoutTests {
    private func repository() throws -> Sandbox {
        let sandbox = try Sandbox("sparse")
        try sandbox.shell(
            """
            git init -q r; cd r; mkdir -p a/b/c d/e 'sp ace' top
            for f in root a/1 a/b/2 a/b/c/3 d/4 d/e/5 'sp ace/6' top/7 'd/st[a]r'; do echo "$f" >"$f"; done
            echo '*.o' >.gitignore; git add .; git commit -qm first; git branch other
            echo more >>d/e/5; mkdir new; echo n >new/8; git add .; git commit -qm second; cd ..; cp -r r s
            """)
        return sandbox
    }

    /// Does the same with git in one copy and with nacre in the other.
    private func both(
        _ sandbox: Sandbox, _ words: [String], input: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = input.map { Array($0.utf8) }
        let git = try sandbox.run("git", words, in: "r", input: bytes)
        let nacre = try sandbox.run("nacre", words, in: "s", input: bytes)
        #expect(git.code == nacre.code, "\(words): \(nacre)", sourceLocation: sourceLocation)
        #expect(git.text == nacre.text, "\(words)", sourceLocation: sourceLocation)
        if git.code == 128 {
            #expect(git.errorText == nacre.errorText, "\(words)", sourceLocation: sourceLocation)
        }
        let state = """
            cat .git/config .git/config.worktree .git/info/sparse-checkout; git ls-files -t; find . -path ./.git -prune -o -print |
            sort; git status --porcelain
            """
        let one = try sandbox.shell("(\(state)) 2>/dev/null || true", in: "r").text
        let two = try sandbox.shell("(\(state)) 2>/dev/null || true", in: "s").text
        #expect(one == two, "\(words)", sourceLocation: sourceLocation)
    }

    private func sparse(
        _ sandbox: Sandbox, _ words: String..., input: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try both(sandbox, ["sparse-checkout"] + words, input: input, sourceLocation: sourceLocation)
    }

    @Test func cones() throws {
        let sandbox = try repository()
        try sparse(sandbox, "list")
        try sparse(sandbox, "add", "a")
        try sparse(sandbox, "init")
        try sparse(sandbox, "list")
        try sparse(sandbox, "set", "a/b", "sp ace/")
        try sparse(sandbox, "list")
        try both(sandbox, ["status"])
        try sparse(sandbox, "add", "d/e", "a/b/c")
        try both(sandbox, ["checkout", "-q", "other"])
        try both(sandbox, ["checkout", "-q", "main"])
        try both(sandbox, ["reset", "-q", "--hard", "HEAD~1"])
        try both(sandbox, ["reset", "-q", "--hard", "main"])
        try sparse(sandbox, "set", "root")
        try sparse(sandbox, "set", "/a")
        try sparse(sandbox, "set", "a*")
        try sparse(sandbox, "set", "--stdin", input: "a\n\"d/e\"\n")
        try sparse(sandbox, "reapply")
        try sandbox.shell("for x in r s; do echo edited >>$x/d/e/5; echo o >$x/a/x.o; done")
        try sparse(sandbox, "set", "top")
        try sparse(sandbox, "reapply", "--no-cone")
        try sparse(sandbox, "disable")
        try sparse(sandbox, "disable")
        try sparse(sandbox, "reapply")
    }

    @Test func patterns() throws {
        let sandbox = try repository()
        try sparse(sandbox, "set", "--no-cone", "/a/", "!/a/b/c", "5")
        try sparse(sandbox, "list")
        try sparse(sandbox, "add", "/top/*")
        try both(sandbox, ["checkout", "-q", "other"])
        try both(sandbox, ["checkout", "-q", "main"])
        try sparse(sandbox, "set", "--no-cone")
        try sparse(sandbox, "set", "--cone", "a")
        try sandbox.shell(
            "for x in r s; do printf '/*\\n!/*/\\n/a*/\\n' >$x/.git/info/sparse-checkout; done")
        try sparse(sandbox, "reapply")
        try sparse(sandbox, "list")
        try sparse(sandbox, "disable")
    }
}
