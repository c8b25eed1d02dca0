import TestSupport
import Testing

/// `rev-list`'s rarer lists beside git's: filters, missing objects, sizes on disk, order, edges, halving.
@Suite struct RevListTests {
    /// Ten commits with a merge, half of them packed, a tag and folders in folders.
    private static let script = """
        t=1700000000; git init -q r; cd r
        c() { t=$((t+100)); export GIT_AUTHOR_DATE="$t +0100" GIT_COMMITTER_DATE="$t +0100"; git add -A
          git commit -qm "$1"; }
        for i in 1 2 3 4; do mkdir -p a/b/$i; seq $((i * 300)) > a/b/$i/f; echo $i > top; c $i; done
        git repack -adq; git tag -a -m note v1
        git checkout -q -b side HEAD~1; for i in 5 6; do echo $i > side; c $i; done
        git checkout -q main; for i in 7 8; do echo $i > a/m; c $i; done
        t=$((t+100)); export GIT_COMMITTER_DATE="$t +0000"; git merge -q --no-edit side; echo 9 > top; c 9
        """

    @Test(arguments: [
        "--objects --filter=blob:none --all", "--objects --filter=blob:limit=1k HEAD", "--objects --filter=tree:0 HEAD",
        "--objects --filter=tree:2 HEAD", "--objects --filter=combine:tree:3+blob:limit=2k v1",
        "--objects --filter=blob:none --count HEAD", "--filter=blob:none HEAD", "--objects --filter=bad HEAD",
        "--objects --filter=tree:1 HEAD~2..HEAD", "--objects --filter=blob:none --no-filter HEAD~1..HEAD",
        "--disk-usage HEAD", "--disk-usage --objects --all", "--disk-usage=human --objects HEAD",
        "--disk-usage=furlong HEAD", "--disk-usage --objects HEAD~3..HEAD", "--disk-usage v1..side",
        "--objects --in-commit-order HEAD", "--objects --in-commit-order HEAD~3..HEAD v1",
        "--objects --in-commit-order --reverse side", "--objects-edge HEAD~3..HEAD", "--objects-edge side..main",
        "--objects-edge HEAD", "--objects --in-commit-order --no-object-names main..side",
        "--bisect HEAD", "--bisect HEAD ^v1", "--bisect-vars HEAD ^HEAD~3", "--bisect-vars side",
        "--bisect --first-parent HEAD", "--bisect-vars HEAD ^HEAD", "--objects HEAD~2", "--count --objects HEAD v1",
        "--bisect-all HEAD", "--bisect-all main ^v1", "--bisect-all --bisect-vars side ^HEAD~3",
        "--bisect-all HEAD ^HEAD",
        "--bisect-all --first-parent HEAD", "--bisect-all main side v1", "--bisect-vars main~1 side",
        "--bisect main~1 side",
        "--bisect-all HEAD -- top", "--bisect-all --bisect-vars HEAD ^HEAD",
    ]) func listsAsGit(_ words: String) throws {
        let sandbox = try Sandbox("revlist")
        try sandbox.shell(Self.script)
        let words = ["rev-list"] + words.split(separator: " ").map(String.init)
        let git = try sandbox.run("git", words, in: "r")
        let nacre = try sandbox.run("nacre", words, in: "r")
        #expect(git == nacre, "\(words)")
    }

    @Test func missingObjectsArePassedOver() throws {
        let sandbox = try Sandbox("revlist")
        try sandbox.shell(
            Self.script
                + "\nfor n in HEAD:top HEAD:a; do i=$(git rev-parse $n); rm -f .git/objects/${i%${i#??}}/${i#??}; done")
        for words in [
            ["--objects", "--missing=print", "HEAD"], ["--objects", "--missing=allow-any", "HEAD"],
            ["--objects", "--missing=print", "HEAD~1..HEAD"],
        ] {
            let git = try sandbox.run("git", ["rev-list"] + words, in: "r")
            let nacre = try sandbox.run("nacre", ["rev-list"] + words, in: "r")
            #expect(git.code == nacre.code)
            // Git names what is missing in the order of a hash table.
            #expect(git.text.split(separator: "\n").sorted() == nacre.text.split(separator: "\n").sorted(), "\(words)")
        }
        let refused = try sandbox.nacre("rev-list", "--objects", "HEAD", in: "r")
        #expect(refused.code == 128 && !refused.error.isEmpty)
    }

    @Test func aBisectionUnderWayIsTakenUp() throws {
        let sandbox = try Sandbox("revlist")
        try sandbox.shell(Self.script + "\ngit bisect start -q; git bisect bad HEAD; git bisect good v1")
        for flag in ["--bisect", "--bisect-vars", "--bisect-all"] {
            let git = try sandbox.git("rev-list", "--bisect", flag, in: "r")
            let nacre = try sandbox.nacre("rev-list", "--bisect", flag, in: "r")
            #expect(git == nacre)
        }
    }
}
