internal import NIOPosix

/// Threads for what blocks, so that the cooperative pool never does: short questions to the disk and database have their
/// own, which long transfers cannot take from them.
package final class BlockingWork: Sendable {
    private let questions: NIOThreadPool
    private let transfers: NIOThreadPool

    /// Starts the threads; `transfers` is how many packs and files move at once, the rest waiting their turn.
    package init(transfers count: Int) {
        questions = NIOThreadPool(numberOfThreads: 16)
        transfers = NIOThreadPool(numberOfThreads: count)
        questions.start()
        transfers.start()
    }

    /// Runs something short.
    func ask<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await questions.runIfActive(body)
    }

    /// Runs something that lasts as long as the client does.
    func transfer<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await transfers.runIfActive(body)
    }

    /// Ends the threads when their work is done.
    package func shutdown() async throws {
        try await transfers.shutdownGracefully()
        try await questions.shutdownGracefully()
    }
}
