import TestSupport
import Testing

@Suite("login, credential") struct CredentialTests {
    @Test func aTokenIsKeptAndUsedByGitToo() throws {
        let sandbox = try Sandbox("login")
        let made = try sandbox.nacre(
            "login", "--username", "alice", "--token-stdin", "https://host.example:8443",
            input: Array("s/ecret:1\n".utf8))
        #expect(made.code == 0 && made.text == "Stored the token for alice at https://host.example:8443.\n", "\(made)")
        #expect(!made.text.contains("s/ecret"))
        let question = Array("protocol=https\nhost=host.example:8443\n\n".utf8)
        for program in ["git", "nacre"] {
            let filled = try sandbox.run(program, ["credential", "fill"], input: question)
            #expect(
                filled.text == "protocol=https\nhost=host.example:8443\nusername=alice\npassword=s/ecret:1\n",
                "\(filled)")
        }
        let mode = try sandbox.shell("stat -c %a home/.config/nacre/credentials; cat home/.config/nacre/credentials")
        #expect(mode.text == "600\nhttps://alice:s%2fecret%3a1@host.example:8443\n")
        let other = try sandbox.nacre("credential", "get", input: Array("protocol=https\nhost=else.example\n\n".utf8))
        #expect(other.code == 0 && other.text.isEmpty)
        try sandbox.git(
            "credential", "reject",
            input: Array("protocol=https\nhost=host.example:8443\nusername=alice\npassword=s/ecret:1\n\n".utf8))
        #expect(try sandbox.nacre("credential", "get", input: question).text.isEmpty)
    }

    @Test func aHelperThatIsThereGetsTheToken() throws {
        let sandbox = try Sandbox("helper")
        try sandbox.shell("git config --global credential.helper 'store --file kept'")
        let made = try sandbox.nacre(
            "login", "-u", "bob", "--token-stdin", "https://host.example", input: Array("t\n".utf8))
        #expect(made.code == 0, "\(made)")
        #expect(try String(decoding: sandbox.read("kept"), as: UTF8.self) == "https://bob:t@host.example\n")
    }

    @Test func whatCannotBeIsRefused() throws {
        let sandbox = try Sandbox("refuse")
        let secret = try sandbox.nacre("login", "https://a:b@host")
        #expect(
            secret.code == 128 && secret.errorText.contains("leave the token out") && !secret.errorText.contains("b@"))
        #expect(try sandbox.nacre("login", "ssh://host").code == 128)
        #expect(try sandbox.nacre("login", "--token-stdin", "-u", "a", "https://host", input: []).code == 128)
    }
}
