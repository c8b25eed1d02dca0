import TestSupport
import Testing

/// `fsck` of `.gitmodules` and `.gitattributes` beside git's.
@Suite struct ModulesCheckTests {
    private static let settings = [
        "[submodule \"a\"]\\n\\tpath = a\\n\\turl = https://example.com/a\\n",
        "[submodule \"../a\"]\\n\\tpath = a\\n",
        "[submodule \"a/..\"]\\n\\tpath = a\\n", "[submodule \"a..b\"]\\n\\tpath = a\\n",
        "[submodule \"\"]\\n\\tpath = a\\n",
        "[submodule \"a\\\\\\\\..\\\\\\\\b\"]\\n\\tpath = a\\n",
        "[submodule \"a\"]\\n\\turl = -x\\n\\tpath = -y\\n",
        "[submodule \"a\"]\\n\\tupdate = !rm\\n", "[submodule \"a\"]\\n\\tupdate = rebase\\n",
        "[submodule\\n",
        "[submodule \"a\"]\\n\\turl = https:///path\\n",
        "[submodule \"a\"]\\n\\turl = https::example.com/x\\n",
        "[submodule \"a\"]\\n\\turl = ../../x\\n", "[submodule \"a\"]\\n\\turl = ../:x/y\\n",
        "[submodule \"a\"]\\n\\turl = ./%%0ax\\n",
        "[submodule \"a\"]\\n\\turl = https://u@example.com/%%0ax\\n",
        "[submodule \"a\"]\\n\\turl = git://h/x\\n", "[submodule \"a\"]\\n\\turl = /plain/path\\n",
        "[submodule \"a\"]\\n\\turl = \"https://one.example.com?%%0ahost=two.example.com/foo.git\"\\n",
        "[submodule \"a\"]\\n\\turl = https://u:p@/x\\n",
        "[submodule \"a\"]\\n\\turl = http::ftp://h/x\\n",
        "[other \"../a\"]\\n\\turl = -x\\n",
    ]

    @Test func saysWhatGitSays() throws {
        let sandbox = try Sandbox("modules")
        try sandbox.git("init", "-q", "r")
        var script = "cd r\nadd() { git hash-object -w --stdin; }\n"
        for (number, text) in Self.settings.enumerated() {
            let name = [".gitmodules", ".GitModules", ".gitmodules "][number % 3]
            script +=
                "b=$(printf '\(text)' | add); t=$(printf '100644 blob %s\\t\(name)\\n' $b | git mktree)\n"
            script += "git update-ref refs/heads/b\(number) $(git commit-tree -m x $t)\n"
        }
        script += """
            b=$({ echo '*.a text'; head -c 5000 /dev/zero | tr '\\0' x; } | add)
            t=$(printf '100644 blob %s\\t.gitattributes\\n' $b | git mktree); git update-ref refs/heads/l $(git commit-tree -m x $t)
            t=$(printf '040000 tree %s\\t.gitmodules\\n' $t | git mktree); git update-ref refs/heads/t $(git commit-tree -m x $t)
            """
        try sandbox.shell(script)
        for words in [["fsck"], ["fsck", "--strict", "--no-dangling"]] {
            let git = try sandbox.run("git", words, in: "r")
            let nacre = try sandbox.run("nacre", words, in: "r")
            #expect(git.code == nacre.code)
            func lines(_ outcome: Sandbox.Outcome) -> [Substring] {
                outcome.errorText.split(separator: "\n").filter { $0.contains(" in ") }.sorted()
            }
            #expect(lines(git) == lines(nacre), "\(words)")
            #expect(lines(git).count > 8)
        }
        try sandbox.git("config", "fsck.gitmodulesUrl", "ignore", in: "r")
        let git = try sandbox.git("fsck", in: "r")
        let nacre = try sandbox.nacre("fsck", in: "r")
        #expect(git.errorText.contains("gitmodulesUrl") == nacre.errorText.contains("gitmodulesUrl"))
    }
}
