import Bytes
import GitObjects
import GitStorage
import GitWorktree
import SystemPackage
import TestSupport
import Testing

/// Indexes that stock git keeps in other forms: split over two files, and with directories in the place of their files.
@Suite struct IndexFormatTests {
    private func listing(_ index: Index) -> String {
        index.entries.map { "\($0.mode.octal) \($0.id) \($0.stage.rawValue)\t\($0.path)\n" }.joined()
    }

    private func repository(_ version: String = "2") throws -> Sandbox {
        let sandbox = try Sandbox("index")
        try sandbox.shell(
            "git init -q r; cd r; git config index.version \(version); mkdir -p d/e f; "
                + "for i in $(seq 200); do echo $i > f/$i; done; echo 1 > a; echo 2 > d/b; echo 3 > d/e/c; "
                + "git add .; git commit -qm x")
        return sandbox
    }

    private func read(_ sandbox: Sandbox) throws -> Index {
        let objects = try ObjectDatabase(objectsDirectory: sandbox.root.appending("r/.git/objects"), algorithm: .sha1)
        return try Index.read(sandbox.root.appending("r/.git/index"), algorithm: .sha1, objects: objects)
    }

    @Test(arguments: ["2", "4"]) func splitIndexes(_ version: String) throws {
        let sandbox = try repository(version)
        for change in [
            "git update-index --split-index", "echo new > f/100; git add f/100", "git rm -q --cached f/7 f/8 d/b",
            "echo n > aa; echo n > f/1000; git add aa f/1000", "git update-index --skip-worktree f/9 f/1000",
            "git rm -rq --cached .", "git add .", "git update-index --no-split-index",
        ] {
            try sandbox.shell("cd r; " + change)
            let index = try read(sandbox)
            #expect(listing(index) == (try sandbox.git("ls-files", "-s", in: "r").text), "\(change)")
            #expect(index.isSelfContained == change.contains("no-split"), "\(change)")
            let marked = index.entries.filter { $0.flags.contains(.skipWorktree) }.map(\.path.description)
            #expect(marked == (change.contains("--skip-worktree") ? ["f/1000", "f/9"] : marked))
        }
    }

    @Test func aSplitIndexIsWrittenWhole() throws {
        let sandbox = try repository()
        try sandbox.shell("cd r; git update-index --split-index; echo new > f/100; git add f/100")
        let before = try sandbox.git("ls-files", "-s", in: "r").text
        try TemporaryFile.replace(sandbox.root.appending("r/.git/index"), with: read(sandbox).encoded())
        #expect(try sandbox.git("ls-files", "-s", in: "r").text == before)
        #expect(try sandbox.git("status", "--porcelain", in: "r").text == "M  f/100\n")
    }

    @Test func aMissingSharedFileIsNamed() throws {
        let sandbox = try repository()
        try sandbox.shell("cd r; git update-index --split-index; rm .git/sharedindex.*")
        #expect {
            _ = try read(sandbox)
        } throws: { error in
            "\(error)".hasPrefix("could not read shared index '\(sandbox.root)/r/.git/sharedindex.")
        }
    }

    @Test func everyTruncationOfASplitIndexIsAnError() throws {
        let sandbox = try repository()
        try sandbox.shell("cd r; git update-index --split-index; echo new > f/100; git add f/100; git rm -q f/3")
        let content = try sandbox.read("r/.git/index")
        for count in stride(from: 0, to: content.count, by: 3) {
            // With a hash of zeros the content itself is judged.
            let cut = Array(content.prefix(count)) + Array(repeating: 0, count: 20)
            let index = try? Index(parsing: cut.span.bytes, algorithm: .sha1) { _ in [] }
            #expect(index == nil || count >= content.count - 20)
        }
    }

    @Test(arguments: ["2", "4"]) func sparseIndexes(_ version: String) throws {
        let sandbox = try repository(version)
        try sandbox.shell("cd r; git sparse-checkout set --cone --sparse-index d")
        let raw = try sandbox.git("ls-files", "-s", "--sparse", in: "r").text
        #expect(raw.contains("040000") && raw.contains("\tf/\n"))
        let index = try read(sandbox)
        #expect(listing(index) == (try sandbox.git("ls-files", "-s", in: "r").text))
        #expect(index.entries.filter { $0.flags.contains(.skipWorktree) }.count == 200)
        #expect(!index.isSelfContained)
        let head = try sandbox.git("rev-parse", "HEAD^{tree}", in: "r").trimmed
        #expect(index.cacheTree?.id?.hex == head && index.cacheTree?.entryCount == 203)
        try TemporaryFile.replace(sandbox.root.appending("r/.git/index"), with: index.encoded())
        #expect(try sandbox.git("status", "--porcelain", in: "r").text.isEmpty)
        #expect(try sandbox.git("fsck", in: "r").code == 0)
    }

    @Test func aSparseIndexNeedsItsObjects() throws {
        let sandbox = try repository()
        try sandbox.shell("cd r; git sparse-checkout set --cone --sparse-index d")
        #expect(throws: IndexError.self) {
            try Index.read(sandbox.root.appending("r/.git/index"), algorithm: .sha1)
        }
    }
}
