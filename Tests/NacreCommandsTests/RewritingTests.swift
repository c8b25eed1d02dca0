import SystemPackage
import TestSupport
import Testing

/// The same session by git and by nacre: output, files, index and ids have to be the same.
@Suite("Picking, stashing and rebasing as git does")
struct RewritingTests {
    private static let setUp = """
        git init -q -b main repo
        cd repo
        seq 1 30 > a; seq 1 9 > b; git add .; git commit -qm base
        git checkout -qb topic
        sed -i 's/^5$/five/' a; git commit -qam t1
        echo n > n; git add n; git commit -qm t2 -m body
        sed -i 's/^25$/tf/' a; git commit -qam t3
        git checkout -q main
        sed -i 's/^15$/fifteen/' a; git commit -qam m1
        echo x >> b; git commit -qam m2
        say() { "$@" 2>&1; echo "rc=$?"; git status --short; }
        set +e

        """

    private static let tearDown = """

        git log --all --format='%H %T %s'
        git status --short
        cat a b
        """

    @Test(
        "a session",
        arguments: [
            "say $P cherry-pick topic~1; say $P cherry-pick -x topic; say $P revert --no-edit HEAD",
            "say $P cherry-pick topic~3..topic; git reflog -5 --format=%gs",
            "sed -i 's/^5$/cinq/' a; git commit -qam m3; say $P cherry-pick topic~2; say $P cherry-pick --abort",
            "sed -i 's/^5$/cinq/' a; git commit -qam m3; say $P cherry-pick topic~2; sed -i '/^[<=>]/d' a; git add a; "
                + "say $P cherry-pick --continue",
            "say $P cherry-pick -n topic; say $P merge-file -p a b n",
            "echo d >> a; echo u > u; echo s >> b; git add b; say $P stash; say $P stash list; say $P stash show; "
                + "say $P stash pop",
            "echo d >> a; echo u > u; echo s >> b; git add b; say $P stash push -m msg -u; say $P stash apply --index; "
                + "say $P stash drop",
            "echo d >> a; say $P stash; echo y > y; git add y; say $P stash apply; git status --short; git ls-files -s",
            "echo d >> a; say $P stash -q; sed -i 's/^30$/x/' a; git commit -qam m3; say $P stash pop; git diff",
            "git checkout -q topic; say $P rebase main; git reflog -6 --format=%gs",
            "sed -i 's/^5$/cinq/' a; git commit -qam m3; git checkout -q topic; say $P rebase main; say $P rebase --abort",
            "sed -i 's/^5$/cinq/' a; git commit -qam m3; git checkout -q topic; say $P rebase main; say $P rebase --skip",
            "git checkout -q topic; echo r >> b; say $P rebase main; say $P rebase --autostash -q main~1",
            "say $P merge topic; git log -1 --format=%s",
            "say $P merge --no-commit topic; say $P merge --abort; say $P cherry -v main topic",
            "sed -i 's/^5$/cinq/' a; git commit -qam m3; say $P merge topic; cat .git/MERGE_MSG; git ls-files -s; "
                + "say $P merge --abort",
            "git checkout -q topic~3; say $P merge topic; say $P merge --ff-only main; say $P merge --squash main",
        ])
    func session(_ script: String) throws {
        func outcome(_ program: String) throws -> String {
            let sandbox = try Sandbox("rewriting")
            let result = try sandbox.shell(Self.setUp + script + Self.tearDown, variables: ["P": program])
            return result.text + result.errorText
        }
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        let ours = try outcome(nacre)
        let theirs = try outcome("git")
        #expect(ours == theirs)
    }

    @Test("an interactive rebase with every kind of step")
    func interactive() throws {
        func outcome(_ program: String) throws -> String {
            let sandbox = try Sandbox("rewriting")
            let editor = "sed -i -e '2s/^pick/fixup/' -e '3s/^pick/squash/' -e '$aexec echo done > marker'"
            let script =
                Self.setUp
                + "git checkout -q topic; $P rebase -i main >/dev/null 2>&1; echo rc=$?; git log --format='%T %s' -3; "
                + "cat marker"
            return try sandbox.shell(script, variables: ["P": program, "GIT_SEQUENCE_EDITOR": editor]).text
        }
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        #expect(try outcome(nacre) == outcome("git"))
    }
}
