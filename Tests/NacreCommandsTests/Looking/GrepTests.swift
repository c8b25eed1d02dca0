import TestSupport
import Testing

/// `grep`, asked the same questions as stock git.
@Suite struct GrepTests {
    private func repository() throws -> Sandbox {
        let sandbox = try Sandbox("grep")
        try sandbox.shell(
            """
            git init -q r; cd r; mkdir -p src/deep/er docs
            for i in 1 2 3 4; do printf 'int function_%d(int foo)\\n{\\n\\n\\tint bar = foo;\\n\\treturn Foo(bar, foo) + foo_bar;\\n}\\n\\n' $i
            done >src/a.c
            printf 'foo\\nbar\\nbaz foo bar\\nFOO\\nno\\nfoofoo foo\\n' >docs/text; printf 'x\\0foo\\n' >bin
            printf 'last line foo' >src/deep/end; echo 'a.b a+b a*b (foo)' >src/deep/er/special
            printf 'f\\303\\266o\\n' >'\\303\\244 name'; echo 'foo in quotes' >'tab\tname'; : >empty; ln -s docs/text link
            printf '*.c diff=cpp\\n*.txt -diff\\n' >.gitattributes; echo 'a foo' >x.txt; echo ignored >.gitignore
            git add .; git commit -qm first; git tag v1; echo 'foo too' >>docs/text; git commit -qam second
            echo 'foo untracked' >new; echo 'foo ignored' >ignored; echo 'work foo' >>docs/text
            """)
        return sandbox
    }

    @Test func flags() throws {
        let sandbox = try repository()
        for flags in [
            [], ["-n"], ["-i"], ["-v"], ["-w"], ["-c"], ["-l"], ["-L"], ["-o"], ["-h"], ["-H"], ["-q"], ["-z"], ["-a"],
            ["-I"],
            ["--column"], ["-n", "--column", "-o"], ["-A1"], ["-B", "1"], ["-C1"], ["-2"], ["-p"], ["-W"],
            ["-W", "-n"],
            ["-p", "-n", "-1"], ["--break"], ["--heading"], ["--break", "--heading", "-n"], ["-m1"], ["-m", "0"],
            ["-c", "-h"], ["-l", "-z"], ["-i", "-w", "-n"], ["-i", "-o", "-n", "--column"], ["--color=always"],
            ["--color=always", "-n", "--column", "-C1"], ["-v", "--column"], ["-L", "-v"], ["--full-name"],
            ["--cached"],
            ["--cached", "-c"], ["--untracked"], ["--untracked", "--no-exclude-standard"], ["--max-depth", "0"],
            ["--max-depth=1", "-l"], ["--no-recursive", "-l"], ["--threads=1", "-n"], ["-v", "-c"],
            ["-m1", "-A1", "-n"],
        ] {
            // Git forgets the first line that its threads find where it separates files, and a binary file has but one.
            let arguments = ["grep"] + flags + ["foo", "--", ":!bin"]
            let git = try sandbox.run("git", arguments, in: "r")
            #expect(git == (try sandbox.run("nacre", arguments, in: "r")), "\(arguments)")
        }
    }

    @Test func languages() throws {
        let sandbox = try repository()
        for (flag, pattern) in [
            ("-F", "a.b"), ("-F", "(foo"), ("-G", "a\\+b"), ("-E", "fo+ (bar|baz)"), ("-E", "^foo$"),
            ("-G", "^\\(foo\\)\\1"),
            ("-E", "[[:upper:]]{3}"), ("-P", "foo(?= bar)"), ("-P", "\\bbar\\b"), ("-E", "foo|bar"), ("-G", "r.*foo"),
            ("-G", ""), ("-F", ""), ("-E", "^$"), ("-w", "o"), ("-w", "foo"), ("-G", "return [^(]*("), ("-E", "("),
        ] {
            for more in [["-n"], ["-o", "-i"], ["--color=always"]] {
                let arguments = ["grep", flag] + more + ["-e", pattern]
                let git = try sandbox.run("git", arguments, in: "r")
                let nacre = try sandbox.run("nacre", arguments, in: "r")
                #expect(git.code == nacre.code && git.text == nacre.text, "\(arguments)\n\(nacre)\n\(git)")
            }
        }
        try expectSame(sandbox, "-c", "grep.patternType=extended", "grep", "-n", "fo+b?")
        try expectSame(sandbox, "-c", "grep.lineNumber=true", "-c", "grep.fullName=true", "grep", "foo", in: "r/docs")
    }

