internal import Bytes
internal import CKernels

/// Codes and decodes chunks; Documentation/Formats/chunk-store.md, "Payload". Holds scratch memory: one for each thread.
final class ChunkCoder {
    /// How a payload is coded: its first byte.
    enum Method: UInt8 {
        case plain = 0
        case zstd = 1
        case planes = 2
        case zstdDelta = 3
        case tensorDelta = 4
        case table = 5
    }

    /// The arithmetic of a tensor delta.
    enum Difference: UInt8 {
        case exclusiveOr = 0
        case integer = 1
        case floatingPoint = 2
    }

    /// The longest base: a chunk, and what may have been inserted or removed around it.
    static let maximumBaseLength = 4 * Xet.maximumChunkSize
    static let maximumPieces = 64

    var fast: ZstandardCompressor
    private var thorough: ZstandardCompressor
    var entropyOnly: ZstandardCompressor
    var decompressor: ZstandardDecompressor
    private var generalCount = 0
    private var prefersFast = false
    private var tableCount = 0
    private var prefersTable = true
    /// Numbers rearranged, and planes: a chunk's length each.
    let first = ScratchBuffer(Xet.maximumChunkSize)
    let second = ScratchBuffer(Xet.maximumChunkSize)

    init() throws(ChunkStoreError) {
        do throws(ZstandardError) {
            fast = try ZstandardCompressor(level: 1)
            thorough = try ZstandardCompressor(level: 3)
            entropyOnly = try ZstandardCompressor(level: -50, literals: .compressed)
            decompressor = try ZstandardDecompressor()
        } catch {
            throw .outOfMemory
        }
    }

    // MARK: Coding

    /// Codes a chunk the shortest way that is found in reasonable time.
    ///
    /// - Parameters:
    ///   - lane: how its bytes line up as numbers, where the file says so.
    ///   - base: what it may be a delta of, with its bytes.
    func encode(_ raw: UnsafeRawBufferPointer, lane: Lane?, base: (ChunkBase, [UInt8])?) -> EncodedChunk {
        var best: [UInt8]?
        var depth = 0
        if let (base, bytes) = base, base.depth < ChunkPackFormat.maximumDepth {
            let delta = lane.map { tensorDelta(raw, $0, base, bytes) } ?? zstdDelta(raw, base, bytes)
            if let delta {
                best = delta
                depth = base.depth + 1
                // A delta this short is not beaten by anything that does not know the old bytes.
                if delta.count < raw.count / 3 {
                    return EncodedChunk(payload: delta, rawLength: raw.count, depth: depth)
                }
            }
        }
        let alone = encodeAlone(raw, lane: lane)
        // A delta costs its readers time: it must be worth it.
        if let best, best.count < alone.count - alone.count / 32 {
            return EncodedChunk(payload: best, rawLength: raw.count, depth: depth)
        }
        return EncodedChunk(payload: alone, rawLength: raw.count, depth: 0)
    }

    private func encodeAlone(_ raw: UnsafeRawBufferPointer, lane: Lane?) -> [UInt8] {
        let header = [Method.zstd.rawValue]
        if let lane {
            let planes = planes(raw, lane)
            // Sparse numbers and indices repeat as wholes; planes tear that apart.
            guard !lane.isFloatingPoint || planes.count < raw.count / 4 else { return shortest(planes, raw) }
            if let frame = compress(&fast, raw, limit: min(planes.count, raw.count) - 1) { return header + frame }
            return shortest(planes, raw)
        }
        let entropy = ByteStatistics.entropyBytes(raw)
        if entropy > raw.count - raw.count / 64 { return plain(raw) }
        let isText = ByteStatistics.isText(UnsafeRawBufferPointer(rebasing: raw.prefix(1024)))
        if isText { return text(raw) }
        if let lane = Lane(sniffing: UnsafeRawBufferPointer(rebasing: raw.prefix(8192)), startingAt: 0) {
            let planes = planes(raw, lane)
            if let frame = compress(&fast, raw, limit: min(planes.count, raw.count) - 1) { return header + frame }
            return shortest(planes, raw)
        }
        guard let frame = general(raw, limit: raw.count - raw.count / 64) else { return plain(raw) }
        return header + frame
    }

