import Bytes
import DataFormats
import SystemPackage
import TestSupport
import Testing

@testable import LargeFiles

/// Headers that lie cost bounded time and memory, and their files are kept as plain chunks.
@Suite("Headers that lie")
struct HostileHeaderTests {
    /// The seeds of the fuzz target: offsets beyond the file, counts of 2^63, pickles of every opcode, archives that would unpack to
    /// gigabytes.
    private static var seeds: [FilePath] {
        var folder = FilePath(#filePath)
        for _ in 0..<2 { folder.removeLastComponent() }
        folder = folder.appending("Fuzz").appending("Corpus").appending("Tensors")
        return ((try? Files.list(folder)) ?? []).map { folder.appending(bytes: $0.name) }
    }

    @Test("every seed is stored and comes back")
    func seedsComeBack() throws {
        let sandbox = try Sandbox("hostile-headers")
        let store = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 2)
        #expect(Self.seeds.count >= 20)
        var generator = SeededGenerator(seed: 1)
        for seed in Self.seeds {
            // As they are, and as the beginning and the end of something longer.
            let content = try Files.read(seed)
            let noise = generator.bytes(20_000)
            for file in [content, content + noise, noise + content] {
                try sandbox.write("file", file)
                let added = try store.add([.init(path: sandbox.root.appending("file"), previous: nil)])
                let oid = try #require(added.first).oid
                for tensor in added.first?.tensors?.tensors ?? [] {
                    #expect(tensor.range.lowerBound >= 0 && tensor.range.upperBound <= file.count, "\(seed)")
                }
                var back: [UInt8] = []
                try store.read(oid) { (piece) throws(FileError) in back += piece }
                let isSame = back == file
                #expect(isSame, "\(seed)")
            }
        }
    }

    @Test("pickles of any opcodes end, and name nothing outside their file")
    func anyPickle() {
        var generator = SeededGenerator(seed: 2)
        let opcodes = Array(
            "(.0123KJMGXVSTUcRbdaseluptr)]}hjgiqNQP\u{80}\u{81}\u{82}\u{85}\u{86}\u{87}\u{88}\u{89}\u{8a}"
                .unicodeScalars
        )
        .map { UInt8(truncatingIfNeeded: $0.value) }
        for round in 0..<3000 {
            var pickle: [UInt8] = [0x80, 2]
            for _ in 0..<Int.random(in: 1...120, using: &generator) {
                if round % 2 == 0 {
                    pickle.append(opcodes[Int.random(in: 0..<opcodes.count, using: &generator)])
                } else {
                    pickle.append(UInt8.random(in: 0...255, using: &generator))
                }
            }
            let archive = SampleFile.zip([("x/data.pkl", pickle + [0x2e]), ("x/data/0", [1, 2, 3, 4])])
            for tensor in TensorMap.read(ByteSource(archive))?.tensors ?? [] {
                #expect(tensor.range.upperBound <= archive.count, "round \(round)")
            }
        }
    }
}
