/// Bytes being put together. Numbers are big-endian unless the name says otherwise.
public struct ByteWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// An empty writer.
    public init() {}

    /// An empty writer with room for `capacity` bytes.
    public init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// How many bytes were written.
    public var count: Int { bytes.count }

    /// Forgets what was written and keeps the room.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// One byte.
    @inlinable public mutating func write(_ value: UInt8) { append(value) }

    @usableFromInline mutating func append(_ value: UInt8) { bytes.append(value) }

    /// 2 bytes.
    public mutating func write(_ value: UInt16) { writeBigEndian(value) }

    /// 4 bytes.
    public mutating func write(_ value: UInt32) { writeBigEndian(value) }

    /// 8 bytes.
    public mutating func write(_ value: UInt64) { writeBigEndian(value) }

    /// 4 bytes, lowest first.
    public mutating func writeLittleEndian(_ value: UInt32) { writeBigEndian(value.byteSwapped) }

    /// 8 bytes, lowest first.
    public mutating func writeLittleEndian(_ value: UInt64) { writeBigEndian(value.byteSwapped) }

    private mutating func writeBigEndian<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Bytes as they are.
    public mutating func write(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    /// Bytes as they are.
    public mutating func write(_ value: RawSpan) {
        unsafe value.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// UTF-8.
    public mutating func write(_ value: String) { bytes.append(contentsOf: value.utf8) }

    /// Unsigned LEB128; see ``ByteReader/readVarint()``.
    public mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Git's offset encoding; see ``ByteReader/readOffsetVarint()``.
    public mutating func writeOffsetVarint(_ value: UInt64) {
        var digits = [UInt8(value & 0x7f)]
        var rest = value >> 7
        while rest != 0 {
            rest -= 1
            digits.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(contentsOf: digits.reversed())
    }

    /// Writes over 4 bytes that stand already.
    public mutating func overwrite(_ value: UInt32, at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * index)) }
    }
}
