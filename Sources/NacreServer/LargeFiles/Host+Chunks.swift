internal import Bytes
internal import Dispatch
internal import HTTPTypes
internal import Hummingbird
internal import LargeFiles
internal import NIOCore

/// The transfer `nacre-chunks`: Documentation/Formats/chunk-transfer.md.
extension Host {
    func chunks(_ exchange: Exchange, _ name: RepositoryName, _ path: [String]) async throws -> Response {
        switch (exchange.request.method, path.first, path.count) {
        case (.get, "manifests", 2): return try await giveManifest(exchange, name, oid(path[1]))
        case (.put, "manifests", 2): return try await takeManifest(exchange, name, oid(path[1]))
        case (.post, "missing", 1): return try await missingChunks(exchange, name)
        case (.post, "fetch", 1): return try await giveChunks(exchange, name)
        case (.post, "pack", 1): return try await takeChunks(exchange, name)
        default: throw HTTPFailure(.notFound, "not found")
        }
    }

    private func oid(_ hex: String) throws -> Hash256 {
        guard LargeObjectStore.isValid(hex), let oid = Hash256(hex: hex) else {
            throw HTTPFailure(.unprocessableContent, "invalid object id")
        }
        return oid
    }

    private static func octets(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func store(_ role: Role, _ exchange: Exchange, _ name: RepositoryName) throws -> LargeFileStore {
        try require(role, in: name, exchange.identity)
        return try open.largeFiles(name)
    }

    private func giveManifest(_ exchange: Exchange, _ name: RepositoryName, _ oid: Hash256) async throws -> Response {
        let bytes = try await work.ask { [self] in
            try self.store(.reader, exchange, name).chunks.manifest(oid)?.encoded
        }
        guard let bytes else { throw HTTPFailure(.notFound, "no such content") }
        return Host.octets(bytes)
    }

    private func keys(_ exchange: Exchange, limit: Int) async throws -> [Hash256] {
        let body = try await exchange.body(limit: limit * 32)
        guard let keys = ChunkStore.keys(parsing: body, limit: limit) else {
            throw HTTPFailure(.unprocessableContent, "the body is not a list of keys")
        }
        return keys
    }

    private func missingChunks(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        let store = try await work.ask { [self] in try self.store(.reader, exchange, name) }
        let keys = try await keys(exchange, limit: ChunkStore.maximumMissingKeys)
        return Host.octets(try await work.ask { try store.chunks.missing(keys).flatMap(\.bytes) })
    }

    private func giveChunks(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        let store = try await work.ask { [self] in try self.store(.reader, exchange, name) }
        let keys = try await keys(exchange, limit: ChunkStore.maximumFetchKeys)
        let metrics = metrics
        let body = streamed(exchange) { pipe in
            // A pack is its header and its records: what it holds can be sent some records at a time.
            let header = try store.chunks.pack(of: [])
            try pipe.write(header)
            for start in stride(from: 0, to: keys.count, by: 16) {
                let part = try store.chunks.pack(of: Array(keys[start..<min(start + 16, keys.count)]))
                metrics.add("sent_bytes", part.count - header.count)
                try pipe.write(Array(part.dropFirst(header.count)))
            }
        }
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"], body: body)
    }

    private func takeChunks(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        let store = try await work.ask { [self] in try self.store(.writer, exchange, name) }
        _ = try await whole(exchange, limit: ChunkStore.maximumTransferLength) { pack in
            try store.chunks.receive(packs: [pack])
        }
        return .empty(.noContent)
    }

    private func takeManifest(_ exchange: Exchange, _ name: RepositoryName, _ oid: Hash256) async throws -> Response {
        let store = try await work.ask { [self] in try self.store(.writer, exchange, name) }
        let receipt = try await whole(exchange, limit: 256 << 20) { manifest in
            try store.receive(manifest: manifest, oid: oid)
        }
        switch receipt {
        case .stored: return .empty(.created)
        case .missing(let keys): return Host.octets(keys.flatMap(\.bytes), status: .conflict)
        case .invalid: throw HTTPFailure(.unprocessableContent, "the manifest does not fit its content")
        }
    }

    /// Reads a body that has to stand in memory, few at a time, and gives it to a thread.
    private func whole<Value: Sendable>(
        _ exchange: Exchange, limit: Int, _ take: @escaping @Sendable ([UInt8]) throws -> Value
    ) async throws -> Value {
        let (gate, metrics) = (packGate, metrics)
        let isCompressed = try exchange.isCompressed()
        return try await receive(exchange) { pipe in
            gate.wait()
            defer { gate.signal() }
            let body = try RequestBytes(pipe, isCompressed: isCompressed, limit: limit) {
                metrics.add("received_bytes", $0)
            }
            var bytes: [UInt8] = []
            while true {
                let piece = try body.next()
                if piece.isEmpty { break }
                bytes += piece
            }
            do {
                return try take(bytes)
            } catch let error as ChunkStoreError {
                throw Host.refusal(of: error)
            }
        }
    }

    /// What comes from the client is the client's fault; what the disk does is not.
    private static func refusal(of error: ChunkStoreError) -> any Error {
        switch error {
        case .damagedPack, .damagedChunk, .missingChunk, .damagedManifest:
            HTTPFailure(.unprocessableContent, "\(error)")
        default: error
        }
    }
}
