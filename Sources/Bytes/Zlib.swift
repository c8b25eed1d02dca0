internal import CDeflate
internal import CZlib

/// What can be wrong with a zlib stream.
public enum ZlibError: Error, Hashable, CustomStringConvertible {
    /// The stream is not zlib, or its checksum fails; the offset counts input bytes consumed before that was known.
    case corrupt(offset: Int)
    /// Input ends before the stream does.
    case truncated(offset: Int)
    /// The stream inflates to more than was allowed or announced.
    case tooLarge(limit: Int)
    /// zlib could not allocate its state.
    case outOfMemory

    public var description: String {
        switch self {
        case .corrupt(let offset): "compressed data is corrupt at byte \(offset)"
        case .truncated(let offset): "compressed data is truncated at byte \(offset)"
        case .tooLarge(let limit): "compressed data inflates to more than \(limit) bytes"
        case .outOfMemory: "out of memory for decompression"
        }
    }
}

/// A zlib decompressor that is used again for many streams: making one costs more than inflating a small object.
///
/// Streams that are whole in memory are libdeflate's, which takes half of zlib's time; those that come piece by piece, and
/// the question what is wrong with a stream, are zlib's.
public struct Inflater: ~Copyable {
    // zlib keeps a pointer back to the stream, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let whole: OpaquePointer

    /// Allocates the state of both (about 50 KiB with zlib's window).
    public init() throws(ZlibError) {
        let zlib = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        zlib.initialize(to: z_stream())
        guard nacre_inflate_init(zlib) == Z_OK else {
            zlib.deallocate()
            throw .outOfMemory
        }
        guard let decompressor = libdeflate_alloc_decompressor() else {
            inflateEnd(zlib)
            zlib.deallocate()
            throw .outOfMemory
        }
        stream = zlib
        whole = decompressor
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        libdeflate_free_decompressor(whole)
    }

    /// Starts a new stream.
    public mutating func reset() {
        inflateReset(stream)
    }

    /// One step of a stream that is fed piece by piece.
    public struct Step: Sendable {
        /// Input bytes used.
        public let consumed: Int
        /// Output bytes made.
        public let produced: Int
        /// Whether the stream is at its end, its checksum right.
        public let isFinished: Bool
    }

    /// Inflates as much as the input gives and the output takes.
    public mutating func step(
        input: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer
    ) throws(ZlibError) -> Step {
        let inputCount = min(input.count, Int(UInt32.max))
        let outputCount = min(output.count, Int(UInt32.max))
        var empty: UInt8 = 0
        return try withUnsafeMutablePointer(to: &empty) { placeholder throws(ZlibError) in
            stream.pointee.next_in =
                input.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(placeholder)
            stream.pointee.avail_in = UInt32(inputCount)
            stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? placeholder
            stream.pointee.avail_out = UInt32(outputCount)
            let code = CZlib.inflate(stream, Z_NO_FLUSH)
            let consumed = inputCount - Int(stream.pointee.avail_in)
            let produced = outputCount - Int(stream.pointee.avail_out)
            switch code {
            case Z_STREAM_END: return Step(consumed: consumed, produced: produced, isFinished: true)
            case Z_OK, Z_BUF_ERROR: return Step(consumed: consumed, produced: produced, isFinished: false)
            case Z_MEM_ERROR: throw .outOfMemory
            default: throw .corrupt(offset: consumed)
            }
        }
    }

