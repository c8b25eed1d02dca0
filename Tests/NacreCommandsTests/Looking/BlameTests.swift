import TestSupport
import Testing

/// `blame` and `annotate`, asked the same questions as stock git.
@Suite struct BlameTests {
    /// A file with edits, moves, copies, a rename, a merge, and changes of white space only.
    static func history() throws -> Sandbox {
        let sandbox = try Sandbox("blame")
        try sandbox.shell(
            """
            n=0
            commit() { n=$((n + 1)); git add -A; GIT_AUTHOR_DATE="$((1600000000 + n * 86400)) +0200" \
              GIT_COMMITTER_DATE="$((1600000000 + n * 86400)) -0330" git commit -qm "$1" --author "${2:-A U Thor <a@b.c>}"; }
            git init -q r; cd r; mkdir d
            for i in $(seq 1 30); do
              printf 'static int function_number_%d(void)\\n{\\n\\treturn value_of(%d) + offset;\\n}\\n\\n' $i $i; done >d/code.c
            seq -f 'some text of line number %g in notes' 1 40 >notes; printf 'unfinished' >tail; : >empty
            commit first
            sed -i '12s/return/return 2 */; 40,44d' d/code.c; commit second 'Ümlaut Pérson <u@p>'
            sed -n '50,70p' d/code.c >part; sed -i '50,70d' d/code.c; cat part >>d/code.c; rm part; commit moved
            sed -n '1,20p' d/code.c >>notes; commit copied 'C O Pier <copy@x>'
            git checkout -q -b side HEAD~2; sed -i '3s/.*/\\tchanged on the side of it all;/' d/code.c; commit side
            git checkout -q main; git merge -q -m merged side
            sed -i '20,40s/^\\t/        /' d/code.c; commit blanks
            git mv d/code.c d/renamed.c; sed -i '7s/$/ \\/* seven *\\//' d/renamed.c; commit renamed
            sed -n '30,60p' d/renamed.c >fresh.c; echo 'one more line' >>fresh.c; commit fresh
            sed -i 's/offset/displacement/' d/renamed.c; commit reformatted; git tag reformat
            printf 'more' >>tail; commit tail
            """)
        return sandbox
    }

    @Test func formats() throws {
        let sandbox = try Self.history()
        for file in ["notes", "tail", "empty"] {
            try expectSame(sandbox, "blame", file)
            try expectSame(sandbox, "annotate", file)
        }
        for file in ["d/renamed.c"] {
            for flag in [
                "-s", "-l", "-t", "-e", "-f", "-n", "-c", "-b", "--root", "-p", "--line-porcelain", "-w", "-M", "-C",
            ] {
                try expectSame(sandbox, "blame", flag, file)
            }
            try expectSame(sandbox, "blame", "-s", "-n", "-f", "-l", file)
            try expectSame(sandbox, "blame", "--incremental", file)
            for mode in [
                "iso", "iso-strict", "rfc", "short", "raw", "unix", "default", "format:%Y", "relative", "human",
            ] {
                try expectSame(sandbox, "blame", "--date=\(mode)", file)
            }
            for digits in ["0", "2", "12", "40"] { try expectSame(sandbox, "blame", "--abbrev=\(digits)", file) }
            try expectSame(sandbox, "blame", "--no-abbrev", file)
        }
    }

    @Test func movesAndCopies() throws {
        let sandbox = try Self.history()
        for file in ["notes", "fresh.c"] {
            for flags in [
                ["-M"], ["-M5"], ["-C"], ["-C", "-C"], ["-C", "-C", "-C"], ["-C", "-C5"], ["-w", "-M", "-C", "-C"],
            ] {
                for format in ["--porcelain", "--incremental"] {
                    let arguments = ["blame"] + flags + [format, file]
                    let git = try sandbox.run("git", arguments, in: "r")
                    let nacre = try sandbox.run("nacre", arguments, in: "r")
                    #expect(git == nacre, "\(arguments)")
                }
            }
        }
    }

    @Test func revisions() throws {
        let sandbox = try Self.history()
        try expectSame(sandbox, "blame", "HEAD~3", "--", "d/renamed.c")
        try expectSame(sandbox, "blame", "d/renamed.c", "HEAD~2")
        try expectSame(sandbox, "blame", "HEAD~4..", "--", "d/renamed.c")
        try expectSame(sandbox, "blame", "-p", "HEAD~6..HEAD~1", "d/renamed.c")
        try expectSame(sandbox, "blame", "^HEAD~3", "--", "d/renamed.c")
        try expectSame(sandbox, "blame", "--first-parent", "d/renamed.c")
        try expectSame(sandbox, "blame", "--since=2020-09-18", "d/renamed.c")
        try expectSame(sandbox, "blame", "--reverse", "HEAD~8..HEAD", "--", "notes")
        try expectSame(sandbox, "blame", "--reverse", "HEAD~8", "--", "notes")
        try expectSame(sandbox, "blame", "--reverse", "--first-parent", "HEAD~5..HEAD~1", "-p", "notes")
        try expectSame(sandbox, "blame", "--no-follow", "d/renamed.c")
        try expectSame(sandbox, "blame", "renamed.c", in: "r/d")
        try expectSame(sandbox, "blame", "nothing")
        try expectSame(sandbox, "blame", "HEAD~5", "--", "fresh.c")
        try expectSame(sandbox, "blame")
    }

