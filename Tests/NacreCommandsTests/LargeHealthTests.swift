import Bytes
import SystemPackage
import TestSupport
import Testing

@Suite("Repairing and migrating large files")
struct LargeHealthTests {
    let sandbox: Sandbox

    init() throws { sandbox = try Sandbox("large-health") }

    private func noise(_ seed: UInt64, _ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return generator.bytes(count)
    }

    /// Two committed versions of a file, the first of which is not in the work tree any more.
    private func repository() throws -> (old: [UInt8], new: [UInt8]) {
        #expect(try sandbox.nacre("init", "-q", "repo").code == 0)
        let old = noise(1, 1_500_000)
        var new = old
        new[700_000] ^= 1
        for (content, message) in [(old, "one"), (new, "two")] {
            try sandbox.write("repo/data.bin", content)
            #expect(try sandbox.nacre("add", ".", in: "repo").code == 0)
            #expect(try sandbox.nacre("commit", "-qm", message, in: "repo").code == 0)
        }
        return (old, new)
    }

    /// Turns a byte of the biggest pack.
    private func damage() throws {
        try sandbox.shell(
            """
            pack=$(ls -S *.chunks | head -1)
            chmod u+w "$pack"
            printf '\\377\\376\\375' | dd of="$pack" bs=1 seek=400000 conv=notrunc status=none
            """, in: "repo/.git/nacre/chunks")
    }

    @Test("a damaged chunk is named with its paths, and comes back from the work tree and from git-lfs' store")
    func repairs() throws {
        let (old, new) = try repository()
        #expect(try sandbox.nacre("large", "export", in: "repo").code == 0)
        try damage()
        let found = try sandbox.nacre("large", "fsck", in: "repo")
        #expect(found.code == 1 && found.text.contains("unreadable: data.bin ("), "\(found)")
        // The work tree has the second version; what both share comes back with it.
        let repaired = try sandbox.nacre("large", "repair", in: "repo")
        #expect(repaired.text.contains("repaired data.bin ("), "\(repaired)")
        #expect(repaired.text.contains("from the work tree"), "\(repaired)")
        let healthy = try sandbox.nacre("large", "fsck", in: "repo")
        #expect(healthy.code == 0, "\(healthy)")
        for (revision, content) in [("HEAD", new), ("HEAD~", old)] {
            #expect(try sandbox.nacre("cat-file", "--filters", "\(revision):data.bin", in: "repo").output == content)
        }
        // Without the work tree's file, from .git/lfs/objects.
        try damage()
        try sandbox.shell("rm data.bin", in: "repo")
        let again = try sandbox.nacre("large", "repair", in: "repo")
        #expect(again.text.contains("from .git/lfs/objects"), "\(again)")
        #expect(try sandbox.nacre("large", "fsck", in: "repo").code == 0)
        #expect(try sandbox.nacre("cat-file", "--filters", "HEAD:data.bin", in: "repo").output == new)
    }

    @Test("what no file here has comes from the remote; what nobody has is named")
    func repairsFromARemote() throws {
        let (old, new) = try repository()
        try sandbox.shell("git init -q --bare ../shared.git; nacre remote add origin ../shared.git", in: "repo")
        #expect(try sandbox.nacre("push", "-q", "origin", "HEAD:main", in: "repo").code == 0)
        try damage()
        try sandbox.shell("rm data.bin", in: "repo")
        let repaired = try sandbox.nacre("large", "repair", in: "repo")
        #expect(repaired.code == 0 && repaired.text.contains("from origin"), "\(repaired)")
        #expect(try sandbox.nacre("cat-file", "--filters", "HEAD~:data.bin", in: "repo").output == old)
        #expect(try sandbox.nacre("cat-file", "--filters", "HEAD:data.bin", in: "repo").output == new)
        try sandbox.shell("rm -r .git/nacre/chunks; mv ../shared.git ../gone.git", in: "repo")
        let lost = try sandbox.nacre("large", "repair", in: "repo")
        #expect(lost.code != 0, "\(lost)")
        try sandbox.shell("nacre remote remove origin", in: "repo")
        let nowhere = try sandbox.nacre("large", "repair", in: "repo")
        #expect(nowhere.code == 1 && nowhere.errorText.contains("is nowhere: put the file back"), "\(nowhere)")
        #expect(nowhere.errorText.contains("of data.bin ("), "\(nowhere)")
    }

