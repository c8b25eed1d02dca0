import Bytes
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// Every role against every endpoint, strangers included.
@Suite(.serialized) struct PermissionMatrixTests {
    /// Who asks.
    enum Who: String, CaseIterable {
        case stranger, outsider, reader, writer, maintainer, admin, serverAdmin, readToken, otherToken, revoked, expired
    }

    /// What is asked, and which status each gets, in the order of ``Who``: on the private repository, on the public one.
    struct Endpoint: CustomStringConvertible {
        let method: String
        let path: String
        let body: String?
        let type: String?
        let onPrivate: [Int]
        let onPublic: [Int]

        init(
            _ method: String, _ path: String, _ body: String? = nil, type: String? = nil, _ onPrivate: [Int],
            _ onPublic: [Int]
        ) {
            (self.method, self.path, self.body, self.type) = (method, path, body, type)
            (self.onPrivate, self.onPublic) = (onPrivate, onPublic)
        }

        var description: String { "\(method) \(path)" }
    }

    private static let oid = String(repeating: "a", count: 64)
    //                             stranger outsider reader writer maint. admin  server readT. otherT. revoked expired
    private static let reading = (
        [401, 404, 200, 200, 200, 200, 200, 200, 404, 401, 401],
        [200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 401]
    )
    private static let writing = (
        [401, 404, 403, 200, 200, 200, 200, 403, 404, 401, 401],
        [401, 403, 403, 200, 200, 200, 200, 403, 403, 401, 401]
    )
    private static let locking = (
        [401, 404, 403, 409, 409, 409, 409, 403, 404, 401, 401],
        [401, 403, 403, 409, 409, 409, 409, 403, 403, 401, 401]
    )
    private static let breaking = (
        [401, 404, 403, 404, 404, 404, 404, 403, 404, 401, 401],
        [401, 403, 403, 404, 404, 404, 404, 403, 403, 401, 401]
    )
    private static let apiRead = (
        [401, 404, 200, 200, 200, 200, 200, 200, 404, 401, 401],
        [401, 200, 200, 200, 200, 200, 200, 200, 200, 401, 401]
    )
    private static let maintain = (
        [401, 404, 403, 403, 204, 204, 204, 403, 404, 401, 401],
        [401, 403, 403, 403, 204, 204, 204, 403, 403, 401, 401]
    )
    private static let manage = (
        [401, 404, 403, 403, 403, 204, 204, 403, 404, 401, 401],
        [401, 403, 403, 403, 403, 204, 204, 403, 403, 401, 401]
    )
    private static let list = (
        [401, 404, 403, 403, 403, 200, 200, 403, 404, 401, 401],
        [401, 403, 403, 403, 403, 200, 200, 403, 403, 401, 401]
    )
    private static let serverOnly = (
        [401, 403, 403, 403, 403, 403, 200, 403, 403, 401, 401],
        [401, 403, 403, 403, 403, 403, 200, 403, 403, 401, 401]
    )

    private static let signedIn = (
        [401, 200, 200, 200, 200, 200, 200, 200, 200, 401, 401],
        [401, 200, 200, 200, 200, 200, 200, 200, 200, 401, 401]
    )
    /// Refused before anybody is looked up, whatever the repository: by the body's type.
    private static let unsupported = (
        [415, 415, 415, 415, 415, 415, 415, 415, 415, 401, 401],
        [415, 415, 415, 415, 415, 415, 415, 415, 415, 401, 401]
    )
    /// An address that was not signed here: whoever asks is not looked at.
    private static let unsigned = ([Int](repeating: 403, count: 11), [Int](repeating: 403, count: 11))

    /// As `expected`, but that those who may get another answer: what they ask for is not there, or makes no sense.
    private static func turned(_ expected: ([Int], [Int]), _ status: Int, to other: Int) -> ([Int], [Int]) {
        (expected.0.map { $0 == status ? other : $0 }, expected.1.map { $0 == status ? other : $0 })
    }

