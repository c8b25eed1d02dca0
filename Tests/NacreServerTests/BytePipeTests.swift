import Testing

@testable import NacreServer

@Suite struct BytePipeTests {
    private let work = BlockingWork(transfers: 4)

    @Test func carriesAllBytesFromTaskToThread() async throws {
        let pipe = BytePipe(capacity: 1000)
        async let received = work.transfer { () -> [UInt8] in
            var all: [UInt8] = []
            while true {
                let bytes = try pipe.read()
                if bytes.isEmpty { return all }
                all += bytes
            }
        }
        var sent: [UInt8] = []
        for index in 0..<500 {
            let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: index % 97 + 1)
            sent += piece
            #expect(await pipe.send(piece))
        }
        pipe.finish()
        #expect(try await received == sent)
    }

    @Test func carriesAllBytesFromThreadToTask() async throws {
        let pipe = BytePipe(capacity: 1000)
        async let done: Void = work.transfer {
            for index in 0..<500 { try pipe.write([UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 333)) }
            pipe.finish()
        }
        var count = 0
        while let bytes = try await pipe.receive() { count += bytes.count }
        try await done
        #expect(count == 500 * 333)
    }

    @Test func theWriterLearnsThatNobodyReads() async throws {
        let pipe = BytePipe(capacity: 10)
        async let failure = work.transfer { () -> Bool in
            do {
                for _ in 0..<100 { try pipe.write([UInt8](repeating: 1, count: 10)) }
                return false
            } catch is BytePipe.Closed {
                return true
            }
        }
        _ = try await pipe.receive()
        pipe.abandon()
        #expect(try await failure)
        #expect(await !pipe.send([1]))
    }

    @Test func theReaderLearnsOfAFailureAfterTheBytes() async throws {
        struct Failure: Error {}
        let pipe = BytePipe()
        #expect(await pipe.send([1, 2]))
        pipe.finish(throwing: Failure())
        #expect(try await pipe.receive() == [1, 2])
        await #expect(throws: Failure.self) { try await pipe.receive() }
    }
}
