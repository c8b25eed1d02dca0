import Bytes
import SystemPackage
import TestSupport
import Testing

/// `notes` beside stock git's: words, commits and trees.
@Suite struct NotesTests {
    private func repository(_ commits: Int = 6) throws -> Sandbox {
        let sandbox = try Sandbox("notes")
        try sandbox.shell(
            """
            git init -q r; cd r
            for i in $(seq 1 \(commits)); do echo $i >f; git add f; git commit -qm "commit $i"; git tag c$i; done
            cd ..; cp -r r s
            """)
        return sandbox
    }

    /// Does the same with git in one copy and with nacre in the other; the notes' commits must have the same ids.
    private func both(
        _ sandbox: Sandbox, _ arguments: String..., input: String? = nil,
        variables: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = input.map { Array($0.utf8) }
        let git = try sandbox.run(
            "git", ["notes"] + arguments, in: "r", input: bytes, variables: variables)
        let nacre = try sandbox.run(
            "nacre", ["notes"] + arguments, in: "s", input: bytes, variables: variables)
        #expect(git.code == nacre.code, "\(arguments): \(nacre)", sourceLocation: sourceLocation)
        #expect(git.text == nacre.text, "\(arguments)", sourceLocation: sourceLocation)
        if git.code != 129 {
            #expect(git.errorText == nacre.errorText, "\(arguments)", sourceLocation: sourceLocation)
        }
        let state = """
            git for-each-ref refs/notes; git log --format='%T %P %B' refs/notes/commits --; git reflog refs/notes/commits --
            ls .git | grep NOTES; cat .git/NOTES_MERGE_WORKTREE/* .git/NOTES_MERGE_REF; true
            """
        let one = try sandbox.shell("(\(state)) 2>/dev/null", in: "r").text
        let two = try sandbox.shell("(\(state)) 2>/dev/null", in: "s").text
        #expect(one == two, "\(arguments)", sourceLocation: sourceLocation)
    }

    @Test func writing() throws {
        let sandbox = try repository()
        try both(sandbox, "list")
        try both(sandbox, "add", "-m", "first", "-m", "second line  ", "c1")
        try both(sandbox, "add", "-m", "again", "c1")
        try both(sandbox, "add", "-f", "-m", "again", "c1")
        try both(sandbox, "append", "-m", "more", "c1")
        try both(sandbox, "append", "-m", "new", "c2")
        try both(sandbox, "add", "-F", "-", "c3", input: "from input\n\n\n")
        try both(sandbox, "add", "-C", "HEAD:f")
        try both(sandbox, "add", "-C", "HEAD", "c5")
        try both(sandbox, "add", "--allow-empty", "-m", "", "c5")
        try both(sandbox, "edit", "-m", "changed", "c2")
        try both(sandbox, "add", "c2", variables: ["GIT_EDITOR": "echo edited >>"])
        try both(sandbox, "edit", "c4", variables: ["GIT_EDITOR": "printf 'by hand\\n# no\\n' >"])
        try both(sandbox, "copy", "c1", "c4")
        try both(sandbox, "copy", "-f", "c1", "c4")
        try both(sandbox, "copy", "c6", "nothing")
        try both(sandbox, "copy", "--stdin", input: "c1 c6\nc2 c5\n")
        try both(sandbox, "show", "c1")
        try both(sandbox, "show", "HEAD~3")
        try both(sandbox, "list", "c1")
        try both(sandbox, "list", "HEAD^{tree}")
        try both(sandbox, "remove", "c1", "c3")
        try both(sandbox, "remove", "c1")
        try both(sandbox, "remove", "--ignore-missing", "c1")
        try both(sandbox, "get-ref")
        try both(sandbox, "--ref=other", "add", "-m", "x")
        try both(sandbox, "--ref=other", "get-ref")
        try both(sandbox, "--ref", "refs/heads/main", "list")
        try both(sandbox, "prune", "-n")
        try both(sandbox, "nothing")
        let words = ["log", "--notes", "--notes=other"]
        #expect(try sandbox.run("git", words, in: "r") == sandbox.run("nacre", words, in: "s"))
    }

