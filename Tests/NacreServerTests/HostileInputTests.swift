import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// What no honest client sends.
@Suite(.serialized) struct HostileInputTests {
    private let sandbox: Sandbox
    private let server: TestServer
    private let token: String

    init() throws {
        sandbox = try Sandbox("hostile")
        server = try TestServer(sandbox, ["--idle-timeout", "2", "--maximum-push", "100000"])
        token = try server.token("alice")
        try RepositoryStore(root: sandbox.root.appending("root")).create(try #require(RepositoryName("alice/m")))
    }

    private var base: FilePath { sandbox.root.appending("root/alice/m.git") }

    private func post(_ service: String, _ body: [UInt8], _ headers: [String] = []) throws -> TestServer.Answer {
        try server.request(
            "POST", "/alice/m.git/\(service)", token: token,
            headers: ["Content-Type: application/x-\(service)-request"] + headers, body: body)
    }

    private func expectUntouched(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try Files.list(base.appending("objects"))?.count == 2, sourceLocation: sourceLocation)
        #expect(try Files.list(base.appending("refs/heads"))?.isEmpty == true, sourceLocation: sourceLocation)
        #expect(try server.request("GET", "/healthz").status == 200, sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        "zzzz", "0003", "fffff", "0001", "0002", "000", "0008want", "0004", "0014command=ls-refs\n",
        "0012command=nothing",
        "0032want 0123456789012345678901234567890123456789\n0000", "0010command=fetch0001000fwant zzzzzzz0000",
    ])
    func malformedFetches(_ body: String) throws {
        for version in ["0", "2"] {
            let answer = try post("git-upload-pack", Array(body.utf8), ["Git-Protocol: version=\(version)"])
            #expect(answer.status == 200, "\(answer.text)")
        }
        try expectUntouched()
    }

    @Test(arguments: [
        "zzzz", "0003", "0001", "000", "00a0", "0010garbage here0000",
        "00670000000000000000000000000000000000000000 1111111111111111111111111111111111111111 refs/heads/a\0report-status",
        "00770000000000000000000000000000000000000000 1111111111111111111111111111111111111111 refs/heads/a\0 report-status 0000",
        "00780000000000000000000000000000000000000000 1111111111111111111111111111111111111111 refs/heads/a\0 report-status 0000PACK",
        "00790000000000000000000000000000000000000000 1111111111111111111111111111111111111111 ../../etc/pwd\0 report-status 0000",
    ])
    func malformedPushes(_ body: String) throws {
        #expect(try post("git-receive-pack", Array(body.utf8)).status == 200)
        try expectUntouched()
    }

    @Test func wantsThatAreNotThereAreSaidSo() throws {
        let id = String(repeating: "1234", count: 10)
        for (version, body) in [
            ("0", "0032want \(id)\n00000009done\n"),
            ("2", "0011command=fetch0001000fno-progress0032want \(id)\n0009done\n0000"),
        ] {
            let answer = try post("git-upload-pack", Array(body.utf8), ["Git-Protocol: version=\(version)"])
            #expect(
                answer.status == 200 && answer.text.contains("ERR upload-pack: not our ref \(id)"), "\(answer.text)")
        }
        try expectUntouched()
    }

    @Test func badPushCertificatesAreToldSo() throws {
        func packet(_ text: String) -> String {
            let length = String(text.utf8.count + 4, radix: 16)
            return String(repeating: "0", count: 4 - length.count) + length + text
        }
        let update = "\(String(repeating: "0", count: 40)) \(String(repeating: "1", count: 40)) refs/heads/a\n"
        let start = packet("push-cert\0 report-status")
        for body in [
            start, start + "0000", start + packet("push-cert-end\n") + "0000",
            start + packet("certificate version 0.1\n") + packet("\n") + packet(update) + packet("push-cert-end\n")
                + "0000",
            start + start + "0000", packet(update) + start + "0000",
            start + packet("\n") + packet("garbage\n") + packet("-----BEGIN\n") + packet("push-cert-end\n") + "0000",
        ] {
            let answer = try post("git-receive-pack", Array(body.utf8))
            #expect(answer.status == 200 && !answer.text.contains("ok refs"), "\(answer.text)")
        }
        try expectUntouched()
    }

    @Test func damagedPacks() throws {
        let sandbox = sandbox
        try sandbox.shell(
            "git init -q w; cd w; seq 1 1000 >f; git add f; git commit -qm x; git rev-parse HEAD | git pack-objects --revs -q --stdout >../pack"
        )
        let pack = try sandbox.read("pack")
        let id = try sandbox.git("rev-parse", "HEAD", in: "w").trimmed
        let zero = String(repeating: "0", count: 40)
        let line = "\(zero) \(id) refs/heads/a\0 report-status"
        let length = String(line.utf8.count + 4, radix: 16)
        let head = Array((String(repeating: "0", count: 4 - length.count) + length + line + "0000").utf8)
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<25 {
            var damaged = pack
            let place = Int.random(in: 0..<pack.count, using: &generator)
            if Bool.random(using: &generator) {
                damaged[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
            } else {
                damaged.removeSubrange(place...)
            }
            let answer = try post("git-receive-pack", head + damaged)
            #expect(answer.status == 200 && answer.text.contains("ng refs/heads/a"), "\(answer.text)")
        }
        try expectUntouched()
        #expect(try post("git-receive-pack", head + pack).text.contains("ok refs/heads/a"))
    }

    @Test func bombsInGzipBodies() throws {
        // 200 MB of zeros in 200 KB: more than a push here may have.
        try sandbox.shell("head -c 200000000 /dev/zero | gzip -9 >bomb")
        let bomb = try sandbox.read("bomb")
        for service in ["git-upload-pack", "git-receive-pack"] {
            _ = try post(service, bomb, ["Content-Encoding: gzip"])
            _ = try post(service, Array("not gzip at all".utf8), ["Content-Encoding: gzip"])
            #expect(try post(service, [], ["Content-Encoding: br"]).status == 415)
        }
        try expectUntouched()
    }

    @Test func pushesOverTheLimit() throws {
        var generator = SeededGenerator(seed: 5)
        try sandbox.write("w/f", (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
        let pushed = try sandbox.shell(
            "cd w; git init -q; git add f; git commit -qm x; git push '\(server.address(token))/alice/m' HEAD:refs/heads/big"
        )
        #expect(pushed.code != 0, "\(pushed)")
        try expectUntouched()
    }

    @Test(arguments: [
        "/alice/../alice/m.git/info/refs?service=git-upload-pack", "/alice/m.git/../../../etc/passwd",
        "/alice/%2e%2e/info/refs?service=git-upload-pack", "/alice/m.git/objects/info/packs", "/alice/m.git/HEAD",
        "/.nacre-server/accounts.sqlite", "/alice/m.git/info/lfs/objects/..%2f..%2fconfig", "/%00/x/info/refs",
    ])
    func pathTricks(_ path: String) throws {
        let status = try server.request("GET", path, token: token, headers: ["X: y"]).status
        #expect([400, 403, 404].contains(status), "\(path): \(status)")
    }

    @Test func smuggledAndBrokenRequests() throws {
        let host = "Host: x\r\n"
        let both =
            "POST /alice/m/git-upload-pack HTTP/1.1\r\n\(host)Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\(host)\r\n"
        #expect(try server.exchange(Array(both.utf8)).hasPrefix("HTTP/1.1 400"))
        let twice = "POST /healthz HTTP/1.1\r\n\(host)Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd"
        #expect(try server.exchange(Array(twice.utf8)).hasPrefix("HTTP/1.1 400"))
        #expect(try server.exchange(Array("GET /healthz HTTP/9.9\r\n\r\n".utf8)).hasPrefix("HTTP/1.1 400"))
        #expect(try server.exchange(Array("\u{16}\u{3}\u{1}garbage\r\n\r\n".utf8)).hasPrefix("HTTP/1.1 400"))
        let long = "GET /healthz HTTP/1.1\r\n\(host)X: \(String(repeating: "a", count: 200_000))\r\n\r\n"
        #expect(try !server.exchange(Array(long.utf8)).contains("200 OK"))
        try expectUntouched()
    }

    @Test func slowClientsAreCutOff() throws {
        // The end of the connection is what the exchange waits for.
        #expect(try !server.exchange(Array("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow".utf8)).contains("200 OK"))
        let body =
            "POST /alice/m/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/x-git-receive-pack-request\r\nContent-Length: 1000\r\n\r\n00"
        _ = try server.exchange(Array(body.utf8))
        try expectUntouched()
    }

    @Test func clientsThatVanish() throws {
        for count in [0, 10, 60, 200] {
            let body = String(repeating: "00770000000000000000000000000000000000000000 1111", count: 20).prefix(count)
            let head =
                "POST /alice/m/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/x-git-receive-pack-request\r\nContent-Length: 100000\r\n\r\n"
            _ = try server.exchange(Array((head + body).utf8), closing: true)
        }
        try expectUntouched()
    }

    @Test func guessingIsSlowedDown() throws {
        let other = try TestServer(try Sandbox("guess"), ["--failures-per-minute", "5"])
        let statuses = try (0..<8).map { try other.request("GET", "/api/v1/user", token: "nacre_\($0)").status }
        #expect(statuses == [401, 401, 401, 401, 401, 429, 429, 429])
        #expect(try other.request("GET", "/healthz").status == 200)
    }

    @Test func forwardedAddressesCountFromTrustedProxiesOnly() throws {
        let headers = ["X-Forwarded-For: 9.9.9.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: git.example"]
        let body = Array(
            "{\"operation\":\"upload\",\"objects\":[{\"oid\":\"\(String(repeating: "a", count: 64))\",\"size\":5}]}"
                .utf8)
        let path = "/alice/m.git/info/lfs/objects/batch"
        let plain = try server.request("POST", path, token: token, headers: headers, body: body).text
        #expect(plain.contains("http://127.0.0.1") && !plain.contains("git.example"))
        let behind = try TestServer(try Sandbox("proxy"), ["--trusted-proxy", "127.0.0.1"])
        let answer = try behind.request("POST", path, token: behind.token("alice"), headers: headers, body: body).text
        #expect(answer.contains("https://git.example/alice/m.git"))
        #expect(behind.log.contains("9.9.9.9"))
    }

    @Test func aRequestThatIsBeingAnsweredIsFinishedBeforeTheEnd() throws {
        #expect(server.stop() == .exited(0))
    }
}
