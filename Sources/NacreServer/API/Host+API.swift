internal import HTTPTypes
internal import Hummingbird

extension Host {
    func api(_ exchange: Exchange, _ path: [String]) async throws -> Response {
        throw HTTPFailure(.notImplemented, "not yet")
    }
}
