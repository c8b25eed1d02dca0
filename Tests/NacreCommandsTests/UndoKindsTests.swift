import TestSupport
import Testing

/// Each thing that people regret, and the one command that takes it back.
@Suite("Undo takes back what people regret")
struct UndoKindsTests {
    private static let setUp = """
        git init -q repo; cd repo; git config nacre.operationLog true; git config nacre.largeFileThreshold 2000
        seq 1 30 > a; echo b > b; printf '*.o\\n' > .gitignore; git add .; git commit -qm base; git branch side
        sed -i 's/^5$/five/' a; git commit -qam second; echo third > c; git add c; git commit -qm third
        git checkout -q side; sed -i 's/^5$/cinq/' a; git commit -qam mine; git checkout -q -
        picture() { git symbolic-ref -q HEAD; git for-each-ref --format='%(refname) %(objectname)' | grep -v refs/nacre/
                    git config core.sparseCheckout; git ls-files -s; git stash list --format=%H; find . -path ./.git -prune -o -type f -print | sort | xargs cksum
                    ls .git | grep -E 'MERGE|PICK|REVERT|rebase|REBASE' | grep -v -e ORIG -e RR; }

        """

    @Test(
        "one command, one undo",
        arguments: [
            ("echo dirt >> a; echo staged > b; git add b", "reset -q --hard HEAD~1"),
            ("echo dirt >> a; echo staged > b; git add b", "checkout -qf side"),
            ("echo dirt >> a", "checkout -q -- a"), ("echo dirt >> a", "restore a"),
            ("", "rebase -q --onto side HEAD~2 HEAD~1"), ("", "rebase -q side"),
            ("echo dirt >> a; git stash -q", "stash drop -q"), ("echo dirt >> a; git stash -q", "stash clear"),
            ("echo dirt >> a; git stash -q", "stash pop -q"), ("echo dirt >> a; echo u > u", "stash push -q -u"),
            ("", "branch -q -D side"), ("echo x > x; echo y > y.o; mkdir d; echo z > d/z", "clean -qfdx"),
            ("head -c 60000 /dev/urandom > big.bin; mkdir d; head -c 5000 /dev/urandom > d/other.bin", "clean -qfdx"),
            (
                "git init -q --bare ../far; git push -q ../far HEAD:main; git remote add far ../far; git fetch -q far; "
                    + "git commit -q --amend -m changed", "push -q --force far HEAD:main"
            ),
            ("git format-patch -q -1 --stdout side > ../p", "am -q -3 ../p"),
            ("", "notes add -m note"), ("git notes add -m old", "notes append -m more"),
            ("git notes add -m old", "notes remove"),
            ("mkdir d; echo z > d/z; git add d; git commit -qm d", "sparse-checkout set --no-cone d"),
            ("", "bisect start HEAD HEAD~2"), ("git bisect start HEAD HEAD~2", "bisect reset"),
            ("git bisect start HEAD HEAD~2", "bisect good"), ("", "worktree add -q -b grown ../grown"),
            (
                "git config rerere.enabled true; git merge -q side; sed -i '/^[<=>]/d' a; git commit -qam r; "
                    + "git reset -q --hard HEAD~1; git config rerere.enabled false; git merge -q side; "
                    + "git config rerere.enabled true", "rerere"
            ),
            ("git merge -q side", "merge --abort"), ("git rebase -q side", "rebase --abort"),
            ("git cherry-pick side", "cherry-pick --abort"), ("git rebase -q side", "rebase --skip"),
            ("echo dirt >> b; git merge -q side", "reset -q --hard"), ("echo dirt >> b", "merge -q --autostash side"),
            ("echo x > x; echo y > y", "merge-file a x y"), ("", "update-ref refs/heads/side HEAD~1"),
            ("", "symbolic-ref HEAD refs/heads/side"), ("echo dirt >> a", "checkout-index -f a"),
            ("", "read-tree -u --reset side"),
            ("git diff HEAD~2 > ../p", "apply -R --index ../p"),
            ("git diff HEAD~2 > ../p", "apply -R ../p"), ("", "merge -q side"), ("", "cherry-pick side"),
            ("", "revert --no-edit HEAD"), ("echo dirt >> a", "commit -qam dirt"), ("", "commit -q --amend -m other"),
            ("", "rm -q a"), ("", "mv a z"), ("", "tag new"), ("git tag old", "tag -d old"), ("", "switch -q side"),
        ])
    func undo(_ state: String, _ command: String) throws {
        let sandbox = try Sandbox("undo")
        let script =
            Self.setUp + state
            + "\npicture > ../before\n\(SameSession.nacre) \(command) >../out 2>&1 || true\npicture > ../after\n"
            + "\(SameSession.nacre) undo >>../out 2>&1 || echo failed\npicture > ../undone\n"
        let result = try sandbox.shell("set +e\n" + script)
        let said = String(decoding: try sandbox.read("out"), as: UTF8.self)
        #expect(try sandbox.read("before") == sandbox.read("undone"), "\(command): \(said)\(result)")
        #expect(try sandbox.read("before") != sandbox.read("after"), "\(command) changed nothing: \(said)")
    }

