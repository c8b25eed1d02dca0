import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// What `gc` forgets and keeps, beside what stock git's does in a copy of the same repository.
@Suite struct GCCommandTests {
    /// Two copies of what a script makes: `git` and `nacre`.
    private func copies(_ script: String, variables: [String: String] = [:]) throws -> Sandbox {
        let sandbox = try Sandbox("gc")
        let made = try sandbox.shell(
            "git init -q r; cd r\n\(script)\ncd ..; cp -a r git; mv r nacre", variables: variables)
        try #require(made.code == 0, "\(made)")
        return sandbox
    }

    private func logs(_ sandbox: Sandbox, _ name: String) throws -> String {
        try sandbox.shell("cd \(name)/.git; for f in $(find logs -type f | sort); do echo == $f; cat $f; done").text
    }

    private func names(_ path: FilePath) throws -> [String] {
        (try Files.list(path) ?? []).map { String(decoding: $0.name, as: UTF8.self) }.sorted()
    }

    /// Commits now, a while ago and long ago, some of which a reset left behind.
    private let ages = """
        at() { export GIT_COMMITTER_DATE="@$(( $(date +%s) - $1 * 86400 )) +0000"; }
        at 200; git commit -q --allow-empty -m a; at 120; git commit -q --allow-empty -m b
        at 80; git commit -q --allow-empty -m c; git branch side; at 60; git reset -q --hard HEAD~1
        at 50; git commit -q --allow-empty -m d; git checkout -q side; at 40; git commit -q --allow-empty -m e
        git reset -q --hard HEAD~1; at 10; git commit -q --allow-empty -m f; git reset -q --hard HEAD~1
        git checkout -q main; echo x > x; git add x; at 190; git stash -q
        """

    @Test(arguments: [
        "", "git config gc.reflogExpire 70.days.ago", "git config gc.reflogExpireUnreachable 5.days.ago",
        "git config gc.reflogExpire never; git config gc.reflogExpireUnreachable never",
        "git config gc.refs/heads/s*.reflogExpire now", "git config gc.refs/stash.reflogExpire 100.days.ago",
    ])
    func reflogsExpireAsWithGit(_ settings: String) throws {
        let sandbox = try copies(ages + "\n" + settings)
        let before = try logs(sandbox, "git")
        for name in ["git", "nacre"] {
            let outcome = try sandbox.run(name, ["gc", "--quiet"], in: name)
            #expect(outcome.code == 0, "\(outcome)")
        }
        let after = try logs(sandbox, "git")
        #expect(try logs(sandbox, "nacre") == after)
        #expect((after == before) == settings.contains("never"))
        #expect(try sandbox.git("fsck", "--strict", in: "nacre").code == 0)
    }

    @Test(arguments: [
        ["--all"], ["--expire=now", "--all"], ["--expire=100.days.ago", "--expire-unreachable=never", "HEAD"],
        ["--expire-unreachable=now", "--rewrite", "--all"], ["--expire=now", "--dry-run", "--all"],
        ["--expire=never", "--expire-unreachable=45.days.ago", "main", "side"],
    ])
    func reflogExpire(_ words: [String]) throws {
        let sandbox = try copies(ages)
        let outcomes = try ["git", "nacre"].map {
            try sandbox.run($0, ["reflog", "expire"] + words, in: $0)
        }
        #expect(outcomes[0].code == outcomes[1].code, "\(outcomes[1])")
        #expect(try logs(sandbox, "nacre") == logs(sandbox, "git"))
    }

    @Test func worktreesThatAreGoneAreForgotten() throws {
        let sandbox = try copies(
            """
            git commit -q --allow-empty -m a
            for n in gone locked here; do git worktree add -q ../w-$n -b $n; done
            git worktree lock ../w-locked; rm -r ../w-gone ../w-locked
            """)
        for name in ["git", "nacre"] {
            #expect(try sandbox.run(name, ["gc", "--quiet"], in: name).code == 0)
            #expect(try names(sandbox.root.appending("\(name)/.git/worktrees")).count == 3)
            try sandbox.git("config", "gc.worktreePruneExpire", "now", in: name)
            #expect(try sandbox.run(name, ["gc", "--quiet"], in: name).code == 0)
        }
        let left = try names(sandbox.root.appending("git/.git/worktrees"))
        #expect(left == ["w-here", "w-locked"])
        #expect(try names(sandbox.root.appending("nacre/.git/worktrees")) == left)
    }

    @Test(arguments: [["--keep-largest-pack"], ["--no-keep-largest-pack"], []])
    func packsThatAreKept(_ words: [String]) throws {
        let sandbox = try copies(
            """
            git config gc.bigPackThreshold 20k
            head -c 60000 /dev/urandom > big; git add big; git commit -q -m big; git repack -q
            for n in 1 2 3; do echo $n > f$n; git add .; git commit -q -m $n; git repack -q; done
            """)
        for name in ["git", "nacre"] {
            let outcome = try sandbox.run(name, ["gc", "--quiet"] + words, in: name)
            #expect(outcome.code == 0, "\(outcome)")
        }
        let count = try ["git", "nacre"].map { name in
            try names(sandbox.root.appending("\(name)/.git/objects/pack")).count { $0.hasSuffix(".pack") }
        }
        #expect(count[0] == count[1] && count[0] == (words == ["--no-keep-largest-pack"] ? 1 : 2))
        #expect(try sandbox.git("fsck", "--strict", in: "nacre").code == 0)
    }

