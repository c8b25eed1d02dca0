import TestSupport
import Testing

@Suite("pull") struct PullTests {
    @Test func mergesAsGitMerges() throws {
        try ScriptComparison.expectSame(
            """
            cd w; more a f1; p pull; p pull; more b f1; commit local l; p pull; p pull --ff-only; p pull --no-rebase
            git log --format='%s %p'; git reflog; more c f3; git config pull.ff only; p pull; git config --unset pull.ff
            (cd ../other; git checkout -q side; commit s s; git push -q; git checkout -q main)
            p pull origin side; p pull --no-rebase origin side; git log -1 --format=%B; sed 's/.*hub/hub/' .git/FETCH_HEAD
            echo conflict >>f1; git commit -qam mine; more g f1; p pull --no-rebase; p pull; git status -s
            git merge --abort; git config pull.ff nonsense; p pull
            """,
            // The message of a merge names the address, and with it the sandbox: ids differ.
            ignoring: { $0.contains("HEAD@{") || $0.contains("Merge branch") || $0.hasPrefix("Updating ") })
    }

    @Test func rebasesAsGitRebases() throws {
        try ScriptComparison.expectSame(
            """
            cd w; more a f1; commit mine l; p pull --rebase; git log --format='%s %p'; git reflog -4
            more b f2; echo dirty >>f1; p pull --rebase; p pull --rebase --autostash; git status -s
            git checkout -q f1; more c f2; git config pull.rebase true; echo staged >>f1; git add f1; p pull
            git reset -q --hard; p pull; p pull; git reflog -3; more d f1; echo other >>f1; git commit -qam other
            p pull; git status -s; git rebase --abort; git config branch.main.rebase what; p pull
            """, ignoring: { $0.hasPrefix("Created autostash") })
    }

    @Test func putsChangesAsideForAMerge() throws {
        try ScriptComparison.expectSame(
            """
            cd w; more a f2; echo dirty >>f1; p pull --autostash --no-rebase; git status -s; git stash list
            """, ignoring: { $0.hasPrefix("Created autostash") })
    }

    @Test func refusesInGitsWords() throws {
        try ScriptComparison.expectSame(
            """
            git init -q void; (cd void; git remote add origin ../hub.git; p pull; p pull origin main; git log --oneline
            git reflog); cd w; git checkout -q -b new; p pull; p pull --rebase; git checkout -q --detach; p pull
            git checkout -q main; git remote add up ../hub.git; p pull up; p pull origin 'refs/nothing/*:refs/x/*'
            p pull --dry-run
            """)
    }
}
