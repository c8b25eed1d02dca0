internal import CKernels
internal import Glibc

/// A running SHA-1 that notices when its data is one half of a collision attack; or a SHA-256, against which none is known.
///
/// For data that strangers made. The digest is the same as ``Digest``'s and takes about twice the time: eight blocks at once
/// are tested for the conditions that every known attack must meet, and the one in twenty that meets some by chance is
/// tried. See Stevens, "Counter-cryptanalysis" (CRYPTO 2013), and Stevens and Shumow, "Speeding up detection of SHA-1
/// collision attacks using unavoidable attack conditions" (USENIX Security 2017). Git dies on such data too.
public struct ScreenedDigest: ~Copyable {
    private static let blockSize = 64
    private static let batchSize = 8 * blockSize

    /// Whether an attack was noticed since the digest was started.
    public private(set) var sawAttack = false

    private let algorithm: HashAlgorithm
    private var digest: Digest
    /// Bytes that do not fill a batch yet, with room for the padding.
    private let waiting: UnsafeMutableRawBufferPointer
    private var waitingCount = 0
    private var total: UInt64 = 0

    /// Starts a digest.
    public init(_ algorithm: HashAlgorithm) {
        self.algorithm = algorithm
        digest = Digest(algorithm)
        waiting = .allocate(byteCount: Self.batchSize + 2 * Self.blockSize, alignment: 16)
    }

    deinit { waiting.deallocate() }

    /// Adds bytes.
    public mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { update(buffer: $0) }
    }

    /// Adds bytes.
    public mutating func update(buffer: UnsafeRawBufferPointer) {
        guard algorithm == .sha1 else { return digest.update(buffer: buffer) }
        total += UInt64(buffer.count)
        var rest = buffer
        if waitingCount > 0 {
            let count = min(rest.count, Self.batchSize - waitingCount)
            keep(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            guard waitingCount == Self.batchSize else { return }
            waitingCount = 0
            screen(UnsafeRawBufferPointer(rebasing: waiting[..<Self.batchSize]))
        }
        while rest.count >= Self.batchSize {
            screen(UnsafeRawBufferPointer(rebasing: rest[..<Self.batchSize]))
            rest = UnsafeRawBufferPointer(rebasing: rest[Self.batchSize...])
        }
        keep(rest)
    }

    /// The digest of everything added as big-endian words, unused ones zero, and whether an attack was noticed. The digest
    /// starts again.
    public mutating func finishWords() -> (words: (UInt64, UInt64, UInt64, UInt64), sawAttack: Bool) {
        let isScreened = algorithm == .sha1
        if isScreened { finishScreening() }
        var finished = Digest(algorithm)
        swap(&finished, &digest)
        defer {
            sawAttack = false
            waitingCount = 0
            total = 0
        }
        guard isScreened else { return (finished.finishWords(), false) }
        let state = finished.chaining
        func word(_ high: UInt32, _ low: UInt32) -> UInt64 { UInt64(high) << 32 | UInt64(low) }
        return ((word(state[0], state[1]), word(state[2], state[3]), word(state[4], 0), 0), sawAttack)
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let target = waiting.baseAddress else { return }
        memcpy(target + waitingCount, source, bytes.count)
        waitingCount += bytes.count
    }

    /// Pads the last block as SHA-1 says: a one bit, zeros, and the length in bits. All blocks are whole then.
    private mutating func finishScreening() {
        let blocks = (waitingCount + 1 + 8 + Self.blockSize - 1) / Self.blockSize
        let end = blocks * Self.blockSize
        waiting[waitingCount] = 0x80
        for index in waitingCount + 1..<end - 8 { waiting[index] = 0 }
        waiting.storeBytes(of: (total * 8).bigEndian, toByteOffset: end - 8, as: UInt64.self)
        screen(UnsafeRawBufferPointer(rebasing: waiting[..<end]))
    }

    /// Takes up to ten whole blocks.
    private mutating func screen(_ blocks: UnsafeRawBufferPointer) {
        guard let base = blocks.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        let count = blocks.count / Self.blockSize
        var suspected: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
        var taken = 0
        withUnsafeMutableBytes(of: &suspected) { raw in
            let suspected = raw.bindMemory(to: UInt32.self)
            nacre_sha1_suspect(base, count, suspected.baseAddress)
            for block in 0..<count where suspected[block] != 0 {
                let start = block * Self.blockSize
                digest.update(buffer: UnsafeRawBufferPointer(rebasing: blocks[taken..<start]))
                taken = start
                let chaining = digest.chaining
                let isAttack = chaining.span.withUnsafeBufferPointer {
                    nacre_sha1_is_attack($0.baseAddress, base + start, suspected[block]) != 0
                }
                if isAttack { sawAttack = true }
            }
        }
        digest.update(buffer: UnsafeRawBufferPointer(rebasing: blocks[taken...]))
    }
}
