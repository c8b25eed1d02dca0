internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// The transfer `basic`: whole files over signed addresses.
extension Host {
    func largeObject(_ exchange: Exchange, _ name: RepositoryName, _ oid: String) async throws -> Response {
        let query = exchange.query
        let (grant, content, size) = try await work.ask { [self] () -> (URLSigner.Grant, LargeContent, Int?) in
            let grant = try self.grant(query, name, oid)
            let content = try largeContent(of: name)
            return (grant, content, try content.size(of: oid))
        }
        switch (exchange.request.method, grant.operation) {
        case (.put, "upload"): return try await upload(exchange, content, grant)
        case (.get, "download"), (.head, "download"):
            guard let size else { throw HTTPFailure(.notFound, "object not found") }
            return download(exchange, tag: oid, size: size) { try content.send(oid, $0, $1) }
        case (.put, _), (.get, _), (.head, _): throw HTTPFailure(.forbidden, "the address is for something else")
        default: throw HTTPFailure.methodNotAllowed
        }
    }

    private func upload(
        _ exchange: Exchange, _ content: LargeContent, _ grant: URLSigner.Grant
    ) async throws -> Response {
        if let length = exchange.contentLength, length != grant.size, try !exchange.isCompressed() {
            throw HTTPFailure(.unprocessableContent, "the file has \(length) bytes, not the \(grant.size) announced")
        }
        // Two clients may send the same file at once: the second one's bytes are read, checked and dropped.
        let isCompressed = try exchange.isCompressed()
        let metrics = metrics
        try await receive(exchange) { pipe in
            // A little more than the file, so that the store says what is wrong with it.
            let body = try RequestBytes(pipe, isCompressed: isCompressed, limit: grant.size + (1 << 20)) {
                metrics.add("received_bytes", $0)
            }
            try content.receive(grant.oid, size: grant.size, body.next)
        }
        return .empty(.ok)
    }

    /// Gives a request's body to a thread, and returns what that makes of it.
    func receive<Value: Sendable>(
        _ exchange: Exchange, _ body: @escaping @Sendable (BytePipe) throws -> Value
    ) async throws -> Value {
        let pipe = BytePipe()
        let work = work
        async let result = work.transfer {
            defer { pipe.abandon() }
            return try body(pipe)
        }
        await exchange.pump(into: pipe)
        return try await result
    }

    /// Sends what never changes under its name, or the part of it that is asked for.
    func download(
        _ exchange: Exchange, tag: String, size: Int,
        _ send: @escaping @Sendable (Range<Int>, ([UInt8]) throws -> Void) throws -> Void
    ) -> Response {
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .acceptRanges: "bytes", .eTag: "\"\(tag)\"",
            .cacheControl: "private, max-age=31536000, immutable",
        ]
        var range = 0..<size
        var status = HTTPResponse.Status.ok
        switch ByteRange(exchange.request.headers[.range], size: size) {
        case .whole: break
        case .part(let part):
            range = part
            status = .partialContent
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
        if exchange.request.method == .head {
            headers[.contentLength] = String(range.count)
            return Response(status: status, headers: headers)
        }
        let metrics = metrics
        let chosen = range
        return Response(
            status: status, headers: headers,
            body: streamed(exchange, length: chosen.count) { pipe in
                try send(chosen) { bytes in
                    metrics.add("sent_bytes", bytes.count)
                    try pipe.write(bytes)
                }
            })
    }

    /// A body that a thread makes while it is sent.
    func streamed(
        _ exchange: Exchange, length: Int? = nil, _ produce: @escaping @Sendable (BytePipe) throws -> Void
    ) -> ResponseBody {
        let work = work
        return ResponseBody(contentLength: length) { writer in
            let pipe = BytePipe()
            let watch = Watch(exchange.channel)
            defer {
                pipe.abandon()
                watch.stop()
            }
            async let done: Void = work.transfer {
                do {
                    try produce(pipe)
                    pipe.finish()
                } catch {
                    pipe.finish(throwing: error)
                }
            }
            do {
                while let bytes = try await pipe.receive() {
                    try await writer.write(ByteBuffer(bytes: bytes))
                    watch.note()
                }
                try await done
            } catch {
                pipe.abandon()
                exchange.logger.info("answer cut short", metadata: ["error": .string("\(error)")])
                throw error
            }
            try await writer.finish(nil)
        }
    }
}
