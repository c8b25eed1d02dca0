internal import Bytes
internal import DataFormats
public import GitTransport
public import SystemPackage

/// Another repository's large files, reached over HTTP: Git LFS' batch API, with `nacre-chunks` where the server speaks it and
/// `basic` where not.
public struct LargeFileRemote: Sendable {
    /// Sends a request, authenticated as the repository's own requests are, and gives the answer's body to `sink`.
    public typealias Sender =
        @Sendable (
            _ request: HTTPRequest, _ sink: (_ response: HTTPResponse, _ bytes: [UInt8]) throws -> Void
        ) throws -> HTTPResponse

    /// Why content could not be sent or fetched.
    public struct TransferError: Error, CustomStringConvertible {
        /// What was tried, and what the server said.
        public let reason: String

        /// Says why.
        public init(reason: String) { self.reason = reason }

        public var description: String { reason }
    }

    /// The LFS endpoint: `https://host/owner/name.git/info/lfs`.
    public let endpoint: String
    let send: Sender
    /// Told how many bytes more have travelled.
    public var progress: (@Sendable (Int) -> Void)?
    /// How many files travel at once (`lfs.concurrentTransfers`).
    public var transfers = 8

    private static let packLength = 32 << 20

    /// A remote at an LFS endpoint.
    public init(endpoint: String, send: @escaping Sender) {
        self.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        self.send = send
    }

    /// The endpoint that belongs to a Git remote's URL without any setting: `.git/info/lfs` added.
    public static func endpoint(forRemote url: String) -> String {
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        return base + (base.hasSuffix(".git") ? "/info/lfs" : ".git/info/lfs")
    }

    // MARK: Up

    /// Sends content that the server lacks. When this returns, the server has all of it.
    ///
    /// - Throws: ``TransferError``, ``HTTPError``, ``ChunkStoreError``; what arrived stays there and is not sent again.
    public func upload(_ pointers: [Pointer], from store: LargeFileStore, ref: String? = nil) throws {
        for (batch, _) in try batches("upload", pointers, ref: ref) {
            for object in batch.objects {
                if let error = object.error {
                    throw TransferError(reason: "cannot push content \(object.oid): \(error)")
                }
            }
            let wanted = batch.objects.filter { $0.actions["upload"] != nil }
            if batch.transfer == LFSBatch.chunkTransfer {
                try uploadChunks(wanted, store)
            } else {
                try uploadWhole(wanted, store)
            }
        }
    }

    private func batches(
        _ operation: String, _ pointers: [Pointer], ref: String?
    ) throws -> [(batch: LFSBatch, pointers: ArraySlice<Pointer>)] {
        var seen: Set<Hash256> = []
        let unique = pointers.filter { $0.size > 0 && seen.insert($0.oid).inserted }
        var result: [(batch: LFSBatch, pointers: ArraySlice<Pointer>)] = []
        for start in stride(from: 0, to: unique.count, by: LFSBatch.maximumObjects) {
            let part = unique[start..<min(start + LFSBatch.maximumObjects, unique.count)]
            let request = HTTPRequest(
                "POST", endpoint + "/objects/batch",
                headers: [("Accept", LFSBatch.mediaType), ("Content-Type", LFSBatch.mediaType)],
                body: .bytes(LFSBatch.request(operation, part, ref: ref)))
            let (response, body) = try exchange(request, limit: 16 << 20)
            guard response.isSuccess, let batch = LFSBatch(parsing: body) else {
                throw TransferError(reason: LargeFileRemote.reason("batch request", response))
            }
            result.append((batch, part))
        }
        return result
    }

    /// The manifest of content that is to be sent; content that only git-lfs' store has is taken into ours first.
    func manifest(_ oid: Hash256, _ store: LargeFileStore) throws -> Manifest {
        if let manifest = try store.chunks.manifest(oid) { return manifest }
        let path = store.lfsPath(oid)
        guard try FileStatus.of(path) != nil else { throw ChunkStoreError.missingContent(oid) }
        guard let manifest = try store.add([.init(path: path, previous: nil)]).first, manifest.oid == oid else {
            throw ChunkStoreError.damagedManifest(oid, offset: 0)
        }
        return manifest
    }

