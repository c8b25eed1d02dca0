import TestSupport
import Testing

/// Every verb that joins or moves changes, met by every state that is in its way: the same words, exit code, files, index and
/// history as git leaves.
@Suite("Merging from difficult states as git does")
struct BadStateTests {
    private static let setUp = #"""
        git init -q -b main repo; cd repo
        seq 1 20 > a; echo b > b; mkdir d; echo f > d/f; printf '\0\1\2' > bin; git add .; git commit -qm base
        git branch other; git branch third
        both() { git checkout -qf main; eval "$1"; git add -A; git commit -qm ours
                 git checkout -qf other; eval "$2"; git add -A; git commit -qm theirs; git checkout -qf main; }
        left() { git status --porcelain -z | tr '\0' '\n'; git ls-files -s; git log --format='%T %P %s' -3
                 git stash list; find . -path ./.git -prune -o -type f -print | sort | xargs -d '\n' cat -v
                 git symbolic-ref -q HEAD; cat .git/MERGE_HEAD .git/MERGE_MSG .git/CHERRY_PICK_HEAD 2>/dev/null; }
        try() { rm -rf ../copy; cp -a . ../copy; (cd ../copy; git update-index -q --refresh
                echo "== $*"; $P "$@" 2>&1; echo "rc=$?"; left); }
        all() { try merge other; try merge --no-ff -m words other; try merge --squash other; try rebase other
                try cherry-pick other; try revert --no-edit HEAD; try stash; try stash push -u; try pull . other; }
        set +e

