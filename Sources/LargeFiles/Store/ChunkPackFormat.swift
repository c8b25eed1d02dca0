internal import Bytes

/// The bytes of chunk packs and their indexes; Documentation/Formats/chunk-store.md. Numbers are big-endian.
enum ChunkPackFormat {
    static let packMagic = Array("NACRECHK".utf8)
    static let indexMagic = Array("NACREIDX".utf8)
    static let version: UInt32 = 1
    static let headerLength = 16
    static let fanoutLength = 1024
    static let entryLength = 48
    static let checkLength = 4
    /// A pack that has grown to this is closed.
    static let packTarget = 64 << 20
    /// The longest chain of deltas.
    static let maximumDepth = 8
    /// A manifest of a file of 1 TB has about 560 MB; more is refused.
    static let maximumManifestLength = 1 << 30

    /// What a record holds.
    enum Kind: UInt8 {
        case chunk = 1
        case manifest = 2
    }

    static var packHeader: [UInt8] {
        var writer = ByteWriter(capacity: headerLength)
        writer.write(packMagic)
        writer.write(version)
        writer.write(0 as UInt32)
        return writer.bytes
    }

    /// One record: kind, key, raw length, the payload's length and the payload, and four bytes that check all of it.
    static func record(
        _ kind: Kind, _ key: Hash256, rawLength: Int, _ payload: [UInt8], into output: inout [UInt8]
    ) {
        var writer = ByteWriter(capacity: 48)
        writer.write(kind.rawValue)
        writer.write(key.bytes)
        writer.writeVarint(UInt64(rawLength))
        writer.writeVarint(UInt64(payload.count))
        let start = output.count
        output.append(contentsOf: writer.bytes)
        output.append(contentsOf: payload)
        let check = output.withUnsafeBytes { Xet.plainHash(UnsafeRawBufferPointer(rebasing: $0[start...])) }
        output.append(contentsOf: check.bytes.prefix(checkLength))
    }

    /// A record's parts, as they stand in a pack.
    struct Record {
        let kind: Kind
        let key: Hash256
        /// Length when decoded.
        let rawLength: Int
        let payload: Range<Int>
        /// Where the next record begins.
        let end: Int
    }

    /// Reads the record at an offset; nil where none that is whole stands there. Checks the four bytes where told to.
    static func readRecord(_ pack: UnsafeRawBufferPointer, at offset: Int, isChecking: Bool) -> Record? {
        guard offset >= headerLength, offset <= pack.count - 39, let kind = Kind(rawValue: pack[offset]) else {
            return nil
        }
        let key = Hash256(loading: pack, at: offset + 1)
        var position = offset + 33
        guard let rawLength = length(pack, &position), let payloadLength = length(pack, &position),
            payloadLength <= pack.count - position, pack.count - position - payloadLength >= checkLength
        else { return nil }
        let payload = position..<position + payloadLength
        let end = payload.upperBound + checkLength
        if isChecking {
            let check = Xet.plainHash(UnsafeRawBufferPointer(rebasing: pack[offset..<payload.upperBound])).bytes
            guard pack[payload.upperBound..<end].elementsEqual(check.prefix(checkLength)) else { return nil }
        }
        return Record(kind: kind, key: key, rawLength: rawLength, payload: payload, end: end)
    }

    /// A varint of at most 35 bits, and the position behind it; nil where it is cut or longer.
    static func length(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        var value = 0
        var shift = 0
        while true {
            guard position < bytes.count, shift < 35 else { return nil }
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
    }
}

/// Where a record stands in its pack, and what the index knows of it.
struct ChunkPackEntry: Hashable, Sendable {
    let key: Hash256
    let kind: ChunkPackFormat.Kind
    /// How many deltas must be undone to read it.
    let depth: Int
    /// Length when decoded.
    let rawLength: Int
    /// The record's first byte.
    let offset: Int
    /// The record's length.
    let storedLength: Int
}
