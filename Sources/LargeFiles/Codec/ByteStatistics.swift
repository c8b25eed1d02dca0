internal import CKernels

/// Cheap judgements on bytes.
enum ByteStatistics {
    /// What an ideal coder of single bytes would need.
    static func entropyBytes(_ buffer: UnsafeRawBufferPointer) -> Int {
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return 0 }
        return nacre_entropy_bytes(base.assumingMemoryBound(to: UInt8.self), buffer.count)
    }

    /// Planes of `count` elements; `output` has room for them.
    static func split(
        _ data: UnsafeRawBufferPointer, count: Int, width: Int, into output: UnsafeMutableRawBufferPointer
    ) {
        guard let source = data.baseAddress, let target = output.baseAddress, count > 0 else { return }
        precondition(data.count >= count * width && output.count >= count * width)
        nacre_planes_split(
            source.assumingMemoryBound(to: UInt8.self), count, UInt32(width), target.assumingMemoryBound(to: UInt8.self)
        )
    }

    /// Whether bytes are text: no NUL, hardly any other control characters.
    static func isText(_ buffer: UnsafeRawBufferPointer) -> Bool {
        var controls = 0
        for byte in buffer {
            if byte == 0 { return false }
            if byte < 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09 && byte != 0x0c && byte != 0x1b {
                controls += 1
            }
        }
        return controls * 128 <= buffer.count
    }
}
