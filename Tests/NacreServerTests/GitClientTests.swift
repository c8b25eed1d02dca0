import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// Stock git and git-lfs against the server.
@Suite(.serialized) struct GitClientTests {
    private let sandbox: Sandbox
    private let server: TestServer
    private let token: String
    private let remote: String

    init() throws {
        sandbox = try Sandbox("git")
        server = try TestServer(sandbox)
        token = try server.token("alice")
        remote = server.address(token) + "/alice/m.git"
        try sandbox.shell(
            """
            git init -q work; cd work
            for n in 1 2 3 4 5; do echo "$n" >"f$n"; mkdir -p "d$n"; seq 1 200 >"d$n/lines"; git add .; git commit -qm "c$n"; done
            git tag -a v1 -m v1; git branch side HEAD~2
            """)
    }

    private func expectEqual(
        _ copy: String, _ refs: String = "refs/heads/main", sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let here = try sandbox.git("rev-parse", refs, in: "work").trimmed
        let there = try sandbox.git("rev-parse", refs, in: copy).trimmed
        #expect(here == there, sourceLocation: sourceLocation)
        let check = try sandbox.git("fsck", "--strict", in: copy)
        #expect(check.code == 0, "\(check)", sourceLocation: sourceLocation)
    }

    private var served: String { "root/alice/m.git" }

