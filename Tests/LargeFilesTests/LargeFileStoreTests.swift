import Bytes
import DataFormats
import SystemPackage
import TestSupport
import Testing

@testable import LargeFiles

@Suite("Large file store")
struct LargeFileStoreTests {
    let sandbox: Sandbox
    let store: LargeFileStore

    init() throws {
        sandbox = try Sandbox("large")
        store = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 2)
    }

    private func add(_ name: String, _ content: [UInt8], previous: Manifest? = nil) throws -> Manifest {
        try sandbox.write(name, content)
        let added = try store.add([.init(path: sandbox.root.appending(name), previous: previous?.oid)])
        return try #require(added.first)
    }

    private func restored(_ manifest: Manifest, replacing: Manifest? = nil, _ name: String = "out") throws -> [UInt8] {
        let outcomes = try store.write([
            .init(oid: manifest.oid, path: sandbox.root.appending(name), permissions: 0o666, replaced: replacing?.oid)
        ])
        guard case .written = outcomes[0] else {
            Issue.record("\(outcomes[0])")
            return []
        }
        return try sandbox.read(name)
    }

    @Test("files of all sizes come back", arguments: [0, 1, 100, 8191, 8192, 131_072, 300_000, 5_000_000])
    func roundTrip(size: Int) throws {
        let content = xorshift(UInt64(size + 1), size)
        let manifest = try add("in", content)
        #expect(manifest.size == size)
        #expect(manifest.oid.bytes == Digest.hash(content, .sha256))
        #expect(manifest.fileHash == Xet.fileHash(manifest.chunks))
        #expect(try restored(manifest) == content)
        // Another process reads it too.
        let other = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 1)
        var bytes: [UInt8] = []
        try other.read(manifest.oid) { (piece) throws(FileError) in bytes += piece }
        #expect(bytes == content)
    }

    @Test("a version is stored as little more than what changed")
    func versions() throws {
        var content: [UInt8] = Array("id,value\n".utf8)
        for row in 0..<40_000 { content += Array("\(row),\(row &* 7919 % 10007),text \(row % 97)\n".utf8) }
        let first = try add("table", content)
        var sizes = [try stored()]
        var versions = [(first, content)]
        for round in 1...4 {
            var rows = content.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
            for index in stride(from: 17 * round, to: rows.count - 1, by: 1501) {
                rows[index] += Array(",changed \(round)".utf8)
            }
            rows.insert(Array("new row \(round)".utf8), at: 100 * round)
            content = Array(rows.joined(separator: [10]))
            versions.append((try add("table", content, previous: versions.last?.0), content))
            sizes.append(try stored())
        }
        // All four later versions together take less than half of what the first took.
        #expect(sizes[4] - sizes[0] < sizes[0] / 2, "\(sizes)")
        for (manifest, content) in versions { #expect(try restored(manifest) == content) }
    }

    private func stored() throws -> Int {
        try store.chunks.allPacks().reduce(0) { sum, pack in
            sum + pack.index.entries().reduce(0) { $0 + ($1?.storedLength ?? 0) }
        }
    }

    /// A safetensors file of two bfloat16 tensors whose values move by a few units with each round.
    private func model(_ round: Int, header extra: String = "") -> [UInt8] {
        let half = 600_000
        let json =
            "{\"__metadata__\":{\"x\":\"\(extra)\"},\"a\":{\"dtype\":\"BF16\",\"shape\":[300000],\"data_offsets\":[0,\(half)]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[300000],\"data_offsets\":[\(half),\(2 * half)]}}"
        var bytes = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Array($0) } + Array(json.utf8)
        let noise = xorshift(21, 2 * half)
        for index in 0..<half {
            let value = 0x3c00 + UInt16(noise[2 * index]) + UInt16(noise[2 * index + 1] & 0x80) << 8
            let moved = value &+ UInt16(round * (index % 3))
            bytes += [UInt8(truncatingIfNeeded: moved), UInt8(moved >> 8)]
        }
        return bytes
    }

    @Test("a model's next version is stored as differences, under another name and with a longer header too")
    func models() throws {
        let first = try add("model", model(0))
        #expect(first.tensors?.tensors.count == 2)
        let base = try stored()
        let second = try add("model", model(1), previous: first)
        let step = try stored() - base
        #expect(step * 3 < base, "\(step) of \(base)")
        let third = try add("other name", model(2, header: "a longer header"))
        #expect(try stored() - base - step < base / 3)
        #expect(try restored(second) == model(1))
        let difference = try #require(try store.compare(first.oid, second.oid))
        #expect(difference.changedTensors.map(\.name) == ["a", "b"])
        #expect(difference.lines().contains("~ a bfloat16 [300000]"))
        // Only the second tensor is changed: the first is not, though they share a chunk.
        var edited = model(0)
        edited[edited.count - 200_000] ^= 1
        let fourth = try add("model", edited, previous: first)
        let small = try #require(try store.compare(first.oid, fourth.oid))
        #expect(small.changedTensors.map(\.name) == ["b"])
        #expect(small.unchangedTensors == 1)
        #expect(try restored(third) == model(2, header: "a longer header"))
    }

    @Test("equal content is stored once")
    func deduplicated() throws {
        let content = xorshift(5, 400_000)
        _ = try add("one", content)
        let before = try stored()
        _ = try add("two", content)
        #expect(try stored() == before)
        #expect(try add("three", content + [1, 2, 3]).size == 400_003)
        #expect(try stored() < before + 140_000)
    }

    @Test("a version takes the place of another")
    func replacing() throws {
        var content = xorshift(9, 6_000_000)
        let first = try add("file", content)
        content.replaceSubrange(3_000_000..<3_000_100, with: xorshift(10, 50))
        let second = try add("file", content, previous: first)
        #expect(try restored(first, "out") == xorshift(9, 6_000_000))
        #expect(try restored(second, replacing: first, "out") == content)
        // The file that stands there is not what it is said to be: everything is decoded.
        try sandbox.write("out", xorshift(11, 6_000_000))
        #expect(try restored(first, replacing: second, "out") == xorshift(9, 6_000_000))
    }

    @Test("content that is nowhere is missing, and git-lfs' own store is read")
    func legacy() throws {
        let content = Array("kept by git-lfs\n".utf8)
        let oid = try #require(Hash256(bytes: Digest.hash(content, .sha256)))
        let target = LargeFileStore.Destination(
            oid: oid, path: sandbox.root.appending("out"), permissions: 0o666, replaced: nil)
        guard case .missing = try store.write([target])[0] else {
            Issue.record("found what is nowhere")
            return
        }
        let hex = oid.hex
        let path = "git/lfs/objects/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))/\(hex)"
        try sandbox.write(path, content)
        #expect(try store.contains(oid))
        guard case .written = try store.write([target])[0] else {
            Issue.record("not found")
            return
        }
        #expect(try sandbox.read("out") == content)
        try sandbox.write(path, "damaged")
        guard case .failed = try store.write([target])[0] else {
            Issue.record("damage was not noticed")
            return
        }
    }

    @Test("many small files share a pack")
    func manySmall() throws {
        var files: [LargeFileStore.NewFile] = []
        for index in 0..<200 {
            try sandbox.write("dir/\(index)", xorshift(UInt64(index + 1), 2000 + index))
            files.append(.init(path: sandbox.root.appending("dir/\(index)"), previous: nil))
        }
        let manifests = try store.add(files)
        #expect(try store.chunks.allPacks().count == 1)
        let destinations = manifests.enumerated().map { index, manifest in
            LargeFileStore.Destination(
                oid: manifest.oid, path: sandbox.root.appending("dir/out\(index)"), permissions: 0o666, replaced: nil)
        }
        _ = try store.write(destinations)
        for index in 0..<200 {
            #expect(try sandbox.read("dir/out\(index)") == xorshift(UInt64(index + 1), 2000 + index))
        }
    }

    @Test("a damaged index hides no other pack, and a check names it")
    func damagedIndex() throws {
        let first = try add("one", xorshift(71, 100_000))
        let second = try add("two", xorshift(72, 100_000))
        let index = try #require(try store.chunks.allPacks().first).index.path
        let bytes = try Files.read(index)
        try Files.remove(index)
        try TemporaryFile.replace(index, with: Array(bytes.dropLast(7)))
        let other = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 1)
        #expect(try !other.contains(first.oid))
        #expect(try other.contains(second.oid))
        #expect(try other.chunks.check().problems.count == 1)
    }

    @Test("a damaged pack is noticed and named")
    func damage() throws {
        let content = xorshift(77, 300_000)
        let manifest = try add("in", content)
        let pack = try #require(try store.chunks.allPacks().first).path
        var bytes = try Files.read(pack)
        bytes[bytes.count / 2] ^= 1
        try Files.remove(pack)
        try TemporaryFile.replace(pack, with: bytes)
        let other = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 2)
        let outcome = try other.write([
            .init(oid: manifest.oid, path: sandbox.root.appending("out"), permissions: 0o666, replaced: nil)
        ])[0]
        guard case .failed(let error) = outcome else {
            Issue.record("damage was not noticed")
            return
        }
        #expect("\(error)".contains("damaged"))
    }
}