    @Test func binaryFiles() throws {
        let sandbox = try repository()
        for flag in ["-n", "-a", "-I", "-c", "-l", "-L", "-o", "-v"] {
            try expectSame(sandbox, "grep", flag, "foo", "bin")
        }
        try expectSame(sandbox, "grep", "foo", "--", "x.txt")
        try expectSame(sandbox, "grep", "--cached", "-i", "FOO", "--", "bin", "x.txt")
    }

    @Test func expressions() throws {
        let sandbox = try repository()
        try expectSame(sandbox, "grep", "-n", "-e", "foo", "--and", "-e", "bar")
        try expectSame(sandbox, "grep", "-n", "-e", "foo", "--and", "--not", "-e", "bar")
        try expectSame(sandbox, "grep", "-n", "--not", "-e", "foo", "--or", "-e", "bar")
        try expectSame(sandbox, "grep", "-n", "-e", "foo", "--and", "(", "-e", "bar", "-e", "quotes", ")")
        try expectSame(sandbox, "grep", "--column", "-e", "bar", "--or", "-e", "foo")
        try expectSame(sandbox, "grep", "--column", "--not", "-e", "bar")
        try expectSame(sandbox, "grep", "-l", "--all-match", "-e", "foo", "-e", "baz")
        try expectSame(sandbox, "grep", "-n", "--all-match", "-e", "return", "--or", "-e", "FOO")
        try expectSame(sandbox, "grep", "-n", "-e", "foo\nbar")
        try sandbox.write("patterns", "foo\n\nFOO\n")
        try expectSame(sandbox, "grep", "-n", "-f", "../patterns")
        try expectSame(sandbox, "grep", "-f", "nothing")
        try expectSame(sandbox, "grep", "-e", "foo", "--and")
        try expectSame(sandbox, "grep", "(", "-e", "foo")
        try expectSame(sandbox, "grep", "--not")
    }

    @Test func whereToLook() throws {
        let sandbox = try repository()
        try expectSame(sandbox, "grep", "foo", "HEAD")
        try expectSame(sandbox, "grep", "-n", "foo", "v1", "HEAD", "--", "docs")
        try expectSame(sandbox, "grep", "foo", "HEAD:docs/text")
        try expectSame(sandbox, "grep", "foo", "v1^{tree}")
        try expectSame(sandbox, "grep", "foo", "HEAD", in: "r/src")
        try expectSame(sandbox, "grep", "foo", in: "r/src")
        try expectSame(sandbox, "grep", "foo", "--", "..", in: "r/src")
        try expectSame(sandbox, "grep", "foo", "--", "*.c", ":!docs")
        try expectSame(sandbox, "grep", "foo", "src", "docs")
        try expectSame(sandbox, "grep", "foo", "nothing")
        try expectSame(sandbox, "grep", "foo", "nothing", "--")
        try expectSame(sandbox, "grep", "foo", "docs", "-n")
        try expectSame(sandbox, "grep", "--cached", "foo", "HEAD")
        try expectSame(sandbox, "grep", "--cached", "--untracked", "foo")
        try expectSame(sandbox, "grep", "--untracked", "foo", "HEAD", "--", "docs")
        try expectSame(sandbox, "grep", "--no-index", "foo", in: "r/src")
        try expectSame(sandbox, "grep", "--max-depth", "0", "-l", "foo", "--", "src", "docs")
        try sandbox.shell("mkdir -p ../plain/in; echo foo >../plain/in/f; echo no foo >../plain/g", in: "r")
        try expectSame(sandbox, "grep", "--no-index", "-n", "foo", in: "plain")
        try expectSame(sandbox, "grep", "foo", in: "plain")
        try expectSame(sandbox, "grep")
    }

    @Test func convertedText() throws {
        let sandbox = try repository()
        try sandbox.shell("git config diff.up.textconv 'tr a-z A-Z <'; echo 'text diff=up' >>.gitattributes", in: "r")
        try expectSame(sandbox, "grep", "--textconv", "-n", "BAR", "--", "docs")
        try expectSame(sandbox, "grep", "--no-textconv", "-n", "BAR", "--", "docs")
        try expectSame(sandbox, "grep", "--textconv", "-n", "BAR", "HEAD", "--", "docs")
    }
}
