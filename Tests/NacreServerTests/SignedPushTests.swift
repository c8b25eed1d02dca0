import TestSupport
import Testing

@testable import NacreServer

/// Push certificates: git's and nacre's, taken where a registered key of the pusher's signed them.
@Suite(.serialized) struct SignedPushTests {
    private let sandbox: Sandbox
    private let server: TestServer
    private let remote: String

    init() throws {
        sandbox = try Sandbox("signed")
        server = try TestServer(sandbox)
        remote = server.address(try server.token("alice")) + "/alice/m.git"
        try sandbox.shell(
            """
            git init -q work; ssh-keygen -q -t ed25519 -N '' -f key; ssh-keygen -q -t ed25519 -N '' -f other; cd work
            git config gpg.format ssh; git config user.signingkey "$PWD/../key.pub"
            echo one >f; git add f; git commit -qm one
            """)
    }

    private func register(_ key: String, of user: String) throws {
        let text = String(decoding: try sandbox.read(key), as: UTF8.self)
        try server.accounts.addSigner(String(text.split(separator: "\n")[0]), of: user, by: .console)
    }

    @Test(arguments: ["git", "nacre"])
    func aGoodCertificateIsKept(_ program: String) throws {
        try register("key.pub", of: "alice")
        try sandbox.git("push", "-q", remote, "main", in: "work")
        try sandbox.write(
            "root/alice/m.git/hooks/post-receive",
            "#!/bin/sh\necho $GIT_PUSH_CERT_STATUS $GIT_PUSH_CERT_SIGNER $GIT_PUSH_CERT_NONCE_STATUS >cert\n"
                + "git cat-file blob $GIT_PUSH_CERT >>cert\n")
        try sandbox.shell("chmod +x root/alice/m.git/hooks/post-receive; cd work; echo two >f; git commit -qam two")
        let pushed = try sandbox.run(program, ["push", "--signed", "-o", "a=b", remote, "main"], in: "work")
        #expect(pushed.code == 0, "\(pushed)")
        let kept = String(decoding: try sandbox.read("root/alice/m.git/cert"), as: UTF8.self)
        let lines = kept.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let here = try sandbox.git("rev-parse", "main~1", "main", in: "work").text.split(separator: "\n")
        #expect(lines[0] == "G alice OK")
        #expect(lines[1] == "certificate version 0.1")
        #expect(lines[2].hasPrefix("pusher SHA256:") && lines[2].hasSuffix(" +0000"), "\(lines[2])")
        #expect(lines[3].hasPrefix("pushee \(server.url)/alice/m.git"))
        #expect(lines[4].hasPrefix("nonce "))
        #expect(lines[5] == "push-option a=b")
        #expect(lines[6] == "" && lines[7] == "\(here[0]) \(here[1]) refs/heads/main")
        #expect(lines[8] == "-----BEGIN SSH SIGNATURE-----")
        let actions = try server.accounts.audit(subject: "alice/m").map(\.action)
        #expect(actions.contains("push.certificate"))
    }

    @Test(arguments: ["git", "nacre"])
    func badCertificatesAreRefused(_ program: String) throws {
        let unknown = try sandbox.run(program, ["push", "--signed", remote, "main"], in: "work")
        #expect(unknown.code == 1 && unknown.errorText.contains("no good signature"), "\(unknown)")
        try server.accounts.addUser("bob", by: .console)
        try register("key.pub", of: "bob")
        let foreign = try sandbox.run(program, ["push", "--signed", remote, "main"], in: "work")
        #expect(foreign.code == 1 && foreign.errorText.contains("somebody else"), "\(foreign)")
        #expect(try sandbox.git("rev-parse", "-q", "--verify", "refs/heads/main", in: "root/alice/m.git").code == 1)
    }
}
