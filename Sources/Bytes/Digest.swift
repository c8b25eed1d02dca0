internal import COpenSSL

/// A running SHA-1 or SHA-256.
///
/// Allocates nothing: the state stands in the value. The digest is taken by ``finish()``, which consumes the value.
public struct Digest: ~Copyable {
    private let algorithm: HashAlgorithm
    private var sha1 = SHA_CTX()
    private var sha256 = SHA256_CTX()

    /// Starts a digest.
    public init(_ algorithm: HashAlgorithm) {
        self.algorithm = algorithm
        switch algorithm {
        case .sha1: _ = SHA1_Init(&sha1)
        case .sha256: _ = SHA256_Init(&sha256)
        }
    }

    /// Adds bytes.
    public mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { update(buffer: $0) }
    }

    /// Adds bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update(buffer: $0) }
    }

    /// Adds bytes.
    public mutating func update(buffer: UnsafeRawBufferPointer) {
        guard let base = buffer.baseAddress else { return }
        switch algorithm {
        case .sha1: _ = SHA1_Update(&sha1, base, buffer.count)
        case .sha256: _ = SHA256_Update(&sha256, base, buffer.count)
        }
    }

    /// SHA-1's chaining value: what goes into the next block. All that was added so far must fill whole blocks.
    var chaining: [5 of UInt32] { [sha1.h0, sha1.h1, sha1.h2, sha1.h3, sha1.h4] }

    /// The digest of everything added: 20 or 32 bytes.
    public consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, count in
            switch algorithm {
            case .sha1: _ = SHA1_Final(buffer.baseAddress, &sha1)
            case .sha256: _ = SHA256_Final(buffer.baseAddress, &sha256)
            }
            count = algorithm.byteCount
        }
    }

    /// The digest of everything added as big-endian words, unused ones zero: for loops over many objects.
    public consuming func finishWords() -> (UInt64, UInt64, UInt64, UInt64) {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
            // 32 bytes were asked for, so that there is a base address.
            let base = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
            base.initialize(repeating: 0, count: 32)
            switch algorithm {
            case .sha1: _ = SHA1_Final(base, &sha1)
            case .sha256: _ = SHA256_Final(base, &sha256)
            }
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: buffer.load(fromByteOffset: index * 8, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// The digest of one piece of data.
    public static func hash(_ bytes: RawSpan, _ algorithm: HashAlgorithm) -> [UInt8] {
        var digest = Digest(algorithm)
        digest.update(bytes)
        return digest.finish()
    }

    /// The digest of one piece of data.
    public static func hash(_ bytes: [UInt8], _ algorithm: HashAlgorithm) -> [UInt8] {
        hash(bytes.span.bytes, algorithm)
    }
}