    private func uploadChunks(_ objects: [LFSBatch.Object], _ store: LargeFileStore) throws {
        guard let action = objects.first?.actions["upload"], let first = objects.first else { return }
        let base = try LargeFileRemote.base(action.href, first.oid)
        var manifests: [(object: LFSBatch.Object, manifest: Manifest)] = []
        for object in objects { manifests.append((object, try manifest(object.oid, store))) }
        let keys = try store.chunks.closure(manifests.flatMap { $0.manifest.chunks.map(\.hash) })
        try sendChunks(keys, base: base, headers: action.headers, store)
        for (object, manifest) in manifests {
            guard let own = object.actions["upload"] else { continue }
            let request = HTTPRequest(
                "PUT", own.href, headers: own.headers + [("Content-Type", "application/octet-stream")],
                body: .bytes(manifest.encoded))
            let (response, _) = try exchange(request, limit: 1 << 20)
            guard response.isSuccess else {
                throw TransferError(reason: LargeFileRemote.reason("manifest of content \(object.oid)", response))
            }
        }
    }

    private func sendChunks(
        _ keys: [Hash256], base: String, headers: [(name: String, value: String)], _ store: LargeFileStore
    ) throws {
        var missing: [Hash256] = []
        for start in stride(from: 0, to: keys.count, by: ChunkStore.maximumMissingKeys) {
            let part = keys[start..<min(start + ChunkStore.maximumMissingKeys, keys.count)]
            let body = try post(base + "/missing", headers, part.flatMap(\.bytes), limit: part.count * 32)
            guard let found = ChunkStore.keys(parsing: body, limit: part.count) else {
                throw TransferError(reason: "'\(base)/missing' answered with something else than keys")
            }
            missing += found
        }
        // What the server asks for is sent only if it was offered.
        let offered = Set(keys)
        missing.removeAll { !offered.contains($0) }
        var part: [Hash256] = []
        var length = 0
        for key in missing {
            let stored = try store.chunks.storedLength(key) ?? 0
            if length + stored > Self.packLength || part.count >= 16_384, !part.isEmpty {
                try sendPack(part, base, headers, store)
                part = []
                length = 0
            }
            part.append(key)
            length += stored
        }
        if !part.isEmpty { try sendPack(part, base, headers, store) }
    }

    private func sendPack(
        _ keys: [Hash256], _ base: String, _ headers: [(name: String, value: String)], _ store: LargeFileStore
    ) throws {
        let pack = try store.chunks.pack(of: keys)
        _ = try post(base + "/pack", headers, pack, limit: 1 << 20)
        progress?(pack.count)
    }

    // MARK: Down

    /// Fetches content that is not at hand.
    ///
    /// - Returns: what the server does not have, with its reason.
    /// - Throws: where the server cannot be asked; what arrived is kept.
    public func download(
        _ pointers: [Pointer], into store: LargeFileStore, temporaryDirectory: FilePath, ref: String? = nil
    ) throws -> [(oid: Hash256, reason: String)] {
        var wanted: [Pointer] = []
        for pointer in pointers where try !store.contains(pointer.oid) { wanted.append(pointer) }
        var failures: [(oid: Hash256, reason: String)] = []
        for (batch, asked) in try batches("download", wanted, ref: ref) {
            // Only what was asked for is taken.
            let sizes = Dictionary(asked.map { ($0.oid, $0.size) }, uniquingKeysWith: { first, _ in first })
            var whole: [(pointer: Pointer, action: LFSBatch.Action)] = []
            for object in batch.objects {
                guard let size = sizes[object.oid] else { continue }
                guard let action = object.actions["download"] else {
                    failures.append((object.oid, object.error ?? "the server does not have it"))
                    continue
                }
                if batch.transfer == LFSBatch.chunkTransfer {
                    try downloadChunks(object.oid, action, store)
                } else {
                    whole.append((Pointer(oid: object.oid, size: size), action))
                }
            }
            try downloadWhole(whole, store, temporaryDirectory)
        }
        return failures
    }

