internal import Bytes
public import DataFormats

/// What a file consists of: its chunks in order, its hashes, and what is known of its inside.
public struct Manifest: Sendable, Hashable {
    /// One chunk of the file.
    public struct Chunk: Sendable, Hashable {
        /// Its Xet hash.
        public let hash: Hash256
        /// Its length in bytes.
        public let length: Int

        /// Makes a chunk.
        public init(hash: Hash256, length: Int) {
            self.hash = hash
            self.length = length
        }
    }

    /// SHA-256 of the content: the pointer's oid.
    public let oid: Hash256
    /// The content's length in bytes.
    public let size: Int
    /// Xet's hash of the file.
    public let fileHash: Hash256
    /// The chunks in order.
    public let chunks: [Chunk]
    /// The tensors inside, where the format is known.
    public let tensors: TensorMap?

    /// Makes a manifest.
    public init(oid: Hash256, size: Int, fileHash: Hash256, chunks: [Chunk], tensors: TensorMap?) {
        self.oid = oid
        self.size = size
        self.fileHash = fileHash
        self.chunks = chunks
        self.tensors = tensors
    }

    /// No name in a tensor map is longer; longer ones are left out when it is written.
    static let maximumNameLength = 4096
    /// A map of more tensors is not kept.
    static let maximumTensorCount = 1 << 20

    /// The bytes that are stored; Documentation/Formats/chunk-store.md, "Manifest".
    public var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 80 + chunks.count * 35)
        writer.write(1 as UInt8)
        writer.write(oid.bytes)
        writer.writeVarint(UInt64(size))
        writer.write(fileHash.bytes)
        writer.writeVarint(UInt64(chunks.count))
        for chunk in chunks {
            writer.write(chunk.hash.bytes)
            writer.writeVarint(UInt64(chunk.length))
        }
        guard let tensors, tensors.tensors.count <= Manifest.maximumTensorCount else {
            writer.write(0 as UInt8)
            return writer.bytes
        }
        let kept = tensors.tensors.filter { $0.name.utf8.count <= Manifest.maximumNameLength }
        writer.write(tensors.format.rawValue)
        writer.writeVarint(UInt64(kept.count))
        for tensor in kept {
            writer.writeVarint(UInt64(tensor.name.utf8.count))
            writer.write(tensor.name)
            writer.write(tensor.type.rawValue)
            writer.writeVarint(UInt64(tensor.shape.count))
            for extent in tensor.shape { writer.writeVarint(UInt64(extent)) }
            writer.writeVarint(UInt64(tensor.range.lowerBound))
            writer.writeVarint(UInt64(tensor.range.count))
        }
        return writer.bytes
    }

    /// Reads a manifest that may come from anywhere.
    ///
    /// - Throws: ``ChunkStoreError/damagedManifest(_:offset:)`` where it is cut, its lengths do not add up to its size, or its
    ///   file hash is not its chunks'. The SHA-256 is not checked: that needs the content.
    public init(parsing bytes: [UInt8], expecting oid: Hash256) throws(ChunkStoreError) {
        var offset = 0
        do throws(ByteReaderError) {
            var reader = ByteReader(bytes.span.bytes)
            defer { offset = reader.offset }
            guard try reader.readUInt8() == 1, Hash256(bytes: try reader.readBytes(32)) == oid else {
                throw ByteReaderError(.overflow, at: 0)
            }
            self.oid = oid
            size = try Manifest.readLength(&reader)
            fileHash = Hash256(bytes: try reader.readBytes(32)) ?? .zero
            chunks = try Manifest.readChunks(&reader, size: size)
            tensors = try Manifest.readTensors(&reader, size: size)
            guard reader.isAtEnd else { throw ByteReaderError(.overflow, at: reader.offset) }
        } catch {
            throw .damagedManifest(oid, offset: max(error.offset, offset))
        }
        guard Xet.fileHash(chunks) == fileHash else { throw .damagedManifest(oid, offset: 33) }
    }

    private static func readLength(_ reader: inout ByteReader) throws(ByteReaderError) -> Int {
        let start = reader.offset
        guard let value = Int(exactly: try reader.readVarint()) else { throw ByteReaderError(.overflow, at: start) }
        return value
    }

    private static func readChunks(_ reader: inout ByteReader, size: Int) throws(ByteReaderError) -> [Chunk] {
        let start = reader.offset
        let count = try readLength(&reader)
        // A chunk takes 33 bytes or more, so that a claimed number cannot ask for more memory than the input holds.
        guard count <= reader.remaining / 33 else { throw ByteReaderError(.truncated, at: start) }
        var chunks: [Chunk] = []
        chunks.reserveCapacity(count)
        var left = size
        for _ in 0..<count {
            let position = reader.offset
            let hash = Hash256(bytes: try reader.readBytes(32)) ?? .zero
            let length = try readLength(&reader)
            guard length > 0, length <= Xet.maximumChunkSize, length <= left else {
                throw ByteReaderError(.overflow, at: position)
            }
            left -= length
            chunks.append(Chunk(hash: hash, length: length))
        }
        guard left == 0 else { throw ByteReaderError(.overflow, at: start) }
        return chunks
    }

    private static func readTensors(_ reader: inout ByteReader, size: Int) throws(ByteReaderError) -> TensorMap? {
        let start = reader.offset
        let code = try reader.readUInt8()
        if code == 0 { return nil }
        guard let format = TensorMap.Format(rawValue: code) else { throw ByteReaderError(.overflow, at: start) }
        let count = try readLength(&reader)
        guard count <= min(reader.remaining / 5, maximumTensorCount) else {
            throw ByteReaderError(.truncated, at: start)
        }
        var tensors: [TensorMap.Tensor] = []
        tensors.reserveCapacity(count)
        for _ in 0..<count {
            let position = reader.offset
            let nameLength = try readLength(&reader)
            guard nameLength <= maximumNameLength else { throw ByteReaderError(.overflow, at: position) }
            let name = String(decoding: try reader.readBytes(nameLength), as: UTF8.self)
            guard let type = DataType(rawValue: try reader.readUInt8()) else {
                throw ByteReaderError(.overflow, at: position)
            }
            let rank = try readLength(&reader)
            guard rank <= min(TensorMap.maximumRank, reader.remaining) else {
                throw ByteReaderError(.overflow, at: position)
            }
            var shape: [Int] = []
            for _ in 0..<rank { shape.append(try readLength(&reader)) }
            let offset = try readLength(&reader)
            let length = try readLength(&reader)
            guard offset <= size, length <= size - offset else { throw ByteReaderError(.overflow, at: position) }
            tensors.append(.init(name: name, type: type, shape: shape, range: offset..<offset + length))
        }
        return TensorMap(format: format, tensors: tensors)
    }
}
