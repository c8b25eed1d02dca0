import TestSupport
import Testing

/// `bisect` beside stock git's: the same choices, words and files, whichever of them continues.
@Suite struct BisectTests {
    /// A history with side branches that are merged; the commit `bad` brought the word "broken".
    private func history(_ commits: Int = 24) throws -> Sandbox {
        let sandbox = try Sandbox("bisect")
        try sandbox.shell(
            """
            git init -q r; cd r; n=0; mkdir a b
            commit() { n=$((n + 1)); GIT_COMMITTER_DATE="$((1600000000 + n * 100)) +0000" \
              GIT_AUTHOR_DATE="$((1600000000 + n * 100)) +0000" "$@"; }
            for i in $(seq 1 \(commits)); do
              echo $i >a/count; [ $i -lt 15 ] || echo broken >a/state; [ $((i % 3)) -ne 0 ] || echo $i >b/third
              git add .; commit git commit -qm "step $i"
              if [ $((i % 7)) -eq 3 ]; then git checkout -q -b side$i HEAD~1; echo $i >side$i; git add .
                commit git commit -qm "side $i"; echo more >>side$i; commit git commit -qam "more $i"
                git checkout -q main; commit git merge -q --no-ff -m "merge $i" side$i; fi
            done
            cd ..; cp -r r s
            """)
        return sandbox
    }

    /// Does the same with git in one copy and with nacre in the other, and compares words and files.
    private func both(
        _ sandbox: Sandbox, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let git = try sandbox.run("git", ["bisect"] + arguments, in: "r")
        let nacre = try sandbox.run("nacre", ["bisect"] + arguments, in: "s")
        #expect(git == nacre, "\(arguments)", sourceLocation: sourceLocation)
        let state = """
            git rev-parse HEAD; git for-each-ref refs/bisect; cd .git
            for f in BISECT_*; do echo "== $f"; cat $f 2>/dev/null; done; ls
            """
        let skip = "grep -v '^nacre$' | grep -v '^packed-refs$'"
        let one = try sandbox.shell("(\(state)) | \(skip)", in: "r")
        let two = try sandbox.shell("(\(state)) | \(skip)", in: "s")
        #expect(one.text == two.text, "\(arguments)", sourceLocation: sourceLocation)
    }

    @Test func wholeSession() throws {
        let sandbox = try history()
        try both(sandbox, "start")
        try both(sandbox, "bad")
        try both(sandbox, "good", "HEAD~20")
        for _ in 0..<6 {
            let isBroken = try sandbox.shell("grep -q broken a/state 2>/dev/null && echo bad || echo good", in: "r")
                .trimmed
            try both(sandbox, isBroken)
        }
        try both(sandbox, "log")
        try both(sandbox, "terms")
        try both(sandbox, "reset")
        try both(sandbox, "reset")
        try both(sandbox, "log")
    }

    @Test func skippingAndTerms() throws {
        let sandbox = try history()
        try both(sandbox, "start", "--term-new=worse", "--term-old", "fine", "main", "main~20")
        try both(sandbox, "skip")
        try both(sandbox, "skip")
        try both(sandbox, "skip", "main~4..main~2")
        try both(sandbox, "fine")
        try both(sandbox, "bad")
        try both(sandbox, "terms", "--term-good")
        try both(sandbox, "worse")
        try both(sandbox, "reset")
        try both(sandbox, "start", "main", "main~2")
        try both(sandbox, "skip")
        try both(sandbox, "reset", "main~3")
    }

    @Test func running() throws {
        let sandbox = try history()
        try both(sandbox, "start", "--first-parent", "HEAD", "HEAD~22")
        try both(sandbox, "run", "sh", "-c", "! grep -q broken a/state")
        try both(sandbox, "reset")
        try both(sandbox, "start", "HEAD", "HEAD~22", "--", "a/state", "b")
        try both(sandbox, "run", "sh", "-c", "! grep -q broken a/state")
        try both(sandbox, "log")
        try both(sandbox, "reset")
        try both(sandbox, "start", "HEAD", "HEAD~5")
        try both(sandbox, "run", "sh", "-c", "exit 200")
        try both(sandbox, "run", "no-such-command")
        try both(sandbox, "reset")
    }

    @Test func withoutCheckout() throws {
        let sandbox = try history()
        try both(sandbox, "start", "--no-checkout", "HEAD", "HEAD~10")
        try both(sandbox, "good")
        try both(sandbox, "bad")
        try both(sandbox, "reset")
    }

    @Test func mergeBases() throws {
        let sandbox = try history()
        try both(sandbox, "start", "side17", "main~1")
        try both(sandbox, "bad")
        try both(sandbox, "reset")
        try both(sandbox, "start", "main~20", "main")
        try both(sandbox, "start", "nothing", "--")
        try both(sandbox, "bad")
        try both(sandbox, "good", "HEAD")
        try both(sandbox, "start", "--nothing")
    }

    /// A session that the other program continues, from its log and from its files.
    @Test func exchanged() throws {
        let sandbox = try history()
        try sandbox.nacre("bisect", "start", "HEAD", "HEAD~20", in: "r")
        let git = try sandbox.git("bisect", "good", in: "r")
        try sandbox.git("bisect", "start", "HEAD", "HEAD~20", in: "s")
        let nacre = try sandbox.nacre("bisect", "good", in: "s")
        #expect(git == nacre)
        try sandbox.shell("git bisect log >../log", in: "r")
        try both(sandbox, "replay", "../log")
        try both(sandbox, "next")
        let seen = try sandbox.nacre("bisect", "visualize", "--oneline", in: "s")
        #expect(seen.text == (try sandbox.git("bisect", "visualize", "--oneline", in: "s").text))
    }
}
