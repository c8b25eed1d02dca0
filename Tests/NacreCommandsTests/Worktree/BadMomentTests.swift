import Glibc
import SystemPackage
import TestSupport
import Testing

/// Commands that meet each other, that are killed, and repositories that belong to somebody else.
@Suite struct BadMomentTests {
    private static let nacre = Sandbox.productsDirectory.appending("nacre").string
    private static let setUp = """
        git init -q r; cd r; for i in $(seq 300); do echo $i > f$i; done; git add .; git commit -qm first
        git checkout -qb other; for i in $(seq 300); do echo o$i > f$i; done; git add .; git commit -qm other
        git checkout -q main; git pack-refs --all

        """

    @Test func processesAtOnceLoseNothing() throws {
        let sandbox = try Sandbox("race")
        try sandbox.shell(Self.setUp)
        // Each worker counts what it committed, and keeps what it was told when it could not.
        let worker = """
            cd r; done=0
            for n in 1 2 3 4; do
                echo "$1 $n" > "w$1-$n"
                \(Self.nacre) add "w$1-$n" 2>> ../said || continue
                \(Self.nacre) commit -qm "w$1-$n" "w$1-$n" 2>> ../said && echo x >> "../done$1"
            done
            : > ../ended$1
            """
        try sandbox.write("worker.sh", worker)
        // A shell that is started with child signals held back waits for ever: what has ended is counted instead.
        try sandbox.shell(
            "for w in 1 2 3 4; do sh worker.sh $w & done; while [ $(ls ended* 2>/dev/null | wc -l) -lt 4 ]; do sleep 0.1; done"
        )
        let committed = try sandbox.shell("cat done* 2>/dev/null | wc -l").trimmed
        let counted = try sandbox.git("rev-list", "--count", "main~..HEAD", in: "r").trimmed
        let all = try sandbox.git("rev-list", "--count", "HEAD", in: "r").trimmed
        #expect(Int(all) == (Int(committed) ?? -1) + 1, "\(counted)")
        let said = try sandbox.shell("cat said 2>/dev/null || :").text
        for line in said.split(separator: "\n") where line.hasPrefix("fatal:") || line.hasPrefix("error:") {
            #expect(line.contains(".lock': File exists.") || line.contains("cannot lock ref 'HEAD'"), "\(line)")
        }
        #expect(try sandbox.git("fsck", "--strict", "--no-dangling", in: "r").code == 0)
        #expect(try sandbox.shell("cd r; find .git -name '*.lock'").trimmed.isEmpty)
    }

    @Test func deletingWaitsForWhoPacks() throws {
        let sandbox = try Sandbox("race")
        try sandbox.shell(
            "git init -q r; cd r; git commit -q --allow-empty -m x; git branch b; touch .git/packed-refs.lock")
        let outcome = try sandbox.nacre("branch", "-D", "b", in: "r")
        #expect(outcome.code != 0)
        #expect(outcome.errorText.contains("packed-refs.lock': File exists."))
        #expect(try sandbox.git("rev-parse", "-q", "--verify", "b", in: "r").code == 0)
    }

    /// A process that is killed leaves objects, refs and an index that git accepts, and a lock that the next one names.
    @Test(arguments: [
        "checkout -q other", "reset -q --hard other", "commit -qam all", "add .", "rm -qr .", "branch -m main renamed",
        "stash", "gc -q", "read-tree -m -u HEAD other",
    ]) func aKilledCommandLeavesAValidRepository(_ words: String) throws {
        let sandbox = try Sandbox("kill")
        try sandbox.shell("mkdir t; cd t\n" + Self.setUp + "for i in $(seq 200); do echo n$i > f$i; done")
        for milliseconds in ["004", "012", "030", "070"] {
            let from = words.hasPrefix("checkout") || words.hasPrefix("read-tree") ? "git checkout -qf main; " : ""
            try sandbox.shell("rm -rf k; cp -a t/r k; cd k; \(from)git update-index -q --refresh || :")
            _ = try sandbox.run(
                "/bin/sh",
                ["-c", "cd k; \(Self.nacre) \(words) & p=$!; sleep 0.\(milliseconds); kill -9 $p; wait; :"])
            let locks = try sandbox.shell("cd k; find .git -name '*.lock'").trimmed
            if locks.contains(".git/index.lock") {
                #expect(try sandbox.nacre("add", ".", in: "k").errorText.contains("index.lock': File exists."))
            }
            try sandbox.shell("cd k; find .git -name '*.lock' -delete")
            let check = try sandbox.git("fsck", "--strict", "--no-dangling", in: "k")
            #expect(check.code == 0, "\(words) after \(milliseconds) ms: \(check)")
            #expect(try sandbox.git("status", "--porcelain", in: "k").code == 0, "\(words) after \(milliseconds) ms")
            #expect(try sandbox.nacre("status", "--porcelain", in: "k").code == 0)
        }
    }

    @Test func repositoriesOfOthersAreRefusedAsGitRefusesThem() throws {
        // Only root can give files away.
        guard geteuid() == 0 else { return }
        let sandbox = try Sandbox("owner")
        try sandbox.shell("git init -q r; cd r; git commit -q --allow-empty -m x; chown -R 4321 .")
        let identity = "[user]\n\tname = A\n\temail = a@b\n"
        for (setting, isTrusted) in [
            ("", false), ("[safe]\n\tdirectory = \(sandbox.root)/r\n", true), ("[safe]\n\tdirectory = *\n", true),
            ("[safe]\n\tdirectory = /nowhere\n", false), ("[safe]\n\tdirectory = *\n\tdirectory =\n", false),
        ] {
            try sandbox.write("home/.gitconfig", identity + setting)
            for words in [
                ["status"], ["log", "--oneline"], ["rev-parse", "HEAD"], ["config", "--global", "user.name"],
            ] {
                let git = try sandbox.run("git", words, in: "r")
                let nacre = try sandbox.run(Self.nacre, words, in: "r")
                #expect(nacre == git, "\(words) with '\(setting)'")
                if words == ["status"] { #expect((git.code == 0) == isTrusted, "\(setting)") }
            }
        }
    }
}
