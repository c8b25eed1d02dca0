internal import Bytes

/// Request bodies in gzip: long lists of object ids compress well.
enum Gzip {
    /// One gzip member.
    static func encode(_ bytes: [UInt8]) throws(ZlibError) -> [UInt8] {
        var deflater = try Deflater(level: 6)
        let stream = deflater.deflate(bytes.span.bytes)
        // A zlib stream is a header of two bytes, the deflate data, and a checksum of four.
        var output: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        output += stream[2..<(stream.count - 4)]
        var trailer = ByteWriter()
        trailer.writeLittleEndian(CRC32.update(0, bytes))
        trailer.writeLittleEndian(UInt32(truncatingIfNeeded: bytes.count))
        return output + trailer.bytes
    }
}
