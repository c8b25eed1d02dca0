/// Input ended, or held a value out of range, at an offset.
public struct ByteReaderError: Error, Hashable, CustomStringConvertible {
    /// What was wrong.
    public enum Kind: Sendable, Hashable {
        /// The input ends before the value does.
        case truncated
        /// A variable-length number does not fit 64 bits.
        case overflow
        /// A terminator was not found.
        case unterminated
    }

    /// What was wrong.
    public let kind: Kind
    /// The byte at which the value starts, from the beginning of the reader's input.
    public let offset: Int

    /// Makes an error.
    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    public var description: String {
        switch kind {
        case .truncated: "input is truncated at byte \(offset)"
        case .overflow: "number out of range at byte \(offset)"
        case .unterminated: "no terminator after byte \(offset)"
        }
    }
}

/// A cursor over borrowed bytes. Every read checks its bounds first and leaves the cursor where it was when it throws.
public struct ByteReader: ~Escapable {
    /// All of the input.
    public let input: RawSpan
    /// The next byte to be read.
    public private(set) var offset: Int = 0

    /// Reads from the beginning of `input`.
    @inlinable @_lifetime(copy input)
    public init(_ input: RawSpan) {
        self.input = input
    }

    /// How many bytes are left.
    public var remaining: Int { input.byteCount - offset }

    /// Whether everything was read.
    public var isAtEnd: Bool { offset == input.byteCount }

    @_lifetime(self: copy self)
    private mutating func take(_ count: Int) throws(ByteReaderError) -> Int {
        guard count >= 0, count <= remaining else { throw ByteReaderError(.truncated, at: offset) }
        let start = offset
        offset += count
        return start
    }

    /// Moves to an absolute offset.
    @_lifetime(self: copy self)
    public mutating func seek(to newOffset: Int) throws(ByteReaderError) {
        guard newOffset >= 0, newOffset <= input.byteCount else { throw ByteReaderError(.truncated, at: newOffset) }
        offset = newOffset
    }

    /// Passes over bytes.
    @_lifetime(self: copy self)
    public mutating func skip(_ count: Int) throws(ByteReaderError) {
        _ = try take(count)
    }

    /// One byte.
    @_lifetime(self: copy self)
    public mutating func readUInt8() throws(ByteReaderError) -> UInt8 {
        let start = try take(1)
        return unsafe input.unsafeLoad(fromUncheckedByteOffset: start, as: UInt8.self)
    }

    /// Big-endian, 2 bytes.
    @_lifetime(self: copy self)
    public mutating func readUInt16() throws(ByteReaderError) -> UInt16 {
        let start = try take(2)
        return unsafe UInt16(bigEndian: input.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt16.self))
    }

    /// Big-endian, 4 bytes.
    @_lifetime(self: copy self)
    public mutating func readUInt32() throws(ByteReaderError) -> UInt32 {
        let start = try take(4)
        return unsafe UInt32(bigEndian: input.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt32.self))
    }

    /// Big-endian, 8 bytes.
    @_lifetime(self: copy self)
    public mutating func readUInt64() throws(ByteReaderError) -> UInt64 {
        let start = try take(8)
        return unsafe UInt64(bigEndian: input.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt64.self))
    }

    /// Little-endian, 4 bytes.
    @_lifetime(self: copy self)
    public mutating func readUInt32LittleEndian() throws(ByteReaderError) -> UInt32 {
        UInt32(bigEndian: try readUInt32()).littleEndian
    }

    /// Little-endian, 8 bytes.
    @_lifetime(self: copy self)
    public mutating func readUInt64LittleEndian() throws(ByteReaderError) -> UInt64 {
        UInt64(bigEndian: try readUInt64()).littleEndian
    }

    /// A copy of the next bytes.
    @_lifetime(self: copy self)
    public mutating func readBytes(_ count: Int) throws(ByteReaderError) -> [UInt8] {
        let start = try take(count)
        return [UInt8](input.extracting(start..<start + count))
    }

    /// The next bytes, borrowed from the input.
    @_lifetime(copy self)
    public mutating func readSpan(_ count: Int) throws(ByteReaderError) -> RawSpan {
        let start = try take(count)
        return input.extracting(start..<start + count)
    }

    /// A copy of the bytes before the next `terminator`, which is passed over.
    @_lifetime(self: copy self)
    public mutating func readBytes(until terminator: UInt8) throws(ByteReaderError) -> [UInt8] {
        guard let end = input.firstIndex(of: terminator, from: offset) else {
            throw ByteReaderError(.unterminated, at: offset)
        }
        let result = [UInt8](input.extracting(offset..<end))
        offset = end + 1
        return result
    }

    /// An unsigned LEB128 number (7 bits a byte, lowest first), as pack deltas and our own formats use.
    @_lifetime(self: copy self)
    public mutating func readVarint() throws(ByteReaderError) -> UInt64 {
        let start = offset
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard offset < input.byteCount else {
                offset = start
                throw ByteReaderError(.truncated, at: start)
            }
            let byte = unsafe input.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
            offset += 1
            let bits = UInt64(byte & 0x7f)
            guard shift < 64, (bits << shift) >> shift == bits else {
                offset = start
                throw ByteReaderError(.overflow, at: start)
            }
            result |= bits << shift
            if byte & 0x80 == 0 { return result }
            shift += 7
        }
    }

    /// Git's offset encoding (7 bits a byte, highest first, one added at each continuation), as ofs-deltas and index
    /// version 4 use.
    @_lifetime(self: copy self)
    public mutating func readOffsetVarint() throws(ByteReaderError) -> UInt64 {
        let start = offset
        var result: UInt64 = 0
        var isFirst = true
        while true {
            guard offset < input.byteCount else {
                offset = start
                throw ByteReaderError(.truncated, at: start)
            }
            let byte = unsafe input.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
            offset += 1
            if !isFirst { result += 1 }
            isFirst = false
            guard result >> 56 == 0 else {
                offset = start
                throw ByteReaderError(.overflow, at: start)
            }
            result = result << 7 | UInt64(byte & 0x7f)
            if byte & 0x80 == 0 { return result }
        }
    }
}
