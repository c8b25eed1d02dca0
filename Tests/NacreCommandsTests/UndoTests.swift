import Bytes
import SystemPackage
import TestSupport
import Testing

@Suite struct UndoTests {
    private func repository(_ sandbox: Sandbox) throws {
        try sandbox.shell(
            """
            git init -q repo && cd repo && git config nacre.operationLog true
            mkdir -p dir/sub
            for name in a b dir/c dir/sub/d; do echo "first $name" > $name; done
            printf '*.log\\n' > .gitignore
            git add . && git commit -qm first
            git branch side
            echo second > a && echo new > e && git add . && git commit -qm second
            """)
    }

    @Test func takesBackAHardReset() throws {
        let sandbox = try Sandbox("undo")
        try repository(sandbox)
        try sandbox.shell("cd repo && echo precious > a && echo staged > b && git add b && echo worked > b")
        let before = try RepositoryPicture(sandbox, "repo")
        #expect(try sandbox.nacre("reset", "-q", "--hard", "HEAD~1", in: "repo").code == 0)
        #expect(try RepositoryPicture(sandbox, "repo") != before)
        let undo = try sandbox.nacre("undo", in: "repo")
        #expect(undo.text == "undid: reset -q --hard HEAD~1\n", "\(undo)")
        #expect(try RepositoryPicture(sandbox, "repo") == before)
        #expect(try sandbox.git("fsck", "--strict", in: "repo").code == 0)
    }

    @Test func keepsWhatItNeedsThroughGarbageCollection() throws {
        let sandbox = try Sandbox("undo")
        try repository(sandbox)
        try sandbox.shell("cd repo && echo precious > a")
        let before = try RepositoryPicture(sandbox, "repo")
        #expect(try sandbox.nacre("reset", "-q", "--hard", "HEAD~1", in: "repo").code == 0)
        try sandbox.shell("cd repo && git reflog expire --expire=now --all && git gc -q --prune=now")
        #expect(try sandbox.nacre("undo", in: "repo").code == 0)
        #expect(try RepositoryPicture(sandbox, "repo") == before)
    }

    @Test func redoesWhatWasUndone() throws {
        let sandbox = try Sandbox("undo")
        try repository(sandbox)
        try sandbox.shell("cd repo && echo changed > a")
        #expect(try sandbox.nacre("commit", "-q", "-a", "-m", "third", in: "repo").code == 0)
        #expect(try sandbox.nacre("reset", "-q", "--hard", "side", in: "repo").code == 0)
        let after = try RepositoryPicture(sandbox, "repo")
        #expect(try sandbox.nacre("undo", "2", in: "repo").code == 0)
        #expect(try sandbox.git("log", "-1", "--format=%s", in: "repo").text == "second\n")
        #expect(try sandbox.nacre("redo", in: "repo").code == 0)
        #expect(try sandbox.git("log", "-1", "--format=%s", in: "repo").text == "third\n")
        #expect(try sandbox.nacre("redo", in: "repo").code == 0)
        #expect(try RepositoryPicture(sandbox, "repo") == after)
        #expect(try sandbox.nacre("redo", in: "repo").code == 1)
    }

    @Test func noticesWhatOtherProgramsDid() throws {
        let sandbox = try Sandbox("undo")
        try repository(sandbox)
        #expect(try sandbox.nacre("switch", "-q", "-c", "one", in: "repo").code == 0)
        try sandbox.git("branch", "two", in: "repo")
        #expect(try sandbox.nacre("switch", "-q", "-c", "three", in: "repo").code == 0)
        let log = try sandbox.nacre("operation", "log", in: "repo").text.split(separator: "\n")
        #expect(log.count == 3 && log[1].hasSuffix("(outside nacre)"), "\(log)")
        #expect(try sandbox.nacre("undo", "2", in: "repo").code == 0)
        #expect(try sandbox.git("branch", "--format=%(refname:short)", in: "repo").text == "main\none\nside\n")
    }

    /// Refs, index entries and the content of commits, with stock git's commands between nacre's.
    @Test func takesBackWhatGitDidBetween() throws {
        let sandbox = try Sandbox("mixed")
        try repository(sandbox)
        let result = try sandbox.shell(
            #"""
            cd repo; set +e
            snap() { git symbolic-ref -q HEAD; git for-each-ref | grep -v refs/nacre; git ls-files -s; git diff-files
                     git stash list --format=%H; } > ../$1 2>&1
            step() { n=$((n + 1)); snap before$n; $N "$@" >/dev/null 2>&1; }
            outside() { n=$((n + 1)); snap before$n; }
            n=0
            step branch -f extra side
            outside; git reset -q --hard HEAD~1; git tag theirs; git branch -q -D extra
            step tag -f mark
            outside; git commit -q --allow-empty -m empty; git update-ref refs/heads/made HEAD
            step branch -f again side
            outside; git checkout -q -f side
            step cherry-pick --allow-empty main
            outside; echo more > more; git add more; git commit -qm more
            step reset -q --hard HEAD~1
            step branch -q -D made
            while [ $n -gt 0 ]; do
                $N undo >> ../said 2>&1 || echo "undo $n failed"
                snap now; cmp ../before$n ../now || diff ../before$n ../now
                n=$((n - 1))
            done
            grep -c 'outside nacre' ../said
            git fsck --strict --no-dangling 2>&1
            """#, variables: ["N": Sandbox.productsDirectory.appending("nacre").string])
        #expect(result.text == "4\n", "\(result)")
    }
}