    /// Text, by columns where it is a table. Now and then both ways are tried, and the winner is taken for a while.
    private func text(_ raw: UnsafeRawBufferPointer) -> [UInt8] {
        tableCount += 1
        let isTrial = tableCount % 32 == 1
        let coded = prefersTable || isTrial ? table(raw) : nil
        if let coded, !isTrial { return coded }
        let limit = min(raw.count - raw.count / 64, coded?.count ?? raw.count)
        let frame = general(raw, limit: limit)
        if isTrial { prefersTable = coded != nil && (frame.map { $0.count + 1 > coded?.count ?? 0 } ?? true) }
        if let frame, frame.count < coded?.count ?? .max { return [Method.zstd.rawValue] + frame }
        return coded ?? plain(raw)
    }

    /// A frame of bytes of no known kind. Which level is shorter depends on the data more than on the level (columns of random
    /// digits code better at the lower one), so now and then both are tried and the winner is taken for a while.
    private func general(_ raw: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        generalCount += 1
        guard generalCount % 16 == 1 else {
            return prefersFast ? compress(&fast, raw, limit: limit) : compress(&thorough, raw, limit: limit)
        }
        let quick = compress(&fast, raw, limit: limit)
        let slow = compress(&thorough, raw, limit: min(limit, quick?.count ?? limit))
        prefersFast = quick.map { $0.count <= slow?.count ?? .max } ?? false
        return slow ?? quick
    }

    private func shortest(_ payload: [UInt8], _ raw: UnsafeRawBufferPointer) -> [UInt8] {
        payload.count <= raw.count ? payload : plain(raw)
    }

    private func plain(_ raw: UnsafeRawBufferPointer) -> [UInt8] {
        var payload: [UInt8] = []
        payload.reserveCapacity(raw.count + 1)
        payload.append(Method.plain.rawValue)
        payload.append(contentsOf: raw)
        return payload
    }

    func compress(
        _ compressor: inout ZstandardCompressor, _ raw: UnsafeRawBufferPointer, prefix: [UInt8]? = nil, limit: Int
    ) -> [UInt8]? {
        guard limit > 0 else { return nil }
        if let prefix { return compressor.compress(raw.bytes, prefix: prefix.span.bytes, limit: limit) }
        return compressor.compress(raw.bytes, limit: limit)
    }

    private func planes(_ raw: UnsafeRawBufferPointer, _ lane: Lane) -> [UInt8] {
        let (phase, count) = split(raw, lane)
        var writer = ByteWriter(capacity: raw.count)
        writer.write(Method.planes.rawValue)
        writer.write(UInt8(lane.width.trailingZeroBitCount) | (lane.isFloatingPoint ? 0x10 : 0))
        writer.write(UInt8(phase))
        let body = UnsafeRawBufferPointer(rebasing: raw[phase..<phase + count * lane.width])
        var source = body
        if lane.isFloatingPoint, lane.width > 1, let from = body.baseAddress {
            nacre_rotate_left(
                from.assumingMemoryBound(to: UInt8.self), count, UInt32(lane.width), first.bytes)
            source = UnsafeRawBufferPointer(start: first.bytes, count: body.count)
        }
        write(numbers: source, around: raw, phase: phase, count: count, width: lane.width, into: &writer)
        return writer.bytes
    }

    /// Bytes before the first whole number, and how many numbers follow.
    private func split(_ raw: UnsafeRawBufferPointer, _ lane: Lane) -> (phase: Int, count: Int) {
        let phase = min(lane.phase, raw.count)
        return (phase, (raw.count - phase) / lane.width)
    }

    /// The bytes around the numbers as they are, then each plane.
    private func write(
        numbers: UnsafeRawBufferPointer, around raw: UnsafeRawBufferPointer, phase: Int, count: Int, width: Int,
        into writer: inout ByteWriter
    ) {
        writer.write(raw[..<phase])
        writer.write(raw[(phase + count * width)...])
        ByteStatistics.split(numbers, count: count, width: width, into: second.buffer)
        for plane in 0..<width {
            write(
                plane: UnsafeRawBufferPointer(rebasing: second.buffer[plane * count..<(plane + 1) * count]),
                into: &writer)
        }
    }

