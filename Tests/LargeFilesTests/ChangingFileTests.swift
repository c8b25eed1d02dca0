import Bytes
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import LargeFiles

@Suite("Files and stores that others use at the same time")
struct ChangingFileTests {
    private let sandbox: Sandbox
    private let directory: FilePath

    init() throws {
        sandbox = try Sandbox("changing")
        directory = sandbox.root.appending("git")
    }

    private func append(_ text: String, to name: String) {
        _ = try? sandbox.shell("printf '\(text)' >> \(name)")
    }

    @Test("a file that changes while it is read is read again, and refused where it goes on")
    func changes() throws {
        var generator = SeededGenerator(seed: 3)
        let content = generator.bytes(300_000)
        try sandbox.write("file", content)
        let store = LargeFileStore(commonDirectory: directory, workers: 2)
        let file = LargeFileStore.NewFile(path: sandbox.root.appending("file"), previous: nil)
        let changes = Mutex(0)
        let added = try store.add([file]) { _ in
            if changes.withLock({
                $0 += 1
                return $0 == 1
            }) {
                append("more", to: "file")
            }
        }
        var back: [UInt8] = []
        try store.read(try #require(added.first).oid) { (piece) throws(FileError) in back += piece }
        let isLatest = back == content + Array("more".utf8)
        #expect(isLatest)
        #expect(changes.withLock { $0 } == 2)
        do {
            _ = try store.add([file]) { _ in append("x", to: "file") }
            Issue.record("a file that never stands still was taken")
        } catch {
            guard case .changing(let path) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(path == sandbox.root.appending("file"))
        }
        #expect(try store.chunks.check().problems.isEmpty)
        // Cut short while it is read.
        try sandbox.write("file", content)
        let cut = try store.add([file]) { _ in
            if changes.withLock({
                $0 += 1
                return $0 < 4
            }) {
                _ = try? sandbox.shell("truncate -s 1000 file")
            }
        }
        #expect(cut.first?.oid.bytes == Digest.hash(Array(content.prefix(1000)), .sha256))
    }

    @Test("two writers at once share nothing, and lose nothing")
    func twoWriters() throws {
        var generator = SeededGenerator(seed: 4)
        let shared = generator.bytes(400_000)
        for number in 0..<6 { try sandbox.write("file\(number)", shared + generator.bytes(50_000 * number)) }
        let oids = Mutex<[Int: Hash256]>([:])
        try Workers.forEach(6, workers: 6) { (_, number) throws(ChunkStoreError) in
            // A store each, as processes have.
            let store = LargeFileStore(commonDirectory: directory, workers: 1)
            let file = LargeFileStore.NewFile(path: sandbox.root.appending("file\(number)"), previous: nil)
            let added = try store.add([file])
            oids.withLock { $0[number] = added.first?.oid }
        }
        let store = LargeFileStore(commonDirectory: directory, workers: 2)
        #expect(try store.chunks.check().problems.isEmpty)
        for number in 0..<6 {
            var back: [UInt8] = []
            let oid = try #require(oids.withLock { $0[number] })
            try store.read(oid) { (piece) throws(FileError) in back += piece }
            let isSame = try sandbox.has("file\(number)", back)
            #expect(isSame, "\(number)")
        }
        // What was stored twice is joined by maintenance, and stays.
        let live = Set(oids.withLock { $0.values })
        _ = try store.chunks.collect(live: live, cutoff: .max, isDryRun: false)
        #expect(try store.chunks.check().problems.isEmpty)
        for oid in live { #expect(try store.contains(oid)) }
    }
}
