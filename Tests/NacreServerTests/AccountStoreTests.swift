import Bytes
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

@Suite struct AccountStoreTests {
    /// A clock that tests turn.
    private final class Clock: Sendable {
        let now = Atomic<Int64>(1_700_000_000)
    }

    private let clock = Clock()
    private let store: AccountStore
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox("accounts")
        store = try AccountStore(
            path: sandbox.root.appending("a.sqlite"), now: { [clock] in clock.now.load(ordering: .relaxed) })
    }

    private func name(_ path: String) throws -> RepositoryName { try #require(RepositoryName(path)) }

    @Test func tokensAreKeptAsDigestsOnly() throws {
        try store.addUser("alice", by: .console)
        let made = try store.addToken("laptop", for: "alice", access: .write, by: .console)
        #expect(made.secret.hasPrefix("nacre_") && made.secret.utf8.count == 6 + 64)
        #expect(try store.identity(token: made.secret)?.user?.name == "alice")
        #expect(try store.identity(token: made.secret + "0") == nil)
        for file in ["a.sqlite", "a.sqlite-wal"] {
            let bytes = try sandbox.read(file)
            #expect(!String(decoding: bytes, as: UTF8.self).contains(made.secret.dropFirst(6)))
        }
    }

    @Test func tokensEnd() throws {
        try store.addUser("alice", by: .console)
        let short = try store.addToken("short", for: "alice", access: .read, expires: 1_700_000_010, by: .console)
            .secret
        let long = try store.addToken("long", for: "alice", access: .read, by: .console).secret
        #expect(try store.identity(token: short) != nil)
        clock.now.store(1_700_000_010, ordering: .relaxed)
        #expect(try store.identity(token: short) == nil)
        try store.revokeToken("long", of: "alice", by: .console)
        #expect(try store.identity(token: long) == nil)
        #expect(throws: AccountError.self) { try store.revokeToken("none", of: "alice", by: .console) }
    }

    @Test func shutAccountsAreRefused() throws {
        try store.addUser("alice", by: .console)
        try store.setPassword("a long password", of: "alice", by: .console)
        let token = try store.addToken("t", for: "alice", access: .admin, by: .console).secret
        #expect(try store.identity(name: "alice", password: "a long password") != nil)
        #expect(try store.identity(name: "alice", password: "a long passwort") == nil)
        #expect(try store.identity(name: "nobody", password: "a long password") == nil)
        try store.setDisabled(true, "alice", by: .console)
        #expect(try store.identity(token: token) == nil)
        #expect(try store.identity(name: "alice", password: "a long password") == nil)
        try store.setDisabled(false, "alice", by: .console)
        #expect(try store.identity(token: token) != nil)
    }

    @Test func namesAndPasswordsAreChecked() throws {
        for bad in [
            "", "a/b", "../x", ".hidden", "a b", "api", "x.git", "x.lock", "ä", "a..b",
            String(repeating: "x", count: 101),
        ] {
            #expect(throws: AccountError.self, "\(bad)") { try store.addUser(bad, by: .console) }
        }
        try store.addUser("alice", by: .console)
        #expect(throws: AccountError.exists("user 'Alice'")) { try store.addUser("Alice", by: .console) }
        #expect(throws: AccountError.weakPassword) { try store.setPassword("short", of: "alice", by: .console) }
    }

    @Test func theHighestRoleCountsAndTheTokenLimitsIt() throws {
        for user in ["alice", "bob", "root"] { try store.addUser(user, isAdmin: user == "root", by: .console) }
        let model = try name("team/model")
        func role(_ user: String, _ access: Token.Access? = nil, _ repositories: String? = nil) throws -> Role? {
            let user = try #require(try store.user(user))
            let token = access.map {
                Token(
                    id: 1, userID: user.id, name: "t", access: $0, repositories: repositories, created: 0, expires: nil,
                    revoked: nil)
            }
            return try store.role(of: Identity(user: user, token: token), in: model)
        }
        #expect(try role("alice") == nil)
        try store.setRole(.reader, of: "alice", in: "team", by: .console)
        #expect(try role("alice") == .reader)
        try store.setRole(.maintainer, of: "alice", in: "team/model", by: .console)
        #expect(try role("alice") == .maintainer)
        #expect(try role("alice", .read) == .reader)
        #expect(try role("alice", .write, "team/*") == .maintainer)
        #expect(try role("alice", .admin, "team/other other/**") == nil)
        #expect(try role("root") == .admin && role("root", .write) == .maintainer)
        #expect(try store.role(of: .anonymous, in: model) == nil)
        try store.setPublic(true, model, by: .console)
        #expect(try role("bob") == .reader && role("alice", .admin, "x/y") == .reader)
        #expect(try store.role(of: .anonymous, in: model) == .reader)
        try store.setRole(nil, of: "alice", in: "team/model", by: .console)
        #expect(try role("alice") == .reader)
        #expect(try store.role(of: Identity(user: store.user("bob")), in: name("bob/x")) == .admin)
    }

    @Test func whoMayCreate() throws {
        for user in ["alice", "bob"] { try store.addUser(user, by: .console) }
        let alice = Identity(user: try store.user("alice"))
        #expect(try store.mayCreate(name("alice/new"), alice))
        #expect(try !store.mayCreate(name("team/new"), alice))
        try store.setRole(.writer, of: "alice", in: "team", by: .console)
        #expect(try !store.mayCreate(name("team/new"), alice))
        try store.setRole(.maintainer, of: "alice", in: "team", by: .console)
        #expect(try store.mayCreate(name("team/new"), alice))
        #expect(try !store.mayCreate(name("alice/new"), .anonymous))
    }

    @Test func whatChangesIsInTheAuditLog() throws {
        try store.addUser("alice", by: .console)
        let actor = Actor(name: "alice", address: "10.0.0.1", request: "r1")
        try store.setRole(.admin, of: "alice", in: "team", by: actor)
        let rule = Protection(repository: "team/model", pattern: "refs/heads/main")
        try store.protect(rule, by: actor)
        #expect(try store.protections(of: name("team/model")).map(\.pattern) == ["refs/heads/main"])
        try store.unprotect("refs/heads/main", in: name("team/model"), by: actor)
        let actions = try store.audit().map(\.action)
        #expect(actions == ["protect.remove", "protect.set", "role.set", "user.add"])
        #expect(try store.audit(subject: "team").first?.address == "10.0.0.1")
    }

    @Test func locksBelongToTheFirst() throws {
        for user in ["alice", "bob"] { try store.addUser(user, by: .console) }
        let (model, other) = (try name("team/model"), try name("team/other"))
        let alice = try #require(try store.user("alice"))
        let bob = try #require(try store.user("bob"))
        let first = try store.lock("a.bin", in: model, for: alice)
        #expect(first.isNew)
        let second = try store.lock("a.bin", in: model, for: bob)
        #expect(!second.isNew && second.lock.owner == "alice")
        #expect(try store.lock("a.bin", in: other, for: bob).isNew)
        for index in 0..<5 { _ = try store.lock("f\(index)", in: model, for: bob) }
        let page = try store.locks(in: model, limit: 4)
        #expect(page.locks.count == 4 && page.next == 4)
        #expect(try store.locks(in: model, offset: 4, limit: 4).next == nil)
        #expect(try store.unlock(first.lock.id, in: other) == nil)
        #expect(try store.unlock(first.lock.id, in: model)?.path == "a.bin")
        #expect(try store.locks(in: model, path: "a.bin").locks.isEmpty)
    }

    @Test func secretsLast() throws {
        let secret = try store.secret("signing")
        #expect(secret.count == 32)
        let again = try AccountStore(path: sandbox.root.appending("a.sqlite"), now: { 0 })
        #expect(try again.secret("signing") == secret)
        #expect(try again.secret("other") != secret)
    }

    @Test func deletedRepositoriesStartClosedAgain() throws {
        try store.addUser("alice", by: .console)
        let model = try name("team/model")
        try store.setPublic(true, model, by: .console)
        try store.setRole(.writer, of: "alice", in: "team/model", by: .console)
        try store.forget(model, by: .console)
        #expect(try store.role(of: .anonymous, in: model) == nil)
        #expect(try store.members(of: "team/model").isEmpty)
    }
}