    @Test func ranges() throws {
        let sandbox = try Self.history()
        for range in [
            "3,7", "5,+4", "20,-3", ",6", "140", "/number_4/,/^}/", "/number_9/,+5", ":function_number_7",
            "^/return/,10",
            "7,3", "1,1000", "/no such thing/", ":nothing", "1000,1001", "0,3", "4,+0",
        ] {
            try expectSame(sandbox, "blame", "-L\(range)", "d/renamed.c")
        }
        try expectSame(sandbox, "blame", "-L", "3,7", "-L", "20,+2", "-L", "5,9", "d/renamed.c")
        try expectSame(sandbox, "blame", "-L", "/number_3/,+1", "-L", "/return/,+1", "d/renamed.c")
        try expectSame(sandbox, "blame", "-L1,1", "empty")
    }

    @Test func ignoredCommits() throws {
        let sandbox = try Self.history()
        let id = try sandbox.git("rev-parse", "reformat", in: "r").trimmed
        try sandbox.write("r/ignored", "# by machine\n\(id) # once\n")
        for marks in [[], ["-c", "blame.markIgnoredLines=true", "-c", "blame.markUnblamableLines=true"]] {
            for flags in [
                ["--ignore-rev", "reformat"], ["--ignore-revs-file", "ignored"], ["--ignore-rev", "HEAD~3"],
            ] {
                for file in ["d/renamed.c", "notes"] {
                    let arguments = marks + ["blame"] + flags + [file]
                    #expect(
                        try sandbox.run("git", arguments, in: "r") == sandbox.run("nacre", arguments, in: "r"),
                        "\(arguments)")
                }
            }
        }
        try expectSame(sandbox, "blame", "--ignore-rev", "nothing", "notes")
        try expectSame(sandbox, "blame", "--ignore-revs-file", "missing", "notes", comparesErrors: false)
    }

    @Test func whatIsNotCommitted() throws {
        let sandbox = try Self.history()
        try sandbox.shell("sed -i '5s/$/ edited/; 9d' d/renamed.c; echo fresh >>notes; git add notes", in: "r")
        try expectSame(sandbox, "blame", "-s", "d/renamed.c")
        try expectSame(sandbox, "blame", "-s", "-M", "-C", "notes")
        try expectSame(sandbox, "blame", "-s", "--contents", "notes", "d/renamed.c")
        try expectSame(sandbox, "blame", "-s", "--contents", "-", "tail", input: "unfinished\nbusiness\n")
        try expectSame(sandbox, "blame", "-s", "--contents", "notes", "HEAD", "--", "tail")
        try sandbox.write("r/untracked", "x\n")
        try expectSame(sandbox, "blame", "untracked")
    }

    @Test func colors() throws {
        let sandbox = try Self.history()
        try expectSame(sandbox, "blame", "--color-lines", "d/renamed.c")
        try expectSame(sandbox, "blame", "--color-by-age", "d/renamed.c")
        try expectSame(sandbox, "-c", "blame.coloring=highlightRecent", "blame", "notes")
        try expectSame(
            sandbox, "-c", "color.blame.highlightRecent=bold green,2020-09-20,yellow", "blame", "--color-by-age",
            "--color-lines", "notes")
    }

    /// Random edits of one file, with branches and merges.
    @Test func randomHistories() throws {
        var random = SeededGenerator(seed: 20_261_123)
        for round in 0..<2 {
            let sandbox = try Sandbox("blame-random")
            try sandbox.git("init", "-q", "r")
            var lines = (0..<40).map { "line \($0 % 7) of \($0)" }
            for step in 0..<25 {
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let at = Int.random(in: 0..<lines.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: lines.insert("}", at: at)
                    case 1: lines.insert("step \(step) brings something new \(at)", at: at)
                    case 2 where lines.count > 10: lines.remove(at: at)
                    default: lines[at] += " x"
                    }
                }
                try sandbox.write("r/f", lines.joined(separator: "\n") + "\n")
                let time = "\(1_600_000_000 + step / 2) +0000"
                try sandbox.shell(
                    "git add f; git commit -qm \(step)", in: "r",
                    variables: ["GIT_COMMITTER_DATE": time, "GIT_AUTHOR_DATE": time])
                if step % 8 == 4 { try sandbox.shell("git checkout -q -B side HEAD~2; git checkout -q main", in: "r") }
            }
            for flags in [[], ["-M"], ["-C", "-C", "-C"], ["-w"], ["--minimal"]] {
                let arguments = ["blame", "-p"] + flags + ["f"]
                #expect(
                    try sandbox.run("git", arguments, in: "r") == sandbox.run("nacre", arguments, in: "r"),
                    "round \(round) \(flags)")
            }
        }
    }
}
