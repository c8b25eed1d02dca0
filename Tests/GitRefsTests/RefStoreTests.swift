import Bytes
import GitObjects
import GitRefs
import SystemPackage
import TestSupport
import Testing

@Suite struct RefStoreTests {
    let sandbox: Sandbox
    let ids: [ObjectID]
    let committer = Signature(name: "C O Mitter", email: "c@example.com", time: 1_700_000_100, zoneMinutes: 60)

    init() throws {
        sandbox = try Sandbox("refs")
        try sandbox.shell(
            "git init -q .; for i in 1 2 3; do git commit -q --allow-empty -m c$i; done; git tag -a -m t v1; git branch other HEAD~1"
        )
        ids = try sandbox.git("rev-list", "--reverse", "HEAD").text.split(separator: "\n").compactMap {
            ObjectID(hex: $0)
        }
    }

    var git: FilePath { sandbox.root.appending(".git") }
    var store: RefStore { RefStore(gitDirectory: git, commonDirectory: git, algorithm: .sha1) }

    func listing() throws -> String {
        try store.list().map { "\($0.id?.hex ?? "") \($0.name)\n" }.joined()
    }

    func gitListing() throws -> String {
        try sandbox.git("for-each-ref", "--format=%(objectname) %(refname)").text
    }

    @Test func readsLooseAndPacked() throws {
        #expect(try listing() == gitListing())
        try sandbox.git("pack-refs", "--all")
        #expect(try listing() == gitListing())
        try sandbox.git("update-ref", "refs/heads/other", ids[0].hex)
        try sandbox.git("symbolic-ref", "refs/heads/sym", "refs/heads/main")
        #expect(try listing() == gitListing())
        #expect(try store.read(.head) == .symbolic(RefName("refs/heads/main")))
        #expect(try store.resolveFully(.head).id == ids[2])
        #expect(try store.list(prefix: "refs/heads/o").map(\.name.string) == ["refs/heads/other"])
        let tag = try #require(try store.ref(RefName("refs/tags/v1")))
        #expect(tag.peeled == ids[2])
    }

    @Test func findsEveryNameInPackedRefs() throws {
        var input = ""
        for number in 0..<200 { input += "create refs/heads/n\(number * 7 % 200) \(ids[number % 3].hex)\n" }
        try sandbox.git("update-ref", "--stdin", input: Array(input.utf8))
        try sandbox.git("pack-refs", "--all")
        let store = store
        for number in 0..<200 {
            #expect(try store.resolve(RefName("refs/heads/n\(number * 7 % 200)")) == ids[number % 3])
        }
        #expect(try store.resolve(RefName("refs/heads/n")) == nil)
        #expect(try store.resolve(RefName("refs/zzz")) == nil)
        #expect(try store.resolve(RefName("refs/aaa")) == nil)
        // Without the word "sorted", lines may stand in any order.
        let lines = try sandbox.shell("grep -v '^[#^]' .git/packed-refs | sort -r").text
        try sandbox.write(".git/packed-refs", lines)
        #expect(try store.resolve(RefName("refs/heads/n7")) == ids[1])
        #expect(try listing() == gitListing())
    }

    @Test func transactionsWriteWhatGitWrites() throws {
        var transaction = store.beginTransaction()
        transaction.update(.head, to: ids[0], expecting: .exactly(ids[2]), message: "reset:  moving\nto  x")
        try transaction.update(RefName("refs/heads/a/b"), to: ids[1], expecting: .absent, message: "branch: Created")
        try transaction.update(RefName("refs/tags/x"), to: ids[1], message: "tag")
        try transaction.delete(RefName("refs/heads/other"), expecting: .exactly(ids[1]))
        try transaction.commit(committer: committer)
        #expect(try listing() == gitListing())
        let log = try sandbox.git("log", "-g", "--format=%H %gd %gs", "HEAD").text
        #expect(log.hasPrefix("\(ids[0].hex) HEAD@{0} reset: moving to x\n"))
        #expect(try store.reflog(RefName("refs/heads/main"))?.entries.last?.text == "reset: moving to x")
        #expect(!store.hasReflog(try RefName("refs/tags/x")))
        #expect(!store.hasReflog(try RefName("refs/heads/other")))
        #expect(try sandbox.git("fsck", "--strict").code == 0)
        // The name is free again, and may become a directory.
        var again = store.beginTransaction()
        try again.update(RefName("refs/heads/other/one"), to: ids[1], expecting: .absent, message: "x")
        try again.delete(RefName("refs/heads/a/b"))
        try again.commit(committer: committer)
        #expect(try listing() == gitListing())
    }

