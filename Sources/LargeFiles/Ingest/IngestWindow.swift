internal import Bytes

/// A stretch of a file in memory, cut into chunks. Two take turns: while one is coded, the other is filled.
///
/// Unchecked: filling writes only bytes that nobody reads yet; each chunk's places are written by the one worker that has it.
final class IngestWindow: @unchecked Sendable {
    let buffer: UnsafeMutableRawBufferPointer
    /// How many bytes are there.
    private(set) var count = 0
    /// Where the first of them stands in the file.
    private(set) var fileOffset = 0
    /// Whether the file ends with this window.
    private(set) var isLast = false
    /// The chunks, as ranges of the buffer.
    private(set) var chunks: [Range<Int>] = []
    var hashes: UnsafeMutableBufferPointer<Hash256>
    var encoded: UnsafeMutableBufferPointer<EncodedChunk?>

    /// Makes a window for `size` bytes and what an earlier window leaves.
    init(size: Int) {
        buffer = .allocate(byteCount: size + Xet.maximumChunkSize, alignment: 64)
        let most = buffer.count / Xet.minimumChunkSize + 1
        hashes = .allocate(capacity: most)
        hashes.initialize(repeating: .zero)
        encoded = .allocate(capacity: most)
        encoded.initialize(repeating: nil)
    }

    deinit {
        buffer.deallocate()
        hashes.deinitialize()
        hashes.deallocate()
        encoded.deinitialize()
        encoded.deallocate()
    }

    func bytes(_ chunk: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[chunks[chunk]]) }

    /// Takes what the window before left over, reads on, and cuts.
    func fill(from file: InputFile, size: Int, after previous: IngestWindow?, digest: FileDigest) throws(FileError) {
        var start = 0
        fileOffset = 0
        if let previous {
            let cut = previous.chunks.last?.upperBound ?? 0
            let rest = UnsafeRawBufferPointer(rebasing: previous.buffer[cut..<previous.count])
            UnsafeMutableRawBufferPointer(rebasing: buffer[..<rest.count]).copyMemory(from: rest)
            start = rest.count
            fileOffset = previous.fileOffset + cut
        }
        let wanted = min(buffer.count - start, size - fileOffset - start)
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + wanted])
        let got = try file.read(into: target, at: fileOffset + start)
        digest.update(UnsafeRawBufferPointer(rebasing: target[..<got]))
        count = start + got
        // A file that was cut meanwhile ends here; its status will tell.
        isLast = got < wanted || fileOffset + count == size
        cut()
    }

    private func cut() {
        chunks.removeAll(keepingCapacity: true)
        var position = 0
        while position < count {
            let rest = UnsafeRawBufferPointer(rebasing: buffer[position..<count])
            guard let length = Xet.chunkLength(rest) ?? (isLast ? rest.count : nil) else { break }
            chunks.append(position..<position + length)
            position += length
        }
    }
}

/// A running SHA-256 that a window's filler updates; one thread at a time.
///
/// Unchecked: windows are filled one after the other.
final class FileDigest: @unchecked Sendable {
    private var digest: Digest? = Digest(.sha256)

    func update(_ bytes: UnsafeRawBufferPointer) { digest?.update(buffer: bytes) }

    /// The digest; of nothing when asked again.
    func finish() -> Hash256 {
        guard let digest = digest.take() else { return Pointer.emptyOID }
        // SHA-256 has 32 bytes.
        return Hash256(bytes: digest.finish()) ?? .zero
    }
}
