import TestSupport
import Testing

@Suite("remote show, groups, fetch options") struct RemoteShowTests {
    @Test func showsWhatGitShows() throws {
        try ScriptComparison.expectSame(
            """
            cd w; git remote add up ../hub.git; p remote show origin; p remote show -n origin; p remote show up
            git branch -q --track side origin/side; git config branch.side.rebase true; git branch -q extra
            git config --add remote.up.push refs/heads/main:refs/heads/m2; git config --add remote.up.push +refs/heads/side
            git fetch -q up; p remote show origin; p remote show up; p remote show -n up
            (cd ../other; git push -q origin :side main:newb); p remote show origin; p remote prune -n origin
            p remote prune origin
            """)
    }

    @Test func fetchesFromGroups() throws {
        try ScriptComparison.expectSame(
            """
            cd w; git remote add up ../hub.git; git config remotes.grp "origin up"; p fetch grp; more a f1
            p remote update grp; p fetch --multiple origin up; p fetch --multiple nope
            p fetch --all -j 2; git for-each-ref
            """)
    }

    @Test func fetchOptionsDoWhatGitDoes() throws {
        try ScriptComparison.expectSame(
            """
            cd w; git remote add up ../hub.git; p fetch --set-upstream up main; git config branch.main.remote
            p fetch --set-upstream origin main side; p fetch --refmap= origin main; git for-each-ref
            p fetch --refmap='refs/heads/*:refs/x/*' origin main; p fetch --refmap=a:b; more h f3
            p fetch --negotiation-tip=main~1 origin; echo side >in; p fetch --stdin origin <in; git for-each-ref
            """)
    }

    @Test func pushesMatchingBranches() throws {
        try ScriptComparison.expectSame(
            """
            cd w; git checkout -q -b zz; git commit -q --allow-empty -m z; git checkout -q main; commit m f1
            p push origin :; p push origin :; git config push.default matching; p push; commit n f1; p push
            git reset -q --hard HEAD~1; p push -n origin +:; git config push.default bad; p push
            git config --unset push.default; p push origin 'refs/heads/*' '^refs/heads/zz'
            """)
    }
}
