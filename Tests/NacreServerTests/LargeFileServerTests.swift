import Bytes
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// The Git LFS API, asked directly.
@Suite(.serialized) struct LargeFileServerTests {
    private let server: TestServer
    private let token: String

    init() throws {
        server = try TestServer(try Sandbox("lfs"))
        token = try server.token("alice")
    }

    private func batch(_ operation: String, _ oid: String, _ size: Int, token: String? = nil) throws
        -> TestServer.Answer
    {
        let json =
            "{\"operation\":\"\(operation)\",\"transfers\":[\"basic\"],\"objects\":[{\"oid\":\"\(oid)\",\"size\":\(size)}]}"
        return try server.request(
            "POST", "/alice/m.git/info/lfs/objects/batch", token: token ?? self.token,
            headers: ["Content-Type: application/vnd.git-lfs+json"], body: Array(json.utf8))
    }

    private func href(_ answer: TestServer.Answer) throws -> String {
        let text = answer.text
        let start = try #require(text.firstRange(of: "\"href\":\"")).upperBound
        return String(text[start...].prefix { $0 != "\"" })
    }

    private func upload(_ content: [UInt8]) throws -> String {
        let oid = Hex.string(Digest.hash(content, .sha256))
        let answer = try batch("upload", oid, content.count)
        #expect(answer.status == 200)
        #expect(try server.request("PUT", href(answer), body: content).status == 200)
        return oid
    }

    @Test func filesGoUpAndComeBackInParts() throws {
        let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let oid = try upload(content)
        #expect(try !batch("upload", oid, content.count).text.contains("actions"))
        let address = try href(try batch("download", oid, content.count))
        let whole = try server.request("GET", address)
        #expect(whole.status == 200 && whole.body == content)
        let part = try server.request("GET", address, headers: ["Range: bytes=99990-99999"])
        #expect(part.status == 206 && part.body == Array(content[99_990...]))
        #expect(part.headers.contains("content-range: bytes 99990-99999/100000"))
        #expect(try server.request("GET", address, headers: ["Range: bytes=100000-"]).status == 416)
        #expect(try server.request("PUT", address, body: content).status == 403)
        let head = try server.request("HEAD", address)
        #expect(head.status == 200 && head.headers.contains("content-length: 100000"))
    }

    @Test func whatIsNotTheFileIsRefused() throws {
        let oid = Hex.string(Digest.hash(Array("hello".utf8), .sha256))
        let address = try href(try batch("upload", oid, 5))
        #expect(try server.request("PUT", address, body: Array("hellO".utf8)).status == 422)
        #expect(try server.request("PUT", address, body: Array("hello!".utf8)).status == 422)
        #expect(try server.request("PUT", address, body: Array("hell".utf8)).status == 422)
        let chunked = ["Transfer-Encoding: chunked"]
        #expect(try server.request("PUT", address, headers: chunked, body: Array("hello!".utf8)).status == 422)
        #expect(try batch("download", oid, 5).text.contains("\"code\":404"))
        #expect(try server.request("PUT", address, headers: chunked, body: Array("hello".utf8)).status == 200)
        let left = try Files.list(server.sandbox.root.appending("root/alice/m.git/lfs/incoming"))
        #expect(left?.isEmpty == true)
    }

    @Test func emptyFilesAreFiles() throws {
        let oid = Hex.string(Digest.hash([], .sha256))
        #expect(try !batch("upload", oid, 0).text.contains("actions"))
        #expect(try server.request("GET", href(try batch("download", oid, 0))).status == 200)
    }

    @Test func addressesDieWithTheTokenTheyWereMadeFor() throws {
        let oid = try upload(Array("secret".utf8))
        let address = try href(try batch("download", oid, 6))
        #expect(try server.request("GET", address).status == 200)
        try server.accounts.revokeToken("t0", of: "alice", by: .console)
        #expect(try server.request("GET", address).status == 403)
        #expect(try server.request("GET", address.replacing("size=6", with: "size=7")).status == 403)
        #expect(try server.request("GET", "/alice/m.git/info/lfs/objects/\(oid)").status == 403)
    }

    @Test func badRequestsAreToldSo() throws {
        let path = "/alice/m.git/info/lfs/objects/batch"
        #expect(try server.request("POST", path, token: token, body: Array("{".utf8)).status == 422)
        #expect(
            try server.request("POST", path, token: token, body: Array("{\"operation\":\"x\",\"objects\":[]}".utf8))
                .status == 422)
        #expect(try server.request("GET", path, token: token).status == 405)
        #expect(try batch("upload", "../../etc/passwd", 5).text.contains("\"code\":422"))
        #expect(try batch("upload", String(repeating: "A", count: 64), 5).text.contains("\"code\":422"))
        #expect(try batch("upload", String(repeating: "a", count: 64), -5).text.contains("\"code\":422"))
        let deep = Array((String(repeating: "[", count: 100_000)).utf8)
        #expect(try server.request("POST", path, token: token, body: deep).status == 422)
        #expect(
            try server.request("POST", path, token: token, body: Array(repeating: 32, count: 2 << 20)).status == 413)
        #expect(try server.request("GET", "/healthz").status == 200)
    }

    @Test func locksAreHeldByOneAtATime() throws {
        _ = try batch("upload", String(repeating: "a", count: 64), 5)
        try server.accounts.addUser("bob", by: .console)
        try server.accounts.setRole(.writer, of: "bob", in: "alice/m", by: .console)
        let bob = try server.token("bob")
        let base = "/alice/m.git/info/lfs/locks"
        let body = Array("{\"path\":\"a.bin\"}".utf8)
        let taken = try server.request("POST", base, token: token, body: body)
        #expect(taken.status == 201)
        let id = String(try #require(taken.text.firstMatch(of: /"id":"([0-9a-f]+)"/)).1)
        #expect(try server.request("POST", base, token: bob, body: body).status == 409)
        #expect(try server.request("GET", base + "?path=a.bin", token: bob).text.contains("alice"))
        let verified = try server.request("POST", base + "/verify", token: bob, body: Array("{}".utf8)).text
        #expect(verified.contains("\"ours\":[]") && verified.contains("a.bin"))
        #expect(try server.request("POST", base + "/\(id)/unlock", token: bob, body: Array("{}".utf8)).status == 403)
        let force = Array("{\"force\":true}".utf8)
        #expect(try server.request("POST", base + "/\(id)/unlock", token: bob, body: force).status == 403)
        try server.accounts.setRole(.maintainer, of: "bob", in: "alice/m", by: .console)
        #expect(try server.request("POST", base + "/\(id)/unlock", token: bob, body: force).status == 200)
        #expect(try server.request("POST", base + "/\(id)/unlock", token: bob, body: force).status == 404)
    }
}
