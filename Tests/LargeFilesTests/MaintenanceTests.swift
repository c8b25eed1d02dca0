import Bytes
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import LargeFiles

@Suite("Maintenance of the store")
struct MaintenanceTests {
    let sandbox: Sandbox
    let store: LargeFileStore
    private var directory: FilePath { sandbox.root.appending("git/nacre/chunks") }

    init() throws {
        sandbox = try Sandbox("maintenance")
        store = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 2)
    }

    private func add(_ content: [UInt8], previous: Hash256? = nil) throws -> Manifest {
        try sandbox.write("file", content)
        return try #require(try store.add([.init(path: sandbox.root.appending("file"), previous: previous)]).first)
    }

    private func content(_ manifest: Manifest, _ store: LargeFileStore) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try store.read(manifest.oid) { (piece) throws(FileError) in bytes += piece }
        return bytes
    }

    private func age() throws {
        _ = try sandbox.shell("touch -d '2020-01-01' git/nacre/chunks/*")
    }

    /// 2023, after the age that ``age()`` gives and before now.
    private let cutoff: Int64 = 1_700_000_000

    @Test("many small packs are joined, whatever their age, and nothing is lost")
    func joinsSmallPacks() throws {
        var manifests: [(Manifest, [UInt8])] = []
        for number in 0..<20 {
            let bytes = xorshift(UInt64(100 + number), 40_000 + number)
            manifests.append((try add(bytes, previous: manifests.last?.0.oid), bytes))
        }
        #expect(try store.chunks.allPacks().count == 20)
        let dry = try store.chunks.collect(live: [], cutoff: 0, isDryRun: true)
        #expect(dry.joinedPacks == 20)
        let result = try store.chunks.collect(live: [], cutoff: 0, isDryRun: false)
        #expect(result.joinedPacks == 20 && result.removedPacks == 0)
        let fresh = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 1)
        #expect(try fresh.chunks.allPacks().count == 1)
        for (manifest, bytes) in manifests { #expect(try content(manifest, fresh) == bytes) }
        #expect(try fresh.chunks.check().problems.isEmpty)
    }

    @Test("what nothing names goes, what something needs stays")
    func collects() throws {
        let first = try add(xorshift(1, 900_000))
        let second = try add(xorshift(2, 900_000))
        // The third is made of deltas against the second.
        var changed = xorshift(2, 900_000)
        for index in stride(from: 0, to: changed.count, by: 70_000) { changed[index] ^= 1 }
        let third = try add(changed, previous: second.oid)
        try age()
        let dry = try store.chunks.collect(live: [third.oid], cutoff: cutoff, isDryRun: true)
        #expect(Set(dry.dead.map(\.oid)) == [first.oid, second.oid])
        #expect(dry.bytesAfter < dry.bytesBefore)
        #expect(try content(first, store) == xorshift(1, 900_000))
        let result = try store.chunks.collect(live: [third.oid], cutoff: cutoff, isDryRun: false)
        #expect(result.removedPacks == 1)
        #expect(try content(third, store) == changed)
        #expect(try !store.chunks.contains(content: first.oid))
        let fresh = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 1)
        #expect(try content(third, fresh) == changed)
        #expect(try fresh.chunks.check().problems.isEmpty)
        #expect(throws: ChunkStoreError.self) { try content(first, fresh) }
    }

    @Test("what was stored lately stays, and so does what was added again")
    func keepsYoung() throws {
        let first = try add(xorshift(1, 300_000))
        #expect(try store.chunks.collect(live: [], cutoff: cutoff, isDryRun: false).removedPacks == 0)
        #expect(try content(first, store) == xorshift(1, 300_000))
        try age()
        // Added again by another process: nothing is written, and the pack is young again.
        let other = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 1)
        _ = try other.add([.init(path: sandbox.root.appending("file"), previous: nil)])
        #expect(try store.chunks.collect(live: [], cutoff: cutoff, isDryRun: false).removedPacks == 0)
        #expect(try content(first, store) == xorshift(1, 300_000))
    }

    @Test("a pack that is mostly dead is written anew")
    func rewrites() throws {
        var files: [LargeFileStore.NewFile] = []
        for index in 0..<10 {
            try sandbox.write("\(index)", xorshift(UInt64(index + 1), 100_000))
            files.append(.init(path: sandbox.root.appending("\(index)"), previous: nil))
        }
        let manifests = try store.add(files)
        try age()
        let live = Set(manifests.prefix(3).map(\.oid))
        let result = try store.chunks.collect(live: live, cutoff: cutoff, isDryRun: false)
        #expect(result.rewrittenPacks == 1)
        for index in 0..<3 { #expect(try content(manifests[index], store) == xorshift(UInt64(index + 1), 100_000)) }
        #expect(try !store.chunks.contains(content: manifests[5].oid))
        #expect(try store.chunks.check().problems.isEmpty)
        #expect(result.bytesAfter < result.bytesBefore / 2)
    }

    @Test("what a killed process left is removed when it is old")
    func leftovers() throws {
        _ = try add(xorshift(1, 100_000))
        try sandbox.write("git/nacre/chunks/tmp_chunks_1_1", "half")
        try sandbox.write("git/nacre/chunks/pack-00.chunks", "no index")
        #expect(try store.chunks.collect(live: [], cutoff: cutoff, isDryRun: false).leftovers == 0)
        _ = try sandbox.shell("touch -d '2020-01-01' git/nacre/chunks/tmp_* git/nacre/chunks/pack-00.chunks")
        #expect(try store.chunks.collect(live: [], cutoff: cutoff, isDryRun: false).leftovers == 2)
    }

    @Test("killed before any step that touches the disk, the store is whole and earlier content is there")
    func killedAnywhere() throws {
        let before = xorshift(1, 500_000)
        let first = try add(before)
        var after = before
        after.replaceSubrange(200_000..<200_010, with: xorshift(3, 9000))
        try sandbox.write("file", after)
        let root = sandbox.root
        let sandbox = sandbox
        let steps = Steps()
        // At each step the store is copied as a kill would leave it.
        let watched = LargeFileStore(commonDirectory: root.appending("git"), workers: 2) {
            (_) throws(ChunkStoreError) in
            let number = steps.next()
            guard
                (try? sandbox.shell(
                    "cp -a git/nacre/chunks copy\(number) && mkdir -p at\(number)/nacre"
                        + " && mv copy\(number) at\(number)/nacre/chunks"))?.code == 0
            else { throw .interrupted }
        }
        let second = try #require(
            try watched.add([.init(path: root.appending("file"), previous: first.oid)]).first)
        #expect(steps.count >= 5)
        for number in 1...steps.count {
            let left = LargeFileStore(commonDirectory: root.appending("at\(number)"), workers: 1)
            #expect(try left.chunks.check().problems.isEmpty, "step \(number)")
            #expect(try content(first, left) == before, "step \(number)")
            if try left.chunks.contains(content: second.oid) { #expect(try content(second, left) == after) }
            // The same work is done again, over what was left.
            let again = try #require(try left.add([.init(path: root.appending("file"), previous: first.oid)]).first)
            #expect(again == second)
            #expect(try content(again, left) == after)
        }
    }

    @Test("a failure at any step leaves nothing half done")
    func failsAnywhere() throws {
        let first = try add(xorshift(1, 300_000))
        try sandbox.write("file", xorshift(2, 300_000))
        for failing in 1...5 {
            let steps = Steps()
            let broken = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 2) {
                (_) throws(ChunkStoreError) in
                if steps.next() == failing { throw .interrupted }
            }
            #expect(throws: ChunkStoreError.self, "step \(failing)") {
                _ = try broken.add([.init(path: sandbox.root.appending("file"), previous: nil)])
            }
            #expect(try Files.list(directory)?.contains { $0.name.starts(with: Array("tmp_".utf8)) } == false)
            let fresh = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 1)
            #expect(try content(first, fresh) == xorshift(1, 300_000))
            #expect(try fresh.chunks.check().problems.isEmpty)
        }
    }
}

/// Counts steps from any thread.
private final class Steps: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
    var count: Int { value.withLock { $0 } }
}
