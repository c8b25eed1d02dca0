import SystemPackage
import TestSupport
import Testing

/// `worktree` beside stock git's: words, exit codes, and everything on the disk.
@Suite struct LinkedWorktreeTests {
    private func repository() throws -> Sandbox {
        let sandbox = try Sandbox("worktree")
        try sandbox.shell(
            """
            git init -q up; cd up; echo one >a; mkdir d; echo two >d/b; git add .; git commit -qm first
            git branch far; git branch topic; cd ..
            for side in git nacre; do mkdir $side; git clone -q up $side/r; (cd $side/r; git branch side; git tag v1); done
            """)
        return sandbox
    }

    /// Does the same in two copies and compares words, administrative files, links and lists.
    private func both(
        _ sandbox: Sandbox, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let git = try sandbox.run("git", ["worktree"] + arguments, in: "git/r")
        let nacre = try sandbox.run("nacre", ["worktree"] + arguments, in: "nacre/r")
        func plain(_ text: String, _ side: String) -> String {
            text.replacing(sandbox.root.appending(side).string, with: "TOP")
        }
        #expect(git.code == nacre.code, "\(arguments): \(nacre)", sourceLocation: sourceLocation)
        #expect(plain(git.text, "git") == plain(nacre.text, "nacre"), "\(arguments)", sourceLocation: sourceLocation)
        if git.code != 129 {
            #expect(
                plain(git.errorText, "git") == plain(nacre.errorText, "nacre"), "\(arguments)",
                sourceLocation: sourceLocation)
        }
        let state = """
            ls; for t in *; do echo "== $t"; (cd $t; cat .git 2>/dev/null; ls; git status -sb 2>&1 | head -3); done
            cd r/.git; git branch -a -vv; for f in worktrees/*/*; do case $f in *index|*ORIG_HEAD|*logs|*refs) echo $f;;
            *) echo "$f: $(cat $f)";; esac; done; cat worktrees/*/logs/HEAD 2>/dev/null; git worktree list --porcelain
            """
        let one = plain(try sandbox.shell(state, in: "git").text, "git")
        let two = plain(try sandbox.shell(state, in: "nacre").text, "nacre")
        #expect(one == two, "\(arguments)", sourceLocation: sourceLocation)
    }

    @Test func adding() throws {
        let sandbox = try repository()
        try both(sandbox, "add", "../side")
        try both(sandbox, "add", "../new")
        try both(sandbox, "add", "../main")
        try both(sandbox, "add", "-b", "fresh", "../x", "v1")
        try both(sandbox, "add", "-B", "fresh", "../y")
        try both(sandbox, "add", "-f", "-B", "fresh", "../y2", "main")
        try both(sandbox, "add", "--detach", "../z")
        try both(sandbox, "add", "../z")
        try both(sandbox, "add", "../deep/z", "v1")
        try both(sandbox, "add", "--lock", "--reason", "on a stick", "../locked", "-b", "l")
        try both(sandbox, "add", "--no-checkout", "-q", "../bare", "-b", "none")
        try both(sandbox, "add", "../gone", "nothing")
        try both(sandbox, "add", "../topic", "topic")
        try both(sandbox, "add", "--guess-remote", "../far")
        try both(sandbox, "add", "-b", "one", "--detach", "../q")
        try both(sandbox, "add", "--reason", "x", "../q")
        try both(sandbox, "list")
        try both(sandbox, "list", "-v")
        try both(sandbox, "list", "--porcelain", "-z")
        try both(sandbox, "list", "-z")
        for words in [["checkout", "side"], ["checkout", "--ignore-other-worktrees", "side"], ["switch", "main"]] {
            let git = try sandbox.run("git", words, in: "git/r")
            let nacre = try sandbox.run("nacre", words, in: "nacre/r")
            #expect(git.code == nacre.code, "\(words): \(nacre)")
        }
    }

    @Test func changing() throws {
        let sandbox = try repository()
        try both(sandbox, "add", "../one", "-b", "one")
        try both(sandbox, "add", "../two", "-b", "two")
        try both(sandbox, "lock", "--reason", "why not", "one")
        try both(sandbox, "lock", "one")
        try both(sandbox, "list")
        try both(sandbox, "move", "one", "../three")
        try both(sandbox, "remove", "one")
        try both(sandbox, "unlock", "one")
        try both(sandbox, "unlock", "one")
        try both(sandbox, "move", "one", "../three")
        try both(sandbox, "list")
        try both(sandbox, "move", "../three", "../two")
        try both(sandbox, "remove", "nothing")
        try both(sandbox, "remove", "../r")
        try sandbox.shell("echo x >git/two/new; echo x >nacre/two/new")
        try both(sandbox, "remove", "two")
        try both(sandbox, "remove", "--force", "two")
        try both(sandbox, "lock", ".")
    }

    @Test func pruningAndRepairing() throws {
        let sandbox = try repository()
        for name in ["one", "two", "three"] { try both(sandbox, "add", "../\(name)", "-b", name) }
        try sandbox.shell("for s in git nacre; do rm -r $s/one; mv $s/two $s/moved; rm $s/three/.git; done")
        try both(sandbox, "list")
        try both(sandbox, "list", "-v")
        try both(sandbox, "prune", "-n")
        try both(sandbox, "prune", "--expire", "2001-01-01", "-v")
        try both(sandbox, "repair", "../moved")
        try both(sandbox, "repair")
        try both(sandbox, "repair", "../nothing")
        try both(sandbox, "add", "../one", "side")
        try both(sandbox, "add", "-f", "../one", "side")
        try both(sandbox, "prune", "-v")
    }
}
