public import Bytes

/// The name of an object: the SHA-1 or SHA-256 of its kind, size and content.
///
/// Held as big-endian words, so that comparing ids compares words; unused bytes are zero.
public struct ObjectID: Sendable, Hashable, Comparable, CustomStringConvertible {
    @usableFromInline let word0: UInt64
    @usableFromInline let word1: UInt64
    @usableFromInline let word2: UInt64
    @usableFromInline let word3: UInt64
    /// The hash function that made it.
    public let algorithm: HashAlgorithm

    @usableFromInline
    init(_ words: (UInt64, UInt64, UInt64, UInt64), _ algorithm: HashAlgorithm) {
        (word0, word1, word2, word3) = words
        self.algorithm = algorithm
    }

    /// The id that stands for "none": all bytes zero.
    public static func zero(_ algorithm: HashAlgorithm) -> ObjectID { ObjectID((0, 0, 0, 0), algorithm) }

    /// Whether all bytes are zero.
    public var isZero: Bool { word0 | word1 | word2 | word3 == 0 }

    /// The id of these 20 or 32 bytes; nil for any other number of bytes than the algorithm's.
    public init?(bytes: some Collection<UInt8>, algorithm: HashAlgorithm) {
        guard bytes.count == algorithm.byteCount else { return nil }
        var words: [4 of UInt64] = [0, 0, 0, 0]
        var index = 0
        for byte in bytes {
            words[index >> 3] |= UInt64(byte) << UInt64(56 - (index & 7) * 8)
            index += 1
        }
        self.init((words[0], words[1], words[2], words[3]), algorithm)
    }

    /// The id that stands at `offset` of `span`; nil where the span ends before.
    @inlinable public init?(_ span: RawSpan, at offset: Int = 0, algorithm: HashAlgorithm) {
        guard offset >= 0, offset <= span.byteCount - algorithm.byteCount else { return nil }
        func word(_ index: Int) -> UInt64 {
            unsafe UInt64(
                bigEndian: span.unsafeLoadUnaligned(fromUncheckedByteOffset: offset + index * 8, as: UInt64.self))
        }
        if algorithm == .sha256 {
            self.init((word(0), word(1), word(2), word(3)), algorithm)
        } else {
            let tail = unsafe UInt32(
                bigEndian: span.unsafeLoadUnaligned(fromUncheckedByteOffset: offset + 16, as: UInt32.self))
            self.init((word(0), word(1), UInt64(tail) << 32, 0), algorithm)
        }
    }

    /// The id that 40 or 64 hexadecimal digits of either case spell, or nil.
    @inlinable public init?(hex: some Collection<UInt8>, algorithm: HashAlgorithm) {
        guard hex.count == algorithm.hexCount else { return nil }
        let id =
            hex.withContiguousStorageIfAvailable { digits in
                ObjectID(hexIn: unsafe Span(_unsafeElements: digits).bytes, at: 0, algorithm: algorithm)
            } ?? ObjectID(hexIn: Array(hex).span.bytes, at: 0, algorithm: algorithm)
        guard let id else { return nil }
        self = id
    }

    /// The id that the digits at `offset` of `span` spell, or nil where they are cut or are none. Allocates nothing.
    public init?(hexIn span: RawSpan, at offset: Int, algorithm: HashAlgorithm) {
        guard offset >= 0, offset <= span.byteCount - algorithm.hexCount else { return nil }
        var words: [4 of UInt64] = [0, 0, 0, 0]
        for index in 0..<algorithm.hexCount {
            guard let digit = Hex.value(span[offset + index]) else { return nil }
            words[index >> 4] |= UInt64(digit) << UInt64(60 - (index & 15) * 4)
        }
        self.init((words[0], words[1], words[2], words[3]), algorithm)
    }

