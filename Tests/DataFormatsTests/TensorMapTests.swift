import Bytes
import Testing

@testable import DataFormats

@Suite("Tensor maps")
struct TensorMapTests {
    private func little(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private func safetensors(_ header: String, _ data: Int) -> [UInt8] {
        little(header.utf8.count, 8) + Array(header.utf8) + [UInt8](repeating: 1, count: data)
    }

    /// A ZIP archive of stored members.
    private func zip(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        var output: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in members {
            let offset = output.count
            let sizes = little(content.count, 4) + little(content.count, 4)
            let common = little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(0, 4) + sizes
            output +=
                [0x50, 0x4b, 3, 4] + common + little(name.utf8.count, 2) + little(0, 2) + Array(name.utf8) + content
            directory += [0x50, 0x4b, 1, 2] + little(20, 2) + common + little(name.utf8.count, 2) + little(0, 2)
            directory +=
                little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(offset, 4) + Array(name.utf8)
        }
        let start = output.count
        return output + directory + [0x50, 0x4b, 5, 6] + little(0, 4) + little(members.count, 2)
            + little(members.count, 2)
            + little(directory.count, 4) + little(start, 4) + little(0, 2)
    }

    private func npy(_ descr: String, _ shape: String, _ data: Int) -> [UInt8] {
        let header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.utf8.count, 2) + Array(header.utf8)
            + [UInt8](repeating: 2, count: data)
    }

    @Test("safetensors")
    func readsSafetensors() throws {
        let header =
            "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"BF16\",\"shape\":[2,3],\"data_offsets\":[8,20]},"
            + "\"a\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}}"
        let map = try #require(TensorMap.read(ByteSource(safetensors(header, 20))))
        let start = 8 + header.utf8.count
        #expect(map.format == .safetensors)
        #expect(map.tensors.map(\.name) == ["a", "b"])
        #expect(map.tensors[1].type == .bfloat16)
        #expect(map.tensors[1].shape == [2, 3])
        #expect(map.tensors[1].range == start + 8..<start + 20)
        #expect(map.dominant(in: start..<start + 20)?.name == "b")
        #expect(map.dominant(in: start + 4..<start + 10)?.name == "a")
        #expect(map.dominant(in: 0..<start) == nil)
    }

