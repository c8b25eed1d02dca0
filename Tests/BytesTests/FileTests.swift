import Bytes
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite struct FileTests {
    @Test func replacingLeavesNoTemporaryFile() throws {
        let sandbox = try Sandbox()
        let target = sandbox.root.appending("file")
        try TemporaryFile.replace(target, with: Array("one".utf8))
        try TemporaryFile.replace(target, with: Array("two".utf8))
        #expect(try Files.read(target) == Array("two".utf8))
        let names = try Files.list(sandbox.root)?.map { String(decoding: $0.name, as: UTF8.self) }.sorted()
        #expect(names == ["file", "home"])
    }

    @Test func anUnfinishedFileIsRemoved() throws {
        let sandbox = try Sandbox()
        do {
            var file = try TemporaryFile(in: sandbox.root)
            try file.output.write([1, 2, 3])
        }
        #expect(try Files.list(sandbox.root)?.count == 1)
    }

    @Test func aLockIsExclusiveAndGivenBack() throws {
        let sandbox = try Sandbox()
        let target = sandbox.root.appending("index")
        do {
            var lock = try LockFile(target)
            #expect(throws: LockError.self) { _ = try second(target) }
            try lock.output.write(Array("content".utf8))
            try lock.commit()
        }
        #expect(try Files.read(target) == Array("content".utf8))
        do { _ = try LockFile(target) }
        #expect(try Files.readIfPresent(sandbox.root.appending("index.lock")) == nil)
    }

    private func second(_ target: FilePath) throws { _ = try LockFile(target, waiting: 20) }

    @Test func namesNeedNotBeUTF8() throws {
        let sandbox = try Sandbox()
        let name: [UInt8] = [0xff, 0xfe, 0x41]
        try TemporaryFile.replace(sandbox.root.appending(bytes: name), with: [1], synchronizing: false)
        #expect(try Files.list(sandbox.root)?.contains { $0.name == name } == true)
        #expect(sandbox.root.appending(bytes: name).bytes.suffix(3) == name[...])
    }

    @Test func readingStopsAtTheLimit() throws {
        let sandbox = try Sandbox()
        try sandbox.write("large", [UInt8](repeating: 1, count: 100))
        #expect(throws: FileError.self) { try Files.read(sandbox.root.appending("large"), limit: 99) }
        #expect(try Files.read(sandbox.root.appending("large"), limit: 100).count == 100)
    }

    @Test func everyItemIsDoneOnceWhateverTheNumberOfWorkers() {
        for workers in 1...4 {
            let counts = Mutex([Int](repeating: 0, count: 1000))
            Workers.forEach(1000, workers: workers) { _, item in counts.withLock { $0[item] += 1 } }
            #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
        }
    }

    @Test func childrenCannotBlockOnTheirPipes() throws {
        let input = [UInt8](repeating: 65, count: 1 << 20)
        var request = ChildProcess.Request(shell: "cat; cat /dev/null; echo done >&2; exit 3")
        request.output = .pipe
        request.error = .pipe
        let result = try ChildProcess.run(request, input: input)
        #expect(result.status == .exited(3))
        #expect(result.output == input)
        #expect(result.error == Array("done\n".utf8))
        #expect(throws: SpawnError.self) { try ChildProcess.run(.init("/no/such/program")) }
    }

    @Test func aChildThatDoesNotReadIsNoError() throws {
        let handler = signal(SIGPIPE, SIG_DFL)
        defer { signal(SIGPIPE, handler) }
        let result = try ChildProcess.run(.init("true"), input: [UInt8](repeating: 65, count: 1 << 20))
        #expect(result.status == .exited(0))
    }
}