    private static let endpoints: [Endpoint] = {
        let absent = turned(reading, 200, to: 404)
        let maintainAbsent = turned(maintain, 204, to: 404)
        let manageAbsent = turned(manage, 204, to: 404)
        let serverInvalid = turned(serverOnly, 200, to: 422)
        let serverAbsent = turned(serverOnly, 200, to: 404)
        func make(
            _ method: String, _ path: String, _ body: String?, type: String? = nil, _ expected: ([Int], [Int])
        ) -> Endpoint { Endpoint(method, path, body, type: type, expected.0, expected.1) }
        let object = "{\"operation\":\"OP\",\"objects\":[{\"oid\":\"\(oid)\",\"size\":5}]}"
        return [
            make("GET", "/REPO.git/info/refs?service=git-upload-pack", nil, reading),
            make("GET", "/REPO/info/refs?service=git-receive-pack", nil, writing),
            make("POST", "/REPO.git/git-upload-pack", "0000", type: "application/x-git-upload-pack-request", reading),
            make("POST", "/REPO.git/git-receive-pack", "0000", type: "application/x-git-receive-pack-request", writing),
            make("POST", "/REPO.git/info/lfs/objects/batch", object.replacing("OP", with: "download"), reading),
            make("POST", "/REPO.git/info/lfs/objects/batch", object.replacing("OP", with: "upload"), writing),
            make("GET", "/REPO.git/info/lfs/locks", nil, reading),
            make("GET", "/REPO.git/bundles/\(oid).bundle", nil, absent),
            make("POST", "/REPO.git/git-receive-pack", "00", type: "text/plain", unsupported),
            make("PUT", "/REPO.git/info/lfs/objects/\(oid)", "12345", unsigned),
            make("GET", "/REPO.git/info/lfs/objects/\(oid)?operation=download&size=5&signature=00", nil, unsigned),
            make("GET", "/REPO.git/info/lfs/chunks/manifests/\(oid)", nil, absent),
            make("GET", "/api/v1/user", nil, signedIn),
            make("GET", "/api/v1/repos", nil, signedIn),
            make("POST", "/api/v1/users", "{}", serverInvalid),
            make("DELETE", "/api/v1/users/nobody", nil, serverAbsent),
            make("DELETE", "/api/v1/repos/REPO/members/nobody", nil, manageAbsent),
            make("DELETE", "/api/v1/repos/REPO/protections?pattern=none", nil, maintainAbsent),
            make("POST", "/REPO.git/info/lfs/locks/verify", "{}", writing),
            make("POST", "/REPO.git/info/lfs/locks", "{\"path\":\"held\"}", locking),
            make("POST", "/REPO.git/info/lfs/locks/none/unlock", "{\"force\":true}", breaking),
            make("GET", "/api/v1/repos/REPO", nil, apiRead),
            make("GET", "/api/v1/repos/REPO/protections", nil, apiRead),
            make("PUT", "/api/v1/repos/REPO/protections", "{\"pattern\":\"main\"}", maintain),
            make("GET", "/api/v1/repos/REPO/members", nil, list),
            make("PUT", "/api/v1/repos/REPO/members/extra", "{\"role\":\"reader\"}", manage),
            make("GET", "/api/v1/repos/REPO/audit", nil, list),
            make("PATCH", "/api/v1/repos/REPO", "{}", manage),
            make("GET", "/api/v1/users", nil, serverOnly),
            make("GET", "/api/v1/audit", nil, serverOnly),
            make("GET", "/metrics", nil, serverOnly),
        ]
    }()

    private func tokens(_ server: TestServer) throws -> [Who: String] {
        let accounts = server.accounts
        for user in ["outsider", "reader", "writer", "maintainer", "admin", "extra", "held"] {
            try accounts.addUser(user, by: .console)
        }
        try accounts.addUser("root", isAdmin: true, by: .console)
        var tokens: [Who: String] = [:]
        for (who, role) in [Who.reader: Role.reader, .writer: .writer, .maintainer: .maintainer, .admin: .admin] {
            // Half by the namespace, half by the repository.
            for subject in who == .reader || who == .admin ? ["team"] : ["team/private", "team/public"] {
                try accounts.setRole(role, of: who.rawValue, in: subject, by: .console)
            }
            tokens[who] = try server.token(who.rawValue, access: .admin)
        }
        tokens[.outsider] = try server.token("outsider", access: .admin)
        tokens[.serverAdmin] = try server.token("root", access: .admin)
        tokens[.readToken] = try server.token("root", access: .read)
        tokens[.otherToken] = try server.token("root", access: .admin, repositories: "other/*")
        tokens[.revoked] = try server.token("writer", access: .write)
        try accounts.revokeToken("t1", of: "writer", by: .console)
        tokens[.expired] = try accounts.addToken("old", for: "admin", access: .admin, expires: 1_000_000, by: .console)
            .secret
        return tokens
    }

