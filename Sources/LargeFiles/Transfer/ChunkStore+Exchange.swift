internal import Bytes
internal import SystemPackage

/// What both sides of the `nacre-chunks` transfer do with their store; Documentation/Formats/chunk-transfer.md.
extension ChunkStore {
    /// The most keys that one `missing` asks about.
    public static let maximumMissingKeys = 65_536
    /// The most keys that one `fetch` asks for.
    public static let maximumFetchKeys = 4_096
    /// The longest pack that one `pack` brings.
    public static let maximumTransferLength = 80 << 20
    /// The most records in such a pack.
    public static let maximumTransferRecords = 65_536

    /// Keys as they travel: 32 bytes each, one after the other; nil where the length is no multiple of that or there are more
    /// than `limit`.
    public static func keys(parsing body: [UInt8], limit: Int) -> [Hash256]? {
        guard body.count.isMultiple(of: 32), body.count / 32 <= limit else { return nil }
        return body.withUnsafeBytes { buffer in
            stride(from: 0, to: body.count, by: 32).map { Hash256(loading: buffer, at: $0) }
        }
    }

    /// Those of the keys that are not stored, in the order asked.
    public func missing(_ keys: [Hash256]) throws(ChunkStoreError) -> [Hash256] {
        var absent: [Hash256] = []
        for key in keys where try !contains(chunk: key) { absent.append(key) }
        guard !absent.isEmpty else { return [] }
        // Another process may have stored them since the packs were listed.
        try refresh()
        var missing: [Hash256] = []
        for key in absent where try !contains(chunk: key) { missing.append(key) }
        return missing
    }

    /// A chunk pack with the stored records of the keys that are here, as they are stored.
    public func pack(of keys: [Hash256]) throws(ChunkStoreError) -> [UInt8] {
        var pack = ChunkPackFormat.packHeader
        for key in keys {
            guard let (file, entry) = try locate(key, .chunk, isRefreshing: false) else { continue }
            pack += try file.record(entry)
        }
        return pack
    }

    /// The length that a key's record has in a pack; nil where it is not stored.
    func storedLength(_ key: Hash256) throws(ChunkStoreError) -> Int? {
        try locate(key, .chunk, isRefreshing: false)?.entry.storedLength
    }

    /// The chunks that a stored chunk is coded against.
    func bases(_ key: Hash256) throws(ChunkStoreError) -> [Hash256] {
        guard let (pack, entry) = try locate(key, .chunk, isRefreshing: true) else { throw .missingChunk(key) }
        guard entry.depth > 0 else { return [] }
        return try pack.withPayload(entry) { (payload) throws(ChunkStoreError) in
            guard let bases = ChunkCoder.bases(payload) else { throw .damagedChunk(key) }
            return bases
        }
    }

    /// The keys and everything that they are coded against, bases before what is made from them, each once.
    public func closure(_ keys: [Hash256]) throws(ChunkStoreError) -> [Hash256] {
        var result: [Hash256] = []
        var seen: Set<Hash256> = []
        for key in keys { try close(key, &seen, &result, remaining: ChunkPackFormat.maximumDepth + 1) }
        return result
    }

    private func close(
        _ key: Hash256, _ seen: inout Set<Hash256>, _ result: inout [Hash256], remaining: Int
    ) throws(ChunkStoreError) {
        guard seen.insert(key).inserted else { return }
        guard remaining > 0 else { throw .damagedChunk(key) }
        for base in try bases(key) { try close(base, &seen, &result, remaining: remaining - 1) }
        result.append(key)
    }

    /// The chunks that a pack's deltas need and neither the pack nor this store has: what a client fetches next.
    public func missingBases(ofPack bytes: [UInt8]) throws(ChunkStoreError) -> [Hash256] {
        let records = try ReceivedPack(bytes)
        var wanted: [Hash256] = []
        var seen: Set<Hash256> = []
        for record in records.records {
            let bases = bytes.withUnsafeBytes {
                ChunkCoder.bases(UnsafeRawBufferPointer(rebasing: $0[record.payload]))
            }
            guard let bases else { throw .damagedChunk(record.key) }
            for base in bases where records.places[base] == nil && seen.insert(base).inserted { wanted.append(base) }
        }
        return try missing(wanted)
    }