    @Test("content that is gone altogether is missed where the index needs it")
    func gone() throws {
        let (_, new) = try repository()
        try sandbox.shell("rm -r .git/nacre/chunks", in: "repo")
        let oid = String(decoding: Hex.encode(Digest.hash(new, .sha256)), as: UTF8.self)
        let found = try sandbox.nacre("large", "fsck", in: "repo")
        let line = "content \(oid) is missing, and needed by data.bin in the index\n(use \"nacre large repair\""
        #expect(found.code == 1 && found.text.contains(line), "\(found)")
        let archive = try sandbox.nacre("archive", "HEAD", in: "repo")
        #expect(archive.code == 128 && archive.errorText.contains("data.bin: content \(oid) is not here"), "\(archive)")
        #expect(try sandbox.nacre("large", "repair", in: "repo").text.contains("from the work tree"))
        #expect(try sandbox.nacre("large", "fsck", in: "repo").code == 0)
        // What was left out on purpose is not missed.
        try sandbox.shell(
            "rm -r .git/nacre/chunks && rm data.bin && git update-index --skip-worktree data.bin", in: "repo")
        #expect(try sandbox.nacre("large", "fsck", in: "repo").code == 0)
    }

    @Test("an index that is damaged is made again from its pack")
    func salvagesAnIndex() throws {
        let (_, new) = try repository()
        try sandbox.shell(
            "for f in *.index; do chmod u+w $f; printf x | dd of=$f bs=1 seek=3 conv=notrunc status=none; done",
            in: "repo/.git/nacre/chunks")
        #expect(try sandbox.nacre("large", "fsck", in: "repo").code == 1)
        try sandbox.shell("rm data.bin", in: "repo")
        let repaired = try sandbox.nacre("large", "repair", in: "repo")
        #expect(repaired.code == 0, "\(repaired)")
        #expect(try sandbox.nacre("large", "fsck", in: "repo").code == 0)
        #expect(try sandbox.nacre("cat-file", "--filters", "HEAD:data.bin", in: "repo").output == new)
    }

