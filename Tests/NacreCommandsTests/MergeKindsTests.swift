import TestSupport
import Testing

/// Pairs of branches for every kind of contradiction, merged without a work tree by both programs.
@Suite("Merges of each kind as git makes them")
struct MergeKindsTests {
    private static let setUp = """
        git init -q -b main repo
        cd repo
        set +e
        mkdir -p dir/sub old; seq 1 30 > a; seq 1 30 > dir/f; seq 31 60 > dir/g; seq 61 90 > dir/sub/h; seq 1 5 > old/x
        seq 6 15 > old/y; printf '\\0\\1\\2' > bin; ln -s a link; git add .; git commit -qm base; git branch other
        both() { git checkout -qf main; eval "$1"; git add -A; git commit -qm ours
                 git checkout -qf other; eval "$2"; git add -A; git commit -qm theirs; }
        link() { git update-index --add --cacheinfo 160000,$1,mod; git commit -qm link; rm -rf mod; mkdir mod; }
        ask() { for o in '' --name-only --no-messages; do $P merge-tree --write-tree $o main other; echo "rc=$?"; done
                $P merge-tree --write-tree other main; echo "rc=$?"; }

        """

    @Test(
        "merge-tree",
        arguments: [
            ("sed -i s/^5$/x/ a", "sed -i s/^5$/y/ a"), ("sed -i s/^5$/x/ a", "sed -i s/^25$/y/ a"),
            ("git mv dir new", "echo n > dir/n"),
            ("git mv dir new", "sed -i s/^5$/y/ dir/f; mkdir dir/deep; echo 1 > dir/deep/z"),
            ("git mv dir new", "git mv dir/f dir/moved"), ("git mv dir one", "git mv dir two"),
            (
                "git mv dir/f one; git mv dir/g two/g 2>/dev/null || { mkdir two; git mv dir/g two/g; }",
                "echo n > dir/n"
            ),
            ("git mv a b", "git mv a c"), ("git mv a b", "git mv dir/f b"), ("git mv a b", "git rm -q a"),
            ("git mv a b; sed -i s/^5$/x/ b", "sed -i s/^5$/y/ a"), ("sed -i s/^5$/x/ a", "git rm -q a"),
            ("git rm -q a", "git rm -q a"), ("chmod +x a", "sed -i s/^5$/y/ a"), ("chmod +x a", "git rm -q a"),
            ("chmod +x a; sed -i s/^5$/x/ a", "sed -i s/^5$/y/ a"), ("rm link; ln -s b link", "rm link; ln -s c link"),
            ("rm link; echo file > link", "rm link; ln -s c link"), ("rm a; ln -s dir a", "sed -i s/^5$/y/ a"),
            ("rm a; mkdir a; echo in > a/b", "sed -i s/^5$/y/ a"),
            ("rm -r dir; echo file > dir", "sed -i s/^5$/y/ dir/f"),
            ("echo n > n", "mkdir n; echo m > n/m"), ("echo 1 > n", "echo 2 > n"), ("echo 1 > n", "ln -s a n"),
            ("printf '\\0\\1\\3' > bin", "printf '\\0\\1\\4' > bin"),
            ("git mv old new", "git mv old/x top; git mv old/y topy"),
            ("printf 'a\\r\\nb\\r\\n' > n", "printf 'a\\r\\nc\\r\\n' > n"),
            ("printf '<<<<<<< x\\n=======\\n>>>>>>> y\\n' > a", "sed -i s/^5$/y/ a"),
            ("echo 1 > \"$(printf 'new\\nline')\"", "echo 2 > \"$(printf 'new\\nline')\""),
            ("link $(git rev-parse main)", "echo file > mod"),
        ])
    func kinds(_ ours: String, _ theirs: String) throws {
        let session = try SameSession.run(Self.setUp, "both '\(ours)' '\(theirs)' >/dev/null 2>&1; ask")
        #expect(session.ours == session.theirs)
    }

    @Test("criss-cross histories, and files that were added on both sides of them", arguments: ["a", "n"])
    func crissCross(_ path: String) throws {
        let session = try SameSession.run(
            Self.setUp,
            """
            both 'sed -i s/^5$/x/ a; echo 1 > n' 'sed -i s/^6$/y/ a; echo 2 > n' >/dev/null 2>&1
            git branch left main; git branch right other
            git checkout -q main; git merge -q other >/dev/null 2>&1; seq 1 9 > \(path); git add -A; git commit -qm m1
            git checkout -q other; git merge -q left >/dev/null 2>&1; seq 2 8 > \(path); git add -A; git commit -qm m2
            git config merge.conflictStyle diff3; ask
            git merge-base --all main other; $P merge-tree --write-tree main start; echo "rc=$?"
            """)
        #expect(session.ours == session.theirs)
    }
}
