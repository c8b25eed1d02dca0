internal import CZlib
internal import HTTPTypes

/// A gzip body being inflated as it arrives. What comes out is bounded by whoever takes it: see ``RequestBytes``.
struct GzipInflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private var isFinished = false

    init() throws(HTTPFailure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for gzip's header and trailer.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw HTTPFailure(.serviceUnavailable, "out of memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates one piece; `output` is called with what it makes, some at a time.
    mutating func inflate(_ input: [UInt8], _ output: ([UInt8]) throws -> Void) throws {
        guard !isFinished else { throw GzipInflater.damaged }
        try input.withUnsafeBufferPointer { source in
            stream.pointee.next_in = source.baseAddress
            stream.pointee.avail_in = UInt32(source.count)
            while stream.pointee.avail_in > 0 {
                var code = Z_OK
                let piece = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
                    stream.pointee.next_out = buffer.baseAddress
                    stream.pointee.avail_out = UInt32(buffer.count)
                    code = CZlib.inflate(stream, Z_NO_FLUSH)
                    count = buffer.count - Int(stream.pointee.avail_out)
                }
                if !piece.isEmpty { try output(piece) }
                if code == Z_STREAM_END {
                    isFinished = true
                    guard stream.pointee.avail_in == 0 else { throw GzipInflater.damaged }
                    return
                }
                guard code == Z_OK || (code == Z_BUF_ERROR && !piece.isEmpty) else { throw GzipInflater.damaged }
            }
        }
    }

    /// Says that the input is at its end.
    borrowing func finish() throws(HTTPFailure) {
        guard isFinished else { throw GzipInflater.damaged }
    }

    private static var damaged: HTTPFailure { HTTPFailure(.badRequest, "the gzip body is damaged") }
}