    /// The id that 40 (SHA-1) or 64 (SHA-256) hexadecimal digits spell, or nil.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        self.init(hex: digits, algorithm: digits.count == 64 ? .sha256 : .sha1)
    }

    /// The first eight bytes as a big-endian number: enough to tell nearly all ids apart, for sorted tables and hash tables.
    @inlinable public var leadingBytes: UInt64 { word0 }

    /// The byte at a position from 0.
    @inlinable public subscript(index: Int) -> UInt8 {
        let word =
            switch index >> 3 {
            case 0: word0
            case 1: word1
            case 2: word2
            default: word3
            }
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - (index & 7) * 8))
    }

    /// The raw bytes: 20 or 32.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            count = algorithm.byteCount
        }
    }

    /// Writes the raw bytes to the beginning of a buffer, which must have room for 32 of them whatever the algorithm.
    @inlinable public func write(to buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= 32, "an id needs 32 bytes of room")
        unsafe buffer.storeBytes(of: word0.bigEndian, toByteOffset: 0, as: UInt64.self)
        unsafe buffer.storeBytes(of: word1.bigEndian, toByteOffset: 8, as: UInt64.self)
        unsafe buffer.storeBytes(of: word2.bigEndian, toByteOffset: 16, as: UInt64.self)
        unsafe buffer.storeBytes(of: word3.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// The hexadecimal digits, lower case, as bytes.
    public var hexBytes: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: algorithm.hexCount) { buffer, count in
            count = unsafe writeHex(to: buffer)
        }
    }

    /// The hexadecimal digits, lower case.
    public var hex: String {
        unsafe String(unsafeUninitializedCapacity: algorithm.hexCount) { unsafe writeHex(to: $0) }
    }

    /// Writes the digits to a buffer that has room for them; says how many they are.
    private func writeHex(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        func digit(_ value: UInt8) -> UInt8 { value &+ (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10) }
        for index in 0..<algorithm.byteCount {
            let byte = self[index]
            unsafe buffer[2 &* index] = digit(byte >> 4)
            unsafe buffer[2 &* index &+ 1] = digit(byte & 15)
        }
        return algorithm.hexCount
    }

    public var description: String { hex }

    @inlinable public static func == (left: ObjectID, right: ObjectID) -> Bool {
        left.word0 == right.word0 && left.word1 == right.word1 && left.word2 == right.word2
            && left.word3 == right.word3 && left.algorithm == right.algorithm
    }

    @inlinable public static func < (left: ObjectID, right: ObjectID) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }

    // A digest is spread evenly already: one word is a good hash of it.
    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(word0) }

    /// The id of an object with this content. Allocates nothing.
    public static func hash(_ kind: ObjectKind, _ content: RawSpan, _ algorithm: HashAlgorithm) -> ObjectID {
        var digest = Digest(algorithm)
        kind.withHeader(size: content.byteCount) { digest.update(buffer: $0) }
        digest.update(content)
        return ObjectID(digest.finishWords(), algorithm)
    }

    /// The id of an object that came from outside, and whether its content is one half of a collision attack on SHA-1.
    public static func screen(
        _ kind: ObjectKind, _ content: RawSpan, _ algorithm: HashAlgorithm
    ) -> (id: ObjectID, isAttack: Bool) {
        var digest = ScreenedDigest(algorithm)
        kind.withHeader(size: content.byteCount) { digest.update(buffer: $0) }
        digest.update(content)
        return screened(&digest, algorithm)
    }

    /// The id that a digest is, which starts again, and whether it noticed a collision attack.
    public static func screened(
        _ digest: inout ScreenedDigest, _ algorithm: HashAlgorithm
    ) -> (id: ObjectID, isAttack: Bool) {
        let finished = digest.finishWords()
        return (ObjectID(finished.words, algorithm), finished.sawAttack)
    }

    /// The id that a finished digest is.
    public init(finishing digest: consuming Digest, algorithm: HashAlgorithm) {
        self.init(digest.finishWords(), algorithm)
    }

    /// The id of an object with this content.
    public static func hash(_ kind: ObjectKind, _ content: [UInt8], _ algorithm: HashAlgorithm) -> ObjectID {
        hash(kind, content.span.bytes, algorithm)
    }

    /// The tree without entries, which every repository has without storing it.
    public static func emptyTree(_ algorithm: HashAlgorithm) -> ObjectID { hash(.tree, [], algorithm) }

    /// The blob without content.
    public static func emptyBlob(_ algorithm: HashAlgorithm) -> ObjectID { hash(.blob, [], algorithm) }
}
