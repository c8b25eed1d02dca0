import LargeFiles
import Testing

@Suite("Pointers")
struct PointerTests {
    private let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"

    @Test("a pointer is read and written as git-lfs does")
    func exact() throws {
        let text = "version https://git-lfs.github.com/spec/v1\noid sha256:\(oid)\nsize 12345\n"
        let pointer = try #require(Pointer(parsing: Array(text.utf8)))
        #expect(pointer.oid.hex == oid)
        #expect(pointer.size == 12345)
        #expect(pointer.encoded == Array(text.utf8))
    }

    @Test("further keys are kept, in order")
    func extensions() throws {
        let text =
            "version https://git-lfs.github.com/spec/v1\next-0-foo sha256:\(oid)\noid sha256:\(oid)\nsize 1\n"
        let pointer = try #require(Pointer(parsing: Array(text.utf8)))
        #expect(pointer.extensions.count == 1)
        #expect(pointer.encoded == Array(text.utf8))
    }

    @Test("older versions are read")
    func legacy() {
        let text = "version https://hawser.github.com/spec/v1\noid sha256:\(oid)\nsize 7\n"
        #expect(Pointer(parsing: Array(text.utf8))?.size == 7)
    }

    @Test("what is no pointer is none")
    func others() {
        let head = "version https://git-lfs.github.com/spec/v1\n"
        for text in [
            "", "version 1\n", head, head + "oid sha256:\(oid)\n", head + "size 3\n",
            head + "oid sha256:abc\nsize 3\n", head + "oid sha256:\(oid)\nsize -3\n",
            head + "oid sha256:\(oid)\nsize 99999999999999999999\n", head + "oid sha256:\(oid)\nsize 3\nsize 3\n",
            head + "oid sha256:\(oid)\nsize 3\nWhatever\n",
            head + "oid sha256:\(oid)\nsize 3\n" + String(repeating: "x", count: 2000),
        ] {
            #expect(Pointer(parsing: Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test("empty content has an empty blob")
    func empty() {
        #expect(Pointer(oid: Pointer.emptyOID, size: 0).encoded.isEmpty)
        #expect(Pointer.emptyOID.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