    /// Inflates one whole stream of known size from the beginning of `input`; starts anew by itself.
    ///
    /// - Returns: the data, and how many input bytes the stream took.
    /// - Throws: ``ZlibError`` where the stream is damaged, cut, longer or shorter than `size`.
    public mutating func inflate(
        _ input: RawSpan, size: Int
    ) throws(ZlibError) -> (bytes: [UInt8], consumed: Int) {
        var consumed = 0
        var failure: ZlibError?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, count in
            unsafe input.withUnsafeBytes { source in
                do throws(ZlibError) {
                    consumed = try fill(
                        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size]),
                        from: source)
                    count = size
                } catch {
                    failure = error
                    count = 0
                }
            }
        }
        if let failure { throw failure }
        return (bytes, consumed)
    }

    /// Inflates a stream that begins and ends in `source` and fills `output` exactly; what was begun by pieces is not
    /// touched.
    ///
    /// - Returns: how many input bytes the stream took; nil where it is cut, damaged, shorter or longer.
    public func inflateWhole(_ source: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
        guard let input = source.baseAddress, let target = output.baseAddress else { return nil }
        var consumed = 0
        // Without a place for the size, what does not fill the output is an error.
        let result = libdeflate_zlib_decompress_ex(
            whole, input, source.count, target, output.count, &consumed, nil)
        return result == LIBDEFLATE_SUCCESS ? consumed : nil
    }

    private mutating func fill(
        _ output: UnsafeMutableRawBufferPointer, from source: UnsafeRawBufferPointer
    ) throws(ZlibError) -> Int {
        if let consumed = inflateWhole(source, into: output) { return consumed }
        // By pieces again, for what is wrong and where.
        reset()
        var consumed = 0
        var produced = 0
        while true {
            let step = try step(
                input: UnsafeRawBufferPointer(rebasing: source[consumed...]),
                output: UnsafeMutableRawBufferPointer(rebasing: output[produced...]))
            consumed += step.consumed
            produced += step.produced
            if step.isFinished {
                guard produced == output.count else { throw .corrupt(offset: consumed) }
                return consumed
            }
            if step.consumed == 0 && step.produced == 0 {
                guard produced < output.count else { throw .tooLarge(limit: output.count) }
                throw .truncated(offset: consumed)
            }
        }
    }
}

/// A zlib compressor that is used again for many streams: for what comes piece by piece, and where others have to make the
/// same bytes.
public struct Deflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    /// What stands around the compressed data. The raw value is what zlib takes for its window.
    public enum Format: Int32, Sendable {
        /// zlib's two bytes and checksum.
        case zlib = 15
        /// gzip's header, checksum and length.
        case gzip = 31
        /// Nothing.
        case raw = -15
    }

    /// Allocates zlib's state (about 256 KiB) for a level from 0 to 9, or -1 for zlib's default.
    public init(level: Int = -1, format: Format = .zlib) throws(ZlibError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        if nacre_deflate_init(stream, Int32(level), format.rawValue) != Z_OK {
            stream.deallocate()
            throw .outOfMemory
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Starts a new stream.
    public mutating func reset() {
        deflateReset(stream)
    }

    /// Compresses as much as the output takes; `isLast` ends the stream.
    ///
    /// - Returns: bytes used and made, and whether the stream is complete.
    public mutating func step(
        input: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer, isLast: Bool
    ) -> Inflater.Step {
        let inputCount = min(input.count, Int(UInt32.max))
        let outputCount = min(output.count, Int(UInt32.max))
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(inputCount)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(outputCount)
        let code = CZlib.deflate(stream, isLast && inputCount == input.count ? Z_FINISH : Z_NO_FLUSH)
        return Inflater.Step(
            consumed: inputCount - Int(stream.pointee.avail_in), produced: outputCount - Int(stream.pointee.avail_out),
            isFinished: code == Z_STREAM_END)
    }

    /// Appends one whole stream to `output`; starts anew by itself.
    public mutating func deflate(_ input: RawSpan, into output: inout [UInt8]) {
        reset()
        let bound = Int(deflateBound(stream, UInt(input.byteCount)))
        let start = output.count
        output.reserveCapacity(start + bound)
        output.append(contentsOf: repeatElement(0, count: bound))
        let produced = unsafe output.withUnsafeMutableBytes { buffer in
            unsafe input.withUnsafeBytes { source in
                var consumed = 0
                var produced = 0
                while true {
                    let step = step(
                        input: UnsafeRawBufferPointer(rebasing: source[consumed...]),
                        output: UnsafeMutableRawBufferPointer(rebasing: buffer[(start + produced)...]), isLast: true)
                    consumed += step.consumed
                    produced += step.produced
                    // The bound is zlib's promise that one stream fits, so that each step makes progress until the end.
                    if step.isFinished { return produced }
                }
            }
        }
        output.removeLast(bound - produced)
    }

    /// One whole stream.
    public mutating func deflate(_ input: RawSpan) -> [UInt8] {
        var output: [UInt8] = []
        deflate(input, into: &output)
        return output
    }
}