    @Test func merging() throws {
        for strategy in ["manual", "ours", "theirs", "union", "cat_sort_uniq"] {
            let sandbox = try repository()
            for (object, text) in [("c1", "b\na"), ("c2", "two"), ("c3", "three")] {
                try both(sandbox, "add", "-m", text, object)
            }
            try sandbox.shell(
                "for x in r s; do git -C $x update-ref refs/notes/other refs/notes/commits; done")
            try both(sandbox, "--ref=other", "append", "-m", "theirs", "c1")
            try both(sandbox, "--ref=other", "remove", "c2")
            try both(sandbox, "--ref=other", "add", "-m", "both", "c4")
            try both(sandbox, "--ref=other", "add", "-m", "only there", "c6")
            try both(sandbox, "append", "-m", "ours", "c1")
            try both(sandbox, "append", "-m", "kept", "c2")
            try both(sandbox, "add", "-m", "both of us", "c4")
            try both(sandbox, "merge", "-s", strategy, "other")
            if strategy == "manual" {
                try both(sandbox, "merge", "other")
                try sandbox.shell(
                    "for x in r s; do for f in $x/.git/NOTES_MERGE_WORKTREE/*; do echo solved >$f; done; done"
                )
                try both(sandbox, "merge", "--commit")
            }
            try both(sandbox, "merge", "other")
        }
        let sandbox = try repository()
        try both(sandbox, "--ref=other", "add", "-m", "x")
        try both(sandbox, "merge", "other")
        try both(sandbox, "merge", "other")
        try both(sandbox, "--ref=other", "append", "-m", "y")
        try both(sandbox, "merge", "other")
        try both(sandbox, "merge", "-s", "nothing", "other")
    }

    /// So many notes that git spreads them over directories.
    @Test func manyNotes() throws {
        let sandbox = try repository(2)
        try sandbox.shell(
            """
            for i in $(seq 1 420); do echo "object $i" | git hash-object -w --stdin; done >../ids
            for i in $(seq 1 420); do echo "$(sed -n ${i}p ../ids) $(git rev-parse HEAD)"; done >/dev/null
            git notes add -m x c1; sed 's/^/c1 /' ../ids | git rev-parse HEAD >/dev/null
            while read id; do echo "$(git rev-parse c1) $id"; done <../ids | git notes copy --stdin
            cd ..; rm -r s; cp -r r s
            """, in: "r")
        try both(sandbox, "add", "-m", "one more", "c2")
        try both(sandbox, "list")
        try both(sandbox, "remove", "c1")
        let first = try sandbox.shell("head -1 ids").trimmed
        try both(sandbox, "append", "-m", "longer", first)
        let ids = try sandbox.shell("head -300 ids").text
        try both(sandbox, "remove", "--stdin", input: ids)
        try both(sandbox, "remove", "c2")
    }

    @Test func rewriting() throws {
        let sandbox = try repository()
        try sandbox.shell(
            """
            for x in r s; do
              cd $x; git config notes.rewriteRef refs/notes/commits; echo g >g; git add g; git commit -qm g; cd ..
            done
            """)
        try both(sandbox, "add", "-m", "on the tip")
        try both(sandbox, "add", "-m", "on the second", "c5")
        for words in [
            ["commit", "--amend", "-qm", "amended"], ["rebase", "-q", "--onto", "c3", "c6"],
        ] {
            let git = try sandbox.run("git", words, in: "r")
            let nacre = try sandbox.run("nacre", words, in: "s")
            #expect(git.code == nacre.code, "\(words): \(nacre)")
            try both(sandbox, "list")
        }
    }

    @Test(
        "notes of several refs, those of the default one first",
        arguments: [
            "--notes=b --notes", "--notes --notes=b", "--notes=b --no-notes --notes", "--notes=b --notes=a",
            "--notes=b --notes --notes",
        ])
    func order(_ options: String) throws {
        let session = try SameSession.run(
            "git init -q repo; cd repo; git commit -q --allow-empty -m c; git notes add -m default; "
                + "git notes --ref=a add -m a; git notes --ref=b add -m b",
            "$P log \(options); $P show \(options); $P log --format='%s %N' \(options)")
        #expect(session.ours == session.theirs)
    }
}
