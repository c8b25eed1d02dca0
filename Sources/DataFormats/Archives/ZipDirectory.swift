internal import Bytes

/// The members of a ZIP archive, read from its central directory (APPNOTE 6.3, with zip64). Nothing is inflated.
struct ZipDirectory {
    /// One member.
    struct Member {
        let name: String
        /// 0 stored, 8 deflated.
        let method: UInt16
        /// Where the content stands in the archive, as it is stored there.
        let range: Range<Int>
        /// The content's size when it is unpacked, as claimed.
        let size: Int
    }

    let members: [Member]

    /// More members, or a longer directory, are not read.
    static let maximumMembers = 1 << 20
    static let maximumDirectoryLength = 128 << 20

    /// Reads the directory; nil where it is broken in any way.
    init?(_ source: ByteSource) {
        guard let location = ZipDirectory.locate(source), location.count <= ZipDirectory.maximumMembers,
            location.length <= ZipDirectory.maximumDirectoryLength,
            let bytes = source.bytes(at: location.offset, count: location.length)
        else { return nil }
        do throws(ByteReaderError) {
            var reader = ByteReader(bytes.span.bytes)
            var members: [Member] = []
            for _ in 0..<location.count {
                members.append(try ZipDirectory.member(&reader, source))
            }
            self.members = members
        } catch {
            return nil
        }
    }

    private static func locate(_ source: ByteSource) -> (offset: Int, length: Int, count: Int)? {
        let tailLength = min(source.size, 65_557)
        guard tailLength >= 22, let tail = source.bytes(at: source.size - tailLength, count: tailLength) else {
            return nil
        }
        var position = tail.count - 22
        while position >= 0, !tail[position...].starts(with: [0x50, 0x4b, 0x05, 0x06]) { position -= 1 }
        guard position >= 0 else { return nil }
        func number(_ bytes: [UInt8], _ at: Int, _ width: Int) -> UInt64 {
            (0..<width).reversed().reduce(0) { $0 << 8 | UInt64(bytes[at + $1]) }
        }
        var count = number(tail, position + 10, 2)
        var length = number(tail, position + 12, 4)
        var offset = number(tail, position + 16, 4)
        let end = source.size - tailLength + position
        if count == 0xffff || length == 0xffff_ffff || offset == 0xffff_ffff {
            guard let locator = source.bytes(at: end - 20, count: 20), locator.starts(with: [0x50, 0x4b, 0x06, 0x07]),
                let place = Int(exactly: number(locator, 8, 8)), let record = source.bytes(at: place, count: 56),
                record.starts(with: [0x50, 0x4b, 0x06, 0x06])
            else { return nil }
            count = number(record, 32, 8)
            length = number(record, 40, 8)
            offset = number(record, 48, 8)
        }
        guard let count = Int(exactly: count), let length = Int(exactly: length), let offset = Int(exactly: offset)
        else {
            return nil
        }
        return (offset, length, count)
    }

    private static func little(_ reader: inout ByteReader, _ width: Int) throws(ByteReaderError) -> UInt64 {
        let bytes = try reader.readBytes(width)
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func member(_ reader: inout ByteReader, _ source: ByteSource) throws(ByteReaderError) -> Member {
        let start = reader.offset
        func broken() -> ByteReaderError { ByteReaderError(.overflow, at: start) }
        guard try reader.readUInt32() == 0x504b_0102 else { throw broken() }
        try reader.skip(6)
        let method = UInt16(try little(&reader, 2))
        try reader.skip(8)
        var packed = try little(&reader, 4)
        var size = try little(&reader, 4)
        let nameLength = Int(try little(&reader, 2))
        let extraLength = Int(try little(&reader, 2))
        let commentLength = Int(try little(&reader, 2))
        try reader.skip(8)
        var header = try little(&reader, 4)
        let name = String(decoding: try reader.readBytes(nameLength), as: UTF8.self)
        let extraEnd = reader.offset + extraLength
        while reader.offset + 4 <= extraEnd {
            let tag = try little(&reader, 2)
            let length = Int(try little(&reader, 2))
            guard length <= extraEnd - reader.offset else { throw broken() }
            let next = reader.offset + length
            if tag == 1 {
                if size == 0xffff_ffff { size = try little(&reader, 8) }
                if packed == 0xffff_ffff { packed = try little(&reader, 8) }
                if header == 0xffff_ffff { header = try little(&reader, 8) }
            }
            try reader.seek(to: next)
        }
        try reader.seek(to: extraEnd)
        try reader.skip(commentLength)
        guard let packed = Int(exactly: packed), let size = Int(exactly: size), let header = Int(exactly: header),
            let local = source.bytes(at: header, count: 30), local.starts(with: [0x50, 0x4b, 0x03, 0x04])
        else { throw broken() }
        let dataStart = header + 30 + (Int(local[26]) | Int(local[27]) << 8) + (Int(local[28]) | Int(local[29]) << 8)
        guard dataStart <= source.size, packed <= source.size - dataStart else { throw broken() }
        return Member(name: name, method: method, range: dataStart..<dataStart + packed, size: size)
    }
}
