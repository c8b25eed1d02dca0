internal import Glibc

extension RawSpan {
    /// The byte at an offset, which the caller has checked or knows to be inside (a precondition otherwise).
    @inlinable public subscript(offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount, "offset out of bounds")
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The offset of the first `byte` at or after `start`, or nil.
    ///
    /// - Complexity: O(n), by `memchr`.
    public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        guard start >= 0, start < byteCount else { return nil }
        return unsafe withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, let found = memchr(base + start, Int32(byte), buffer.count - start)
            else { return nil }
            return base.distance(to: UnsafeRawPointer(found))
        }
    }

    /// Whether both hold the same bytes.
    public func isEqual(to other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        return unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in
                guard let a = left.baseAddress, let b = right.baseAddress else { return true }
                return memcmp(a, b, left.count) == 0
            }
        }
    }
}

extension Array where Element == UInt8 {
    /// A copy of borrowed bytes.
    public init(_ span: RawSpan) {
        self = unsafe span.withUnsafeBytes { [UInt8]($0) }
    }
}
