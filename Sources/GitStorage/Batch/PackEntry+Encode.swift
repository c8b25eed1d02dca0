internal import Bytes
internal import GitObjects

extension PackEntry {
    /// Appends a whole entry to `output`: the header, and `content` deflated.
    static func encode(
        _ form: Form, _ content: RawSpan, offset: Int, level: Int, scratch: Scratch, into output: inout [UInt8]
    ) throws(StorageError) {
        write(form, size: content.byteCount, offset: offset, to: &output)
        do throws(ZlibError) {
            try scratch.deflate(content, level: Compressibility.level(level, for: content), into: &output)
        } catch {
            throw .zlib(error)
        }
    }
}

extension PackFileWriter {
    private static let pieceSize = 1 << 18

    /// Appends a blob's entry, reading, hashing and deflating piece by piece; ``note(_:offset:crc:)`` has still to be
    /// called. Whether it is compressed at all is decided by its first piece.
    mutating func appendBlob(
        size: Int, level: Int, scratch: Scratch, read: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws(StorageError) -> (id: ObjectID, crc: UInt32) {
        var header: [UInt8] = []
        PackEntry.write(.whole(.blob), size: size, offset: 0, to: &header)
        try append(raw: header.span.bytes)
        var crc = CRC32.update(0, header)
        var digest = Digest(algorithm)
        digest.update(ObjectKind.blob.header(size: size))
        var input = [UInt8](repeating: 0, count: Self.pieceSize)
        var output = [UInt8](repeating: 0, count: Self.pieceSize)
        var filled = try Self.fill(&input, read)
        var left = size
        let level = Compressibility.level(level, for: input.span.bytes.extracting(0..<filled))
        try scratch.withDeflater(level: level) { deflater throws(StorageError) in
            var isFinished = false
            while !isFinished {
                guard filled <= left, filled > 0 || left == 0 else { throw .output(SizeChange(announced: size)) }
                left -= filled
                digest.update(input.span.bytes.extracting(0..<filled))
                var consumed = 0
                repeat {
                    let step = deflater.step(&output, input, consumed..<filled, isLast: left == 0)
                    consumed += step.consumed
                    isFinished = step.isFinished
                    let made = output.span.bytes.extracting(0..<step.produced)
                    crc = CRC32.update(crc, made)
                    try append(raw: made)
                } while left == 0 ? !isFinished : consumed < filled
                filled = try Self.fill(&input, read)
            }
        }
        guard filled == 0 else { throw .output(SizeChange(announced: size)) }
        return (ObjectID(finishing: digest, algorithm: algorithm), crc)
    }

    private static func fill(
        _ input: inout [UInt8], _ read: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws(StorageError) -> Int {
        do {
            return try input.withUnsafeMutableBytes { buffer in
                var filled = 0
                while filled < buffer.count {
                    let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
                    if count == 0 { break }
                    filled += count
                }
                return filled
            }
        } catch {
            throw .output(error)
        }
    }
}

extension Deflater {
    /// One step from a range of `input` to the beginning of `output`.
    mutating func step(
        _ output: inout [UInt8], _ input: [UInt8], _ range: Range<Int>, isLast: Bool
    ) -> Inflater.Step {
        output.withUnsafeMutableBytes { target in
            input.withUnsafeBytes { source in
                step(input: UnsafeRawBufferPointer(rebasing: source[range]), output: target, isLast: isLast)
            }
        }
    }
}