    @Test("plain blobs of the past become large files, and everything else stays")
    func migrates() throws {
        try sandbox.git("init", "-q", "repo")
        let versions = [noise(5, 1_200_000), noise(6, 1_200_000)]
        try sandbox.write("repo/readme.txt", "text\n")
        for (number, content) in versions.enumerated() {
            try sandbox.write("repo/models/a.npy", content)
            try sandbox.write("repo/small.npy", [0, 1, 2, UInt8(number)])
            try sandbox.shell(
                "git add . && git commit -qm 'version \(number)' && git tag -a -m t v\(number)", in: "repo")
        }
        let before = try sandbox.git("rev-parse", "HEAD", "v0", in: "repo").text
        let dirty = try sandbox.shell(
            "echo x >> readme.txt; nacre large migrate && exit 1; git checkout -q readme.txt", in: "repo")
        #expect(dirty.errorText.contains("changes that are not committed"), "\(dirty)")
        let done = try sandbox.nacre("large", "migrate", "--all", in: "repo")
        #expect(done.code == 0, "\(done)")
        #expect(done.text.contains("migrated 2 versions of files (2.3 MiB) in 2 commits"), "\(done)")
        // A small file of the same kind stays a blob, so that the line names the path.
        #expect(
            try sandbox.git("show", "v0:.gitattributes", in: "repo").text
                == "/models/a.npy filter=lfs diff=lfs merge=lfs -text\n")
        #expect(try sandbox.git("show", "v1:models/a.npy", in: "repo").text.hasPrefix("version https://git-lfs"))
        #expect(try sandbox.git("cat-file", "-s", "HEAD:small.npy", in: "repo").trimmed == "4")
        #expect(try sandbox.git("log", "--format=%s %an %ad", in: "repo").text.split(separator: "\n").count == 2)
        #expect(try sandbox.git("status", "--porcelain", in: "repo").text == "")
        #expect(try sandbox.nacre("status", "--porcelain", in: "repo").text == "")
        #expect(try sandbox.git("fsck", "--strict", in: "repo").code == 0)
        for (number, content) in versions.enumerated() {
            #expect(try sandbox.nacre("cat-file", "--filters", "v\(number):models/a.npy", in: "repo").output == content)
        }
        let kept = try sandbox.git(
            "rev-parse", "refs/nacre/migrated/heads/main", "refs/nacre/migrated/tags/v0", in: "repo")
        #expect(kept.text == before)
        #expect(try sandbox.nacre("large", "migrate", in: "repo").text.hasPrefix("nothing to migrate"))
    }

    @Test("a pattern and a size choose what is migrated; git-lfs agrees")
    func migratesByPattern() throws {
        try sandbox.git("init", "-q", "repo")
        try sandbox.write("repo/a.dat", noise(7, 3_000))
        try sandbox.write("repo/b.dat", noise(8, 300_000))
        try sandbox.write("repo/c.txt", "text\n")
        try sandbox.shell("git add . && git commit -qm one && git branch other", in: "repo")
        let done = try sandbox.nacre("large", "migrate", "--include=*.dat", "--above=100k", in: "repo")
        #expect(done.code == 0 && done.text.contains("migrated 1 version of files"), "\(done)")
        #expect(
            try sandbox.git("show", "HEAD:.gitattributes", in: "repo").text
                == "/b.dat filter=lfs diff=lfs merge=lfs -text\n")
        #expect(try sandbox.nacre("large", "migrate", "--include", "*.dat", "other", in: "repo").code == 0)
        #expect(
            try sandbox.git("show", "other:.gitattributes", in: "repo").text
                == "*.dat filter=lfs diff=lfs merge=lfs -text\n")
        #expect(
            try sandbox.git("rev-parse", "--verify", "refs/nacre/migrated/again-2/heads/other", in: "repo").code == 0)
        let files = try sandbox.run("git", ["lfs", "ls-files", "-n", "other"], in: "repo")
        #expect(files.text == "a.dat\nb.dat\n", "\(files)")
        #expect(try sandbox.nacre("large", "migrate", "--above=many", in: "repo").code == 129)
        #expect(try sandbox.nacre("large", "migrate", "nothing", in: "repo").errorText.contains("no branch and no tag"))
    }

    @Test("a damaged chunk is named with all who need it")
    func namesWhoNeedsAChunk() throws {
        _ = try repository()
        try sandbox.shell(
            "nacre rm -q --cached data.bin && nacre commit -qm three && git reset -q --hard HEAD~", in: "repo")
        try sandbox.shell("git commit -q --allow-empty -m again", in: "repo")
        try damage()
        let found = try sandbox.nacre("large", "fsck", in: "repo")
        let commits = try sandbox.git("log", "--format=%h", in: "repo").text.split(separator: "\n")
        // The chunk stands in all three commits, as part of two versions.
        #expect(found.code == 1, "\(found)")
        let needed = found.text.split(separator: "\n").filter {
            $0.hasPrefix("chunk ") && $0.contains(" is needed by ")
        }
        #expect(needed.count == 1, "\(found)")
        #expect(needed.first?.contains("data.bin (\(commits[0]) and one older commit)") == true, "\(found)")
        #expect(needed.first?.contains("data.bin (\(commits[2]))") == true, "\(found)")
    }

    @Test("linked work trees and notes go along with a migration")
    func migratesWorkTreesAndNotes() throws {
        try sandbox.git("init", "-q", "repo")
        let content = noise(9, 1_200_000)
        try sandbox.write("repo/model.npy", content)
        try sandbox.shell(
            """
            git add . && git commit -qm one && git notes add -m 'a note' && git notes --ref=nacre/runs add -m '{}'
            git worktree add -q -b side ../side && git worktree add -q --detach ../detached
            """, in: "repo")
        try sandbox.write("side/other.npy", noise(10, 1_300_000))
        try sandbox.shell("git add .", in: "side")
        let dirty = try sandbox.nacre("large", "migrate", "--all", in: "repo")
        #expect(dirty.code == 128 && dirty.errorText.contains("not committed in '"), "\(dirty)")
        try sandbox.shell("git commit -qm side", in: "side")
        let done = try sandbox.nacre("large", "migrate", "--all", in: "repo")
        #expect(done.code == 0, "\(done)")
        for tree in ["repo", "side"] {
            #expect(try sandbox.git("status", "--porcelain", in: tree).text == "", "\(tree)")
            #expect(try sandbox.nacre("status", "--porcelain", in: tree).text == "", "\(tree)")
            #expect(try sandbox.git("show", "HEAD:model.npy", in: tree).text.hasPrefix("version https"), "\(tree)")
            #expect(try sandbox.read("\(tree)/model.npy") == content)
        }
        #expect(try sandbox.git("notes", "show", in: "repo").text == "a note\n")
        #expect(try sandbox.git("notes", "--ref=nacre/runs", "show", in: "repo").text == "{}\n")
        // Nobody moved the one that names a commit itself.
        #expect(try sandbox.git("status", "--porcelain", in: "detached").text == "")
        #expect(try sandbox.git("cat-file", "-s", "HEAD:model.npy", in: "detached").trimmed == "1200000")
    }
}
