import SystemPackage
import TestSupport
import Testing

/// Repositories with files that only stock git makes use of: reading goes on beside them, and no verb makes them lie.
@Suite struct ForeignFilesTests {
    private static let history = """
        git init -q r; cd r
        for n in $(seq 12); do
            mkdir -p d$((n % 3)); seq $n 200 > d$((n % 3))/f; echo $n > g$n; git add .; git commit -q -m "$n"
            [ $((n % 4)) = 0 ] && git repack -q -d || true
        done
        git tag -a -m t v1; git checkout -q -b side HEAD~3; echo s > s; git add s; git commit -q -m side
        echo lost > lost; git add lost; git commit -q -m lost; git reset -q --hard HEAD~1; git reflog expire --expire=now --all
        """

    private func same(
        _ sandbox: Sandbox, _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let git = try sandbox.run("git", words, in: "r")
        let nacre = try sandbox.run("nacre", words, in: "r")
        #expect(git == nacre, "\(words): \(git) \(nacre)", sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        "git multi-pack-index write", "git multi-pack-index write --bitmap", "git repack -q -a -d -b",
        "git repack -q -a -d -b; git config pack.writeBitmapLookupTable true; git repack -q -a -d -b",
        "git repack -q --geometric=2 -d", "git repack -q --geometric=2 -d --write-midx", "git repack -q --cruft -d",
        "git gc -q --cruft --prune=never", "git commit-graph write --reachable --changed-paths",
        "git commit-graph write --reachable --split --changed-paths; git commit --allow-empty -qm x; "
            + "git commit-graph write --reachable --split=no-merge --changed-paths",
        "git config pack.writeReverseIndex true; git repack -q -a -d",
        "git config core.multiPackIndex true; git repack -q -d; git multi-pack-index write; git multi-pack-index repack; "
            + "git multi-pack-index expire",
        "git config index.skipHash true; git config feature.manyFiles true; git read-tree HEAD; git update-index --untracked-cache",
    ])
    func readingGoesOn(_ preparation: String) throws {
        let sandbox = try Sandbox("foreign")
        let made = try sandbox.shell(Self.history + "\n" + preparation)
        try #require(made.code == 0, "\(made)")
        for words in [
            ["log", "--all", "--format=%H %s", "--stat"], ["rev-list", "--all", "--objects"],
            ["log", "--oneline", "--", "d1/f"], ["rev-list", "--count", "--all", "--", "d2"],
            ["merge-base", "main", "side"],
            ["cat-file", "--batch-all-objects", "--batch-check"], ["describe", "main"],
        ] { try same(sandbox, words) }
        // New work beside them, by both in turn.
        for verb in ["nacre", "git", "nacre"] {
            let outcome = try sandbox.shell(
                "echo \(verb) >> n; \(verb) add n; \(verb) commit -q -m \(verb); \(verb) rev-list --all --objects --count",
                in: "r")
            #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome)")
        }
        for verb in [["repack", "-q", "-d"], ["repack", "-q", "-a", "-d"], ["gc", "--quiet"], ["prune"]] {
            #expect(try sandbox.run("nacre", verb, in: "r").code == 0)
            let check = try sandbox.git("fsck", "--strict", "--full", in: "r")
            #expect(check.code == 0, "\(verb): \(check)")
            let bitmaps = try sandbox.git("rev-list", "--use-bitmap-index", "--objects", "--all", "--count", in: "r")
            #expect(bitmaps.text == (try sandbox.git("rev-list", "--objects", "--all", "--count", in: "r").text))
            #expect(try sandbox.git("multi-pack-index", "verify", in: "r").code == 0)
            #expect(try sandbox.git("commit-graph", "verify", in: "r").code == 0)
        }
    }

    @Test(arguments: ["refstorage reftable", "unknown yes", "compatobjectformat sha256"])
    func whatChangesTheRepositoryIsRefused(_ setting: String) throws {
        let sandbox = try Sandbox("foreign")
        try sandbox.shell(
            Self.history + "\ngit config core.repositoryformatversion 1; git config extensions.\(setting)")
        for words in [["status"], ["log", "-1"], ["gc"]] {
            let git = try sandbox.run("git", words, in: "r")
            let nacre = try sandbox.run("nacre", words, in: "r")
            #expect(git.code == 128 && nacre.code == 128, "\(words): \(git) \(nacre)")
            #expect(nacre.errorText == git.errorText)
        }
    }
}
