import TestSupport
import Testing

/// `log -L` beside git's: ranges, functions, searches, renames, merges, several files at once.
@Suite struct LineHistoryTests {
    /// Functions that change, move and are renamed with their file, on two branches that are merged.
    private static let script = """
        t=1700000000
        c() { t=$((t+100)); export GIT_AUTHOR_DATE="$t +0100" GIT_COMMITTER_DATE="$((t+5)) -0330"; git add -A
          git commit -qm "$1"; }
        f() { printf 'int f%s(int x)\\n{\\n\\tint y = %s;\\n\\treturn x + y;\\n}\\n\\n' "$1" "$2"; }
        git init -q r; cd r; mkdir d
        { f 1 1; f 2 2; f 3 3; f 4 4; } > a.c; printf 'one\\ntwo\\nthree' > d/text; c first
        { f 1 1; f 2 20; f 3 3; f 4 4; } > a.c; c 'change f2'
        { f 0 0; f 1 1; f 2 20; f 3 3; f 4 4; } > a.c; printf 'one\\n2\\nthree' > d/text; c 'add f0'
        git mv a.c b.c; { f 0 0; f 1 1; f 2 20; f 3 30; f 4 4; } > b.c; c 'rename and change f3'
        git checkout -q -b side; { f 0 0; f 1 1; f 2 21; f 3 30; f 4 4; } > b.c; c 'side f2'
        git checkout -q main; { f 0 0; f 1 1; f 2 20; f 3 30; f 4 40; } > b.c; c 'main f4'
        t=$((t+100)); export GIT_COMMITTER_DATE="$t +0000"; git merge -q --no-edit side
        printf 'one\\n2\\nthree\\nfour\\n' > d/text; : > empty; c 'last text'
        git checkout -q -b clash HEAD~1; { f 0 0; f 1 1; f 2 22; f 3 30; f 4 40; } > b.c; c 'f2 there'
        git checkout -q main; { f 0 0; f 1 1; f 2 23; f 3 30; f 4 40; } > b.c; c 'f2 here'
        git merge -q clash || true; { f 0 0; f 1 1; f 2 24; f 3 30; f 4 40; } > b.c; c 'merged by hand'
        """

    @Test func followsWhatGitFollows() throws {
        let sandbox = try Sandbox("lines")
        try sandbox.shell(Self.script)
        for range in [
            ":f2:b.c", ":f3:b.c", ":f4:b.c", "1,3:b.c", "9,+4:b.c", "/int f2/,/^}/:b.c", "/y = 30/,+1:b.c", "20,10:b.c",
            ",5:b.c", "25:b.c", "2,2:d/text", "2,4:d/text", ":nothing:b.c", "99,100:b.c", "1,2:nosuch", "1,2", "x:b.c",
            "^/int f/,+2:b.c", "1,1:empty",
        ] {
            for more in [[], ["--oneline", "-s"], ["--format=%h %s", "--first-parent"]] {
                let words = ["log", "-L\(range)"] + more
                let git = try sandbox.run("git", words, in: "r")
                let nacre = try sandbox.run("nacre", words, in: "r")
                #expect(git == nacre, "\(words)")
            }
        }
    }

    @Test(arguments: [
        ["-L", ":f2:b.c", "-L", "2,2:d/text"], ["-L", "/y = /,+1:b.c", "-L", "/y = /,+1:b.c"],
        ["-L", ":f2:b.c", "-2", "--skip=1"], ["-L", ":f2:b.c", "--grep=change"],
        ["-L", ":f2:b.c", "--no-renames"], ["-L", ":f2:b.c", "--reverse", "--oneline"], ["-L", ":f2:b.c", "HEAD~1"],
        ["-L", ":f2:b.c", "--color=always"], ["-L", ":f2:b.c", "--author=thor", "-p"],
        ["-L", ":f2:b.c", "--stat"], ["-L", ":f2:b.c", "--", "b.c"], ["-L", ":f2:b.c", "main", "side"],
        ["-L", ":f2:b.c", "--until=1700000800", "--oneline"], ["-L", ":f2:b.c", "HEAD~4..HEAD"],
        ["-L", ":f1:b.c", "--no-merges"],
    ]) func withOtherOptions(_ words: [String]) throws {
        let sandbox = try Sandbox("lines")
        try sandbox.shell(Self.script)
        let git = try sandbox.run("git", ["log"] + words, in: "r")
        let nacre = try sandbox.run("nacre", ["log"] + words, in: "r")
        #expect(git == nacre, "\(words)")
    }
}
