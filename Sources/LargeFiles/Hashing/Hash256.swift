internal import Bytes

/// 32 bytes that name content: a chunk's or file's BLAKE3, or a file's SHA-256. Ordered by bytes.
public struct Hash256: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let word0: UInt64
    private let word1: UInt64
    private let word2: UInt64
    private let word3: UInt64

    /// The length in bytes.
    public static let byteCount = 32

    /// Zeros: the file hash of empty content.
    public static let zero = [UInt8](repeating: 0, count: 32).withUnsafeBytes { Hash256(loading: $0) }

    /// Loads 32 bytes; the caller has checked that they are there (a precondition otherwise).
    public init(loading buffer: UnsafeRawBufferPointer, at offset: Int = 0) {
        precondition(offset >= 0 && offset <= buffer.count - 32, "hash out of bounds")
        word0 = UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        word1 = UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
        word2 = UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
        word3 = UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
    }

    /// The hash of these bytes, or nil where they are not 32.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self = bytes.withUnsafeBytes { Hash256(loading: $0) }
    }

    /// The hash that 64 hexadecimal digits spell, or nil.
    public init?(hex: some Collection<UInt8>) {
        guard hex.count == 64, let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    /// The hash that 64 hexadecimal digits spell, or nil.
    public init?(hex: String) { self.init(hex: hex.utf8) }

    /// The raw bytes.
    public var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 32)
        for word in [word0, word1, word2, word3] { writer.write(word) }
        return writer.bytes
    }

    /// The bytes in hexadecimal.
    public var hex: String { Hex.string(bytes) }

    /// Xet's spelling: four little-endian words, each in hexadecimal, so that the bytes of each eight stand reversed.
    public var xetString: String {
        var digits: [UInt8] = []
        for word in [word0, word1, word2, word3] {
            digits += Hex.encode(withUnsafeBytes(of: word) { Array($0) })
        }
        return String(decoding: digits, as: UTF8.self)
    }

    public var description: String { hex }

    /// The first byte: the place in a fan-out table.
    var firstByte: Int { Int(word0 >> 56) }

    /// The last eight bytes as a little-endian number, by which Xet groups the nodes of its tree.
    var lastWord: UInt64 { word3.byteSwapped }

    public static func == (left: Hash256, right: Hash256) -> Bool {
        left.word0 == right.word0 && left.word1 == right.word1 && left.word2 == right.word2 && left.word3 == right.word3
    }

    public static func < (left: Hash256, right: Hash256) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }

    // A digest is spread evenly already: one word is a good hash of it.
    public func hash(into hasher: inout Hasher) { hasher.combine(word0) }
}