        """#

    private func compare(_ state: String, _ verbs: String = "all") throws {
        let session = try SameSession.run(Self.setUp, state + "\n" + verbs)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "states that a command left",
        arguments: [
            // Conflicts that nobody resolved.
            "both 'sed -i s/^5$/x/ a' 'sed -i s/^5$/y/ a'; git merge -q other >/dev/null 2>&1",
            // A merge, all resolved, not committed.
            "both 'sed -i s/^5$/x/ a' 'sed -i s/^5$/y/ a'; git merge -q other >/dev/null 2>&1; git add a",
            "both 'sed -i s/^5$/x/ a' 'echo c > c'; git merge -q --no-commit other >/dev/null 2>&1",
            // Picks and rebases that stopped.
            "both 'sed -i s/^5$/x/ a' 'sed -i s/^5$/y/ a'; git cherry-pick other >/dev/null 2>&1",
            "both 'sed -i s/^5$/x/ a' 'sed -i s/^5$/y/ a'; git revert --no-edit HEAD~0 >/dev/null 2>&1; "
                + "git cherry-pick other >/dev/null 2>&1; git add a",
            "both 'sed -i s/^5$/x/ a' 'sed -i s/^5$/y/ a'; git rebase other >/dev/null 2>&1",
            // Off every branch, and before the first commit.
            "both 'sed -i s/^5$/x/ a' 'sed -i s/^5$/y/ a'; git checkout -q --detach",
            "both 'echo x > x' 'echo y > y'; git checkout -q --detach",
            "both 'echo x > x' 'echo y > y'; git checkout -q --orphan new; git rm -rqf .",
            "both 'echo x > x' 'echo y > y'; git checkout -q --orphan new",
        ])
    func leftStates(_ state: String) throws { try compare(state) }

    @Test(
        "local changes in the way",
        arguments: [
            "both 'echo x > x' 'sed -i s/^5$/y/ a'; echo dirt >> a",
            "both 'echo x > x' 'sed -i s/^5$/y/ a'; echo dirt >> a; git add a",
            "both 'echo x > x' 'sed -i s/^5$/y/ a'; echo dirt >> b",
            "both 'echo x > x' 'sed -i s/^5$/y/ a'; echo dirt >> b; git add b",
            "both 'echo x > x' 'echo y > y'; echo untracked > y",
            "both 'echo x > x' 'mkdir e; echo y > e/y'; echo u > e",
            "both 'echo x > x' 'git rm -q b'; echo dirt >> b", "both 'echo x > x' 'git mv b c'; echo dirt >> b",
        ])
    func localChanges(_ state: String) throws {
        try compare(
            state, "try merge other; try rebase other; try cherry-pick other; try revert --no-edit HEAD; try stash -u")
    }

    @Test(
        "histories and contents that do not fit",
        arguments: [
            // Histories that share nothing.
            "git checkout -q --orphan alone; git rm -rqf .; echo z > z; git add .; git commit -qm alone; git branch -f other; "
                + "git checkout -q main",
            "git checkout -q --orphan alone; echo z > b; git add .; git commit -qm alone; git branch -f other; "
                + "git checkout -q main",
            // Two merge bases.
            "both 'sed -i s/^5$/x/ a' 'sed -i s/^15$/y/ a'; git branch l main; git merge -q other; git checkout -q other; "
                + "git merge -q l; sed -i s/^10$/o/ a; git commit -qam o; git checkout -q main; sed -i s/^10$/m/ a; "
                + "git commit -qam m",
            // A file here is a directory there.
            "both 'rm -r d; echo file > d' 'echo more >> d/f'", "both 'rm b; mkdir b; echo in > b/in' 'echo more >> b'",
            "both 'echo n > n' 'mkdir n; echo m > n/m'", "both 'ln -s b n' 'mkdir n; echo m > n/m'",
            // Bytes that are no text.
            "both 'printf \"\\\\0\\\\1\\\\3\" > bin' 'printf \"\\\\0\\\\1\\\\4\" > bin'",
            "both 'printf \"\\\\0new\" > nb' 'printf \"\\\\0NEW\" > nb'",
            // Ends of lines.
            "both 'printf \"1\\\\r\\\\n2\\\\r\\\\n\" > crlf' 'printf \"1\\\\r\\\\n3\\\\r\\\\n\" > crlf'",
            "git config core.autocrlf true; git config core.safecrlf false; both 'sed -i s/^5$/x/ a' 'sed -i s/^5$/y/ a'",
            "both 'sed -i s/$/\\\\r/ a' 'sed -i s/^5$/y/ a'",
            // Marks of conflicts that stood there before.
            "both 'printf \"<<<<<<< HEAD\\\\na\\\\n=======\\\\nb\\\\n>>>>>>> x\\\\n\" > m' 'printf \"=======\\\\nc\\\\n\" > m'",
            // Names that fill two lines.
            #"N=$(printf 'new\nline'); both 'echo x > "$N"' 'echo y > "$N"'"#,
            #"N=$(printf 'new\nline'); both 'git mv a "$N"; sed -i s/^5$/x/ "$N"' 'sed -i s/^5$/y/ a'"#,
            #"N=$(printf 'new\nline'); both 'git rm -q b' 'echo more >> b; echo m > "$N"'; echo u > "$N""#,
        ])
    func contents(_ state: String) throws {
        try compare(state, "try merge other; try rebase other; try cherry-pick other")
    }

    @Test(
        "bringing a stash back",
        arguments: [
            "sed -i s/^5$/x/ a; git stash -q; sed -i s/^5$/y/ a; git commit -qam y",
            "sed -i s/^5$/x/ a; git stash -q; sed -i s/^5$/y/ a", "sed -i s/^5$/x/ a; git stash -q; echo dirt >> b",
            "echo u > u; git stash -qu; echo v > u",
            "printf '\\0\\1\\3' > bin; git stash -q; printf '\\0\\1\\4' > bin; git commit -qam b",
            "sed -i s/^5$/x/ a; git stash -q; both 'sed -i s/^5$/x/ a' 'sed -i s/^5$/y/ a'; git merge -q other >/dev/null 2>&1",
            "sed -i s/^5$/x/ a; git stash -q; git rm -q a; git commit -qm gone",
        ])
    func stashes(_ state: String) throws {
        try compare(
            state, "try stash pop; try stash apply --index; try stash show -p; try stash drop")
    }
}
