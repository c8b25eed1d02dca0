internal import Bytes
internal import GitObjects

/// A pack going out: hashes what passes and notes where the entries stand.
struct PackStreamWriter: ~Copyable {
    private let sink: (RawSpan) throws(StorageError) -> Void
    private var digest: Digest
    private var buffer: [UInt8] = []
    private var crc: UInt32 = 0
    private let algorithm: HashAlgorithm
    private(set) var size = 0
    private(set) var entries: [PackIndexEntry] = []

    init(algorithm: HashAlgorithm, sink: @escaping (RawSpan) throws(StorageError) -> Void) {
        self.sink = sink
        self.algorithm = algorithm
        digest = Digest(algorithm)
        buffer.reserveCapacity(1 << 17)
    }

    mutating func write(_ bytes: RawSpan) throws(StorageError) {
        size += bytes.byteCount
        crc = CRC32.update(crc, bytes)
        if buffer.count + bytes.byteCount > 1 << 16 {
            try flush()
            if bytes.byteCount > 1 << 16 {
                digest.update(bytes)
                try sink(bytes)
                return
            }
        }
        unsafe bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }

    private mutating func flush() throws(StorageError) {
        guard !buffer.isEmpty else { return }
        digest.update(buffer)
        try sink(buffer.span.bytes)
        buffer.removeAll(keepingCapacity: true)
    }

    mutating func beginEntry() { crc = 0 }

    mutating func endEntry(_ id: ObjectID, offset: Int) {
        entries.append(PackIndexEntry(id: id, offset: offset, crc: crc))
    }

    /// Writes the checksum.
    mutating func finish() throws(StorageError) -> ObjectID {
        try flush()
        var finished = Digest(algorithm)
        swap(&finished, &digest)
        let checksum = ObjectID(finishing: finished, algorithm: algorithm)
        let bytes = checksum.bytes
        size += bytes.count
        try sink(bytes.span.bytes)
        return checksum
    }
}