    @Test func everyRoleAgainstEveryEndpoint() throws {
        let server = try TestServer(
            try Sandbox("matrix"), ["--failures-per-minute", "0", "--requests-per-minute", "0"])
        let tokens = try tokens(server)
        let store = RepositoryStore(root: server.sandbox.root.appending("root"))
        let held = try #require(try server.accounts.user("held"))
        for path in ["team/private", "team/public"] {
            let name = try #require(RepositoryName(path))
            try store.create(name)
            _ = try server.accounts.lock("held", in: name, for: held)
        }
        try server.accounts.setPublic(true, try #require(RepositoryName("team/public")), by: .console)
        for endpoint in Self.endpoints {
            for (repository, expected) in [("team/private", endpoint.onPrivate), ("team/public", endpoint.onPublic)] {
                for (who, status) in zip(Who.allCases, expected) {
                    let answer = try server.request(
                        endpoint.method, endpoint.path.replacing("REPO", with: repository), token: tokens[who],
                        headers: endpoint.type.map { ["Content-Type: \($0)"] } ?? [],
                        body: endpoint.body.map { Array($0.utf8) })
                    #expect(answer.status == status, "\(who) \(endpoint) on \(repository): \(answer.text)")
                }
            }
        }
    }

    @Test(arguments: ["git", "nacre"])
    func everyRoleWithEveryCommand(_ program: String) throws {
        let sandbox = try Sandbox("commands")
        let server = try TestServer(sandbox, ["--failures-per-minute", "0", "--requests-per-minute", "0"])
        let tokens = try tokens(server)
        try RepositoryStore(root: sandbox.root.appending("root")).create(try #require(RepositoryName("team/private")))
        let owner = server.address(try #require(tokens[.serverAdmin])) + "/team/private"
        try sandbox.shell("git init -q w; cd w; git commit -q --allow-empty -m x; git push -q '\(owner)' main")
        try server.accounts.protect(Protection(repository: "team/private", pattern: "refs/heads/main"), by: .console)
        for who in Who.allCases {
            let address =
                tokens[who].map { server.address($0) + "/team/private" } ?? server.url + "/team/private"
            let readers: Set<Who> = [.reader, .writer, .maintainer, .admin, .serverAdmin, .readToken]
            let writers: Set<Who> = [.writer, .maintainer, .admin, .serverAdmin]
            func run(_ words: String...) throws -> Bool { try sandbox.run(program, words, in: "w").code == 0 }
            let mayRead = readers.contains(who)
            let mayWrite = writers.contains(who)
            #expect(try run("ls-remote", address) == mayRead, "\(who)")
            #expect(try run("fetch", "-q", address, "main") == mayRead, "\(who)")
            #expect(try run("clone", "-q", "--bare", address, "../copy-\(who)") == mayRead, "\(who)")
            #expect(try run("push", "-q", address, "main:refs/heads/\(who)") == mayWrite, "\(who)")
            #expect(try run("push", "-q", address, ":refs/heads/\(who)") == mayWrite, "\(who)")
            try sandbox.shell("cd w; git commit -q --allow-empty -m '\(who)'")
            // A protected branch takes a maintainer.
            #expect(try run("push", "-q", address, "main") == (mayWrite && who != .writer), "\(who)")
        }
    }

    @Test func whatOneMayNotSeeLooksLikeWhatIsNotThere() throws {
        let server = try TestServer(
            try Sandbox("hidden"), ["--failures-per-minute", "0", "--requests-per-minute", "0"])
        let tokens = try tokens(server)
        try RepositoryStore(root: server.sandbox.root.appending("root")).create(
            try #require(RepositoryName("team/private")))
        for endpoint in Self.endpoints where endpoint.path.contains("REPO") {
            for who in [Who.stranger, .outsider, .otherToken, .revoked, .expired] {
                let answers = try ["team/private", "team/nothing", "nobody/nothing"].map { repository in
                    try server.request(
                        endpoint.method, endpoint.path.replacing("REPO", with: repository), token: tokens[who],
                        headers: endpoint.type.map { ["Content-Type: \($0)"] } ?? [],
                        body: endpoint.body.map { Array($0.utf8) })
                }
                let shown = answers.map { answer -> String in
                    let text = answer.text.replacing(/"request_id":"[^"]*"/, with: "")
                    return "\(answer.status) \(text)"
                }
                // Where the outsider's token could make what is not there it would; 'other' may do so for other/* alone.
                #expect(Set(shown).count == 1, "\(who) \(endpoint): \(shown)")
            }
        }
    }
}
