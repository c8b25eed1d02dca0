import TestSupport
import Testing

/// The snapshot after a command uses what the one before it saw: whatever the command did must be in it all the same.
@Suite struct SecondLookTests {
    /// Files in directories that have not changed for long, some edited, some untracked.
    private func fixture() throws -> ExperimentFixture {
        let fixture = try ExperimentFixture("second")
        try fixture.sandbox.shell(
            """
            mkdir -p old/deep gone kept other
            for name in old/a old/b old/deep/c gone/d kept/e other/f; do echo "$name" >$name.bin; done
            git add -A; git commit -qm files; printf 'X' >old/b.bin; echo untracked >kept/u.bin; echo left >gone/v.bin
            find . -path ./.git -prune -o -exec touch -h -d '2020-01-01' {} +; git update-index -q --refresh || :
            """)
        return fixture
    }

    @Test(arguments: [
        "printf old/A >old/a.bin; touch -d 2020-01-01 old/a.bin",
        "printf Y >old/b.bin",
        "echo new >old/deep/new.bin",
        "rm gone/d.bin gone/v.bin; rmdir gone",
        "mv kept/u.bin kept/w.bin",
        "rm kept/u.bin; echo untracked >kept/u.bin; touch other/f.bin",
        "mkdir -p fresh/one; echo 1 >fresh/one/x.bin; mv old/deep fresh/two",
        "rm old/a.bin; ln -s b.bin old/a.bin; rm old/b.bin; mkdir old/b.bin; echo i >old/b.bin/i.bin",
        "chmod +x old/deep/c.bin",
        ":",
    ])
    func seesWhatTheCommandDid(_ command: String) throws {
        let fixture = try fixture()
        #expect(try fixture.run("-n", "x", "--", "sh", "-c", command).code == 0)
        // Stock git's opinion of the tree that stands there now.
        let wanted = try fixture.sandbox.shell(
            "export GIT_INDEX_FILE=.git/other; cp .git/index .git/other; git add -A; git write-tree")
        #expect(try fixture.git("rev-parse", "refs/experiments/x^{tree}") == wanted.trimmed)
        #expect(try fixture.sandbox.git("fsck", "--strict").code == 0)
    }

    @Test("an index that changed meanwhile is read again, and stays")
    func readsAChangedIndex() throws {
        let fixture = try fixture()
        let command = "echo more >other/g.bin; git add other/g.bin; git rm -q --cached old/a.bin"
        #expect(try fixture.run("-n", "x", "--", "sh", "-c", command).code == 0)
        let files = try fixture.git("ls-tree", "-r", "--name-only", "refs/experiments/x")
        #expect(files.contains("other/g.bin") && files.contains("old/a.bin"))
        #expect(try fixture.git("diff", "--cached", "--name-status") == "D\told/a.bin\nA\tother/g.bin")
    }

    @Test("a large file that nobody touched keeps its line, and is not taken for an output")
    func keepsLinesOfLargeFiles() throws {
        let fixture = try fixture()
        try fixture.sandbox.shell(
            "head -c 3000000 /dev/urandom >other/big.bin; touch -d 2020-01-01 other other/big.bin")
        let outcome = try fixture.run("-n", "x", "--", "sh", "-c", "echo 1 >other/small.bin")
        #expect(outcome.code == 0 && outcome.text.contains("made: other/small.bin\n"), "\(outcome)")
        #expect(
            try fixture.git("diff", "--name-only", "refs/experiments/x^", "refs/experiments/x") == "other/small.bin")
        #expect(try fixture.git("show", "refs/experiments/x:other/big.bin").contains("oid sha256:"))
    }
}
