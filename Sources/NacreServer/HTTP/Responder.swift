internal import HTTPTypes
package import Hummingbird
internal import Logging
internal import NIOCore

/// Answers requests: finds out where they come from and who makes them, and hands them to the one who knows.
package struct Responder: HTTPResponder {
    package typealias Context = Connection

    let host: Host

    package func respond(to request: Request, context: Connection) async throws -> Response {
        let started = ContinuousClock.now
        let route = Route(path: request.uri.path)
        let id = host.nextRequestID()
        var logger = context.logger
        logger[metadataKey: "request"] = .string(id)
        let peer = context.channel.remoteAddress?.ipAddress ?? "local"
        let origin = Origin(
            request, peer: peer, isEncrypted: host.options.certificate != nil,
            trustedProxies: host.options.trustedProxies)
        let exchange = Exchange(
            request: request, route: route, id: id, origin: origin, channel: context.channel, logger: logger,
            pace: Exchange.Pace(minimum: host.options.minimumRate, grace: host.options.rateGrace))
        host.metrics.begin()
        var response = await answer(exchange)
        response.headers[Responder.requestID] = id
        response.headers[Responder.contentTypeOptions] = "nosniff"
        return finish(response, exchange, started)
    }

    private static let requestID = HTTPField.Name("X-Request-Id")!  // A valid header name.
    private static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options")!  // A valid header name.

    /// Counts and logs the request when its last byte was sent.
    private func finish(_ response: Response, _ exchange: Exchange, _ started: ContinuousClock.Instant) -> Response {
        let status = response.status.code
        let method = Responder.known.contains(exchange.request.method) ? exchange.request.method.rawValue : "other"
        let host = host
        let record = Record { isComplete in
            let elapsed = ContinuousClock.now - started
            let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
            host.metrics.end(route: exchange.route.label, method: method, status: status, seconds: seconds)
            exchange.logger.info(
                "request",
                metadata: [
                    "method": .string(method), "path": .string(Responder.printable(exchange.request.uri.path)),
                    "status": .stringConvertible(status), "seconds": .stringConvertible(seconds),
                    "address": .string(exchange.origin.address), "complete": .stringConvertible(isComplete),
                ])
        }
        let body = response.body
        let closes = response.status.code >= 400 && exchange.request.method != .get
        let channel = exchange.channel
        var counted = response
        counted.body = ResponseBody(contentLength: body.contentLength) { writer in
            do {
                let outer = writer
                try await body.write(outer)
                record.finish(true)
            } catch {
                record.finish(false)
                // What was promised cannot be sent: the client must not take what it has for the whole.
                channel.close(promise: nil)
                throw error
            }
            // The rest of a body that nobody wants is not waited for.
            if closes { channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) } }
        }
        if closes { counted.headers[.connection] = "close" }
        return counted
    }

    private static let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .delete, .patch, .options]

    /// A path without control characters, short enough to log. Queries are never logged: signed addresses have secrets.
    private static func printable(_ path: String) -> String {
        String(decoding: path.utf8.prefix(300).map { $0 < 0x20 || $0 >= 0x7f ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }

    private func answer(_ exchange: Exchange) async -> Response {
        do {
            return try await host.answer(exchange)
        } catch let failure as HTTPFailure {
            return refusal(failure, exchange)
        } catch {
            exchange.logger.error("failed", metadata: ["error": .string("\(error)")])
            return refusal(HTTPFailure(.internalServerError, "internal error (request \(exchange.id))"), exchange)
        }
    }

    private func refusal(_ failure: HTTPFailure, _ exchange: Exchange) -> Response {
        var response: Response
        switch exchange.route {
        case .largeFiles, .api:
            let type = if case .api = exchange.route { "application/json" } else { Response.largeFileType }
            let body = Refusal(message: failure.message, requestID: exchange.id)
            response = (try? .json(body, status: failure.status, type: type)) ?? .empty(failure.status)
        default: response = .text(failure.message + "\n", status: failure.status)
        }
        if failure.status == .unauthorized {
            response.headers[.wwwAuthenticate] = "Basic realm=\"nacre\", charset=\"UTF-8\""
            if let name = HTTPField.Name("LFS-Authenticate") { response.headers[name] = "Basic realm=\"nacre\"" }
        }
        if let seconds = failure.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    private struct Refusal: Encodable {
        let message: String
        let requestID: String
    }
}

/// Something that is done once, at the latest when nobody can do it any more.
private final class Record: Sendable {
    private let body: @Sendable (Bool) -> Void
    private let isDone = OnceFlag()

    init(_ body: @escaping @Sendable (Bool) -> Void) { self.body = body }

    func finish(_ isComplete: Bool) {
        if isDone.set() { body(isComplete) }
    }

    deinit { finish(false) }
}
