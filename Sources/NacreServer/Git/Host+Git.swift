internal import HTTPTypes
internal import Hummingbird

extension Host {
    func git(_ exchange: Exchange, _ name: RepositoryName, _ what: Route.Git) async throws -> Response {
        throw HTTPFailure(.notImplemented, "not yet")
    }
}
