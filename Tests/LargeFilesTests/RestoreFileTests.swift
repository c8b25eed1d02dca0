import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import LargeFiles

/// Until a file is whole, nobody who looks at the work tree meets it.
@Suite("Files that are being restored")
struct RestoreFileTests {
    let sandbox: Sandbox
    private let tree: FilePath
    private let content = [UInt8](repeating: 7, count: 100_000)

    init() throws {
        sandbox = try Sandbox("restore-file")
        try sandbox.shell("mkdir tree store")
        tree = sandbox.root.appending("tree")
    }

    private func names(_ directory: FilePath) throws -> [String] {
        try (Files.list(directory) ?? []).map { String(decoding: $0.name, as: UTF8.self) }.sorted()
    }

    private func write(_ place: RestorePlace, staged: Int) throws {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 1)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: content)
        for old in [nil, [1, 2, 3]] as [[UInt8]?] {
            let target = tree.appending("model")
            if let old { try sandbox.write("tree/model", old) } else { try Files.remove(target) }
            var file = try RestoreFile(for: target, in: place, permissions: 0o755)
            try file.write(UnsafeRawBufferPointer(bytes), for: target)
            // What stands there if the process ends here.
            #expect(try names(tree) == (old == nil ? [] : ["model"]))
            #expect(try names(place.directory).filter { $0.hasPrefix("tmp_large_") }.count == staged)
            let isDone = try file.finish(as: target)
            #expect(isDone)
            #expect(try sandbox.read("tree/model") == content)
            #expect(try names(tree) == ["model"])
            #expect((try FileStatus.of(target)?.permissions ?? 0) & 0o100 != 0)
            #expect(try names(place.directory).filter { $0.hasPrefix("tmp_large_") } == [])
        }
    }

    @Test("are in the git directory, which is made where it is missing")
    func staged() throws {
        try write(RestorePlace(sandbox.root.appending("store")), staged: 1)
        try write(RestorePlace(sandbox.root.appending("new").appending("store")), staged: 1)
    }

    @Test("have no name where the git directory is on another device, or cannot be written to")
    func unnamed() throws {
        try sandbox.shell("rmdir store && echo no directory > store")
        try write(RestorePlace(sandbox.root.appending("store").appending("inner")), staged: 0)
        let refused = RestorePlace(sandbox.root.appending("elsewhere"))
        refused.refuse()
        try write(refused, staged: 0)
        let memory = FilePath("/dev/shm/restore-\(getpid())-\(UInt32.random(in: 0 ... .max))")
        guard (try? Files.makeDirectory(memory)) != nil else { return }
        defer { _ = try? Files.removeTree(memory) }
        let place = RestorePlace(memory)
        if !place.reaches(tree) { try write(place, staged: 0) }
    }

    @Test("go away when they are given up")
    func givenUp() throws {
        let place = RestorePlace(sandbox.root.appending("store"))
        do {
            let file = try RestoreFile(for: tree.appending("model"), in: place, permissions: 0o644)
            #expect(file.descriptor >= 0)
        }
        #expect(try names(place.directory) == [] && names(tree) == [])
    }
}
