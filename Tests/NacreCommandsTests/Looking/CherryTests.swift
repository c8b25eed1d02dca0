import TestSupport
import Testing

/// `cherry` beside stock git's.
@Suite struct CherryTests {
    private func repository() throws -> Sandbox {
        let sandbox = try Sandbox("cherry")
        try sandbox.shell(
            """
            git init -q r; cd r; n=0
            commit() { n=$((n + 1)); echo $n >f$n; git add .; GIT_COMMITTER_DATE="$((1600000000 + n * 60)) +0000" \
              GIT_COMMITTER_NAME="C $((n % 3))" git commit -qm "$1" --author "$2"; }
            commit 'a subject that is long enough to be wrapped at some column by those who want it so' 'Zed <z@z>'
            commit '[PATCH 2/3] from mail' 'Abe <a@a>'
            commit "$(printf 'two lines\\nof subject\\n\\nbody\\n\\nReviewed-by: Zed <z@z>\\nAcked-by: nobody in particular\\n')" 'Zed <z@z>'
            commit "$(printf 'reviewed\\n\\nReviewed-by: Abe <a@a>\\nReviewed-by: Zed <z@z>\\n')" 'Other <a@a>'
            git checkout -q -b side HEAD~2; commit 'side' 'Abe <a@a>'; git cherry-pick main >/dev/null
            git checkout -q main; commit 'last' 'Zed <z@z>'; echo 'Abraham <a@a>' >.mailmap
            """)
        return sandbox
    }

    @Test func cherry() throws {
        let sandbox = try repository()
        try expectSame(sandbox, "cherry", "-v", "main", "side")
        try expectSame(sandbox, "cherry", "side")
        try expectSame(sandbox, "cherry", "-v", "--abbrev=6", "side", "main", "main~1")
        try expectSame(sandbox, "cherry", "nothing")
        try expectSame(sandbox, "cherry")
    }
}
