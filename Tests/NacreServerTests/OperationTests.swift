import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// Backup, restore, fsck, sweeping, ending.
@Suite(.serialized) struct OperationTests {
    private let sandbox: Sandbox
    private let server: TestServer
    private let token: String

    init() throws {
        sandbox = try Sandbox("operation")
        server = try TestServer(sandbox)
        token = try server.token("alice")
        let made = try sandbox.shell(
            """
            git init -q work; cd work; seq 1 1000 >f; git add f; git commit -qm one; git tag -a v1 -m v1
            git lfs install --local >/dev/null; git lfs track '*.bin' >/dev/null; seq 1 9999 >x.bin; git add .; git commit -qm two
            git remote add origin '\(server.address(token))/alice/m.git'; git push -q origin main v1
            """)
        try #require(made.code == 0, "\(made)")
    }

    private func command(_ arguments: String...) throws -> Sandbox.Outcome {
        try sandbox.run(Sandbox.productsDirectory.appending("nacre-server").string, arguments)
    }

    @Test func aBackupIsAServersFolder() throws {
        #expect(try command("backup", "--root", "root", "backup").code == 0)
        try sandbox.shell("cd work; git commit -q --allow-empty -m three; git push -q origin main :v1")
        #expect(try command("backup", "--root", "root", "backup").code == 0)
        let restored = try command("restore", "--root", "again", "backup")
        #expect(restored.code == 0, "\(restored)")
        #expect(try command("fsck", "--root", "again").code == 0)
        #expect(try sandbox.git("fsck", "--strict", in: "again/alice/m.git").code == 0)
        #expect(
            try sandbox.git("for-each-ref", in: "again/alice/m.git").text
                == sandbox.git("for-each-ref", in: "root/alice/m.git").text)
        #expect(try command("restore", "--root", "again", "backup").errorText.contains("not empty"))
        #expect(try command("token", "list", "--root", "again", "alice").text.contains("t0\twrite"))
    }

    @Test func fsckFindsWhatIsDamaged() throws {
        let clean = try command("fsck", "--root", "root")
        #expect(clean.code == 0 && clean.output.isEmpty, "\(clean)")
        let oid = Hex.string(Digest.hash(try sandbox.read("work/x.bin"), .sha256))
        let large = "root/alice/m.git/lfs/objects/\(oid.prefix(2))/\(oid.dropFirst(2).prefix(2))/\(oid)"
        var bytes = try sandbox.read(large)
        bytes[100] ^= 1
        try sandbox.write(large, bytes)
        let damaged = try command("fsck", "--root", "root", "alice/m")
        #expect(damaged.code == 1 && damaged.text.contains("another SHA-256"), "\(damaged)")
        try Files.remove(sandbox.root.appending(large))
        #expect(try command("fsck", "--root", "root").text.contains("large file \(oid): it is not here"))
    }

    @Test func maintenancePacksWhileTheServerServes() throws {
        for index in 0..<4 {
            try sandbox.shell("cd work; git commit -q --allow-empty -m e\(index); git push -q origin main")
        }
        let maintained = try command("maintain", "--root", "root", "--grace-days", "0")
        #expect(maintained.code == 0, "\(maintained)")
        let packs = try Files.list(sandbox.root.appending("root/alice/m.git/objects/pack"))
        #expect(packs?.count { $0.name.suffix(5).elementsEqual(".pack".utf8) } == 1)
        #expect(try sandbox.git("fsck", "--strict", in: "root/alice/m.git").code == 0)
        // The server has the old packs open, and finds the new one.
        let cloned = try sandbox.git("clone", "-q", server.address(token) + "/alice/m", "copy")
        try #require(cloned.code == 0, "\(cloned)")
        let tips = try ["work", "copy"].map { try sandbox.git("rev-parse", "main", in: $0).trimmed }
        #expect(tips[0] == tips[1])
    }

    @Test func clonesBeginWithABundleAndBitmaps() throws {
        try sandbox.shell(
            "cd work; for n in 1 2 3 4 5 6; do seq $n 900 >f$n; git add .; git commit -qm c$n; done; git push -q origin main"
        )
        let maintained = try command("maintain", "--root", "root", "--bundle-size", "1")
        #expect(maintained.code == 0, "\(maintained)")
        let served = "root/alice/m.git"
        #expect(try sandbox.git("rev-list", "--test-bitmap", "main", in: served).code == 0)
        // What came after the pack was made is not in it.
        try sandbox.shell("cd work; seq 5 800 >late; git add late; git commit -qm late; git push -q origin main")
        let remote = server.address(token) + "/alice/m"
        let cloned = try sandbox.git("clone", remote, "copy")
        #expect(cloned.code == 0, "\(cloned)")
        let asked = try sandbox.run(
            "nacre", ["-c", "transfer.bundleURI=true", "clone", "-q", "--bare", remote, "bundled"])
        #expect(asked.code == 0 && !asked.errorText.contains("warning"), "\(asked)")
        #expect(try sandbox.git("rev-parse", "-q", "--verify", "refs/bundles/main", in: "bundled").code == 0)
        let tips = try ["work", "copy", "bundled"].map { try sandbox.git("rev-parse", "main", in: $0).trimmed }
        #expect(Set(tips).count == 1)
        for copy in ["copy", "bundled"] { #expect(try sandbox.git("fsck", "--strict", in: copy).code == 0) }
        // The bundle is a bundle, whole and in parts, for those who may read.
        let names = try Files.list(sandbox.root.appending("\(served)/objects/pack")) ?? []
        let bitmap = try #require(
            names.map { String(decoding: $0.name, as: UTF8.self) }.first { $0.hasSuffix(".bitmap") })
        let path = "/alice/m.git/bundles/\(bitmap.dropFirst(5).dropLast(7)).bundle"
        #expect(try server.request("GET", path).status == 401)
        #expect(try server.request("GET", path, token: server.token("bob")).status == 404)
        let whole = try server.request("GET", path, token: token)
        #expect(whole.status == 200 && whole.text.hasPrefix("# v2 git bundle\n"))
        let part = try server.request("GET", path, token: token, headers: ["Range: bytes=10-500"])
        #expect(part.status == 206 && part.body == Array(whole.body[10...500]))
        try sandbox.write("kept.bundle", whole.body)
        let verified = try sandbox.git("bundle", "verify", "../kept.bundle", in: "copy")
        #expect(verified.code == 0, "\(verified)")
        let other = path.replacing(bitmap.dropFirst(5).dropLast(7), with: String(repeating: "ab", count: 20))
        #expect(try server.request("GET", other, token: token).status == 404)
    }

    @Test func leftoversAreSweptAway() throws {
        let objects = sandbox.root.appending("root/alice/m.git/objects")
        try Files.makeDirectory(objects.appending("tmp_objdir-incoming-x").appending("pack"))
        try sandbox.write("root/alice/m.git/lfs/incoming/tmp_upload_1", "half")
        let store = RepositoryStore(root: sandbox.root.appending("root"))
        try Sweeper(repositories: store, before: Int64(time(nil)) - 3600).run()
        #expect(try FileStatus.of(objects.appending("tmp_objdir-incoming-x")) != nil)
        try Sweeper(repositories: store, before: Int64(time(nil)) + 10).run()
        #expect(try FileStatus.of(objects.appending("tmp_objdir-incoming-x")) == nil)
        #expect(try Files.list(sandbox.root.appending("root/alice/m.git/lfs/incoming"))?.isEmpty == true)
        #expect(try sandbox.git("fsck", in: "root/alice/m.git").code == 0)
    }

    @Test func aServerKilledWhileItReceivesChangesNothing() throws {
        let before = try sandbox.git("for-each-ref", in: "root/alice/m.git").text
        let head =
            "POST /alice/m/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/x-git-receive-pack-request\r\nContent-Length: 100000\r\n\r\n"
        let id = try sandbox.git("rev-parse", "main", in: "work").trimmed
        let line = "\(String(repeating: "0", count: 40)) \(id) refs/heads/a\0 report-status"
        let command = "00" + String(line.utf8.count + 4, radix: 16) + line + "0000"
        _ = try server.exchange(Array((head + command).utf8) + Array("PACK\0\0\0\u{2}\0\0\0\u{9}".utf8), closing: true)
        server.kill9()
        #expect(try sandbox.git("for-each-ref", in: "root/alice/m.git").text == before)
        #expect(try sandbox.git("fsck", "--strict", in: "root/alice/m.git").code == 0)
        let again = try TestServer(sandbox)
        #expect(try sandbox.git("ls-remote", again.address(token) + "/alice/m", in: "work").code == 0)
        try Sweeper(repositories: RepositoryStore(root: sandbox.root.appending("root")), before: Int64(time(nil)) + 10)
            .run()
        #expect(
            try Files.list(sandbox.root.appending("root/alice/m.git/objects"))?.filter { $0.name.count > 4 }.map(\.name)
                .count == 0)
    }

    @Test func aPushThatIsOnItsWayIsFinishedBeforeTheEnd() throws {
        let made = try sandbox.shell(
            """
            cd work; git commit -q --allow-empty -m three
            printf 'main\n^v1\n' | git pack-objects --revs -q --stdout >../pack
            """)
        try #require(made.code == 0, "\(made)")
        let pack = try sandbox.read("pack")
        let id = try sandbox.git("rev-parse", "main", in: "work").trimmed
        let line = "\(String(repeating: "0", count: 40)) \(id) refs/heads/late\0 report-status"
        let command = Array(("00" + String(line.utf8.count + 4, radix: 16) + line + "0000").utf8)
        let head =
            "POST /alice/m/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n"
            + "Content-Type: application/x-git-receive-pack-request\r\n"
            + "Content-Length: \(command.count + pack.count)\r\n\r\n"
        var isAsked = false
        let answer = try server.exchange(Array(head.utf8) + command, then: pack) {
            // The request has begun: the server is told to end before the rest is sent.
            server.terminate()
            isAsked = true
        }
        #expect(isAsked && answer.contains("ok refs/heads/late"), "\(answer)")
        #expect(server.stop() == .exited(0))
        #expect(try sandbox.git("rev-parse", "late", in: "root/alice/m.git").trimmed == id)
    }
}
