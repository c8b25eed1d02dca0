internal import Bytes
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// One request with everything that is known about it.
struct Exchange: Sendable {
    /// The request.
    let request: Request
    /// What its path names.
    let route: Route
    /// The request's number, in logs, in answers and in the audit log.
    let id: String
    /// Where it comes from.
    let origin: Origin
    /// The channel.
    let channel: any Channel
    /// Logs with the request's id.
    let logger: Logger
    /// How slow its body may be.
    let pace: Pace
    /// Who makes it.
    var identity = Identity.anonymous

    /// How slow a body may be: a client that sends a byte now and then would hold a thread for ever.
    struct Pace: Sendable {
        /// Bytes a second, on average.
        var minimum: Int
        /// The seconds during which it does not count.
        var grace: Int64

        /// Whether so many bytes are enough for the time since the start.
        func isKept(_ count: Int, since start: ContinuousClock.Instant) -> Bool {
            let seconds = (ContinuousClock.now - start).components.seconds
            return seconds < grace || Int64(count) >= Int64(minimum) * seconds
        }
    }

    /// The values of the query, decoded; the first of each name counts.
    var query: [String: String] {
        var values: [String: String] = [:]
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard let name = parts.first.flatMap({ Exchange.decode($0) }) else { continue }
            if values[name] == nil { values[name] = parts.count > 1 ? Exchange.decode(parts[1]) ?? "" : "" }
        }
        return values
    }

    /// Percent signs and plus signs of a query, undone; nil where they are broken.
    private static func decode(_ text: Substring) -> String? {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%") {
                guard index + 2 < source.count, let byte = Hex.decode(source[(index + 1)...(index + 2)])?.first else {
                    return nil
                }
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(source[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Who does what the request does, for the audit log.
    var actor: Actor { Actor(name: identity.name, address: origin.address, request: id) }

    /// Whether the body is compressed.
    ///
    /// - Throws: ``HTTPFailure`` for a compression that is not taken.
    func isCompressed() throws(HTTPFailure) -> Bool {
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "", "identity": return false
        case "gzip", "x-gzip": return true
        default: throw HTTPFailure(.unsupportedMediaType, "the body's Content-Encoding is not supported (use gzip)")
        }
    }

    /// The number of bytes that the client says the body has.
    var contentLength: Int? { request.headers[.contentLength].flatMap { Int($0) } }

    /// The whole body, which must be small.
    func body(limit: Int) async throws -> [UInt8] {
        if let length = contentLength, length > limit {
            throw HTTPFailure(.contentTooLarge, "the request is too large")
        }
        guard try !isCompressed() else {
            throw HTTPFailure(.unsupportedMediaType, "the body's Content-Encoding is not supported here")
        }
        var bytes: [UInt8] = []
        let start = ContinuousClock.now
        for try await buffer in request.body {
            bytes += buffer.readableBytesView
            guard pace.isKept(bytes.count, since: start) else {
                throw HTTPFailure(.requestTimeout, "the request is too slow")
            }
            guard bytes.count <= limit else { throw HTTPFailure(.contentTooLarge, "the request is too large") }
        }
        return bytes
    }

    /// The body as JSON.
    func json<Value: Decodable>(_ type: Value.Type, limit: Int = 1 << 20) async throws -> Value {
        let bytes = try await body(limit: limit)
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw HTTPFailure(.unprocessableContent, "the request's JSON does not have the form that is expected here")
        }
    }

    /// Feeds the body into a pipe until its end, or until nobody reads any more.
    ///
    /// - Returns: whether all of it was taken off the connection.
    @discardableResult
    func pump(into pipe: BytePipe) async -> Bool {
        do {
            let start = ContinuousClock.now
            var count = 0
            for try await buffer in request.body {
                count += buffer.readableBytes
                guard pace.isKept(count, since: start) else {
                    pipe.finish(throwing: HTTPFailure(.requestTimeout, "the request is too slow"))
                    return false
                }
                guard await pipe.send(Array(buffer.readableBytesView)) else { return false }
            }
            pipe.finish()
            return true
        } catch {
            pipe.finish(throwing: HTTPFailure(.badRequest, "the client went away before the request was complete"))
            return false
        }
    }
}