    @Test(arguments: ["0", "1", "2"])
    func pushAndClone(_ version: String) throws {
        let pushed = try sandbox.git("push", "-q", remote, "main", "side", "v1", in: "work")
        #expect(pushed.code == 0, "\(pushed)")
        try expectEqual(served)
        let cloned = try sandbox.git("-c", "protocol.version=\(version)", "clone", "-q", remote, "copy")
        #expect(cloned.code == 0, "\(cloned)")
        try expectEqual("copy")
        #expect(
            try sandbox.git("rev-parse", "v1", in: "copy").trimmed == sandbox.git("rev-parse", "v1", in: "work").trimmed
        )
        // One more commit, fetched into what is there.
        try sandbox.shell("cd work; echo more >>f1; git commit -qam more; git push -q '\(remote)' main")
        let pulled = try sandbox.git("-c", "protocol.version=\(version)", "pull", "-q", in: "copy")
        #expect(pulled.code == 0, "\(pulled)")
        try expectEqual("copy")
    }

    @Test(arguments: ["0", "2"])
    func shallowAndPartial(_ version: String) throws {
        try sandbox.git("push", "-q", remote, "main", in: "work")
        let option = "protocol.version=\(version)"
        try sandbox.git("-c", option, "clone", "-q", "--depth", "2", remote, "shallow")
        #expect(try sandbox.git("rev-list", "--count", "HEAD", in: "shallow").trimmed == "2")
        let deepened = try sandbox.git("-c", option, "fetch", "-q", "--deepen", "1", in: "shallow")
        #expect(deepened.code == 0, "\(deepened)")
        #expect(try sandbox.git("rev-list", "--count", "HEAD", in: "shallow").trimmed == "3")
        let whole = try sandbox.git("-c", option, "fetch", "-q", "--unshallow", in: "shallow")
        #expect(whole.code == 0, "\(whole)")
        try expectEqual("shallow")
        let partial = try sandbox.git(
            "-c", option, "clone", "-q", "--filter=blob:none", "--no-checkout", remote, "partial")
        #expect(partial.code == 0, "\(partial)")
        #expect(
            try !sandbox.git("rev-list", "--objects", "--missing=print", "HEAD", in: "partial").text.filter {
                $0 == "?"
            }.isEmpty)
        let filled = try sandbox.git("-c", option, "checkout", "-q", "main", in: "partial")
        #expect(filled.code == 0, "\(filled)")
        #expect(try sandbox.read("partial/d5/lines") == sandbox.read("work/d5/lines"))
    }

    @Test func forceDeleteAtomicAndMirror() throws {
        try sandbox.git("push", "-q", remote, "main", "side", in: "work")
        try sandbox.shell("cd work; git commit -q --amend -m other")
        #expect(try sandbox.git("push", "-q", remote, "main", in: "work").code == 1)
        #expect(try sandbox.git("push", "-q", "--force", remote, "main", in: "work").code == 0)
        try expectEqual(served)
        #expect(try sandbox.git("push", "-q", remote, ":side", in: "work").code == 0)
        #expect(try sandbox.git("rev-parse", "-q", "--verify", "refs/heads/side", in: served).code == 1)
        // One of two is refused: neither moves.
        try sandbox.shell("cd work; git checkout -q --orphan lone; git commit -qm lone; git branch -f side")
        try server.accounts.protect(Protection(repository: "alice/m", pattern: "refs/heads/main"), by: .console)
        let atomic = try sandbox.git("push", "-q", "--atomic", remote, "side", "+lone:refs/heads/main", in: "work")
        #expect(atomic.code != 0)
        #expect(try sandbox.git("rev-parse", "-q", "--verify", "refs/heads/side", in: served).code == 1)
        let mirror = try sandbox.git("push", "-q", "--mirror", server.address(token) + "/alice/mirror", in: "work")
        #expect(mirror.code == 0, "\(mirror)")
        #expect(
            try sandbox.git("for-each-ref", in: "work").text
                == sandbox.git("for-each-ref", in: "root/alice/mirror.git").text)
    }

    @Test func bigPushesAreChunkedAndGoThrough() throws {
        // More than http.postBuffer: a probe, then a body without length. Random, so that nothing is compressed away.
        var generator = SeededGenerator(seed: 7)
        let content = (0..<3 << 20).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try sandbox.write("work/big", content)
        try sandbox.shell("cd work; git add big; git commit -qm big")
        let pushed = try sandbox.git("push", "-q", remote, "main", in: "work")
        #expect(pushed.code == 0, "\(pushed)")
        try expectEqual(served)
        try sandbox.git("clone", "-q", remote, "copy")
        #expect(try sandbox.read("copy/big") == content)
    }

    @Test func manyWantsAreSentCompressed() throws {
        try sandbox.shell(
            "cd work; for n in $(seq 1 60); do git commit -q --allow-empty -m e$n; git branch b$n; done; git push -q '\(remote)' --all"
        )
        let cloned = try sandbox.git("clone", "-q", "--mirror", remote, "copy.git")
        #expect(cloned.code == 0, "\(cloned)")
        #expect(
            try sandbox.git("for-each-ref", "refs/heads", in: "work").text
                == sandbox.git("for-each-ref", "refs/heads", in: "copy.git").text)
    }

    @Test func largeFilesTravelWithTheirCommits() throws {
        let hasClient = try sandbox.run("git-lfs", ["version"]).code == 0
        try #require(hasClient, "git-lfs is not installed")
        var generator = SeededGenerator(seed: 3)
        let content = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try sandbox.shell(
            "git lfs install --skip-repo; cd work; git lfs install --local; git lfs track '*.bin'; git remote add origin '\(remote)'"
        )
        try sandbox.write("work/model.bin", content)
        let pushed = try sandbox.shell("cd work; git add -A; git commit -qm large; git push -q origin main")
        #expect(pushed.code == 0, "\(pushed)")
        let cloned = try sandbox.git("clone", "-q", remote, "copy")
        #expect(cloned.code == 0, "\(cloned)")
        #expect(try sandbox.read("copy/model.bin") == content)
        let locked = try sandbox.shell("cd work; git lfs lock model.bin; git lfs locks")
        #expect(locked.code == 0 && locked.text.contains("alice"), "\(locked)")
        #expect(try sandbox.shell("cd work; git lfs unlock model.bin; git lfs locks").text.contains("Unlocked"))
    }

    @Test func pointersWithoutTheirFilesAreRefused() throws {
        try sandbox.write(
            "work/x.bin",
            "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "ab", count: 32))\nsize 12345\n"
        )
        try sandbox.shell("cd work; git add x.bin; git commit -qm pointer")
        let pushed = try sandbox.git("push", remote, "main", in: "work")
        #expect(pushed.code == 1 && pushed.errorText.contains("large files are missing"), "\(pushed)")
        #expect(pushed.errorText.contains("git lfs push"))
        #expect(try sandbox.git("rev-parse", "-q", "--verify", "refs/heads/main", in: served).code == 1)
    }

    @Test func protectedBranchesHold() throws {
        try sandbox.git("push", "-q", remote, "main", "v1", in: "work")
        try server.accounts.protect(Protection(repository: "alice/m", pattern: "refs/heads/main"), by: .console)
        try server.accounts.protect(Protection(repository: "alice/m", pattern: "refs/tags/v*"), by: .console)
        try server.accounts.addUser("bob", by: .console)
        try server.accounts.setRole(.writer, of: "bob", in: "alice/m", by: .console)
        let bob = server.address(try server.token("bob")) + "/alice/m.git"
        try sandbox.shell("cd work; echo x >x; git add x; git commit -qm x")
        let refused = try sandbox.git("push", bob, "main", in: "work")
        #expect(refused.code == 1 && refused.errorText.contains("only a maintainer"), "\(refused)")
        #expect(try sandbox.git("push", "-q", bob, "main:refs/heads/topic", in: "work").code == 0)
        #expect(try sandbox.git("push", "-q", remote, "main", in: "work").code == 0)
        let forced = try sandbox.git("push", "--force", remote, "main~3:main", in: "work")
        #expect(forced.code == 1 && forced.errorText.contains("may not lose commits"), "\(forced)")
        let tag = try sandbox.git("push", "--force", remote, "main:refs/tags/v1", in: "work")
        #expect(tag.code == 1 && tag.errorText.contains("may not be moved"), "\(tag)")
        let deleted = try sandbox.git("push", remote, ":refs/tags/v1", in: "work")
        #expect(deleted.code == 1 && deleted.errorText.contains("may not be deleted"), "\(deleted)")
        try server.accounts.protect(
            Protection(repository: "alice/m", pattern: "refs/heads/main", pushRole: nil), by: .console)
        #expect(
            try sandbox.git("push", "--force", remote, "main~1:refs/heads/main", in: "work").errorText.contains(
                "nobody"))
    }

    @Test func signedCommitsAreAskedFor() throws {
        try sandbox.git("push", "-q", remote, "main", in: "work")
        try server.accounts.protect(
            Protection(repository: "alice/m", pattern: "refs/heads/main", requiresSignature: true), by: .console)
        try sandbox.shell("cd work; echo x >x; git add x; git commit -qm unsigned")
        let unsigned = try sandbox.git("push", remote, "main", in: "work")
        #expect(unsigned.code == 1 && unsigned.errorText.contains("no good signature"), "\(unsigned)")
        let signed = try sandbox.shell(
            """
            ssh-keygen -q -t ed25519 -N '' -f key; cd work
            git config gpg.format ssh; git config user.signingkey "$PWD/../key.pub"; git commit -q --amend -S -m signed
            """)
        #expect(signed.code == 0, "\(signed)")
        #expect(try sandbox.git("push", remote, "main", in: "work").code == 1)
        let key = String(decoding: try sandbox.read("key.pub"), as: UTF8.self)
        try server.accounts.addSigner(String(key.split(separator: "\n")[0]), of: "alice", by: .console)
        let pushed = try sandbox.git("push", remote, "main", in: "work")
        #expect(pushed.code == 0, "\(pushed)")
    }

    @Test func hooksDecide() throws {
        try sandbox.git("push", "-q", remote, "main", in: "work")
        func hook(_ name: String, _ script: String) throws {
            try sandbox.write("\(served)/hooks/\(name)", "#!/bin/sh\n\(script)\n")
            try sandbox.shell("chmod +x \(served)/hooks/\(name)")
        }
        try hook(
            "pre-receive",
            "read old new ref; echo \"hello $NACRE_USER from $ref\"; git cat-file -e $new && [ \"$GIT_PUSH_OPTION_0\" != no ]"
        )
        try hook("update", "[ \"$1\" != refs/heads/never ]")
        try hook("post-receive", "cat >received")
        try sandbox.shell("cd work; echo x >x; git add x; git commit -qm x")
        let refused = try sandbox.git("push", "-o", "no", remote, "main", in: "work")
        #expect(refused.code == 1 && refused.errorText.contains("pre-receive hook declined"), "\(refused)")
        #expect(refused.errorText.contains("hello alice from refs/heads/main"))
        let partly = try sandbox.git("push", remote, "main", "main:never", in: "work")
        #expect(partly.code == 1 && partly.errorText.contains("never (hook declined)"), "\(partly)")
        try expectEqual(served)
        #expect(try String(decoding: sandbox.read("\(served)/received"), as: UTF8.self).hasSuffix("refs/heads/main\n"))
    }

    @Test func damagedObjectsAreRefused() throws {
        // A tree with an entry `.git`: what a checkout must never write.
        let made = try sandbox.shell(
            """
            cd work; blob=$(echo x | git hash-object -w --stdin)
            tree=$(printf '100644 blob %s\\t.git\\n' "$blob" | git mktree --missing)
            git update-ref refs/heads/evil "$(git commit-tree -m evil "$tree")"
            """)
        #expect(made.code == 0, "\(made)")
        let pushed = try sandbox.git("push", remote, "evil", in: "work")
        #expect(pushed.code == 1 && pushed.errorText.contains("hasDotgit"), "\(pushed)")
        #expect(try Files.list(sandbox.root.appending("\(served)/objects"))?.count == 2)
    }

    @Test func theAuditLogNamesEachUpdate() throws {
        try sandbox.git("push", "-q", remote, "main", in: "work")
        let entries = try server.accounts.audit(subject: "alice/m").map { "\($0.actor) \($0.action)" }
        #expect(entries == ["alice ref.update", "alice repo.create"])
        #expect(!server.log.contains(token))
        // The line of a request is written after its answer has gone out.
        for _ in 0..<200 where !server.log.contains("/alice/m.git/git-receive-pack") { usleep(50_000) }
        #expect(server.log.contains("/alice/m.git/git-receive-pack"))
    }
}