    @Test("safetensors that lie are plain bytes")
    func refusesSafetensors() {
        for header in [
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16000]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[-1,15]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,16]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2],\"data_offsets\":[0,16]}}",
            "{\"a\":[1]}", "{\"a\"", "{" + String(repeating: "[", count: 200),
        ] {
            #expect(TensorMap.read(ByteSource(safetensors(header, 16))) == nil, "\(header)")
        }
        #expect(TensorMap.read(ByteSource([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7b, 0x7d])) == nil)
        #expect(TensorMap.read(ByteSource([])) == nil)
    }

    @Test("NumPy arrays and archives")
    func readsNumpy() throws {
        let array = npy("<f4", "(2, 3)", 24)
        let map = try #require(TensorMap.read(ByteSource(array)))
        #expect(map.tensors[0].type == .float32)
        #expect(map.tensors[0].shape == [2, 3])
        #expect(map.tensors[0].range == array.count - 24..<array.count)
        let archive = zip([("x.npy", array), ("y.npy", npy("<i8", "(1,)", 8)), ("z.npy", npy(">f8", "()", 8))])
        let members = try #require(TensorMap.read(ByteSource(archive)))
        #expect(members.format == .npz)
        #expect(members.tensors.map(\.name) == ["x", "y", "z"])
        #expect(members.tensors.map(\.type) == [.float32, .int64, .opaque])
        #expect(archive[members.tensors[0].range].allSatisfy { $0 == 2 })
        for broken in [
            npy("|O", "(1,)", 8), npy("<f4", "(2, 3)", 23), npy("<f4", "(-1,)", 8),
            npy("<f4", "(9223372036854775807, 9)", 8),
            Array(array.prefix(20)), npy("<f4", "(__import__('os'),)", 8),
        ] {
            #expect(TensorMap.read(ByteSource(broken)) == nil)
        }
    }

    /// `{'model': OrderedDict(weight, bias), 'extra': [Parameter, {'step': tensor}], 'epoch': 3, …}`, pickled as torch does.
    private static let checkpoint: [UInt8] = Hex.decode(checkpointHex.utf8) ?? []
    private static let checkpointHex = """
        80027d71002858050000006d6f64656c710163636f6c6c656374696f6e730a4f726465726564446963740a71022952710328\
        580c0000006c617965722e776569676874710463746f7263682e5f7574696c730a5f72656275696c645f74656e736f725f76\
        320a71052828580700000073746f72616765710663746f7263680a466c6f617453746f726167650a71075801000000307108\
        580300000063707571094b0c74710a514b004b024b0386710b4b034b0186710c8968022952710d74710e52710f580a000000\
        6c617965722e6269617371106805282868066807680868094b0c747111514b064b068571124b018571138968022952711474\
        7115527116755805000000657874726171175d71182863746f7263682e5f7574696c730a5f72656275696c645f706172616d\
        657465720a711968052828680663746f7263680a42466c6f6174313653746f726167650a711a580100000031711b68094b04\
        74711c514b004b024b0286711d4b024b0186711e8968022952711f747120527121896802295271228771235271247d712558\
        0400000073746570712668052828680663746f7263680a4c6f6e6753746f726167650a7127580100000032712868094b0174\
        7129514b0029298968022952712a74712b52712c7365580500000065706f6368712d4b0358020000006c72712e473fb99999\
        9999999a58040000006e616d65712f5801000000787130752e
        """

    /// A pickle that would call `os.system`.
    private static let malicious: [UInt8] = Hex.decode(maliciousHex.utf8) ?? []
    private static let maliciousHex = """
        80027d7100580100000061710163706f7369780a73797374656d0a7102580a0000006563686f2070776e6564710385710452\
        7105732e
        """

    @Test("PyTorch checkpoints, whose pickle is never run")
    func readsPyTorch() throws {
        let archive = zip([
            ("archive/data.pkl", Self.checkpoint), ("archive/data/0", [UInt8](repeating: 3, count: 48)),
            ("archive/data/1", [UInt8](repeating: 4, count: 8)), ("archive/data/2", [UInt8](repeating: 5, count: 8)),
        ])
        let map = try #require(TensorMap.read(ByteSource(archive)))
        #expect(map.format == .pytorch)
        let names = Dictionary(uniqueKeysWithValues: map.tensors.map { ($0.name, $0) })
        #expect(names.keys.sorted() == ["extra.0", "extra.1.step", "model.layer.bias", "model.layer.weight"])
        #expect(names["model.layer.weight"]?.shape == [2, 3])
        #expect(names["model.layer.weight"]?.type == .float32)
        #expect(names["model.layer.bias"]?.range.count == 24)
        #expect(names["extra.0"]?.type == .bfloat16)
        #expect(names["extra.1.step"]?.shape == [])
        #expect(archive[try #require(names["extra.0"]).range].allSatisfy { $0 == 4 })
        #expect(TensorMap.read(ByteSource(zip([("a/data.pkl", Self.malicious)])))?.tensors.isEmpty == true)
    }

    @Test("every cut and every flipped byte of a checkpoint ends well")
    func survivesDamage() {
        let archive = zip([("a/data.pkl", Self.checkpoint), ("a/data/0", [UInt8](repeating: 3, count: 48))])
        for length in stride(from: 0, to: archive.count, by: 7) {
            _ = TensorMap.read(ByteSource(Array(archive.prefix(length))))
        }
        for position in archive.indices {
            var damaged = archive
            damaged[position] ^= UInt8(1 << (position % 8))
            _ = TensorMap.read(ByteSource(damaged))
        }
    }

    @Test("a pickle of a million nested tuples, and one that holds itself")
    func survivesDepth() {
        let deep = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 1_000_000) + [0x2e]
        #expect(TensorMap.read(ByteSource(zip([("a/data.pkl", deep)])))?.tensors.isEmpty == true)
        let circle: [UInt8] = [0x80, 2, 0x5d, 0x71, 0, 0x68, 0, 0x61, 0x2e]
        #expect(TensorMap.read(ByteSource(zip([("a/data.pkl", circle)])))?.tensors.isEmpty == true)
    }

    @Test("GGUF")
    func readsGGUF() throws {
        func text(_ text: String) -> [UInt8] { little(text.utf8.count, 8) + Array(text.utf8) }
        func file(count: Int, pairs: Int, extent: Int, data: Int) -> [UInt8] {
            var bytes = Array("GGUF".utf8) + little(3, 4) + little(count, 8) + little(pairs, 8)
            bytes += text("general.name") + little(8, 4) + text("tiny")
            bytes += text("tokens") + little(9, 4) + little(8, 4) + little(2, 8) + text("a") + text("b")
            bytes += text("w") + little(2, 4) + little(extent, 8) + little(2, 8) + little(1, 4) + little(0, 8)
            bytes += text("q") + little(1, 4) + little(64, 8) + little(8, 4) + little(32, 8)
            bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
            return bytes + [UInt8](repeating: 9, count: data)
        }
        let map = try #require(TensorMap.read(ByteSource(file(count: 2, pairs: 2, extent: 4, data: 100))))
        #expect(map.tensors.map(\.name) == ["w", "q"])
        #expect(map.tensors[0].shape == [2, 4])
        #expect(map.tensors[0].range.count == 16)
        #expect(map.tensors[1].range.count == 68)
        #expect(TensorMap.read(ByteSource(file(count: 2, pairs: 2, extent: 4, data: 99))) == nil)
        #expect(TensorMap.read(ByteSource(file(count: .max, pairs: 2, extent: 4, data: 100))) == nil)
        #expect(TensorMap.read(ByteSource(file(count: 2, pairs: 1 << 19, extent: 4, data: 100))) == nil)
        #expect(TensorMap.read(ByteSource(file(count: 2, pairs: 2, extent: .max, data: 100))) == nil)
    }
}
