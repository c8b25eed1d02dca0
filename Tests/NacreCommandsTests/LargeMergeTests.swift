import Bytes
import SystemPackage
import TestSupport
import Testing

@Suite("Large files in merges and in status")
struct LargeMergeTests {
    let sandbox: Sandbox

    init() throws { sandbox = try Sandbox("large-merge") }

    private func noise(_ seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return generator.bytes(1_100_000)
    }

    @Test("a conflict keeps both contents, and either side can be taken")
    func conflict() throws {
        #expect(try sandbox.nacre("init", "-q", "repo").code == 0)
        func commit(_ seed: UInt64) throws {
            try sandbox.write("repo/data.bin", noise(seed))
            #expect(try sandbox.nacre("add", ".", in: "repo").code == 0)
            #expect(try sandbox.nacre("commit", "-qm", "\(seed)", in: "repo").code == 0)
        }
        try commit(1)
        #expect(try sandbox.nacre("switch", "-q", "-c", "side", in: "repo").code == 0)
        try commit(2)
        #expect(try sandbox.nacre("switch", "-q", "main", in: "repo").code == 0)
        try commit(3)
        let merged = try sandbox.nacre("merge", "side", in: "repo")
        #expect(merged.code == 1, "\(merged)")
        #expect(merged.text.contains("The other side's content is in data.bin~theirs"), "\(merged)")
        #expect(try sandbox.read("repo/data.bin") == noise(3))
        #expect(try sandbox.read("repo/data.bin~theirs") == noise(2))
        #expect(try sandbox.git("ls-files", "-u", in: "repo").text.split(separator: "\n").count == 3)
        #expect(try sandbox.nacre("checkout", "--theirs", "data.bin", in: "repo").code == 0)
        #expect(try sandbox.read("repo/data.bin") == noise(2))
        #expect(try sandbox.nacre("add", "data.bin", in: "repo").code == 0)
        try sandbox.shell("rm 'data.bin~theirs'", in: "repo")
        #expect(try sandbox.nacre("commit", "-qm", "merged", in: "repo").code == 0)
        #expect(try sandbox.nacre("status", "--porcelain", in: "repo").text == "")
        #expect(
            try sandbox.git("rev-parse", "HEAD:data.bin", in: "repo").text
                == sandbox.git("rev-parse", "side:data.bin", in: "repo").text)
    }

    @Test("status names content that is not here")
    func missing() throws {
        #expect(try sandbox.nacre("init", "-q", "repo").code == 0)
        try sandbox.write("repo/sub/data.bin", noise(4))
        #expect(try sandbox.nacre("add", ".", in: "repo").code == 0)
        #expect(try sandbox.nacre("commit", "-qm", "one", in: "repo").code == 0)
        #expect(try sandbox.nacre("clone", "-q", "--large=lazy", "repo", "copy").code == 0)
        let status = try sandbox.nacre("status", in: "copy")
        #expect(
            status.text.contains(
                "Content missing:\n  (use \"nacre large fetch <file>...\" to bring it)\n\tsub/data.bin\n\nnothing to commit"
            ),
            "\(status)")
        #expect(try sandbox.nacre("status", "--porcelain", in: "copy").text == "")
        #expect(try sandbox.nacre("large", "fetch", in: "copy").code == 0)
        #expect(try sandbox.read("copy/sub/data.bin") == noise(4))
        #expect(!(try sandbox.nacre("status", in: "copy").text.contains("Content missing")))
    }
}
