public import Bytes
public import GitObjects
public import SystemPackage

/// A pack's index, versions 1 and 2: sorted ids, and where each object stands in the pack.
///
/// <https://git-scm.com/docs/gitformat-pack#_version_2_pack_idx_files_support_packs_larger_than_4_gib_and>
public final class PackIndex: Sendable {
    /// The file.
    public let path: FilePath
    /// The hash function of its ids.
    public let algorithm: HashAlgorithm
    /// How many objects it lists.
    public let count: Int
    /// 1 or 2.
    public let version: Int
    private let file: MappedFile
    // What `file` maps, so that a look-up need not retain it.
    nonisolated(unsafe) private let buffer: UnsafeRawBufferPointer
    private let fanout: Int
    private let ids: Int
    private let idStride: Int
    private let crcs: Int
    private let offsets: Int
    private let longOffsets: Int
    private let longOffsetCount: Int
    private let trailer: Int

    /// Maps an index and proves that its tables lie inside of the file.
    ///
    /// - Throws: ``StorageError/table(_:_:)``, ``StorageError/file(_:)``.
    public convenience init(_ path: FilePath, algorithm: HashAlgorithm) throws(StorageError) {
        let file: MappedFile
        do { file = try MappedFile(path) } catch { throw .file(error) }
        do throws(TableError) {
            try self.init(file, path: path, algorithm: algorithm)
        } catch {
            throw .table(path, error)
        }
    }

    /// Reads an index from mapped or copied bytes.
    public init(_ file: MappedFile, path: FilePath, algorithm: HashAlgorithm) throws(TableError) {
        let bytes = file.bytes
        let hash = algorithm.byteCount
        self.file = file
        buffer = unsafe bytes.withUnsafeBytes { $0 }
        self.path = path
        self.algorithm = algorithm
        guard bytes.byteCount >= 8 + 1024 + 2 * hash || bytes.byteCount >= 1024 + 2 * hash else {
            throw .truncated(size: bytes.byteCount)
        }
        let isModern = bytes.uint32(at: 0) == 0xff74_4f63
        version = isModern ? 2 : 1
        if isModern {
            guard bytes.uint32(at: 4) == 2 else { throw .badHeader }
            guard bytes.byteCount >= 8 + 1024 + 2 * hash else { throw .truncated(size: bytes.byteCount) }
        }
        fanout = isModern ? 8 : 0
        var last: UInt32 = 0
        for bucket in 0..<256 {
            let value = bytes.uint32(at: fanout + bucket * 4)
            guard value >= last else { throw .badFanout(offset: fanout + bucket * 4) }
            last = value
        }
        count = Int(last)
        trailer = bytes.byteCount - 2 * hash
        if isModern {
            ids = fanout + 1024
            idStride = hash
            crcs = ids + count * hash
            offsets = crcs + count * 4
            longOffsets = offsets + count * 4
            guard longOffsets <= trailer, (trailer - longOffsets) % 8 == 0 else {
                throw .truncated(size: bytes.byteCount)
            }
            longOffsetCount = (trailer - longOffsets) / 8
        } else {
            ids = fanout + 1024 + 4
            idStride = hash + 4
            crcs = 0
            offsets = 0
            longOffsets = trailer
            longOffsetCount = 0
            guard 1024 + count * idStride == trailer else { throw .truncated(size: bytes.byteCount) }
        }
    }

    private var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe buffer.bytes
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The checksum of the pack that it belongs to.
    public var packChecksum: ObjectID {
        // The trailer was proved to be in the file.
        ObjectID(bytes, at: trailer, algorithm: algorithm) ?? .zero(algorithm)
    }

    /// The id at a position of the sorted list.
    public func id(at position: Int) -> ObjectID {
        precondition(position >= 0 && position < count, "position out of bounds")
        return ObjectID(bytes, at: ids + position * idStride, algorithm: algorithm) ?? .zero(algorithm)
    }

    /// Where the object at a position stands in the pack.
    public func offset(at position: Int) throws(TableError) -> Int {
        precondition(position >= 0 && position < count, "position out of bounds")
        let bytes = self.bytes
        guard version == 2 else { return Int(bytes.uint32(at: 1024 + position * idStride)) }
        let short = bytes.uint32(at: offsets + position * 4)
        guard short & 0x8000_0000 != 0 else { return Int(short) }
        let index = Int(short & 0x7fff_ffff)
        guard index < longOffsetCount, let long = Int(exactly: bytes.uint64(at: longOffsets + index * 8)) else {
            throw .badPosition(offset: offsets + position * 4)
        }
        return long
    }

    /// CRC-32 over the entry's bytes in the pack; version 1 has none.
    public func crc(at position: Int) -> UInt32? {
        precondition(position >= 0 && position < count, "position out of bounds")
        return version == 2 ? bytes.uint32(at: crcs + position * 4) : nil
    }

    /// The positions of ids whose first byte is `byte`.
    @inline(__always)
    private func bucket(_ byte: UInt8) -> Range<Int> {
        let bytes = self.bytes
        let upper = Int(bytes.uint32(at: fanout + Int(byte) * 4))
        let lower = byte == 0 ? 0 : Int(bytes.uint32(at: fanout + (Int(byte) - 1) * 4))
        return lower..<upper
    }

    /// The position of an id, or nil.
    ///
    /// - Complexity: O(log n)
    public func position(of id: ObjectID) -> Int? {
        let bytes = self.bytes
        let range = bucket(id[0])
        var low = range.lowerBound
        var high = range.upperBound
        let key = id.leadingBytes
        while low < high {
            let middle = (low + high) >> 1
            let word = bytes.uint64(at: ids + middle * idStride)
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

    /// The first position whose id is not before `id`.
    func lowerBound(of id: ObjectID) -> Int {
        let range = bucket(id[0])
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) >> 1
            if self.id(at: middle) < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Reads the whole file: the checksum, and that ids ascend.
    ///
    /// - Complexity: O(n)
    public func verify() throws(TableError) {
        let bytes = self.bytes
        let hash = algorithm.byteCount
        let expected = ObjectID(bytes, at: bytes.byteCount - hash, algorithm: algorithm)
        var digest = Digest(algorithm)
        digest.update(bytes.extracting(0..<bytes.byteCount - hash))
        guard ObjectID(finishing: digest, algorithm: algorithm) == expected else { throw .badChecksum }
        for position in 0..<count where position > 0 {
            guard id(at: position - 1) < id(at: position) else { throw .unsorted(offset: ids + position * idStride) }
        }
        for position in 0..<count { _ = try offset(at: position) }
    }
}

extension RawSpan {
    /// Big-endian, 4 bytes, at an offset that was proved to be inside (a precondition otherwise).
    @inline(__always)
    func uint32(at offset: Int) -> UInt32 {
        precondition(offset >= 0 && offset <= byteCount - 4, "offset out of bounds")
        return unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
    }

    /// Big-endian, 8 bytes, at an offset that was proved to be inside (a precondition otherwise).
    @inline(__always)
    func uint64(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset <= byteCount - 8, "offset out of bounds")
        return unsafe UInt64(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }
}
