import GitDiff
import GitObjects
import TestSupport
import Testing

@Suite("Reading and applying patches")
struct PatchParserTests {
    private static let sample = """
        From: somebody
        diff --git a/dir/a b/dir/b
        old mode 100644
        new mode 100755
        similarity index 80%
        rename from dir/a
        rename to dir/b
        index 1234567..89abcde
        --- a/dir/a
        +++ b/dir/b
        @@ -1,3 +1,3 @@ heading
         one
        -two
        +zwei
         three
        @@ -10,2 +10,3 @@
         ten
        +ten and a half
         eleven
        \\ No newline at end of file
        diff --git a/bin b/bin
        new file mode 100644
        index 0000000000000000000000000000000000000000..b1e6722a7c8d8a7b6a2c6d4d5b2b0a1c2d3e4f50
        GIT binary patch
        literal 3
        Kc$~{iU|`?^0000

        literal 0
        HcmV?d00001

        --- plain.orig\t2020-01-01 00:00:00 +0000
        +++ plain\t2020-01-02 00:00:00 +0000
        @@ -1 +1 @@
        -x
        +y

        """

    @Test("what a patch says of its files")
    func parse() throws {
        var options = PatchParser.Options()
        let text = Array(Self.sample.utf8)
        let rename = try #require(try PatchParser.parse(Array(text[..<(text.count / 2)]), options: options).first)
        #expect(rename.oldName == "dir/a")
        #expect(rename.newName == "dir/b")
        #expect(rename.oldMode == .regular)
        #expect(rename.newMode == .executable)
        #expect(rename.isRename && rename.score == 80)
        #expect(rename.hunks.count == 2)
        #expect(rename.hunks[0].leading == 1)
        #expect(rename.hunks[1].lines.last?.text.last != 10)
        #expect(rename.added == 2 && rename.deleted == 1)
        #expect(rename.reversed.newName == "dir/a")
        #expect(rename.reversed.added == 1)
        options.stripCount = 0
        let plain = try PatchParser.parse(Array("--- f\n+++ f\n@@ -1 +1 @@\n-x\n+y\n".utf8), options: options)
        #expect(plain.first?.oldName == "f")
    }

    @Test("damaged patches are refused or read, and never trap", arguments: 0..<40)
    func damaged(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            var text = Array(Self.sample.utf8)
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text[place] = UInt8.random(in: 0...255, using: &random)
                case 1: text.remove(at: place)
                case 2: text.insert(UInt8.random(in: 0...255, using: &random), at: place)
                default: text.removeSubrange(place..<min(place + 40, text.count))
                }
            }
            guard let patches = try? PatchParser.parse(text) else { continue }
            for patch in patches {
                var image = PatchImage(Array("one\ntwo\nthree\n".utf8), options: PatchImage.Options())
                for hunk in patch.hunks { _ = image.apply(hunk) }
                _ = image.content
            }
        }
    }

    @Test("hunks find their place")
    func placing() throws {
        let patch = Array("--- a/f\n+++ b/f\n@@ -3,3 +3,3 @@\n c\n-d\n+D\n e\n".utf8)
        let hunk = try #require(try PatchParser.parse(patch).first?.hunks.first)
        func apply(_ text: String, _ options: PatchImage.Options = .init()) -> (text: String, at: Int)? {
            var image = PatchImage(Array(text.utf8), options: options)
            guard let placement = image.apply(hunk) else { return nil }
            return (String(decoding: image.content, as: UTF8.self), placement.position)
        }
        #expect(apply("a\nb\nc\nd\ne\nf\n")?.text == "a\nb\nc\nD\ne\nf\n")
        #expect(apply("0\na\nb\nc\nd\ne\nf\n")?.at == 3)
        #expect(apply("a\nb\nc\nd\nX\nf\n") == nil)
        var loose = PatchImage.Options()
        loose.minimumContext = 0
        #expect(apply("a\nb\nX\nd\nX\nf\n", loose)?.text == "a\nb\nX\nD\nX\nf\n")
        var blanks = PatchImage.Options()
        blanks.ignoresBlanks = true
        #expect(apply("a\nb\nc \nd\t\ne\nf\n", blanks)?.text == "a\nb\nc \nD\ne\nf\n")
    }

    @Test("white space is mended by its rules")
    func whitespace() {
        let rules = WhitespaceRules()
        func fix(_ text: String) -> String { String(decoding: rules.fixed(Array(text.utf8)[...]).line, as: UTF8.self) }
        #expect(fix("a  \n") == "a\n")
        #expect(fix("a\t\r\n") == "a\n")
        #expect(fix("  \ta\n") == "\ta\n" || fix("  \ta\n") == "  \ta\n")
        #expect(fix("clean\n") == "clean\n")
        #expect(rules.complaint(about: Array("x \n".utf8)[...]) == "trailing whitespace")
    }

    @Test("conflicts have one form whoever merged whom")
    func conflicts() throws {
        let one = try #require(ConflictImage(Array("a\n<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> topic\nb\n".utf8)))
        let other = try #require(
            ConflictImage(Array("a\n<<<<<<< t\ny\n||||||| base\nq\n=======\nx\n>>>>>>> HEAD\nb\n".utf8)))
        #expect(one.id == other.id)
        #expect(one.content == other.content)
        #expect(one.count == 1)
        #expect(ConflictImage(Array("<<<<<<< HEAD\nx\n".utf8)) == nil)
        #expect(ConflictImage(Array("plain\n".utf8))?.count == 0)
    }
}
