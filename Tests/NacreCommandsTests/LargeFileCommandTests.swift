import TestSupport
import Testing

@Suite("Large files on the command line")
struct LargeFileCommandTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox("large-commands")
        #expect(try sandbox.nacre("init", "-q", "repo").code == 0)
    }

    private func noise(_ seed: UInt64, _ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return generator.bytes(count)
    }

    @Test("a large file becomes a pointer, and stock git in the same repository sees the file")
    func addAndStockGit() throws {
        let content = noise(1, 1_200_000)
        try sandbox.write("repo/model.safetensors", content)
        try sandbox.write("repo/note.txt", "small\n")
        let added = try sandbox.nacre("add", ".", in: "repo")
        #expect(added.code == 0, "\(added)")
        #expect(added.errorText.contains("*.safetensors") || added.text.contains("*.safetensors"))
        #expect(try sandbox.nacre("commit", "-qm", "one", in: "repo").code == 0)
        let blob = try sandbox.git("cat-file", "-p", "HEAD:model.safetensors", in: "repo")
        #expect(blob.text.hasPrefix("version https://git-lfs.github.com/spec/v1\noid sha256:"))
        #expect(
            try sandbox.git("show", "HEAD:.gitattributes", in: "repo").text
                == "*.safetensors filter=lfs diff=lfs merge=lfs -text\n")
        // The filter is configured: stock git finds nothing changed, and writes the file itself.
        #expect(try sandbox.git("status", "--porcelain", in: "repo").text == "")
        _ = try sandbox.shell("rm model.safetensors", in: "repo")
        let checkedOut = try sandbox.git("checkout", "--", "model.safetensors", in: "repo")
        #expect(checkedOut.code == 0, "\(checkedOut)")
        #expect(try sandbox.read("repo/model.safetensors") == content)
        // Stock git adds a second version through the filter; it is stored as a delta.
        var second = content
        second[500_000] ^= 1
        try sandbox.write("repo/model.safetensors", second)
        #expect(try sandbox.git("commit", "-qam", "two", in: "repo").code == 0)
        let listing = try sandbox.nacre("large", "ls", in: "repo")
        #expect(listing.text.contains("model.safetensors"))
        let checked = try sandbox.nacre("large", "fsck", in: "repo")
        #expect(checked.code == 0, "\(checked)")
        #expect(try sandbox.nacre("large", "status", in: "repo").text.hasPrefix("1 large files"))
        #expect(try sandbox.git("status", "--porcelain", in: "repo").text == "")
    }

    @Test("content goes along with a push by stock git, and nothing is sent twice")
    func prePush() throws {
        #expect(try sandbox.git("init", "-q", "--bare", "remote.git").code == 0)
        let content = noise(2, 1_100_000)
        try sandbox.write("repo/data.bin", content)
        #expect(try sandbox.nacre("add", ".", in: "repo").code == 0)
        #expect(try sandbox.nacre("commit", "-qm", "one", in: "repo").code == 0)
        _ = try sandbox.git("remote", "add", "origin", "../remote.git", in: "repo")
        let pushed = try sandbox.git("push", "-q", "origin", "HEAD:refs/heads/main", in: "repo")
        #expect(pushed.code == 0, "\(pushed)")
        let status = try sandbox.nacre("--git-dir=remote.git", "large", "fsck")
        #expect(status.code == 0, "\(status)")
        let files = try sandbox.shell("ls remote.git/nacre/chunks | wc -l")
        // One pack of chunks, one of manifests.
        #expect(files.trimmed == "4")
        // A clone by stock git with the filter's setting gets pointers, and nacre fetches what they name.
        _ = try sandbox.git("clone", "-q", "remote.git", "copy", variables: ["GIT_LFS_SKIP_SMUDGE": "1"])
        _ = try sandbox.shell("rm data.bin", in: "copy")
        let fetched = try sandbox.nacre("large", "fetch", "data.bin", in: "copy")
        #expect(fetched.code == 0, "\(fetched)")
        #expect(try sandbox.read("copy/data.bin") == content)
    }

    @Test("patterns are tracked and untracked as git-lfs writes them")
    func track() throws {
        #expect(try sandbox.nacre("large", "track", "*.weights", "my data/*", in: "repo").code == 0)
        #expect(
            try String(decoding: sandbox.read("repo/.gitattributes"), as: UTF8.self)
                == "*.weights filter=lfs diff=lfs merge=lfs -text\n"
                + "my[[:space:]]data/* filter=lfs diff=lfs merge=lfs -text\n")
        #expect(try sandbox.nacre("large", "track", "*.weights", in: "repo").text.contains("already supported"))
        #expect(try sandbox.nacre("large", "untrack", "*.weights", in: "repo").code == 0)
        #expect(try sandbox.nacre("large", "untrack", "*.weights", in: "repo").code == 1)
        #expect(try sandbox.nacre("large", "nonsense", in: "repo").code == 129)
    }

    @Test("git-lfs finds what is exported, and unreachable content is collected")
    func exportAndCollect() throws {
        let content = noise(3, 1_050_000)
        try sandbox.write("repo/data.bin", content)
        #expect(try sandbox.nacre("add", ".", in: "repo").code == 0)
        #expect(try sandbox.nacre("commit", "-qm", "one", in: "repo").code == 0)
        #expect(try sandbox.nacre("large", "export", in: "repo").code == 0)
        let exported = try sandbox.shell("cat .git/lfs/objects/*/*/* | sha256sum; sha256sum < data.bin", in: "repo")
        let sums = exported.text.split(separator: "\n")
        #expect(sums.count == 2 && sums[0] == sums[1])
        // A second version that is never committed; added by stock git, because the operation log keeps what nacre adds.
        try sandbox.write("repo/data.bin", noise(4, 1_050_000))
        #expect(try sandbox.git("add", ".", in: "repo").code == 0)
        #expect(try sandbox.git("reset", "-q", "--hard", in: "repo").code == 0)
        _ = try sandbox.shell("touch -d '2020-01-01' .git/nacre/chunks/*", in: "repo")
        let dry = try sandbox.nacre("large", "gc", "--dry-run", in: "repo")
        #expect(dry.text.contains("would remove 1 packs"), "\(dry)")
        let done = try sandbox.nacre("large", "gc", in: "repo")
        #expect(done.text.contains("removed 1 packs"), "\(done)")
        #expect(try sandbox.nacre("large", "fsck", in: "repo").code == 0)
        _ = try sandbox.shell("rm -r data.bin .git/lfs", in: "repo")
        #expect(try sandbox.git("checkout", "--", "data.bin", in: "repo").code == 0)
        #expect(try sandbox.read("repo/data.bin") == content)
    }

    /// A safetensors file of float32 tensors with the given bytes each.
    private func safetensors(_ tensors: [(name: String, shape: [Int], seed: UInt64)]) -> [UInt8] {
        var header = "{"
        var data: [UInt8] = []
        for (name, shape, seed) in tensors {
            let length = shape.reduce(4, *)
            header += header.count > 1 ? "," : ""
            header += "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),"
            header += "\"data_offsets\":[\(data.count),\(data.count + length)]}"
            data += noise(seed, length)
        }
        header += "}"
        let length = UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + data
    }

    @Test("a diff of large files says sizes, shares and tensors, and shows no pointer")
    func diff() throws {
        try sandbox.write(
            "repo/m.safetensors", safetensors([("a", [512, 256], 1), ("b", [512, 512], 2), ("c", [4], 3)]))
        #expect(try sandbox.nacre("add", ".", in: "repo").code == 0)
        #expect(try sandbox.nacre("commit", "-qm", "one", in: "repo").code == 0)
        try sandbox.write(
            "repo/m.safetensors", safetensors([("a", [512, 256], 1), ("b", [512, 512], 9), ("d", [2, 2], 4)]))
        let expected = """
            - c float32 [4]
            + d float32 [2, 2]
            ~ b float32 [512, 512]
            1 tensors unchanged

            """
        let edited = try sandbox.nacre("diff", in: "repo")
        #expect(edited.text.hasPrefix("diff --git a/m.safetensors b/m.safetensors\nindex "), "\(edited)")
        #expect(edited.text.contains("\nlarge file: size 1573090 -> 1573093, at most "), "\(edited)")
        #expect(edited.text.hasSuffix(expected), "\(edited)")
        #expect(try sandbox.nacre("add", ".", in: "repo").code == 0)
        #expect(try sandbox.nacre("diff", "--cached", in: "repo").text.hasSuffix(expected))
        #expect(try sandbox.nacre("commit", "-qm", "two", in: "repo").code == 0)
        let shown = try sandbox.nacre("show", "--stat", "-p", in: "repo")
        #expect(shown.text.contains(" m.safetensors | Bin 1573090 -> 1573093 bytes\n"), "\(shown)")
        #expect(shown.text.hasSuffix(expected) && !shown.text.contains("oid sha256"))
        let log = try sandbox.nacre("log", "-p", "--format=%s", "--", "m.safetensors", in: "repo")
        #expect(
            log.text.contains("\nnew large file: 1573090 bytes, safetensors, 3 tensors\n  a float32 [512, 256]\n"),
            "\(log)")
        // What is to be applied, and what programs read, stays as git has it.
        let raw = ["diff-tree", "-p", "--no-textconv", "HEAD~", "HEAD"]
        #expect(try sandbox.run("nacre", raw, in: "repo").text == sandbox.run("git", raw, in: "repo").text)
        let patch = try sandbox.nacre("diff", "--binary", "HEAD~", "HEAD", in: "repo")
        #expect(try sandbox.git("apply", "--cached", "-R", in: "repo", input: patch.output).code == 0)
        #expect(try sandbox.git("diff", "--cached", "--quiet", "HEAD~", in: "repo").code == 0)
        #expect(try sandbox.git("reset", "-q", in: "repo").code == 0)
        _ = try sandbox.shell("rm -r .git/nacre/chunks", in: "repo")
        #expect(
            try sandbox.nacre("diff", "HEAD~", "HEAD", in: "repo").text.hasSuffix(
                "large file: size 1573090 -> 1573093 (the content is not here)\n"))
    }
}
