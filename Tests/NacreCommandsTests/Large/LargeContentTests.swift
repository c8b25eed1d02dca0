import Bytes
import TestSupport
import Testing

/// Verbs that read files of the history work on the content of large ones, and show no pointer.
@Suite("Content of large files in the history")
struct LargeContentTests {
    let sandbox: Sandbox
    private let versions: [[UInt8]]
    private let table: [UInt8]

    /// Two repositories with the same files: in `repo` large ones, in `plain` blobs.
    init() throws {
        sandbox = try Sandbox("large-content")
        var generator = SeededGenerator(seed: 31)
        let first = generator.bytes(1_100_000) + Array("needle-one\n".utf8)
        versions = [first, first + Array("needle-two\n".utf8)]
        table = (0..<900_000).flatMap { Array("\($0),x\n".utf8) }
        #expect(try sandbox.nacre("init", "-q", "repo").code == 0)
        #expect(try sandbox.git("init", "-q", "plain").code == 0)
        for (number, content) in versions.enumerated() {
            for folder in ["repo", "plain"] {
                try sandbox.write("\(folder)/data.bin", content)
                try sandbox.write("\(folder)/table.csv", number == 0 ? table : table + Array("last,row\n".utf8))
                _ = try sandbox.run(folder == "repo" ? "nacre" : "git", ["add", "."], in: folder)
                try sandbox.git("commit", "-qm", "\(number)", in: folder)
            }
        }
        #expect(try sandbox.git("cat-file", "-s", "HEAD:data.bin", in: "repo").trimmed == "132")
    }

    /// What git says of plain blobs is what we say of large files.
    private func same(_ words: [String]) throws {
        let ours = try sandbox.run("nacre", words, in: "repo")
        let theirs = try sandbox.run("git", words, in: "plain")
        #expect(
            ours.code == theirs.code && ours.output.elementsEqual(theirs.output),
            "\(words): \(ours.text.prefix(500)) \(ours.errorText) -- \(theirs.text.prefix(500))")
    }

    @Test("a search of trees, of the index and of the history finds what is in the files")
    func search() throws {
        try same(["grep", "-c", "needle", "HEAD~", "--", "data.bin", "table.csv"])
        try same(["grep", "--cached", "-c", "needle"])
        try same(["grep", "-n", "899999,x", "HEAD"])
        try same(["grep", "-l", "git-lfs", "HEAD", "--", "data.bin", "table.csv"])
        try same(["log", "--format=%s", "-Sneedle-two"])
        try same(["log", "--format=%s", "-Gneedle-two"])
        try same(["log", "--format=%s", "-Glast,row", "--", "table.csv"])
        try same(["log", "--format=%s", "-Slast,row", "--pickaxe-regex"])
    }

    @Test("a blob that is shown, and one that is blamed, is the file")
    func show() throws {
        for revision in ["HEAD", "HEAD~"] {
            try same(["show", "\(revision):data.bin"])
            try same(["cat-file", "--textconv", "\(revision):data.bin"])
            try same(["cat-file", "--filters", "\(revision):data.bin"])
        }
        let blamed = try sandbox.nacre("blame", "-s", "-l", "-L", "899999,+2", "HEAD", "--", "table.csv", in: "repo")
        #expect(blamed.text.contains(" 899999) 899998,x\n") && blamed.text.contains(" 900000) 899999,x\n"), "\(blamed)")
        try sandbox.write("repo/table.csv", Array("new,first\n".utf8) + table)
        let edited = try sandbox.nacre("blame", "-s", "-L", "1,2", "table.csv", in: "repo")
        #expect(edited.text.hasPrefix("00000000 1) new,first\n") && edited.text.contains(" 2) 0,x\n"), "\(edited)")
        // The pointer itself, for whoever asks for the object.
        for words in [["cat-file", "-p", "HEAD:data.bin"], ["show", "--no-textconv", "HEAD:data.bin"]] {
            #expect(try sandbox.run("nacre", words, in: "repo").text.hasPrefix("version https://git-lfs"))
        }
    }

    @Test("a user's programs get files")
    func programs() throws {
        try sandbox.write("repo/.git/info/attributes", "*.bin diff=length\n")
        try sandbox.git("config", "diff.length.textconv", "wc -c <", in: "repo")
        let changed = try sandbox.nacre("diff", "HEAD~", "HEAD", "--", "data.bin", in: "repo")
        #expect(changed.text.hasSuffix("@@ -1 +1 @@\n-1100011\n+1100022\n"), "\(changed)")
        let shown = try sandbox.run(
            "nacre", ["diff", "HEAD~", "HEAD", "--", "table.csv"], in: "repo",
            variables: ["GIT_EXTERNAL_DIFF": "f() { wc -c < \"$2\"; wc -c < \"$5\"; }; f"])
        #expect(shown.text == "\(table.count)\n\(table.count + 9)\n", "\(shown)")
    }

    @Test("a mailed patch shows no pointer, and both nacre and git apply it")
    func mail() throws {
        let patch = try sandbox.nacre("format-patch", "-1", "--stdout", in: "repo")
        #expect(patch.text.contains(" data.bin  | Bin 1100011 -> 1100022 bytes\n"), "\(patch)")
        #expect(patch.text.contains("\nGIT binary patch\n") && !patch.text.contains("oid sha256"), "\(patch)")
        try sandbox.write("0001.patch", patch.output)
        for program in ["nacre", "git"] {
            try sandbox.git("checkout", "-q", "-B", "other", "main~", in: "repo")
            let applied = try sandbox.run(program, ["am", "-q", "../0001.patch"], in: "repo")
            #expect(applied.code == 0, "\(program): \(applied)")
            #expect(try sandbox.has("repo/data.bin", versions[1]), "\(program)")
            #expect(try sandbox.git("status", "--porcelain", in: "repo").text == "", "\(program)")
            #expect(try sandbox.git("diff", "--quiet", "main", in: "repo").code == 0)
        }
    }

    @Test("a stash keeps and gives back content")
    func stash() throws {
        let edited = Array("edited".utf8) + versions[1]
        try sandbox.write("repo/data.bin", edited)
        try sandbox.write("repo/new.npy", versions[0])
        #expect(try sandbox.nacre("stash", "-u", in: "repo").code == 0)
        #expect(try sandbox.has("repo/data.bin", versions[1]))
        #expect(try !sandbox.nacre("stash", "show", "-p", in: "repo").text.contains("oid sha256"))
        let popped = try sandbox.nacre("stash", "pop", in: "repo")
        #expect(popped.code == 0, "\(popped)")
        #expect(try sandbox.has("repo/data.bin", edited))
        #expect(try sandbox.has("repo/new.npy", versions[0]))
        #expect(try sandbox.nacre("reset", "-q", "--hard", in: "repo").code == 0)
        #expect(try sandbox.has("repo/data.bin", versions[1]))
    }

    @Test("content that is nowhere ends a search with its name")
    func nowhere() throws {
        let oid = try sandbox.nacre("cat-file", "-p", "HEAD~:data.bin", in: "repo").text.split(separator: "\n")[1]
            .dropFirst(11)
        try sandbox.shell("rm -r .git/nacre/chunks", in: "repo")
        for words in [
            ["grep", "needle", "HEAD~"], ["show", "HEAD~:data.bin"], ["log", "-Sneedle-one", "--", "data.bin"],
            ["cat-file", "--filters", "HEAD~:data.bin"],
        ] {
            let outcome = try sandbox.run("nacre", words, in: "repo")
            #expect(
                outcome.code != 0 && outcome.errorText.contains("content \(oid) is not here"), "\(words): \(outcome)")
        }
    }
}
