import TestSupport
import Testing

@Suite("Choosing hunks as git does")
struct HunkSelectionTests {
    private static let setUp = """
        git init -q -b main repo
        cd repo
        say() { "$@" 2>&1; echo "rc=$?"; git status --short; git diff; git diff --cached; }
        set +e
        seq 1 60 > a; seq 1 9 > b; echo x > c; echo gone > d; printf 'no end' > e; git add .; git commit -qm base
        git tag old; sed -i 's/^40$/vierzig/' a; git commit -qam second
        sed -i 's/^5$/five/; s/^7$/seven/; s/^30$/thirty/; s/^55$/x/' a; echo more >> b; chmod +x c; rm d; printf 'other end' > e

        """

    @Test(
        "add -p",
        arguments: [
            "y\ny\ny\ny\ny\ny\ny\ny\n", "n\ny\nn\nq\n", "a\na\na\na\na\n", "d\nd\ny\ny\ny\n", "s\ny\nn\ny\ny\nq\n",
            "s\nn\ny\nq\n",
            "s\ny\ny\ny\nq\n", "?\nq\n", "j\ny\nJ\nK\nk\ny\nq\n", "g2\ny\nq\n", "g\n3\ny\nq\n", "/thirty\ny\nq\n",
            "/nothing\nq\n",
            "g9\nx\ng\n\nq\n", "", "y\n", "Y\nN\nQ\n", "K\nk\ny\nJ\nJ\nJ\nj\nq\n", "z\n\nq\n",
        ])
    func adding(_ answers: String) throws { try choose("add -p", answers) }

    @Test(
        "the other verbs",
        arguments: [
            "reset -p", "reset -p old", "checkout -p", "checkout -p HEAD", "checkout -p old", "restore -p",
            "restore -p --staged", "restore -p --source=old", "restore -p --staged --worktree", "add -p b c",
            "add -p nothing",
            "checkout -p -- a",
        ])
    func verbs(_ verb: String) throws {
        try choose(verb, "y\nn\ny\nn\ny\nn\ny\n", staging: "git add a e; git checkout -q HEAD -- b 2>/dev/null")
        try choose(verb, "?\na\na\na\nq\n", staging: "git add a d")
    }

    @Test("stash -p and commit -p", arguments: ["y\nn\ny\nq\n", "a\nq\n", "q\n", "s\ny\nn\nq\n"])
    func stash(_ answers: String) throws {
        try choose("stash push -p", answers, staging: "true")
        try choose("commit -p -m chosen", answers, staging: "true")
    }

    @Test("a hunk edited by hand", arguments: ["/^+seven/d", "s/^+five/+fuenf/", "s/^-/ /;/^+/d", "/^[-+ ]/d", "d"])
    func editing(_ edit: String) throws {
        try choose("add -p", "e\nn\nq\n", variables: ["GIT_EDITOR": "sed -i '\(edit)'"])
    }

    private func choose(
        _ verb: String, _ answers: String, staging: String = "", variables: [String: String] = [:]
    ) throws {
        let session = try SameSession.run(
            Self.setUp + staging + "\n",
            "printf '%s' '\(answers)' > ../answers; say $P \(verb) < ../answers; git log --format='%T %s' --all; "
                + "git stash list",
            variables: variables)
        #expect(session.ours == session.theirs)
    }
}
