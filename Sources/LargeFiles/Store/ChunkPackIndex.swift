internal import Bytes
internal import SystemPackage

/// The index of one chunk pack, mapped: a fan-out table by the first byte of a key, and entries in the keys' order.
final class ChunkPackIndex: Sendable {
    let path: FilePath
    let count: Int
    private let file: MappedFile

    /// Opens an index.
    ///
    /// - Throws: ``ChunkStoreError/damagedPack(_:offset:expected:)`` where magic, version or length are wrong.
    init(_ path: FilePath) throws(ChunkStoreError) {
        self.path = path
        let file = try onFiles { () throws(FileError) in try MappedFile(path) }
        self.file = file
        let least = ChunkPackFormat.headerLength + ChunkPackFormat.fanoutLength + Hash256.byteCount
        guard file.count >= least else {
            throw .damagedPack(path, offset: file.count, expected: "an index's header and fan-out table")
        }
        count = unsafe file.bytes.withUnsafeBytes { buffer in
            let magic = buffer.prefix(8).elementsEqual(ChunkPackFormat.indexMagic)
            let version = ChunkPackIndex.number(buffer, at: 8)
            return magic && version == Int(ChunkPackFormat.version) ? ChunkPackIndex.number(buffer, at: 12) : -1
        }
        guard count >= 0 else { throw .damagedPack(path, offset: 0, expected: "an index of version 1") }
        guard file.count == least + count * ChunkPackFormat.entryLength else {
            throw .damagedPack(path, offset: file.count, expected: "\(count) entries")
        }
    }

    private static func number(_ buffer: UnsafeRawBufferPointer, at offset: Int) -> Int {
        Int(UInt32(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    private static let entriesStart = ChunkPackFormat.headerLength + ChunkPackFormat.fanoutLength

    /// The entry of a key, or nil.
    func find(_ key: Hash256, _ kind: ChunkPackFormat.Kind) -> ChunkPackEntry? {
        let file = file
        return unsafe file.bytes.withUnsafeBytes { buffer in
            let first = key.firstByte
            // Whatever the table says, the search stays inside the entries.
            var high = min(Self.number(buffer, at: ChunkPackFormat.headerLength + 4 * first), count)
            var low =
                first == 0 ? 0 : min(Self.number(buffer, at: ChunkPackFormat.headerLength + 4 * (first - 1)), high)
            while low < high {
                let middle = (low + high) / 2
                let offset = Self.entriesStart + middle * ChunkPackFormat.entryLength
                let found = Hash256(loading: buffer, at: offset)
                if found == key {
                    if buffer[offset + 32] == kind.rawValue { return Self.entry(buffer, at: offset) }
                    // The same key of the other kind: neighbours are few, and a collision of both needs a broken hash.
                    return (0..<count).lazy.map {
                        Self.entry(buffer, at: Self.entriesStart + $0 * ChunkPackFormat.entryLength)
                    }
                    .first { $0?.key == key && $0?.kind == kind } ?? nil
                }
                if found < key { low = middle + 1 } else { high = middle }
            }
            return nil
        }
    }

    private static func entry(_ buffer: UnsafeRawBufferPointer, at offset: Int) -> ChunkPackEntry? {
        guard let kind = ChunkPackFormat.Kind(rawValue: buffer[offset + 32]) else { return nil }
        return ChunkPackEntry(
            key: Hash256(loading: buffer, at: offset), kind: kind, depth: Int(buffer[offset + 33]),
            rawLength: number(buffer, at: offset + 36), offset: number(buffer, at: offset + 40),
            storedLength: number(buffer, at: offset + 44))
    }

    /// All entries, in the keys' order; nil stands for an entry whose kind is unknown.
    func entries() -> [ChunkPackEntry?] {
        let file = file
        return unsafe file.bytes.withUnsafeBytes { buffer in
            (0..<count).map { Self.entry(buffer, at: Self.entriesStart + $0 * ChunkPackFormat.entryLength) }
        }
    }

    /// Whether the hash at the end is that of everything before it.
    func isSound() -> Bool {
        let file = file
        return unsafe file.bytes.withUnsafeBytes { buffer in
            let end = buffer.count - Hash256.byteCount
            return Xet.plainHash(UnsafeRawBufferPointer(rebasing: buffer[..<end])) == Hash256(loading: buffer, at: end)
        }
    }

    /// An index's bytes, and the name that its pack gets: the hash of the entries.
    static func encode(_ entries: [ChunkPackEntry]) -> (bytes: [UInt8], name: Hash256) {
        let sorted = entries.sorted { ($0.key, $0.kind.rawValue) < ($1.key, $1.kind.rawValue) }
        var table = ByteWriter(capacity: sorted.count * ChunkPackFormat.entryLength)
        var fanout = [UInt32](repeating: 0, count: 256)
        for entry in sorted {
            fanout[entry.key.firstByte] += 1
            table.write(entry.key.bytes)
            table.write(entry.kind.rawValue)
            table.write(UInt8(entry.depth))
            table.write(0 as UInt16)
            table.write(UInt32(entry.rawLength))
            table.write(UInt32(entry.offset))
            table.write(UInt32(entry.storedLength))
        }
        var writer = ByteWriter(capacity: 1072 + table.count)
        writer.write(ChunkPackFormat.indexMagic)
        writer.write(ChunkPackFormat.version)
        writer.write(UInt32(sorted.count))
        var sum: UInt32 = 0
        for count in fanout {
            sum += count
            writer.write(sum)
        }
        writer.write(table.bytes)
        writer.write(writer.bytes.withUnsafeBytes { Xet.plainHash($0) }.bytes)
        return (writer.bytes, table.bytes.withUnsafeBytes { Xet.plainHash($0) })
    }
}
