import Bytes
import GitObjects
import GitStorage
import LargeFiles
import SystemPackage
import TestSupport
import Testing

@Suite("Pointers that commits bring")
struct PointerScanTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox("pointers")
        try sandbox.git("init", "-q", ".")
    }

    /// Commits the files as pointers of the numbers that stand for their content; gives the tree.
    private func tree(_ files: [String: Int]) throws -> ObjectID {
        try sandbox.git("rm", "-rfq", "--ignore-unmatch", ".")
        for (path, number) in files {
            let digits = String(number)
            let oid = String(repeating: "0", count: 64 - digits.count) + digits
            try sandbox.write(path, "version https://git-lfs.github.com/spec/v1\noid sha256:\(oid)\nsize \(number)\n")
        }
        try sandbox.write("code.py", "print()\n")
        try sandbox.git("add", ".")
        let id = try sandbox.git("write-tree").trimmed
        return try #require(ObjectID(hex: id))
    }

    private func sizes(_ tree: ObjectID, unlike bases: [ObjectID]) throws -> [Int] {
        let objects = try ObjectDatabase(objectsDirectory: sandbox.root.appending(".git/objects"), algorithm: .sha1)
        var scan = PointerScan(objects)
        return try scan.pointers(inTree: tree, unlike: bases).map(\.pointer.size).sorted()
    }

    @Test func onlyWhatTheParentsDoNotHave() throws {
        let first = try tree(["a.bin": 1, "deep/er/b.bin": 2, "deep/c.bin": 3])
        let second = try tree(["a.bin": 1, "deep/er/b.bin": 4, "deep/c.bin": 3, "deep/d.bin": 5])
        #expect(try sizes(first, unlike: []) == [1, 2, 3])
        #expect(try sizes(second, unlike: [first]) == [4, 5])
        #expect(try sizes(second, unlike: [second]) == [])
        #expect(try sizes(second, unlike: []) == [1, 3, 4, 5])
    }

    @Test func whatOneOfTwoParentsHoldsIsKnown() throws {
        let ours = try tree(["m/a.bin": 1, "m/b.bin": 2])
        let theirs = try tree(["m/a.bin": 3, "m/b.bin": 4])
        let merged = try tree(["m/a.bin": 1, "m/b.bin": 4, "m/both.bin": 5])
        #expect(try sizes(merged, unlike: [ours, theirs]) == [5])
        #expect(try sizes(merged, unlike: [ours]) == [4, 5])
    }

    @Test func movedFilesAndDirectoriesThatBecameFilesAreFound() throws {
        let before = try tree(["a/x.bin": 1, "b/y.bin": 2])
        // The other side may have what moved; it says so when it is asked.
        #expect(try sizes(try tree(["c/x.bin": 1, "c/z.bin": 4, "b": 3]), unlike: [before]) == [1, 3, 4])
        // A directory that moved as it was is known by its id.
        #expect(try sizes(try tree(["d/x.bin": 1, "b": 3]), unlike: [before]) == [3])
    }

    @Test func aParentThatIsNotAtHandHidesNothing() throws {
        let tree = try tree(["a.bin": 1])
        let absent = try #require(ObjectID(hex: String(repeating: "7", count: 40)))
        #expect(try sizes(tree, unlike: [absent]) == [1])
    }
}
