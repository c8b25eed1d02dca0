import Bytes
import GitObjects
import GitStorage
import SystemPackage
import TestSupport
import Testing

/// Repositories that were made to hurt: every verb ends with an error that says where, and none by a signal.
@Suite struct HostileRepositoryTests {
    private func database(_ sandbox: Sandbox) throws -> ObjectDatabase {
        try ObjectDatabase(objectsDirectory: sandbox.root.appending("r/.git/objects"), algorithm: .sha1)
    }

    private static let verbs = [
        ["rev-list", "--objects", "deep"], ["ls-tree", "-r", "deep"], ["diff-tree", "-r", "--root", "deep"],
        ["show", "--stat", "deep"], ["checkout", "deep"], ["read-tree", "deep"], ["repack", "-a", "-d", "-q"],
        ["gc", "--quiet"], ["fsck"], ["pack-objects", "--revs", "--stdout"], ["grep", "x", "deep"],
        ["archive", "deep"],
        ["log", "--stat", "-p", "deep"], ["merge", "deep"], ["blame", "deep", "--", "a/a"], ["describe", "deep"],
    ]

    @Test func deepTrees() throws {
        let sandbox = try Sandbox("hostile")
        try sandbox.shell("git init -q r; cd r; echo x > x; git add x; git commit -q -m base")
        let batch = try database(sandbox).beginBatch()
        let blob = try batch.add(.blob, Array("x\n".utf8))
        var tree = try batch.add(
            .tree, Tree(sortedEntries: [TreeEntry(mode: .regular, name: [0x61], id: blob)]).encoded)
        for _ in 0..<100_000 {
            tree = try batch.add(.tree, Tree(sortedEntries: [TreeEntry(mode: .tree, name: [0x61], id: tree)]).encoded)
        }
        try batch.finish()
        let commit = try sandbox.git("commit-tree", "-m", "x", tree.hex, in: "r")
        try #require(commit.code == 0, "\(commit)")
        try sandbox.write("r/.git/refs/heads/deep", commit.output)
        for words in Self.verbs {
            let input = words[0] == "pack-objects" ? Array("deep\n".utf8) : nil
            let outcome = try sandbox.run("nacre", words, in: "r", input: input)
            // Above 128 stands a signal; 129 is for a verb that is not there.
            #expect(outcome.code <= 129, "\(words): exit \(outcome.code), \(outcome.errorText)")
            if outcome.code == 128 {
                // What is nested too deep is named: by a path's beginning, or by the tree's id.
                let saysWhere = outcome.errorText.contains("a/a") || outcome.errorText.contains(where: \.isHexDigit)
                #expect(
                    outcome.errorText.hasPrefix("fatal: ") && saysWhere, "\(words): \(outcome.errorText.prefix(300))")
            }
            // What was there is there still.
            #expect(try sandbox.nacre("cat-file", "-p", "main:x", in: "r").text == "x\n")
        }
    }

    @Test func objectsThatClaimTooMuch() throws {
        let sandbox = try Sandbox("hostile")
        try sandbox.git("init", "-q", "r")
        let fuzz = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .appending("Fuzz/Corpus/LooseObject")
        let id = String(repeating: "1", count: 40)
        for entry in try #require(try Files.list(fuzz)) {
            let content = try Files.read(fuzz.appending(bytes: entry.name))
            try sandbox.write("r/.git/objects/11/\(id.dropFirst(2))", content)
            for words in [["cat-file", "-p", id], ["cat-file", "-s", id], ["fsck"], ["cat-file", "blob", id]] {
                let outcome = try sandbox.run("nacre", words, in: "r")
                #expect(outcome.code <= 128, "\(String(decoding: entry.name, as: UTF8.self)) \(words): \(outcome.code)")
            }
        }
    }

    @Test func packsThatClaimTooMuch() throws {
        let sandbox = try Sandbox("hostile")
        try sandbox.git("init", "-q", "r")
        let packs = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .appending("GitStorageTests/Fixtures/Pack")
        for entry in try #require(try Files.list(packs)) {
            let content = try Files.read(packs.appending(bytes: entry.name))
            for words in [["index-pack", "--stdin", "--strict"], ["unpack-objects", "-q"]] {
                let outcome = try sandbox.run("nacre", words, in: "r", input: content)
                #expect(outcome.code <= 128, "\(String(decoding: entry.name, as: UTF8.self)) \(words): \(outcome.code)")
                if outcome.code == 128 { #expect(outcome.errorText.hasPrefix("fatal: "), "\(outcome)") }
            }
        }
    }
}
