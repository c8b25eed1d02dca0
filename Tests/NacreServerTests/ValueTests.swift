import Testing

@testable import NacreServer

/// Small values: names, patterns, ranges, times, routes.
@Suite struct ValueTests {
    @Test(
        arguments: [
            ("a/b", "a/b"), ("a/b.git", "a/b"), ("Team-1/my.model_2", "Team-1/my.model_2"), ("a", nil), ("a/b/c", nil),
            ("a/..", nil), ("../b", nil), ("a/.git", nil), ("a/b.git.git", nil), ("a//b", nil), ("a/%2e%2e", nil),
            ("a/b\0", nil),
            ("metrics/x", nil), ("a/b.lock", nil), ("a/b ", nil), ("-a/b", nil),
        ] as [(String, String?)])
    func repositoryNames(_ text: String, _ expected: String?) {
        #expect(RepositoryName(text)?.path == expected)
    }

    @Test(arguments: [
        ("refs/heads/main", "refs/heads/main", true), ("refs/heads/*", "refs/heads/a", true),
        ("refs/heads/*", "refs/heads/a/b", false), ("refs/heads/**", "refs/heads/a/b", true), ("*", "", true),
        ("refs/tags/v*", "refs/tags/v1.0", true), ("refs/tags/v*", "refs/tags/w", false), ("a*b*c", "aXXbYYc", true),
        ("a*b*c", "aXXbYY", false), ("", "", true), ("", "a", false), ("**", "a/b", true), ("*a", "aaab", false),
    ])
    func globs(_ pattern: String, _ text: String, _ isMatch: Bool) {
        #expect(Glob.matches(pattern, text) == isMatch)
    }

    @Test func globsDoNotBacktrack() {
        let pattern = String(repeating: "*a", count: 200)
        #expect(!Glob.matches(pattern, String(repeating: "a", count: 2000) + "b"))
    }

    @Test(
        arguments: [
            (nil, ByteRange.whole), ("bytes=0-", .part(0..<10)), ("bytes=3-5", .part(3..<6)),
            ("bytes=3-99", .part(3..<10)),
            ("bytes=10-", .unsatisfiable), ("bytes=-3", .part(7..<10)), ("bytes=-99", .part(0..<10)),
            ("bytes=-0", .unsatisfiable),
            ("bytes=5-3", .whole), ("bytes=a-", .whole), ("bytes=0-1,3-4", .whole), ("lines=1-2", .whole),
            ("bytes=0-9223372036854775807", .part(0..<10)), ("bytes=9223372036854775807-", .unsatisfiable),
            ("bytes=99999999999999999999-", .whole),
        ] as [(String?, ByteRange)])
    func ranges(_ header: String?, _ expected: ByteRange) {
        #expect(ByteRange(header, size: 10) == expected)
    }

    @Test func rangesOfNothing() {
        #expect(ByteRange("bytes=0-", size: 0) == .unsatisfiable)
        #expect(ByteRange("bytes=-1", size: 0) == .unsatisfiable)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_709_251_199, "2024-02-29T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"), (4_102_444_800, "2100-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] as [(Int64, String)])
    func times(_ seconds: Int64, _ text: String) {
        #expect(UTCTime.text(seconds) == text)
    }

    @Test(
        arguments: [
            ("YWxpY2U6c2VjcmV0", "alice:secret"), ("YTpi", "a:b"), ("YTpiYw==", "a:bc"), ("YTpiYw", "a:bc"),
            ("YTp", nil), ("?", nil),
            ("Y", nil), ("YQ==x", nil),
        ] as [(String, String?)])
    func base64(_ text: String, _ expected: String?) {
        let decoded = Base64.decode(text.utf8).map { String(decoding: $0, as: UTF8.self) }
        if text == "YTp" { #expect(decoded == "a:") } else { #expect(decoded == expected) }
    }

    @Test func routes() throws {
        let name = try #require(RepositoryName("a/b"))
        #expect(Route(path: "/a/b/info/refs") == .git(name, .refs))
        #expect(Route(path: "/a/b.git/git-upload-pack") == .git(name, .uploadPack))
        #expect(Route(path: "/a/b.git/info/lfs/objects/batch") == .largeFiles(name, .batch))
        #expect(Route(path: "/a/b.git/info/lfs/locks/verify") == .largeFiles(name, .verifyLocks))
        #expect(Route(path: "/a/b.git/info/lfs/locks/x/unlock") == .largeFiles(name, .unlock("x")))
        #expect(Route(path: "/api/v1/repos/a/b") == .api(["repos", "a", "b"]))
        for path in [
            "/", "", "/a", "/a/b", "/a/../b/info/refs", "/a/b/objects/info/packs", "//a/b/info/refs", "/a/b/info/lfs",
            "/A%2Fb/c/info/refs",
        ] {
            #expect(Route(path: path) == .unknown, "\(path)")
        }
    }

    @Test func limitsRefill() {
        let limiter = RateLimiter(perMinute: 2)
        #expect(limiter.take("a", at: 0) && limiter.take("a", at: 0) && !limiter.take("a", at: 0))
        #expect(limiter.take("b", at: 0))
        #expect(!limiter.isOpen("a", at: 29) && limiter.isOpen("a", at: 30))
        #expect(limiter.take("a", at: 30) && !limiter.take("a", at: 30))
        #expect(RateLimiter(perMinute: nil).take("a", at: 0))
    }

    @Test func signedAddressesAreForOneThing() throws {
        let signer = URLSigner(key: [1, 2, 3])
        let name = try #require(RepositoryName("a/b"))
        let grant = URLSigner.Grant(
            operation: "download", repository: "a/b", oid: "00", size: 7, expires: 100, userID: 1, tokenID: 2)
        var query: [String: String] = [:]
        for pair in signer.query(for: grant).split(separator: "&") {
            let parts = pair.split(separator: "=")
            query[String(parts[0])] = String(parts[1])
        }
        #expect(signer.grant(query, repository: name, oid: "00", now: 99) == grant)
        #expect(signer.grant(query, repository: name, oid: "00", now: 100) == nil)
        #expect(signer.grant(query, repository: name, oid: "01", now: 99) == nil)
        #expect(signer.grant(query, repository: try #require(RepositoryName("a/c")), oid: "00", now: 99) == nil)
        #expect(URLSigner(key: [1, 2, 4]).grant(query, repository: name, oid: "00", now: 99) == nil)
        for (key, value) in ["operation": "upload", "size": "8", "expires": "101", "user": "2", "token": "1"] {
            var changed = query
            changed[key] = value
            #expect(signer.grant(changed, repository: name, oid: "00", now: 50) == nil, "\(key)")
        }
    }
}
