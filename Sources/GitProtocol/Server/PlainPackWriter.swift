internal import Bytes
internal import GitObjects
internal import GitStorage

/// Writes a pack of whole objects.
enum PlainPackWriter {
    static func write(_ ids: [ObjectID], _ objects: ObjectDatabase, to sink: ByteSink) throws {
        var digest = Digest(objects.algorithm)
        var header = ByteWriter()
        header.write("PACK")
        header.write(2 as UInt32)
        header.write(UInt32(clamping: ids.count))
        digest.update(header.bytes)
        try sink(header.bytes)
        var deflater = try Deflater(level: 1)
        var pending: [UInt8] = []
        for id in ids {
            let object = try objects.read(id)
            var size = object.content.count
            var first = object.kind.rawValue << 4 | UInt8(size & 15)
            size >>= 4
            while size > 0 {
                pending.append(first | 0x80)
                first = UInt8(size & 0x7f)
                size >>= 7
            }
            pending.append(first)
            deflater.deflate(object.content.span.bytes, into: &pending)
            if pending.count > 1 << 18 {
                digest.update(pending)
                try sink(pending)
                pending.removeAll(keepingCapacity: true)
            }
        }
        digest.update(pending)
        try sink(pending)
        try sink(digest.finish())
    }
}
