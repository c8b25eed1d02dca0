internal import CZstd

/// What can be wrong with a zstd frame.
public enum ZstandardError: Error, Hashable, CustomStringConvertible {
    /// Not a frame, or damaged.
    case corrupt
    /// The frame holds another number of bytes than announced.
    case wrongSize
    /// zstd could not allocate its state.
    case outOfMemory

    public var description: String {
        switch self {
        case .corrupt: "zstd frame is corrupt"
        case .wrongSize: "zstd frame has another size than announced"
        case .outOfMemory: "out of memory for zstd"
        }
    }
}

/// A zstd compressor, used again for many frames.
public struct ZstandardCompressor: ~Copyable {
    /// Whether bytes that no match covers are entropy coded.
    public enum Literals: Sendable {
        /// As zstd decides: not at negative levels.
        case automatic
        /// Always: with a negative level, that is an entropy coder that hardly looks for matches.
        case compressed
    }

    private let context: OpaquePointer
    private let level: Int32
    private let literals: Literals

    /// Allocates a context for a level from 1 to 19 (negative levels are faster still).
    public init(level: Int = 3, literals: Literals = .automatic) throws(ZstandardError) {
        guard let context = ZSTD_createCCtx() else { throw .outOfMemory }
        self.context = context
        self.level = Int32(level)
        self.literals = literals
    }

    deinit { ZSTD_freeCCtx(context) }

    /// One frame, without the content size or a checksum kept in it; nil where it would not be under `limit` bytes.
    ///
    /// `prefix` is content that the reader will have too: matches into it cost a few bytes. The window is widened so that
    /// all of the prefix can be reached.
    public mutating func compress(_ input: RawSpan, prefix: RawSpan? = nil, limit: Int) -> [UInt8]? {
        guard limit > 0 else { return nil }
        ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)
        // The stable name of this parameter is not public; its number is (1 stands for "enable").
        if literals == .compressed { ZSTD_CCtx_setParameter(context, ZSTD_c_experimentalParam5, 1) }
        var isTooLong = false
        func run(_ source: UnsafeRawBufferPointer) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                let result = ZSTD_compress2(context, buffer.baseAddress, limit, source.baseAddress, source.count)
                isTooLong = ZSTD_isError(result) != 0
                count = isTooLong ? 0 : result
            }
        }
        let output = unsafe input.withUnsafeBytes { source in
            guard let prefix else { return run(source) }
            return unsafe prefix.withUnsafeBytes { prefix in
                let span = max(prefix.count + source.count, 1024)
                let windowLog = min(Int.bitWidth - (span - 1).leadingZeroBitCount, 27)
                ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Int32(windowLog))
                ZSTD_CCtx_refPrefix(context, prefix.baseAddress, prefix.count)
                return run(source)
            }
        }
        return isTooLong ? nil : output
    }
}

/// A zstd decompressor, used again for many frames.
public struct ZstandardDecompressor: ~Copyable {
    private let context: OpaquePointer

    /// Allocates a context.
    public init() throws(ZstandardError) {
        guard let context = ZSTD_createDCtx() else { throw .outOfMemory }
        self.context = context
        // The widest window that the compressor uses.
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 27)
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Fills all of `output` from one frame.
    ///
    /// - Throws: ``ZstandardError/corrupt`` where the frame is damaged or longer, ``ZstandardError/wrongSize`` where it is
    ///   shorter than `output`.
    public mutating func decompress(
        _ frame: RawSpan, prefix: RawSpan? = nil, into output: UnsafeMutableRawBufferPointer
    ) throws(ZstandardError) {
        ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
        let result = unsafe frame.withUnsafeBytes { source in
            guard let prefix else {
                return ZSTD_decompressDCtx(context, output.baseAddress, output.count, source.baseAddress, source.count)
            }
            return unsafe prefix.withUnsafeBytes { prefix in
                ZSTD_DCtx_refPrefix(context, prefix.baseAddress, prefix.count)
                return ZSTD_decompressDCtx(context, output.baseAddress, output.count, source.baseAddress, source.count)
            }
        }
        guard ZSTD_isError(result) == 0 else { throw .corrupt }
        guard result == output.count else { throw .wrongSize }
    }

    /// The content of one frame of known size.
    public mutating func decompress(
        _ frame: RawSpan, prefix: RawSpan? = nil, size: Int
    ) throws(ZstandardError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: size)
        var failure: ZstandardError?
        output.withUnsafeMutableBytes { buffer in
            do throws(ZstandardError) {
                try decompress(frame, prefix: prefix, into: buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return output
    }
}
