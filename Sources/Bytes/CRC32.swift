internal import CDeflate

/// CRC-32 as zlib, pack indexes and zip use it (polynomial 0xEDB88320).
public enum CRC32 {
    /// Continues `seed` (0 to start) over more bytes.
    public static func update(_ seed: UInt32 = 0, _ bytes: RawSpan) -> UInt32 {
        unsafe bytes.withUnsafeBytes { buffer in
            libdeflate_crc32(seed, buffer.baseAddress, buffer.count)
        }
    }

    /// Continues `seed` (0 to start) over more bytes.
    public static func update(_ seed: UInt32 = 0, _ bytes: [UInt8]) -> UInt32 { update(seed, bytes.span.bytes) }
}