    /// A command that stops in the middle, and one that does not, killed at moments spread over the time that it takes: the
    /// repository is sound, and each of the three ways out leads to a clean state that holds every commit there was.
    @Test(
        "killed at some moment, each can be gone on with, given up or taken back",
        arguments: [
            ("merge -q --no-edit side", "merge"), ("merge -q --no-edit quiet", "merge"), ("rebase -q side", "rebase"),
            ("rebase -q quiet", "rebase"), ("cherry-pick side", "cherry-pick"),
            ("cherry-pick quiet~2..quiet", "cherry-pick"),
            ("revert --no-edit HEAD HEAD~1", "revert"), ("stash push -q -u", "stash"), ("stash pop -q", "stash"),
            ("am -q -3 ../p", "am"), ("am -q ../q", "am"), ("reset -q --hard HEAD~2", "reset"),
        ])
    func killed(_ command: String, _ verb: String) throws {
        for (round, way) in ["continue", "abort", "undo", "continue", "abort", "undo"].enumerated() {
            let milliseconds = [8, 15, 25, 40, 65, 110][(round + command.utf8.count) % 6]
            let pause = "0." + String(repeating: "0", count: 3 - "\(milliseconds)".count) + "\(milliseconds)"
            let sandbox = try Sandbox("killed")
            let out =
                way == "undo"
                ? "$N undo >../said 2>&1"
                : "git add -A >/dev/null 2>&1; for verb in merge cherry-pick revert rebase am; do "
                    + "GIT_EDITOR=: $N $verb --\(way) >>../said 2>&1; done"
            let result = try sandbox.shell(
                Self.setUp + """
                    set +e; N=\(SameSession.nacre)
                    git checkout -q -b quiet HEAD~2; for n in 1 2 3; do echo $n > q$n; git add .; git commit -qm q$n; done
                    git checkout -q -; git format-patch -q -1 --stdout side > ../p
                    git format-patch -q -3 --stdout quiet > ../q
                    echo dirt >> b; echo dirt > untracked; [ \(verb) = stash ] || { git checkout -q b; rm untracked; }
                    [ "\(command)" != "stash pop -q" ] || git stash -q -u
                    cat b untracked > ../dirt 2>/dev/null
                    timeout -s KILL \(pause) $N \(command) >/dev/null 2>&1
                    find .git -name '*.lock' -delete
                    git fsck --no-dangling 2>&1 | grep -v '^notice'
                    \(out)
                    find .git -name '*.lock'
                    # What was neither finished nor begun is given up in the end; nothing that was committed is gone.
                    for verb in merge cherry-pick revert rebase am; do $N $verb --abort >>../said 2>&1; done
                    [ \(verb) = stash ] || { $N reset -q --hard; git status --short; }
                    for n in 1 2 3; do git cat-file -e quiet:q$n || echo "lost q$n"; done
                    git rev-parse -q --verify HEAD >/dev/null || echo "no HEAD"
                    ls -d .git/rebase-merge .git/rebase-apply .git/sequencer .git/MERGE_HEAD 2>/dev/null
                    if [ \(verb) = stash ]; then
                        # The edit is in the files or in the stash.
                        grep -qs dirt b || git show stash@{0}:b 2>/dev/null | grep -q dirt || echo "lost the edit"
                    fi
                    git fsck --no-dangling 2>&1 | grep -v '^notice'; :
                    """)
            let said = String(decoding: (try? sandbox.read("said")) ?? [], as: UTF8.self)
            #expect(result.text.isEmpty, "\(command), \(way) after \(milliseconds) ms: \(result)\n\(said)")
        }
    }
}
