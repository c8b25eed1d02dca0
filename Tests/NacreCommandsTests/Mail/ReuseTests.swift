import TestSupport
import Testing

@Suite("Rerere, octopus, unborn branches and the rest of rebase as git does them")
struct ReuseTests {
    private static let setUp = """
        git init -q -b main repo
        cd repo
        say() { "$@" 2>&1; echo "rc=$?"; git status --short; }
        set +e
        seq 1 30 > a; seq 1 9 > b; git add .; git commit -qm base; git branch start
        git checkout -qb topic; sed -i 's/^5$/five/' a; git commit -qam t1; echo n > n; git add n; git commit -qm t2
        git checkout -qb side start; sed -i 's/^25$/side/' a; git commit -qam s1
        git checkout -qb other start; echo o > o; git add o; git commit -qm o1
        git checkout -q main; sed -i 's/^5$/cinq/' a; git commit -qam m1; echo x >> b; git commit -qam m2

        """

    private static let tearDown = """

        cat a b; git log --all --format='%H %T %s'; find .git/rr-cache -type f 2>/dev/null | sort
        """

    @Test(
        "rerere",
        arguments: [
            "say $P merge topic; say $P rerere status; say $P rerere diff; say $P rerere remaining; sed -i '/^[<=>]/d' a; "
                + "git add a; say $P commit -qm merged; git reset -q --hard HEAD~1; say $P merge topic; cat a; "
                + "say $P rerere remaining; say $P rerere forget a; say $P rerere status",
            "say $P merge topic; say $P rerere clear; say $P merge --abort",
            "say $P cherry-pick topic~1; sed -i '/^[<=>]/d' a; git add a; say $P cherry-pick --continue; "
                + "git reset -q --hard HEAD~1; say $P cherry-pick topic~1; say $P cherry-pick --abort",
            "git config rerere.autoupdate true; say $P merge topic; sed -i '/^[<=>]/d' a; git add a; "
                + "say $P commit -qm merged; git reset -q --hard HEAD~1; say $P merge topic; git ls-files -s",
        ])
    func rerere(_ script: String) throws {
        let session = try SameSession.run(Self.setUp, "git config rerere.enabled true\n" + script + Self.tearDown)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "octopus merges and unborn branches",
        arguments: [
            "say $P merge side other; git log -1 --format='%P%n%B'",
            "say $P merge --no-commit side other; cat .git/MERGE_HEAD",
            "git checkout -q start; say $P merge topic side other; git log -1 --format='%P%n%B'",
            "say $P merge topic side", "say $P merge -m words side other; git reflog -1 --format=%gs",
            "git checkout -q --orphan new; git rm -rqf .; say $P merge main; git reflog --format=%gs",
            "git checkout -q --orphan new; git rm -rqf .; say $P merge main topic; say $P merge --squash main; "
                + "say $P merge --no-ff main",
            "say $P merge start start~0; say $P merge --ff-only side other",
            "git checkout -q topic; say $P merge other side start",
        ])
    func octopus(_ script: String) throws {
        let session = try SameSession.run(Self.setUp, script + Self.tearDown)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "rebase",
        arguments: [
            "git checkout -q topic; say $P rebase --root; git reflog -4 --format=%gs",
            "git checkout -q topic; say $P rebase --root -f; git reflog -4 --format=%gs",
            "git checkout -q topic; GIT_SEQUENCE_EDITOR='sed -i 1d' say $P rebase -i --root",
            "git checkout -q side; say $P rebase --keep-base main; git reflog -3 --format=%gs",
            "git checkout -q side; say $P rebase --keep-base --onto main main; say $P rebase --keep-base --root",
            "git checkout -q topic; git cherry-pick -q main >/dev/null 2>&1; git cherry-pick --no-commit side; "
                + "git commit -qm s1-again; say $P rebase --empty=keep side; git log --format=%s",
            "git checkout -q topic; git cherry-pick --no-commit side; git commit -qm again; git commit -q --amend -m again2; "
                + "say $P rebase --empty=drop side; say $P rebase --empty=nonsense main",
            "git checkout -q topic; GIT_SEQUENCE_EDITOR='sed -i 1ibreak' say $P rebase -i start; "
                + "GIT_SEQUENCE_EDITOR=: say $P rebase --edit-todo; say $P rebase --continue",
            "git checkout -q topic; say $P rebase --edit-todo; say $P rebase --show-current-patch; "
                + "say $P rebase main; say $P rebase --show-current-patch; say $P rebase --abort",
            "git checkout -q topic; say $P rebase -x 'echo ran' side",
        ])
    func rebase(_ script: String) throws {
        let session = try SameSession.run(Self.setUp, script + Self.tearDown)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "stashing parts",
        arguments: [
            "echo 1 >> a; git add a; echo 2 >> b; say $P stash push --staged; say $P stash pop",
            "echo '*.o' > .gitignore; git add .gitignore; git commit -qm i; touch x.o y; say $P stash push -a; ls; say $P stash pop; ls",
            "say $P stash push --staged", "echo 1 >> a; say $P stash push --staged -u",
        ])
    func stash(_ script: String) throws {
        let session = try SameSession.run(Self.setUp, script + Self.tearDown)
        #expect(session.ours == session.theirs)
    }

    @Test("commits are signed where that is asked for", arguments: ["-S", "commit.gpgsign"])
    func signing(_ how: String) throws {
        // A program that signs everything the same way stands in for gpg.
        let gpg = """
            printf '#!/bin/sh\\ncat >/dev/null\\necho "[GNUPG:] SIG_CREATED " >&2\\necho SIGNED\\n' > ../gpg; chmod +x ../gpg
            git config gpg.program "$PWD/../gpg"
            """
        let flag = how == "-S" ? "-S" : ""
        let setting = how == "-S" ? "" : "git config commit.gpgsign true"
        let session = try SameSession.run(
            Self.setUp,
            """
            \(gpg)
            \(setting)
            say $P merge \(flag) side; say $P cherry-pick \(flag) other; say $P revert --no-edit \(flag) HEAD
            git format-patch -q -1 --stdout topic > ../p; say $P am \(flag) ../p
            git checkout -q topic; say $P rebase \(flag) side; git stash list
            git log --all --format='%H %s'; git cat-file commit HEAD
            """)
        #expect(session.ours == session.theirs)
    }

    @Test("objects that the environment lends")
    func lentObjects() throws {
        let session = try SameSession.run(
            Self.setUp,
            """
            mkdir ../scratch; export GIT_OBJECT_DIRECTORY=$PWD/../scratch
            export GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/.git/objects
            $P merge-tree --write-tree side other; echo rc=$?; find ../scratch -type f | wc -l
            """)
        #expect(session.ours == session.theirs)
    }
}
