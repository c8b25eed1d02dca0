import Bytes
import GitConfig
import GitObjects
import SystemPackage
import TestSupport
import Testing

@Suite struct ConfigParsingTests {
    static let texts: [String] = [
        "[a]\nb = c\n", "[a] b = c ; note\n", "foo = bar\n[a]\nb\n", "[a]\n\tb = c\r\n d\t=\te\t\tf  \n",
        "[a \"Sub.x\"]\nB = \" kept \" and \\\"this\\\"\n", "[A.Sub]\nx = 1\n[a.sub \"Y\"]\nz=2\n",
        "[a]\nb = one \\\n  two # three\nc = \"x # y\" ; z\n", "[a]\nb = \\t\\n\\b\\\\\n", "\u{feff}[a]\nb=1", "",
        "\n\n# x",
        "[a]b=1\n[c]", "[a \"q\\\"uo\\\\te\"]\nk=v", "[a]\nb = x\ry z\n", "[a]\nb=c\\",
    ]

    @Test(arguments: texts)
    func readsWhatGitReads(_ text: String) throws {
        let sandbox = try Sandbox("config")
        try sandbox.write("file", text)
        let git = try sandbox.git("config", "-f", "file", "-z", "--list")
        let config = try Config(parsing: Array(text.utf8), place: .file("file"))
        var output: [UInt8] = []
        for entry in config.entries {
            output += entry.key.bytes
            if let value = entry.value { output += [10] + value }
            output.append(0)
        }
        #expect(String(decoding: output, as: UTF8.self) == git.text)
        #expect(git.code == 0)
    }

    @Test(arguments: [
        "[a \"x\n\"]", "[a] b = \"c\n", "[a", "[a]\nb\n\nc $", "[]\nz=1\n", "[a]\nb = \\x\n", "[a]\n1=2\n", "[a b]\n",
        "[a]\nb c\n", "[a \"b\" ]\nc=d\n", "[a]\nb = \"\\", "[a_b]\n",
    ])
    func refusesWhatGitRefuses(_ text: String) throws {
        let sandbox = try Sandbox("config")
        try sandbox.write("file", text)
        let git = try sandbox.git("config", "-f", "file", "--list")
        #expect(git.code == 128)
        do {
            _ = try Config(parsing: Array(text.utf8), place: .file("file"))
            Issue.record("accepted")
        } catch {
            #expect("fatal: \(error)\n" == git.errorText)
        }
    }

    @Test(arguments: [
        "1", "-5", "0x10", "010", "3k", "2M", "1g", "9223372036854775807", "9223372036854775808", "1x", "k", "", "8g8",
    ])
    func numbersAsGit(_ text: String) throws {
        let sandbox = try Sandbox("config")
        try sandbox.write("file", "[a]\nb = \(text)\n")
        let git = try sandbox.git("config", "-f", "file", "--int", "a.b")
        let config = try Config(parsing: try sandbox.read("file"), place: .file("file"))
        if git.code == 0 {
            #expect(try config.int("a.b").map(String.init) == git.trimmed)
        } else {
            #expect(throws: ConfigError.self) { try config.int("a.b") }
        }
    }

    @Test func booleans() throws {
        let text = "[a]\nt\ny = YES\nf =\nn = Off\none = 1\nzero = 0\nk = 1k\nbad = maybe\n"
        let config = try Config(parsing: Array(text.utf8), place: .file("file"))
        #expect(try config.bool("a.t") == true)
        #expect(try config.bool("a.y") == true)
        #expect(try config.bool("a.f") == false)
        #expect(try config.bool("a.n") == false)
        #expect(try config.bool("A.ONE") == true)
        #expect(try config.bool("a.zero") == false)
        #expect(try config.bool("a.k") == true)
        #expect(try config.bool("a.missing") == nil)
        #expect(throws: ConfigError.self) { try config.bool("a.bad") }
    }

    @Test func includesByAllConditions() throws {
        let sandbox = try Sandbox("config")
        try sandbox.git("init", "-q", "work/repo")
        for name in ["plain", "home", "dir", "other", "branch", "remote", "no"] {
            try sandbox.write("home/\(name).inc", "[seen]\n\t\(name) = true\n")
        }
        try sandbox.write(
            "home/.gitconfig",
            """
            [include]
            path = plain.inc
            path = ~/home.inc
            path = missing.inc
            [includeIf "gitdir:work/"]
            path = dir.inc
            [includeIf "gitdir/i:**/REPO/.git"]
            path = other.inc
            [includeIf "onbranch:ma*"]
            path = branch.inc
            [includeIf "hasconfig:remote.*.url:https://*/x.git"]
            path = remote.inc
            [includeIf "gitdir:nowhere/"]
            path = no.inc
            [remote "o"]
            url = https://example.com/x.git
            """)
        let git = try sandbox.git("config", "--get-regexp", "^seen", in: "work/repo")
        let context = ConfigContext(
            home: sandbox.root.appending("home"), gitDirectory: sandbox.root.appending("work/repo/.git"),
            branch: Array("main".utf8))
        let config = try Config(
            loading: [.file(sandbox.root.appending("home/.gitconfig"), .global)], context: context)
        let seen = config.entries.filter { $0.key.section == "seen" }.map { "\($0.key) \($0.text)\n" }.joined()
        #expect(seen == git.text)
        #expect(seen.split(separator: "\n").count == 6)
    }

    @Test func refusesCircles() throws {
        let sandbox = try Sandbox("config")
        try sandbox.write("a", "[include]\npath = a\n")
        #expect(throws: ConfigError.self) {
            try Config(loading: [.file(sandbox.root.appending("a"), .local)], context: ConfigContext())
        }
    }

    @Test func parameters() throws {
        let list = try Config.parameters(quoted: "'a.b'='c d' 'e.f' 'g.h=it'\\''s' 'i.j'=")
        #expect(list.map(\.key) == ["a.b", "e.f", "g.h", "i.j"])
        #expect(list.map(\.value) == ["c d", nil, "it's", nil])
    }
}
