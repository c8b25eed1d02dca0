import Bytes
import GitObjects
import GitWorktree
import SystemPackage
import TestSupport
import Testing

@Suite struct IndexTests {
    private func repository(_ options: [String] = []) throws -> Sandbox {
        let sandbox = try Sandbox("index")
        _ = try sandbox.run("git", ["init", "-q"] + options + ["r"])
        try sandbox.shell(
            "cd r; mkdir -p d/e f; echo 1 > a; echo 2 > d/b; echo 3 > d/e/c; echo 4 > f/g; ln -s a l; chmod +x a; git add ."
        )
        return sandbox
    }

    private func read(_ sandbox: Sandbox, _ algorithm: HashAlgorithm = .sha1) throws -> Index {
        try Index.read(sandbox.root.appending("r/.git/index"), algorithm: algorithm)
    }

    private func listing(_ index: Index) -> String {
        index.entries.map { "\($0.mode.octal) \($0.id) \($0.stage.rawValue)\t\($0.path)\n" }.joined()
    }

    @Test(arguments: ["2", "4"]) func readsWhatGitWroteAndWritesItAgain(_ version: String) throws {
        let sandbox = try repository()
        try sandbox.git("update-index", "--index-version", version, in: "r")
        let index = try read(sandbox)
        #expect(listing(index) == (try sandbox.git("ls-files", "-s", in: "r").text))
        #expect(index.encoded() == (try sandbox.read("r/.git/index")))
    }

    @Test func keepsTreesAndExtendedFlags() throws {
        let sandbox = try repository()
        try sandbox.shell("cd r; git commit -qm x; git update-index --skip-worktree f/g; echo n > n; git add -N n")
        let index = try read(sandbox)
        #expect(index[GitPath("f/g")]?.flags == [.skipWorktree])
        #expect(index[GitPath("n")]?.flags == [.intentToAdd])
        #expect(index.cacheTree != nil)
        #expect(index.encoded() == (try sandbox.read("r/.git/index")))
    }

    @Test func readsSHA256() throws {
        let sandbox = try repository(["--object-format=sha256"])
        let index = try read(sandbox, .sha256)
        #expect(listing(index) == (try sandbox.git("ls-files", "-s", in: "r").text))
        #expect(index.encoded() == (try sandbox.read("r/.git/index")))
    }

    @Test func editsKeepTheFileAcceptableToGit() throws {
        let sandbox = try repository()
        try sandbox.git("commit", "-qm", "x", in: "r")
        var index = try read(sandbox)
        let blob = try #require(index[GitPath("a")]?.id)
        index.add(IndexEntry(path: GitPath("d"), id: blob, mode: .regular))
        index.add(IndexEntry(path: GitPath("a/deep/file"), id: blob, mode: .regular))
        index.remove(GitPath("f/g"))
        try TemporaryFile.replace(sandbox.root.appending("r/.git/index"), with: index.encoded())
        #expect(try sandbox.git("ls-files", in: "r").text == "a/deep/file\nd\nl\n")
        let tree = try sandbox.git("write-tree", in: "r")
        #expect(tree.code == 0)
        var copy = index
        #expect(try copy.writeTree(into: nil).hex == tree.trimmed)
    }

    @Test func applyEqualsAddingOneByOne() throws {
        var generator = SeededGenerator(seed: 7)
        let names = (0..<60).map { _ in
            ["a", "b", "c"].randomElement(using: &generator)!
                + (Bool.random(using: &generator)
                    ? "/\(Int.random(in: 0..<9, using: &generator))" : "\(Int.random(in: 0..<9, using: &generator))")
        }
        let id = ObjectID.emptyBlob(.sha1)
        let entries = names.map { IndexEntry(path: GitPath($0), id: id, mode: .regular) }
        var one = Index(algorithm: .sha1)
        for entry in entries { one.add(entry) }
        var many = Index(algorithm: .sha1)
        many.apply(adding: entries)
        #expect(one.entries == many.entries)
    }

    private func parse(_ bytes: [UInt8]) throws -> Index {
        try Index(parsing: bytes.span.bytes, algorithm: .sha1)
    }

    @Test func refusesDamage() throws {
        let sandbox = try repository()
        let good = try sandbox.read("r/.git/index")
        for position in stride(from: 0, to: good.count, by: 3) {
            var bad = good
            bad[position] ^= 0x5a
            #expect(throws: IndexError.self) { try parse(bad) }
        }
        for length in stride(from: 0, to: good.count - 1, by: 7) {
            #expect(throws: IndexError.self) { try parse(Array(good[..<length])) }
        }
    }

    /// With a hash of zeros the content itself is all that can be checked.
    @Test func survivesAnyContentWithoutAHash() throws {
        let sandbox = try repository()
        var good = try sandbox.read("r/.git/index")
        good.replaceSubrange((good.count - 20)..., with: [UInt8](repeating: 0, count: 20))
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            var bad = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bad[Int.random(in: 0..<(bad.count - 20), using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            _ = try? parse(bad)
        }
    }
}
