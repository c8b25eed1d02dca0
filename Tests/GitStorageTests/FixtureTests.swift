import Bytes
import GitObjects
import GitStorage
import SystemPackage
import Testing

/// Replays the corpus of the fuzz targets: nothing in it may trap, hang or take much memory.
@Suite struct FixtureTests {
    private func files(_ name: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = FilePath(#filePath).removingLastComponent().appending("Fixtures").appending(name)
        let entries = try #require(try Files.list(folder))
        return try entries.map {
            (String(decoding: $0.name, as: UTF8.self), try Files.read(folder.appending(bytes: $0.name)))
        }
    }

    @Test func packIndexes() throws {
        for (name, bytes) in try files("PackIndex") {
            guard let index = try? PackIndex(MappedFile(copying: bytes.span.bytes), path: "x.idx", algorithm: .sha1)
            else {
                continue
            }
            for position in 0..<min(index.count, 1000) {
                #expect(index.position(of: index.id(at: position)) != nil, "\(name)")
                _ = try? index.offset(at: position)
            }
            try? index.verify()
        }
    }

    @Test func packs() throws {
        var outcomes: [String: String] = [:]
        for (name, bytes) in try files("Pack") {
            do {
                let inspection = try PackInspection(
                    MappedFile(copying: bytes.span.bytes), algorithm: .sha1, limits: Limits(objectSize: 16 << 20),
                    checker: ObjectChecker(isStrict: true))
                outcomes[name] = "\(inspection.entries.count)"
            } catch {
                outcomes[name] = "\(error)"
            }
        }
        #expect(outcomes["offset-deltas"].flatMap { Int($0) } ?? 0 > 10)
        #expect(outcomes["reference-deltas"] == outcomes["offset-deltas"])
        #expect(outcomes["long-chain"] == "20001")
        #expect(outcomes["cyclic"]?.contains("missing") == true)
        #expect(outcomes["claims-4-gib"]?.contains("byte 12") == true)
        #expect(outcomes["too-many-objects"]?.contains("announced") == true)
        #expect(outcomes["delta-bomb"]?.contains("delta at byte") == true)
    }

    @Test func deltas() throws {
        for (_, bytes) in try files("Delta") {
            guard let length = bytes.first, bytes.count > Int(length) else { continue }
            let base = Array(bytes[1..<(1 + Int(length))])
            let delta = Array(bytes[(1 + Int(length))...])
            _ = try? Delta.apply(delta.span.bytes, to: base.span.bytes)
        }
    }

    @Test func commitGraphs() throws {
        for (_, bytes) in try files("CommitGraph") {
            guard let graph = try? CommitGraph(MappedFile(copying: bytes.span.bytes), algorithm: .sha1) else {
                continue
            }
            for position in 0..<min(graph.count, 1000) {
                _ = graph.links(at: position)
                _ = graph.generation(at: position)
            }
            try? graph.verify()
        }
    }

    @Test func objects() throws {
        let checker = ObjectChecker(isStrict: true)
        for (_, bytes) in try files("Object") {
            let content = Array(bytes.dropFirst())
            for kind in ObjectKind.allCases { _ = checker.findings(.zero(.sha1), kind, content.span.bytes) }
            if let commit = try? Commit(parsing: content, algorithm: .sha1) { #expect(!commit.encoded.isEmpty) }
            _ = try? CommitLinks(parsing: content.span.bytes, algorithm: .sha1)
            if let tree = try? Tree(parsing: content, algorithm: .sha1) { _ = tree.encoded }
            if let tag = try? Tag(parsing: content, algorithm: .sha1) { #expect(tag.encoded == content) }
        }
    }
}
