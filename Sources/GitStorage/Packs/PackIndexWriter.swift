internal import Bytes
internal import GitObjects

/// Makes the files that stand beside a pack.
enum PackIndexWriter {
    /// A pack index of version 2. `entries` are sorted by id.
    static func index(
        _ entries: [PackIndexEntry], packChecksum: ObjectID, algorithm: HashAlgorithm
    ) -> [UInt8] {
        let hash = algorithm.byteCount
        var writer = ByteWriter(capacity: 1032 + entries.count * (hash + 8) + 2 * hash + 64)
        writer.write(0xff74_4f63 as UInt32)
        writer.write(2 as UInt32)
        var bucket = 0
        for (position, entry) in entries.enumerated() {
            while bucket < Int(entry.id[0]) {
                writer.write(UInt32(truncatingIfNeeded: position))
                bucket += 1
            }
        }
        for _ in bucket..<256 { writer.write(UInt32(truncatingIfNeeded: entries.count)) }
        for entry in entries { writer.write(entry.id) }
        for entry in entries { writer.write(entry.crc) }
        var long: [UInt64] = []
        for entry in entries {
            if entry.offset < 0x8000_0000 {
                writer.write(UInt32(truncatingIfNeeded: entry.offset))
            } else {
                writer.write(0x8000_0000 | UInt32(truncatingIfNeeded: long.count))
                long.append(UInt64(entry.offset))
            }
        }
        for offset in long { writer.write(offset) }
        writer.write(packChecksum)
        return sealed(writer, algorithm)
    }

    /// A reverse index: the index positions in the order of the pack. `entries` are sorted by id.
    static func reverseIndex(
        _ entries: [PackIndexEntry], packChecksum: ObjectID, algorithm: HashAlgorithm
    ) -> [UInt8] {
        let order = entries.indices.sorted { entries[$0].offset < entries[$1].offset }
        var writer = ByteWriter(capacity: 12 + entries.count * 4 + 2 * algorithm.byteCount)
        writer.write("RIDX")
        writer.write(1 as UInt32)
        writer.write(UInt32(algorithm.rawValue))
        for position in order { writer.write(UInt32(truncatingIfNeeded: position)) }
        writer.write(packChecksum)
        return sealed(writer, algorithm)
    }

    private static func sealed(_ writer: ByteWriter, _ algorithm: HashAlgorithm) -> [UInt8] {
        var writer = writer
        writer.write(Digest.hash(writer.bytes, algorithm))
        return writer.bytes
    }
}

extension ByteWriter {
    /// The raw bytes of an id.
    mutating func write(_ id: ObjectID) {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
            id.write(to: buffer)
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<id.algorithm.byteCount])
            write(unsafe bytes.bytes)
        }
    }
}