    private func downloadChunks(_ oid: Hash256, _ action: LFSBatch.Action, _ store: LargeFileStore) throws {
        let base = try LargeFileRemote.base(action.href, oid)
        let (response, bytes) = try exchange(
            HTTPRequest("GET", action.href, headers: action.headers), limit: ChunkPackFormat.maximumManifestLength)
        guard response.isSuccess else {
            throw TransferError(reason: LargeFileRemote.reason("manifest of content \(oid)", response))
        }
        let manifest = try Manifest(parsing: bytes, expecting: oid)
        let lengths = Dictionary(manifest.chunks.map { ($0.hash, $0.length) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<Hash256> = []
        let missing = try store.chunks.missing(manifest.chunks.map(\.hash)).filter { seen.insert($0).inserted }
        var part: [Hash256] = []
        var length = 0
        for key in missing {
            let raw = lengths[key] ?? 0
            if length + raw > Self.packLength || part.count >= ChunkStore.maximumFetchKeys, !part.isEmpty {
                try fetch(part, base, action.headers, store)
                part = []
                length = 0
            }
            part.append(key)
            length += raw
        }
        if !part.isEmpty { try fetch(part, base, action.headers, store) }
        switch try store.receive(manifest: bytes, oid: oid) {
        case .stored: break
        case .missing(let keys):
            throw TransferError(reason: "content \(oid): the server lacks \(keys.count) of its chunks")
        case .invalid: throw TransferError(reason: "content \(oid): the server's manifest does not give it")
        }
    }

    /// Fetches chunks and what they are coded against.
    private func fetch(
        _ keys: [Hash256], _ base: String, _ headers: [(name: String, value: String)], _ store: LargeFileStore
    ) throws {
        var packs: [[UInt8]] = []
        var got = Set(keys)
        var wanted = keys
        for _ in 0...ChunkPackFormat.maximumDepth where !wanted.isEmpty {
            var bases: [Hash256] = []
            for start in stride(from: 0, to: wanted.count, by: ChunkStore.maximumFetchKeys) {
                let part = wanted[start..<min(start + ChunkStore.maximumFetchKeys, wanted.count)]
                let limit = (part.count + 1) * (Xet.maximumChunkSize + 4096)
                let pack = try post(base + "/fetch", headers, part.flatMap(\.bytes), limit: limit)
                progress?(pack.count)
                bases += try store.chunks.missingBases(ofPack: pack)
                packs.append(pack)
            }
            wanted = bases.filter { got.insert($0).inserted }
        }
        try store.chunks.receive(packs: packs)
    }

    // MARK: Requests

    /// What stands before `/manifests/<oid>` in an action's address.
    private static func base(_ href: String, _ oid: Hash256) throws -> String {
        let suffix = "/manifests/\(oid)"
        guard href.hasSuffix(suffix) else {
            throw TransferError(reason: "the server's address for content \(oid) is not one of nacre-chunks: '\(href)'")
        }
        return String(href.dropLast(suffix.count))
    }

    private func post(
        _ url: String, _ headers: [(name: String, value: String)], _ body: [UInt8], limit: Int
    ) throws -> [UInt8] {
        let request = HTTPRequest(
            "POST", url, headers: headers + [("Content-Type", "application/octet-stream")], body: .bytes(body))
        let (response, answer) = try exchange(request, limit: limit)
        guard response.isSuccess else { throw TransferError(reason: LargeFileRemote.reason("'\(url)'", response)) }
        return answer
    }

    func exchange(_ request: HTTPRequest, limit: Int) throws -> (HTTPResponse, [UInt8]) {
        var body: [UInt8] = []
        let response = try send(request) { _, bytes in
            guard body.count + bytes.count <= limit else {
                throw TransferError(reason: "'\(request.url)' sends more than was asked for")
            }
            body += bytes
        }
        return (response, body)
    }

    static func reason(_ what: String, _ response: HTTPResponse) -> String {
        let message = (try? JSONScanner.parse(response.errorBody))?["message"]?.text
        return "\(what): the server answered \(response.status)" + (message.map { ": \($0)" } ?? "")
    }
}
