internal import CPosix
internal import Glibc

/// Finds bytes in bytes with the C library's own loops.
public enum ByteSearch {
    /// Where `part` first stands in `text`; nil where it does not. Nothing stands at the beginning of everything.
    public static func find(_ part: [UInt8], in text: UnsafeRawBufferPointer) -> Int? {
        guard let first = part.first else { return 0 }
        if part.count == 1 { return find(first, in: text) }
        guard let base = text.baseAddress, let found = CPosix.memmem(base, text.count, part, part.count) else {
            return nil
        }
        return base.distance(to: UnsafeRawPointer(found))
    }

    /// Where a byte first stands in `text`; nil where it does not.
    public static func find(_ byte: UInt8, in text: UnsafeRawBufferPointer) -> Int? {
        guard let base = text.baseAddress, let found = memchr(base, Int32(byte), text.count) else { return nil }
        return base.distance(to: UnsafeRawPointer(found))
    }
}