    @Test func allOrNothing() throws {
        let before = try gitListing()
        var transaction = store.beginTransaction()
        try transaction.update(RefName("refs/heads/new"), to: ids[0], message: "")
        try transaction.update(RefName("refs/heads/other"), to: ids[0], expecting: .exactly(ids[0]), message: "")
        let copy = transaction
        do throws(RefError) {
            try copy.commit(committer: committer)
            Issue.record("committed")
        } catch {
            let message = "cannot lock ref 'refs/heads/other': is at \(ids[1]) but expected \(ids[0])"
            #expect(error.description == message)
            let git = try sandbox.git("update-ref", "refs/heads/other", ids[0].hex, ids[0].hex)
            #expect(git.errorText.contains(message))
        }
        #expect(try gitListing() == before)
        #expect(try sandbox.shell("find .git -name '*.lock'").text.isEmpty)
    }

    @Test func namesThatCannotStandTogether() throws {
        for (first, second) in [("refs/heads/main/x", "refs/heads/y"), ("refs/heads/z", "refs/heads/z/y")] {
            var transaction = store.beginTransaction()
            try transaction.update(RefName(first), to: ids[0], message: "")
            try transaction.update(RefName(second), to: ids[0], message: "")
            let copy = transaction
            #expect(throws: RefError.self) { try copy.commit(committer: committer) }
        }
        var deep = store.beginTransaction()
        try deep.update(RefName("refs/tags"), to: ids[0], message: "")
        let copy = deep
        #expect(throws: RefError.self) { try copy.commit(committer: committer) }
    }

    @Test func packing() throws {
        let before = try gitListing()
        let tag = try #require(try store.resolve(RefName("refs/tags/v1")))
        try store.packRefs { $0 == tag ? ids[2] : nil }
        #expect(try gitListing() == before)
        #expect(try listing() == before)
        let ours = try sandbox.read(".git/packed-refs")
        try sandbox.git("pack-refs", "--all")
        #expect(try sandbox.read(".git/packed-refs") == ours)
        #expect(try sandbox.shell("find .git/refs -type f").text.isEmpty)
        var transaction = store.beginTransaction()
        try transaction.delete(RefName("refs/heads/other"))
        try transaction.commit(committer: committer)
        #expect(try listing() == gitListing())
        #expect(try store.resolve(RefName("refs/heads/other")) == nil)
    }

    @Test func linkedWorktrees() throws {
        try sandbox.git("worktree", "add", "-q", "../" + sandbox.root.lastComponent!.string + "/linked", "other")
        try sandbox.git("update-ref", "refs/worktree/mine", ids[0].hex, in: "linked")
        let linked = RefStore(gitDirectory: git.appending("worktrees/linked"), commonDirectory: git, algorithm: .sha1)
        #expect(try linked.resolveFully(.head).name == RefName("refs/heads/other"))
        #expect(try linked.resolve(RefName("refs/worktree/mine")) == ids[0])
        #expect(try store.resolve(RefName("refs/worktree/mine")) == nil)
        #expect(try linked.resolve(RefName("main-worktree/HEAD")) == ids[2])
        #expect(try store.resolve(RefName("worktrees/linked/HEAD")) == ids[1])
        let names = try sandbox.git("for-each-ref", "--format=%(refname)", in: "linked").text
        #expect(try linked.list().map { "\($0.name)\n" }.joined() == names)
    }

    @Test func hostileFilesGiveErrors() throws {
        try sandbox.write(".git/refs/heads/bad", "zzz\n")
        #expect(throws: RefError.self) { try store.read(RefName("refs/heads/bad")) }
        try sandbox.write(".git/refs/heads/loop", "ref: refs/heads/loop\n")
        #expect(throws: RefError.self) { try store.resolve(RefName("refs/heads/loop")) }
        for text in ["x", "\(ids[0].hex)", "\(ids[0].hex) refs/heads/q\n^12\n", "# pack-refs with: sorted \nzz\n", "#"]
        {
            try sandbox.write(".git/packed-refs", text)
            _ = try? store.list()
            _ = try? store.resolve(RefName("refs/heads/q"))
        }
        let log = Reflog(
            parsing: Array("x\n\n\(ids[0].hex) \(ids[1].hex) a <b> 1 +0000\tm\n\(ids[0].hex)".utf8), algorithm: .sha1)
        #expect(log.entries.count == 1)
    }
}
