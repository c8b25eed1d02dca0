import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Nacre against `git http-backend` behind lighttpd: what it does with our own server it does with git's.
@Suite(.serialized) struct BackendTests {
    private let sandbox: Sandbox
    private let remote: String

    private let backend: GitBackend

    init() throws {
        sandbox = try Sandbox("backend")
        backend = try GitBackend(sandbox)
        remote = backend.address("alice:secret@")
        try sandbox.shell(
            """
            git init -q work; cd work
            for n in 1 2 3 4 5; do echo "$n" >"f$n"; mkdir -p "d$n"; seq 1 200 >"d$n/lines"; git add .; git commit -qm "c$n"; done
            git tag -a v1 -m v1; git branch side HEAD~2
            """)
    }

    private func expectSame(_ left: String, _ right: String, _ refs: String = "refs/heads/main") throws {
        let tips = try [left, right].map { try sandbox.git("rev-parse", refs, in: $0).trimmed }
        #expect(tips[0] == tips[1])
        let check = try sandbox.git("fsck", "--strict", in: right)
        #expect(check.code == 0, "\(check)")
    }

    private func expectSuccess(
        _ words: String..., in directory: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try sandbox.run("nacre", words, in: directory)
        #expect(outcome.code == 0, "\(words): \(outcome)", sourceLocation: sourceLocation)
        #expect(!outcome.errorText.contains("secret"), sourceLocation: sourceLocation)
    }

    @Test(arguments: ["0", "1", "2"])
    func pushCloneAndFetch(_ version: String) throws {
        let option = "protocol.version=\(version)"
        try expectSuccess("push", "-q", remote, "main", "side", "v1", in: "work")
        try expectSame("work", "served/m.git")
        try expectSuccess("-c", option, "clone", "-q", remote, "copy")
        try expectSame("work", "copy")
        try sandbox.shell("cd work; echo more >>f1; git commit -qam more")
        try expectSuccess("push", "-q", remote, "main", in: "work")
        try expectSuccess("-c", option, "pull", "-q", in: "copy")
        try expectSame("work", "copy")
        try expectSuccess("-c", option, "clone", "-q", "--depth", "2", remote, "shallow")
        #expect(try sandbox.git("rev-list", "--count", "HEAD", in: "shallow").trimmed == "2")
        try expectSuccess("-c", option, "fetch", "-q", "--deepen", "1", in: "shallow")
        #expect(try sandbox.git("rev-list", "--count", "HEAD", in: "shallow").trimmed == "3")
        try expectSuccess("-c", option, "fetch", "-q", "--unshallow", in: "shallow")
        try expectSame("work", "shallow")
        try expectSuccess("-c", option, "clone", "-q", "--filter=blob:none", "--no-checkout", remote, "partial")
        #expect(
            try sandbox.git("rev-list", "--objects", "--missing=print", "HEAD", in: "partial").text.contains("\n?"))
        try expectSuccess("checkout", "-q", "main", in: "partial")
        #expect(try sandbox.read("partial/d5/lines") == sandbox.read("work/d5/lines"))
    }

    @Test func forceDeleteAtomicAndMirror() throws {
        try expectSuccess("push", "-q", remote, "main", "side", in: "work")
        try sandbox.shell("cd work; git commit -q --amend -m other")
        #expect(try sandbox.nacre("push", "-q", remote, "main", in: "work").code == 1)
        try expectSuccess("push", "-q", "--force", remote, "main", in: "work")
        try expectSuccess("push", "-q", "-o", "some=option", remote, ":side", in: "work")
        #expect(try sandbox.git("rev-parse", "-q", "--verify", "refs/heads/side", in: "served/m.git").code == 1)
        let stale = try sandbox.nacre(
            "push", "-q", "--force-with-lease=main:HEAD~1", remote, "main~1:main", in: "work")
        #expect(stale.code == 1 && stale.errorText.contains("stale info"), "\(stale)")
        try expectSuccess("push", "-q", "--mirror", remote, in: "work")
        #expect(
            try sandbox.git("for-each-ref", in: "work").text == sandbox.git("for-each-ref", in: "served/m.git").text)
        try expectSuccess("clone", "-q", "--mirror", remote, "mirror.git")
        #expect(
            try sandbox.git("for-each-ref", "refs/heads", "refs/tags", in: "mirror.git").text
                == sandbox.git("for-each-ref", "refs/heads", "refs/tags", in: "work").text)
    }

    @Test func wrongCredentialsAreSaidSo() throws {
        let wrong = remote.replacing("secret", with: "wrong")
        let outcome = try sandbox.nacre("ls-remote", wrong)
        #expect(outcome.code == 128 && outcome.errorText.contains("Authentication failed"), "\(outcome)")
        #expect(!outcome.errorText.contains("wrong"))
    }
}
