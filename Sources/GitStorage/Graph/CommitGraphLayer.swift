internal import Bytes
internal import GitObjects

/// One file of a commit-graph. Everything that is not proved when it is opened is checked when it is read.
final class CommitGraphLayer: Sendable {
    /// How many commits stand in the layers below.
    let base: Int
    let count: Int
    /// How many layers it says are below it.
    let baseCount: Int
    let hasCorrectedDates: Bool
    private let algorithm: HashAlgorithm
    private let file: MappedFile
    nonisolated(unsafe) private let buffer: UnsafeRawBufferPointer
    private let fanout: Int
    private let ids: Int
    private let data: Int
    private let dates: Int
    private let longDates: Range<Int>
    private let edges: Range<Int>
    private let stride: Int

    static let noParent: UInt32 = 0x7000_0000
    static let moreParents: UInt32 = 0x8000_0000

    init(_ file: MappedFile, algorithm: HashAlgorithm, base: Int) throws(TableError) {
        let bytes = file.bytes
        let hash = algorithm.byteCount
        guard bytes.byteCount >= 8 + 12 + hash else { throw .truncated(size: bytes.byteCount) }
        guard bytes.uint32(at: 0) == 0x4347_5048, bytes[4] == 1, bytes[5] == algorithm.rawValue else {
            throw .badHeader
        }
        let chunks = try ChunkTable(bytes, at: 8, count: Int(bytes[6]), end: bytes.byteCount - hash)
        guard let fanout = chunks["OIDF"], fanout.count == 1024 else { throw .badChunk(offset: 8) }
        var last: UInt32 = 0
        for bucket in 0..<256 {
            let value = bytes.uint32(at: fanout.lowerBound + bucket * 4)
            guard value >= last else { throw .badFanout(offset: fanout.lowerBound + bucket * 4) }
            last = value
        }
        let count = Int(last)
        stride = hash + 16
        guard let ids = chunks["OIDL"], ids.count == count * hash, let data = chunks["CDAT"],
            data.count == count * (hash + 16), base + count < Int(Self.noParent)
        else { throw .badChunk(offset: 8) }
        let dates = chunks["GDA2"]
        guard dates == nil || dates?.count == count * 4 else { throw .badChunk(offset: 8) }
        self.file = file
        self.algorithm = algorithm
        self.base = base
        self.count = count
        baseCount = Int(bytes[7])
        self.fanout = fanout.lowerBound
        self.ids = ids.lowerBound
        self.data = data.lowerBound
        self.dates = dates?.lowerBound ?? 0
        hasCorrectedDates = dates != nil
        longDates = chunks["GDO2"] ?? 0..<0
        edges = chunks["EDGE"] ?? 0..<0
        buffer = unsafe bytes.withUnsafeBytes { $0 }
    }

    private var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe buffer.bytes
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    func position(of id: ObjectID) -> Int? {
        let bytes = self.bytes
        let hash = algorithm.byteCount
        var high = Int(bytes.uint32(at: fanout + Int(id[0]) * 4))
        var low = id[0] == 0 ? 0 : Int(bytes.uint32(at: fanout + (Int(id[0]) - 1) * 4))
        let key = id.leadingBytes
        while low < high {
            let middle = (low + high) >> 1
            let word = bytes.uint64(at: ids + middle * hash)
            if word < key {
                low = middle + 1
            } else if word > key {
                high = middle
            } else {
                let candidate = self.id(at: middle)
                if candidate == id { return middle }
                if candidate < id { low = middle + 1 } else { high = middle }
            }
        }
        return nil
    }

    func id(at position: Int) -> ObjectID {
        ObjectID(bytes, at: ids + position * algorithm.byteCount, algorithm: algorithm) ?? .zero(algorithm)
    }

    func tree(at position: Int) -> ObjectID {
        ObjectID(bytes, at: data + position * stride, algorithm: algorithm) ?? .zero(algorithm)
    }

    func time(at position: Int) -> Int64 {
        let start = data + position * stride + algorithm.byteCount + 8
        let bytes = self.bytes
        return Int64(bytes.uint32(at: start) & 3) << 32 | Int64(bytes.uint32(at: start + 4))
    }

    func level(at position: Int) -> UInt32 {
        bytes.uint32(at: data + position * stride + algorithm.byteCount + 8) >> 2
    }

    func correctedDate(at position: Int) -> UInt64 {
        let bytes = self.bytes
        let offset = bytes.uint32(at: dates + position * 4)
        let time = UInt64(self.time(at: position))
        guard offset & 0x8000_0000 != 0 else { return time + UInt64(offset) }
        let index = Int(offset & 0x7fff_ffff)
        guard index < longDates.count / 8 else { return time }
        let long = bytes.uint64(at: longDates.lowerBound + index * 8)
        return time.addingReportingOverflow(long).overflow ? time : time + long
    }

    /// Hands over the parents' positions in the whole chain; false where a number leads outside.
    func forEachParent(at position: Int, limit: Int, _ body: (Int) -> Void) -> Bool {
        let bytes = self.bytes
        let start = data + position * stride + algorithm.byteCount
        let first = bytes.uint32(at: start)
        guard first != Self.noParent else { return true }
        guard Int(first) < limit else { return false }
        body(Int(first))
        let second = bytes.uint32(at: start + 4)
        guard second != Self.noParent else { return true }
        guard second & Self.moreParents != 0 else {
            guard Int(second) < limit else { return false }
            body(Int(second))
            return true
        }
        var index = Int(second & 0x7fff_ffff)
        while index < edges.count / 4 {
            let parent = bytes.uint32(at: edges.lowerBound + index * 4)
            guard Int(parent & 0x7fff_ffff) < limit else { return false }
            body(Int(parent & 0x7fff_ffff))
            if parent & 0x8000_0000 != 0 { return true }
            index += 1
        }
        return false
    }

    func verify() throws(TableError) {
        let bytes = self.bytes
        let end = bytes.byteCount - algorithm.byteCount
        var digest = Digest(algorithm)
        digest.update(bytes.extracting(0..<end))
        guard ObjectID(finishing: digest, algorithm: algorithm) == ObjectID(bytes, at: end, algorithm: algorithm) else {
            throw .badChecksum
        }
        for position in 0..<count {
            if position > 0, id(at: position - 1) >= id(at: position) {
                throw .unsorted(offset: ids + position * algorithm.byteCount)
            }
            guard forEachParent(at: position, limit: base + count, { _ in }) else {
                throw .badPosition(offset: data + position * stride)
            }
        }
    }
}

/// The table of contents that commit-graph and multi-pack-index share: a four-letter name and where the chunk starts, ended by
/// an entry without name.
struct ChunkTable {
    private var chunks: [String: Range<Int>] = [:]

    init(_ bytes: RawSpan, at start: Int, count: Int, end: Int) throws(TableError) {
        guard start + (count + 1) * 12 <= end else { throw .truncated(size: bytes.byteCount) }
        var offset = start
        for _ in 0..<count {
            let name = String(decoding: [UInt8](bytes.extracting(offset..<offset + 4)), as: UTF8.self)
            guard let from = Int(exactly: bytes.uint64(at: offset + 4)),
                let to = Int(exactly: bytes.uint64(at: offset + 16)),
                from >= start, from <= to, to <= end, chunks[name] == nil
            else { throw .badChunk(offset: offset) }
            chunks[name] = from..<to
            offset += 12
        }
        guard bytes.uint32(at: offset) == 0 else { throw .badChunk(offset: offset) }
    }

    subscript(name: String) -> Range<Int>? { chunks[name] }
}