    /// Stores the chunks of packs that came from elsewhere, all of them or none. Every record is decoded and its hash compared
    /// with its key; its bases stand in the packs or in this store.
    ///
    /// - Parameter isOrdered: whether bases must stand before what is made from them, as in an upload.
    /// - Returns: how many chunks were new.
    /// - Throws: ``ChunkStoreError/damagedPack(_:offset:expected:)`` where a pack is not one,
    ///   ``ChunkStoreError/damagedChunk(_:)`` where a record is not what its key says, ``ChunkStoreError/missingChunk(_:)``
    ///   where a base is nowhere.
    @discardableResult
    public func receive(packs: [[UInt8]]) throws(ChunkStoreError) -> Int {
        let writer = beginWriting()
        var session = ReceivingSession(store: self, coder: try ChunkCoder(), packs: [])
        for bytes in packs { session.packs.append(try ReceivedPack(bytes)) }
        var count = 0
        for pack in session.packs {
            for record in pack.records {
                if writer.depth(record.key) != nil { continue }
                let isStored = try use(record.key, .chunk) != nil
                // A chunk that is here is left as it is; that it is damaged elsewhere is not our business.
                if isStored { continue }
                let (bytes, depth) = try session.decode(record.key, remaining: ChunkPackFormat.maximumDepth)
                let payload = Array(pack.bytes[record.payload])
                let encoded =
                    depth <= ChunkPackFormat.maximumDepth
                    ? EncodedChunk(payload: payload, rawLength: bytes.count, depth: depth)
                    : bytes.withUnsafeBytes { session.coder.encode($0, lane: nil, base: nil) }
                try writer.add(chunk: record.key, encoded)
                count += 1
            }
        }
        try writer.finish()
        return count
    }
}

/// A pack in memory that came from elsewhere.
struct ReceivedPack {
    let bytes: [UInt8]
    let records: [ChunkPackFormat.Record]
    /// The place of each key among the records.
    let places: [Hash256: Int]

    /// Takes a pack apart: records of chunks, whole and with the right check bytes, and nothing else.
    init(_ bytes: [UInt8]) throws(ChunkStoreError) {
        let path: FilePath = "received pack"
        guard bytes.starts(with: ChunkPackFormat.packHeader) else {
            throw .damagedPack(path, offset: 0, expected: "a chunk pack of version 1")
        }
        var records: [ChunkPackFormat.Record] = []
        var places: [Hash256: Int] = [:]
        var offset = ChunkPackFormat.headerLength
        while offset < bytes.count {
            let record = bytes.withUnsafeBytes { ChunkPackFormat.readRecord($0, at: offset, isChecking: true) }
            guard let record, record.kind == .chunk, records.count < ChunkStore.maximumTransferRecords else {
                throw .damagedPack(path, offset: offset, expected: "the record of a chunk")
            }
            if places[record.key] == nil { places[record.key] = records.count }
            records.append(record)
            offset = record.end
        }
        self.bytes = bytes
        self.records = records
        self.places = places
    }
}

/// Decodes chunks of received packs, whose bases may stand in any of them or in the store.
private struct ReceivingSession {
    let store: ChunkStore
    let coder: ChunkCoder
    var packs: [ReceivedPack]
    private var decoded: [Hash256: ([UInt8], Int)] = [:]
    private var decodedLength = 0

    private static let cacheLimit = 64 << 20

    init(store: ChunkStore, coder: ChunkCoder, packs: [ReceivedPack]) {
        self.store = store
        self.coder = coder
        self.packs = packs
    }

    /// The chunk's bytes, verified, and its depth.
    mutating func decode(_ key: Hash256, remaining: Int) throws(ChunkStoreError) -> ([UInt8], depth: Int) {
        if let known = decoded[key] { return known }
        // A cycle of bases ends here too.
        guard remaining >= 0 else { throw .damagedChunk(key) }
        guard let pack = packs.first(where: { $0.places[key] != nil }), let place = pack.places[key] else {
            guard let depth = try store.depth(key) else { throw .missingChunk(key) }
            return (try store.base(key, with: coder), depth)
        }
        let record = pack.records[place]
        let payload = Array(pack.bytes[record.payload])
        guard let bases = payload.withUnsafeBytes({ ChunkCoder.bases($0) }) else { throw .damagedChunk(key) }
        var known: [Hash256: [UInt8]] = [:]
        var depth = 0
        for base in bases where known[base] == nil {
            let (bytes, below) = try decode(base, remaining: remaining - 1)
            known[base] = bytes
            depth = max(depth, below + 1)
        }
        let bytes = try unsafe payload.span.bytes.withUnsafeBytes { (payload) throws(ChunkStoreError) in
            try coder.decode(payload, size: record.rawLength) { (base) throws(ChunkStoreError) in
                guard let bytes = known[base] else { throw .missingChunk(base) }
                return bytes
            }
        }
        guard let bytes, Xet.chunkHash(bytes) == key else { throw .damagedChunk(key) }
        if decodedLength > Self.cacheLimit {
            decoded = [:]
            decodedLength = 0
        }
        decoded[key] = (bytes, depth)
        decodedLength += bytes.count
        return (bytes, depth)
    }
}