    @Test func operationsExpire() throws {
        let sandbox = try Sandbox("gc")
        try sandbox.git("init", "-q", "r")
        try sandbox.git("config", "nacre.operationLog", "true", in: "r")
        for number in 1...3 {
            try sandbox.write("r/f", "\(number)")
            try sandbox.nacre("add", ".", in: "r")
            try sandbox.nacre("commit", "-qm", "\(number)", in: "r")
        }
        func count() throws -> Int {
            let log = try sandbox.git("rev-list", "--count", "refs/nacre/operations", in: "r")
            return log.code == 0 ? Int(log.trimmed) ?? -1 : 0
        }
        let all = try count()
        #expect(all >= 6)
        #expect(try sandbox.nacre("gc", "--quiet", "--no-expire-operations", in: "r").code == 0)
        #expect(try count() == all)
        try sandbox.git("config", "nacre.operationExpiry", "never", in: "r")
        #expect(try sandbox.nacre("gc", "--quiet", in: "r").code == 0)
        #expect(try count() == all)
        let outcome = try sandbox.nacre("gc", "--quiet", "--expire-operations=now", in: "r")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(try count() == 0)
        #expect(try sandbox.git("fsck", "--strict", in: "r").code == 0)
    }

    // MARK: On its own account

    @Test func commitsCleanUpWhereEnoughHasPiledUp() throws {
        let sandbox = try Sandbox("gc")
        try sandbox.shell(
            """
            git init -q r; cd r; git config gc.auto 1; git config gc.autoDetach false
            for n in $(seq 300); do echo $n > f$n; done; git add .
            """)
        let outcome = try sandbox.nacre("commit", "-qm", "all", in: "r")
        #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome)")
        #expect(try sandbox.git("count-objects", in: "r").text.hasPrefix("0 objects"))
        #expect(try sandbox.git("fsck", "--strict", in: "r").code == 0)
    }

    @Test func cleanUpsGoOnInTheBackground() throws {
        let sandbox = try Sandbox("gc")
        try sandbox.shell(
            """
            git init -q r; cd r; git config gc.auto 1
            for n in $(seq 300); do echo $n > f$n; done; git add .
            """)
        let outcome = try sandbox.nacre("commit", "-m", "all", in: "r")
        #expect(outcome.code == 0 && outcome.errorText.contains("in background"), "\(outcome)")
        // It has as long as it needs, within reason.
        for _ in 0..<600 {
            if try sandbox.git("count-objects", in: "r").text.hasPrefix("0 objects") { break }
            usleep(100_000)
        }
        #expect(try sandbox.git("count-objects", in: "r").text.hasPrefix("0 objects"))
    }

    @Test func anotherCleanUpIsLeftAlone() throws {
        let sandbox = try copies(
            "git commit -q --allow-empty -m a; git config gc.auto 1; git config gc.autoPackLimit 1")
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, 255)
        let host = buffer.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        try sandbox.write("nacre/.git/gc.pid", "\(getpid()) \(host)")
        let refused = try sandbox.nacre("gc", "--quiet", in: "nacre")
        #expect(refused.code == 128 && refused.errorText.contains("gc is already running"), "\(refused)")
        let automatic = try sandbox.nacre("gc", "--auto", "--no-detach", in: "nacre")
        #expect(automatic.code == 0, "\(automatic)")
        #expect(try sandbox.nacre("commit", "-q", "--allow-empty", "-m", "b", in: "nacre").code == 0)
        #expect(try sandbox.nacre("gc", "--quiet", "--force", in: "nacre").code == 0)
    }

    /// Commands go on while clean-ups run: nothing that they write or read is lost.
    @Test func commandsGoOnMeanwhile() throws {
        let sandbox = try copies("for n in $(seq 40); do echo $n > f$n; git add .; git commit -q -m $n; done")
        let outcome = try sandbox.shell(
            """
            (for n in 1 2 3 4 5 6; do nacre gc --quiet --force; done) & cleaner=$!
            for n in $(seq 25); do
                echo more $n > g; nacre add g; nacre commit -q -m "more $n"
                nacre rev-list --objects --all >/dev/null; nacre status >/dev/null
            done
            wait $cleaner
            """, in: "nacre")
        #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome)")
        #expect(try sandbox.git("rev-list", "--count", "HEAD", in: "nacre").trimmed == "65")
        #expect(try sandbox.git("fsck", "--strict", "--full", in: "nacre").code == 0)
    }
}
