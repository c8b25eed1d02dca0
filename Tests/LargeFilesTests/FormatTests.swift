import Bytes
import SystemPackage
import TestSupport
import Testing

@testable import LargeFiles

/// The worked example of Documentation/Formats/chunk-store.md, made by a program of its own.
@Suite("Format of the chunk store")
struct FormatTests {
    private static let pack = """
        4e4143524543484b000000010000000001a61a875be3fde019272a8cab27be1b17770b7ee5ed1689ea668e2544e2f25b1e05\
        06006e61637265a4b9b28702558672f83f612c1a2ee237c785df1c2c6e803ded5f451d391fd8cf4a11aa6d1a656600015586\
        72f83f612c1a2ee237c785df1c2c6e803ded5f451d391fd8cf4a11aa6d1a05ee0f1ad98cd2d926d6be08c499b09205d3761c\
        4b60c83300199b9326dd8658aa01a61a875be3fde019272a8cab27be1b17770b7ee5ed1689ea668e2544e2f25b1e0500cdaa\
        8da2
        """
    private static let entries = """
        558672f83f612c1a2ee237c785df1c2c6e803ded5f451d391fd8cf4a11aa6d1a02000000000000650000003d0000008da61a\
        875be3fde019272a8cab27be1b17770b7ee5ed1689ea668e2544e2f25b1e0100000000000005000000100000002d
        """
    private static let name = "c574c547676c82eb207e140f8cc546e767cbc3bc06b9f67f4306a31a1c8dd752"

    @Test("a store of one small file is, byte for byte, what the specification shows")
    func example() throws {
        let sandbox = try Sandbox("format")
        try sandbox.write("file", "nacre")
        let store = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 1)
        _ = try store.add([.init(path: sandbox.root.appending("file"), previous: nil)])
        let directory = "git/nacre/chunks/pack-\(Self.name)"
        #expect(Hex.string(try sandbox.read(directory + ".chunks")) == Self.pack)
        let index = try sandbox.read(directory + ".index")
        #expect(Hex.string(index[1040..<1136]) == Self.entries)
        #expect(Array(index.prefix(16)) == Array("NACREIDX".utf8) + [0, 0, 0, 1, 0, 0, 0, 2])
        let fanout = (0..<256).map { index[16 + 4 * $0 + 3] }
        #expect(fanout == (0..<256).map { $0 < 0x55 ? 0 : $0 < 0xa6 ? 1 : 2 })
        let entry = try #require(try store.chunks.allPacks().first?.index.entries().first ?? nil)
        #expect(entry.kind == .manifest)
        #expect(entry.rawLength == 101)
    }
}
