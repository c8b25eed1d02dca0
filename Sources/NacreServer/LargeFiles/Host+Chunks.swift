internal import HTTPTypes
internal import Hummingbird

/// The transfer `nacre-chunks`: Documentation/Formats/chunk-transfer.md.
extension Host {
    func chunks(_ exchange: Exchange, _ name: RepositoryName, _ path: [String]) async throws -> Response {
        try await work.ask { [self] in try require(.reader, in: name, exchange.identity) }
        throw HTTPFailure(.notImplemented, "chunks are not served here (use the transfer 'basic')")
    }
}