    /// One plane: constant, as it is, or a zstd frame, whichever is short.
    private func write(plane: UnsafeRawBufferPointer, into writer: inout ByteWriter) {
        guard let first = plane.first else { return }
        let entropy = ByteStatistics.entropyBytes(plane)
        if entropy == 0, plane.allSatisfy({ $0 == first }) {
            writer.write(2 as UInt8)
            writer.write(first)
            return
        }
        if entropy < plane.count - plane.count / 48 {
            // Matches are looked for only where single bytes say little: long runs, repeated rows.
            let limit = plane.count - plane.count / 64
            var frame = compress(&entropyOnly, plane, limit: limit)
            if entropy * 4 < plane.count, let other = compress(&fast, plane, limit: min(limit, frame?.count ?? limit)) {
                frame = other
            }
            if let frame {
                writer.write(1 as UInt8)
                writer.writeVarint(UInt64(frame.count))
                writer.write(frame)
                return
            }
        }
        writer.write(0 as UInt8)
        writer.write(plane[...])
    }

    private func write(base: ChunkBase, into writer: inout ByteWriter) {
        writer.writeVarint(UInt64(base.pieces.count))
        for piece in base.pieces {
            writer.write(piece.hash.bytes)
            writer.writeVarint(UInt64(piece.offset))
            writer.writeVarint(UInt64(piece.length))
        }
    }

    private func zstdDelta(_ raw: UnsafeRawBufferPointer, _ base: ChunkBase, _ bytes: [UInt8]) -> [UInt8]? {
        var writer = ByteWriter(capacity: 256)
        writer.write(Method.zstdDelta.rawValue)
        write(base: base, into: &writer)
        guard let frame = compress(&thorough, raw, prefix: bytes, limit: raw.count - raw.count / 8 - writer.count)
        else {
            return nil
        }
        writer.write(frame)
        return writer.bytes
    }

    private func tensorDelta(
        _ raw: UnsafeRawBufferPointer, _ lane: Lane, _ base: ChunkBase, _ bytes: [UInt8]
    ) -> [UInt8]? {
        let (phase, count) = split(raw, lane)
        guard count > 0, base.start == 0, bytes.count == raw.count else { return nil }
        let kind: Difference = lane.isFloatingPoint && lane.width > 1 ? .floatingPoint : .integer
        var writer = ByteWriter(capacity: raw.count / 2)
        writer.write(Method.tensorDelta.rawValue)
        write(base: base, into: &writer)
        writer.write(UInt8(lane.width.trailingZeroBitCount) | kind.rawValue << 4)
        writer.write(UInt8(phase))
        bytes.withUnsafeBytes { old in
            guard let new = raw.baseAddress, let old = old.baseAddress else { return }
            let from = (new + phase).assumingMemoryBound(to: UInt8.self)
            let other = (old + phase).assumingMemoryBound(to: UInt8.self)
            switch kind {
            case .exclusiveOr: nacre_xor(from, other, count * lane.width, first.bytes)
            case .integer: nacre_difference(from, other, count, UInt32(lane.width), first.bytes)
            case .floatingPoint: nacre_float_difference(from, other, count, UInt32(lane.width), first.bytes)
            }
        }
        let numbers = UnsafeRawBufferPointer(start: first.bytes, count: count * lane.width)
        write(numbers: numbers, around: raw, phase: phase, count: count, width: lane.width, into: &writer)
        return writer.count < raw.count ? writer.bytes : nil
    }
}

/// Memory of a fixed length for one coder.
final class ScratchBuffer {
    let buffer: UnsafeMutableRawBufferPointer

    init(_ count: Int) { buffer = .allocate(byteCount: count, alignment: 64) }

    deinit { buffer.deallocate() }

    /// The first byte; the buffer is never empty.
    var bytes: UnsafeMutablePointer<UInt8> { buffer.baseAddress!.assumingMemoryBound(to: UInt8.self) }
}

extension ByteWriter {
    /// Bytes as they are.
    fileprivate mutating func write(_ bytes: Slice<UnsafeRawBufferPointer>) {
        write(UnsafeRawBufferPointer(rebasing: bytes).bytes)
    }
}
