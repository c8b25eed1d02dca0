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
