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
                    git ls-files -s; git stash list --format=%H; find . -path ./.git -prune -o -type f -print | sort | xargs cksum
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

    @Test(
        "killed at some moment, each can be taken back or gone on with",
        arguments: [
            "merge -q side", "rebase -q side", "cherry-pick side", "stash push -q -u", "am -q -3 ../p",
            "reset -q --hard HEAD~2",
        ])
    func killed(_ command: String) throws {
        for milliseconds in [5, 12, 20, 35, 60, 110] {
            let sandbox = try Sandbox("killed")
            let result = try sandbox.shell(
                Self.setUp + """
                    set +e
                    git format-patch -q -1 --stdout side > ../p; echo dirt > untracked
                    timeout -s KILL 0.\(milliseconds < 10 ? "00" : milliseconds < 100 ? "0" : "")\(milliseconds) \
                    \(SameSession.nacre) \(command) >/dev/null 2>&1
                    find .git -name '*.lock' -delete
                    git fsck --no-dangling 2>&1 | grep -v '^notice'
                    for verb in merge cherry-pick rebase am; do \(SameSession.nacre) $verb --abort >/dev/null 2>&1; done
                    \(SameSession.nacre) reset -q --hard 2>&1; git status --short | grep -v untracked
                    git rev-parse -q --verify HEAD >/dev/null || echo "no HEAD"
                    """)
            #expect(
                result.text.isEmpty,
                "\(command) at \(milliseconds): \(result)")
        }
    }
}
