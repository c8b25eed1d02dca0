import TestSupport
import Testing

/// What keeps content from being collected: each alone keeps it, and without it the content goes.
@Suite("What reaches large files")
struct LargeReachTests {
    struct Reach: Sendable, CustomTestStringConvertible {
        let name: String
        /// Stores a fresh version that only the one thing names.
        let make: String
        /// Takes the one thing away.
        let remove: String
        var testDescription: String { name }
    }

    private static let elsewhere = "git checkout -q -b other; fresh; git commit -qam x; git checkout -q main"

    static let all = [
        Reach(name: "a branch", make: elsewhere, remove: "git branch -q -D other"),
        Reach(
            name: "an annotated tag", make: "\(elsewhere); git tag -a -m t t other; git branch -q -D other",
            remove: "git tag -d t"),
        Reach(name: "the index", make: "fresh; nacre add data.bin", remove: "git reset -q --hard"),
        Reach(
            name: "a reflog",
            make:
                "git config core.logAllRefUpdates true; fresh; git commit -qam x; git reset -q --hard HEAD~; rm .git/ORIG_HEAD",
            remove: "git reflog expire --expire=now --all"),
        Reach(
            name: "the head of another work tree",
            make: "git worktree add -q --detach ../tree; cd ../tree; fresh; git commit -qam x",
            remove: "git worktree remove -f ../tree"),
        Reach(
            name: "the index of another work tree",
            make: "git worktree add -q --detach ../tree; cd ../tree; fresh; git add data.bin",
            remove: "git worktree remove -f ../tree"),
        Reach(
            name: "a merge that is not finished",
            make: "\(elsewhere); git merge -q --no-ff --no-commit other; git branch -q -D other; git read-tree HEAD; "
                + "git checkout-index -f -a; rm -f .git/ORIG_HEAD .git/AUTO_MERGE",
            remove: "rm .git/MERGE_HEAD .git/MERGE_MODE .git/MERGE_MSG"),
        Reach(
            name: "a rebase that stands still",
            make: "git checkout -q -b other; echo a > x; git add x; git commit -qm x; fresh; git commit -qam y; "
                + "git checkout -q main; echo b > x; git add x; git commit -qm z; git checkout -q other; "
                + "git rebase main && exit 1; git update-ref -d refs/heads/other; rm -f .git/ORIG_HEAD",
            remove: "rm -rf .git/rebase-merge .git/REBASE_HEAD; git reset -q --hard; rm -f .git/ORIG_HEAD"),
        Reach(
            name: "a bisection",
            make: "\(elsewhere); git bisect start; git bisect bad other; git branch -q -D other",
            remove: "git bisect reset; rm -f .git/ORIG_HEAD"),
        Reach(name: "a stash", make: "fresh; git stash -q; rm -f .git/ORIG_HEAD", remove: "git stash drop -q"),
        Reach(
            name: "a note",
            make: "fresh; nacre add data.bin; git notes add -C $(git rev-parse :data.bin) HEAD; git reset -q --hard",
            remove: "git update-ref -d refs/notes/commits"),
        Reach(
            name: "the operation log",
            make: "git config nacre.operationLog true; fresh; nacre add data.bin; git reset -q --hard",
            remove: "git update-ref -d refs/nacre/operations"),
    ]

    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox("large-reach")
        try sandbox.shell(
            """
            nacre init -q repo && cd repo
            git config nacre.largeFileThreshold 64k && git config core.logAllRefUpdates false
            head -c 100000 /dev/urandom > data.bin && nacre add . && nacre commit -qm one
            """)
    }

    /// A version that was not there before; its oid is printed.
    private static let fresh =
        "fresh() { head -c 100000 /dev/urandom > data.bin; sha256sum < data.bin | cut -c1-64 >&3; }; "

    private func store(_ script: String) throws -> String {
        let made = try sandbox.shell("exec 3>../oid; \(Self.fresh)\(script)", in: "repo")
        try #require(made.code == 0, "\(made)")
        return try String(decoding: sandbox.read("oid"), as: UTF8.self).split(separator: "\n").map(String.init)[0]
    }

    private func collect(_ words: String...) throws -> String {
        try sandbox.shell("touch -d 2020-01-01 .git/nacre/chunks/*", in: "repo")
        let done = try sandbox.run("nacre", ["large", "gc"] + words, in: "repo")
        #expect(done.code == 0, "\(done)")
        return done.text
    }

    @Test("each keeps content, and nothing else does", arguments: all)
    func reach(_ reach: Reach) throws {
        let oid = try store(reach.make)
        #expect(try !collect("--prune=0").contains("unreachable: \(oid)"))
        let kept = try sandbox.nacre("large", "fsck", in: "repo")
        #expect(kept.code == 0, "\(kept)")
        let removed = try sandbox.shell(reach.remove, in: "repo")
        #expect(removed.code == 0, "\(removed)")
        // Said first, with why; then done.
        let dry = try collect("--dry-run", "--prune=0")
        #expect(dry.contains("unreachable: \(oid) (97.7 KiB): no ref, reflog"), "\(dry)")
        #expect(
            dry.contains("would re") && dry.contains(" % of it\n") || dry.contains("nothing needs what it holds\n"),
            "\(dry)")
        #expect(try collect("--prune=0").contains("unreachable: \(oid)"))
        #expect(try !collect("--prune=0").contains("unreachable: "))
        #expect(try sandbox.nacre("large", "fsck", in: "repo").code == 0)
    }

    @Test("what was stored in the last two weeks stays")
    func young() throws {
        let oid = try store("fresh; git add data.bin; git reset -q --hard")
        let kept = try sandbox.nacre("large", "gc", "--dry-run", in: "repo")
        #expect(!kept.text.contains("unreachable: ") && kept.text.contains("stored in the last 14 days"), "\(kept)")
        #expect(try collect().contains("unreachable: \(oid)"))
    }
}
