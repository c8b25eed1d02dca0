internal import Bytes
internal import CKernels

extension ChunkCoder {
    /// A payload without a base, for manifests: as it is, or a zstd frame.
    static func plainPayload(_ bytes: [UInt8]) throws(ChunkStoreError) -> [UInt8] {
        do throws(ZstandardError) {
            var compressor = try ZstandardCompressor(level: 1)
            if let frame = compressor.compress(bytes.span.bytes, limit: bytes.count) {
                return [Method.zstd.rawValue] + frame
            }
            return [Method.plain.rawValue] + bytes
        } catch {
            throw .outOfMemory
        }
    }

    /// The bytes of such a payload; nil where it is damaged.
    static func decodePlain(_ payload: UnsafeRawBufferPointer, size: Int) throws(ChunkStoreError) -> [UInt8]? {
        guard let first = payload.first else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: payload.dropFirst())
        if first == Method.plain.rawValue { return rest.count == size ? [UInt8](rest) : nil }
        guard first == Method.zstd.rawValue else { return nil }
        do throws(ZstandardError) {
            var decompressor = try ZstandardDecompressor()
            return try decompressor.decompress(rest.bytes, size: size)
        } catch {
            if error == .outOfMemory { throw .outOfMemory }
            return nil
        }
    }

    /// A chunk's bytes from its payload; `base` gives the bytes of other chunks. Nil where the payload is damaged.
    func decode(
        _ payload: UnsafeRawBufferPointer, size: Int, base: (Hash256) throws(ChunkStoreError) -> [UInt8]
    ) throws(ChunkStoreError) -> [UInt8]? {
        guard size > 0, size <= Xet.maximumChunkSize, let code = payload.first, let method = Method(rawValue: code)
        else {
            return nil
        }
        let rest = UnsafeRawBufferPointer(rebasing: payload.dropFirst())
        switch method {
        case .plain: return rest.count == size ? [UInt8](rest) : nil
        case .zstd: return unpack(rest, prefix: nil, size: size)
        case .planes: return joinPlanes(rest, size: size)
        case .table: return joinTable(rest, size: size)
        case .zstdDelta, .tensorDelta:
            guard let (pieces, used) = ChunkCoder.pieces(rest) else { return nil }
            var bytes: [UInt8] = []
            for piece in pieces {
                let chunk = try base(piece.hash)
                guard piece.offset <= chunk.count, piece.length <= chunk.count - piece.offset else { return nil }
                bytes += chunk[piece.offset..<piece.offset + piece.length]
            }
            let body = UnsafeRawBufferPointer(rebasing: rest[used...])
            if method == .zstdDelta { return unpack(body, prefix: bytes, size: size) }
            return undoDifference(body, bytes, size: size)
        }
    }

    /// The chunks that a payload needs; nil where it is damaged.
    static func bases(_ payload: UnsafeRawBufferPointer) -> [Hash256]? {
        guard let code = payload.first, let method = Method(rawValue: code) else { return nil }
        guard method == .zstdDelta || method == .tensorDelta else { return [] }
        return pieces(UnsafeRawBufferPointer(rebasing: payload.dropFirst()))?.pieces.map(\.hash)
    }

    /// The pieces at the head of a delta, and the bytes that they take.
    private static func pieces(_ bytes: UnsafeRawBufferPointer) -> (pieces: [ChunkBase.Piece], used: Int)? {
        do throws(ByteReaderError) {
            var reader = ByteReader(bytes.bytes)
            let count = try reader.readVarint()
            guard count >= 1, count <= UInt64(maximumPieces) else { return nil }
            var pieces: [ChunkBase.Piece] = []
            var total = 0
            for _ in 0..<count {
                guard let hash = Hash256(bytes: try reader.readBytes(32)) else { return nil }
                let offset = try reader.readVarint()
                let length = try reader.readVarint()
                guard offset <= UInt64(Xet.maximumChunkSize), length >= 1, length <= UInt64(Xet.maximumChunkSize) else {
                    return nil
                }
                total += Int(length)
                pieces.append(.init(hash: hash, offset: Int(offset), length: Int(length)))
            }
            guard total <= maximumBaseLength else { return nil }
            return (pieces, reader.offset)
        } catch {
            return nil
        }
    }

    private func unpack(_ frame: UnsafeRawBufferPointer, prefix: [UInt8]?, size: Int) -> [UInt8]? {
        do throws(ZstandardError) {
            if let prefix { return try decompressor.decompress(frame.bytes, prefix: prefix.span.bytes, size: size) }
            return try decompressor.decompress(frame.bytes, size: size)
        } catch {
            return nil
        }
    }

    private func joinPlanes(_ body: UnsafeRawBufferPointer, size: Int) -> [UInt8]? {
        guard body.count >= 2, body[0] & 0xec == 0, Int(body[1]) <= size else { return nil }
        let isRotated = body[0] & 0x10 != 0
        return numbers(body, size: size) { (source, count, width, target) in
            nacre_planes_join(source, count, UInt32(width), target)
            if isRotated { nacre_rotate_right(target, count, UInt32(width), target) }
        }
    }

    private func undoDifference(_ body: UnsafeRawBufferPointer, _ base: [UInt8], size: Int) -> [UInt8]? {
        guard base.count == size, body.count >= 2, body[0] & 0xcc == 0,
            let kind = Difference(rawValue: body[0] >> 4 & 3),
            Int(body[1]) <= size
        else { return nil }
        let phase = Int(body[1])
        return base.withUnsafeBytes { old in
            // As long as the chunk, and so not empty.
            let other = (old.baseAddress! + phase).assumingMemoryBound(to: UInt8.self)
            return numbers(body, size: size) { (source, count, width, target) in
                nacre_planes_join(source, count, UInt32(width), target)
                switch kind {
                case .exclusiveOr: nacre_xor(target, other, count * width, target)
                case .integer: nacre_undo_difference(target, other, count, UInt32(width), target)
                case .floatingPoint: nacre_undo_float_difference(target, other, count, UInt32(width), target)
                }
            }
        }
    }

    /// Reads width, phase, the bytes around the numbers and the planes, and lets `join` make numbers of the planes.
    private func numbers(
        _ body: UnsafeRawBufferPointer, size: Int,
        _ join: (UnsafePointer<UInt8>, Int, Int, UnsafeMutablePointer<UInt8>) -> Void
    ) -> [UInt8]? {
        let width = 1 << Int(body[0] & 3)
        let phase = Int(body[1])
        let count = (size - phase) / width
        let tail = size - phase - count * width
        var position = 2
        guard body.count - position >= phase + tail else { return nil }
        let around = UnsafeRawBufferPointer(rebasing: body[position..<position + phase + tail])
        position += phase + tail
        for plane in 0..<width where count > 0 {
            let target = UnsafeMutableRawBufferPointer(rebasing: second.buffer[plane * count..<(plane + 1) * count])
            guard readPlane(body, &position, into: target) else { return nil }
        }
        guard position == body.count else { return nil }
        return [UInt8](unsafeUninitializedCapacity: size) { output, initialized in
            // Chunks are not empty.
            let start = output.baseAddress!
            for index in 0..<phase { start[index] = around[index] }
            if count > 0 { join(second.bytes, count, width, start + phase) }
            for index in 0..<tail { start[size - tail + index] = around[phase + index] }
            initialized = size
        }
    }

    func readPlane(
        _ body: UnsafeRawBufferPointer, _ position: inout Int, into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard position < body.count else { return false }
        let method = body[position]
        position += 1
        switch method {
        case 0:
            guard body.count - position >= target.count else { return false }
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: body[position..<position + target.count]))
            position += target.count
        case 1:
            guard let length = ChunkPackFormat.length(body, &position) else { return false }
            guard length <= body.count - position else { return false }
            let frame = UnsafeRawBufferPointer(rebasing: body[position..<position + length])
            do throws(ZstandardError) {
                try decompressor.decompress(frame.bytes, into: target)
            } catch {
                return false
            }
            position += length
        case 2:
            guard position < body.count else { return false }
            for index in target.indices { target[index] = body[position] }
            position += 1
        default: return false
        }
        return true
    }
}
