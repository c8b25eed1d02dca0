import Bytes
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// Large files of a remote behind ssh: a program on the other machine says where they are. In ssh's place stands a script that
/// runs everything here.
@Suite(.serialized) struct SSHLargeFileTests {
    private let sandbox: Sandbox
    private let server: TestServer
    private let content: [UInt8]

    init() throws {
        sandbox = try Sandbox("ssh-large")
        server = try TestServer(sandbox)
        var generator = SeededGenerator(seed: 5)
        content = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        // The repository begins on the server.
        let start = server.address(try server.token("alice")) + "/alice/m.git"
        let made = try sandbox.shell(
            """
            git lfs install --skip-repo; git config --global --add safe.directory '*'
            git init -q start; cd start; git lfs install --local; git lfs track '*.bin'; git add .; git commit -qm start
            git push -q '\(start)' main
            """)
        try #require(made.code == 0, "\(made)")
    }

    private var remote: String { "ssh://host\(sandbox.root)/root/alice/m.git" }

    private var variables: [String: String] {
        ["GIT_SSH_COMMAND": "\(sandbox.root)/ssh", "GIT_SSH_VARIANT": "ssh"]
    }

    /// A script that answers `git-lfs-authenticate` with what `answer` prints, and writes down that it was asked.
    private func writeSSH(_ answer: String) throws {
        try sandbox.shell(
            """
            cat >ssh <<'END'
            #!/bin/sh
            for last; do :; done
            case "$last" in
            git-lfs-authenticate*) echo "$last" >>"$HOME/asked"; \(answer);;
            git-lfs-transfer*) exit 1;;
            *) exec sh -c "$last";;
            esac
            END
            chmod +x ssh; rm -f "$HOME/asked"
            """)
    }

    private func access(seconds: Int) throws -> String {
        let token = Array("x:\(try server.token("alice"))".utf8)
        let field = try sandbox.run("base64", ["-w0"], input: token).trimmed
        return "printf '%s' '{\"href\":\"\(server.url)/alice/m.git/info/lfs/\",\"header\":{\"Authorization\":\"Basic "
            + "\(field)\"},\"expires_in\":\(seconds)}'"
    }

    private func asked() throws -> [String] {
        try sandbox.shell("cat \"$HOME/asked\"").text.split(separator: "\n").map(String.init)
    }

    @Test(arguments: [("git", "nacre"), ("nacre", "git"), ("nacre", "nacre")])
    func largeFilesTravelBesideGit(_ pusher: String, _ cloner: String) throws {
        try writeSSH(try access(seconds: 3600))
        let cloned = try sandbox.run(pusher, ["clone", "-q", remote, "work"], variables: variables)
        try #require(cloned.code == 0, "\(cloned)")
        try sandbox.write("work/model.bin", content)
        let pushed = try sandbox.shell(
            "cd work; \(pusher) add -A; \(pusher) commit -qm large; \(pusher) push -q origin main".replacing(
                "nacre", with: Sandbox.productsDirectory.appending("nacre").string),
            variables: variables)
        #expect(pushed.code == 0, "\(pushed)")
        let path = "\(sandbox.root)/root/alice/m.git"
        let uploads = try asked()
        #expect(Set(uploads) == ["git-lfs-authenticate \(path) upload"], "\(uploads)")
        // A token that holds is asked for once.
        if pusher == "nacre" { #expect(uploads.count == 1) }
        let copied = try sandbox.run(cloner, ["clone", "-q", remote, "copy"], variables: variables)
        #expect(copied.code == 0, "\(copied)")
        #expect(try sandbox.read("copy/model.bin") == content)
        #expect(try asked().last == "git-lfs-authenticate \(path) download")
    }

    @Test func tokensThatRanOutAreAskedForAgain() throws {
        try writeSSH(try access(seconds: 1))
        try sandbox.nacre("clone", "-q", remote, "work", variables: variables)
        try sandbox.write("work/model.bin", content)
        try sandbox.shell("cd work; git add -A; git commit -qm large")
        let pushed = try sandbox.nacre("push", "-q", "origin", "main", in: "work", variables: variables)
        #expect(pushed.code == 0, "\(pushed)")
        #expect(try asked().count > 1)
    }

    @Test(arguments: [
        ("echo 'who are you?' >&2; exit 3", "'git-lfs-authenticate' failed on 'host': who are you?"),
        ("echo nothing", "does not say where large files are: set 'remote.<name>.lfsurl'"),
        ("printf '{\"href\":\"file:///etc\"}'", "does not say where large files are"),
    ])
    func whatIsNotSaidIsAnError(_ answer: String, _ message: String) throws {
        try writeSSH(answer)
        let cloned = try sandbox.nacre("clone", "-q", remote, "work", variables: variables)
        #expect(cloned.code == 0, "\(cloned)")
        try sandbox.write("work/model.bin", content)
        try sandbox.shell("cd work; git add -A; git commit -qm large")
        let pushed = try sandbox.nacre("push", "-q", "origin", "main", in: "work", variables: variables)
        #expect(pushed.code != 0)
        #expect(pushed.errorText.contains(message), "\(pushed)")
        // The branch has not moved before its content.
        let there = try sandbox.git("rev-parse", "main", in: "root/alice/m.git").trimmed
        #expect(there == (try sandbox.git("rev-parse", "main", in: "start").trimmed))
    }
}
