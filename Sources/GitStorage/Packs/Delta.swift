internal import Bytes

/// What can be wrong with a delta. Offsets count bytes from the delta's beginning.
public enum DeltaError: Error, Hashable, CustomStringConvertible {
    /// The delta ends inside of an instruction or before the result is whole.
    case truncated(offset: Int)
    /// A size does not fit.
    case numberOutOfRange(offset: Int)
    /// The base has another size than the delta was made for.
    case baseSize(expected: Int, actual: Int)
    /// An instruction copies from outside of the base.
    case copyOutOfBounds(offset: Int)
    /// Instruction 0 is reserved.
    case reservedInstruction(offset: Int)
    /// The instructions make more or fewer bytes than announced.
    case resultSize(announced: Int)

    public var description: String {
        switch self {
        case .truncated(let offset): "truncated at byte \(offset) of the delta"
        case .numberOutOfRange(let offset): "number out of range at byte \(offset) of the delta"
        case .baseSize(let expected, let actual): "made for a base of \(expected) bytes, but it has \(actual)"
        case .copyOutOfBounds(let offset): "copies from outside of the base at byte \(offset) of the delta"
        case .reservedInstruction(let offset): "reserved instruction at byte \(offset) of the delta"
        case .resultSize(let announced): "does not make the \(announced) bytes that it announces"
        }
    }
}

/// Git's deltas: a list of "copy this range of the base" and "insert these bytes".
///
/// <https://git-scm.com/docs/gitformat-pack#_deltified_representation>
public enum Delta {
    /// The sizes at a delta's beginning, and where its instructions start.
    public struct Header: Sendable, Hashable {
        /// The size of the base that it applies to.
        public let baseSize: Int
        /// The size of what it makes.
        public let resultSize: Int
        /// The offset of the first instruction.
        public let instructions: Int
    }

    /// Reads the sizes.
    public static func header(_ delta: RawSpan) throws(DeltaError) -> Header {
        var reader = ByteReader(delta)
        do throws(ByteReaderError) {
            let base = Int(clamping: try reader.readVarint())
            let result = Int(clamping: try reader.readVarint())
            return Header(baseSize: base, resultSize: result, instructions: reader.offset)
        } catch {
            throw error.kind == .overflow ? .numberOutOfRange(offset: error.offset) : .truncated(offset: error.offset)
        }
    }

    /// What a delta makes of its base.
    ///
    /// The instructions are walked before anything is allocated, so that a forged size costs nothing.
    public static func apply(_ delta: RawSpan, to base: RawSpan) throws(DeltaError) -> [UInt8] {
        let header = try header(delta)
        guard header.baseSize == base.byteCount else {
            throw .baseSize(expected: header.baseSize, actual: base.byteCount)
        }
        try check(delta, header: header)
        return [UInt8](unsafeUninitializedCapacity: max(header.resultSize, 1)) { buffer, count in
            unsafe delta.withUnsafeBytes { delta in
                unsafe base.withUnsafeBytes { base in
                    run(delta, from: header.instructions, base: base, into: UnsafeMutableRawBufferPointer(buffer))
                }
            }
            count = header.resultSize
        }
    }

    /// Proves that every instruction is whole, stays inside of the base, and that they make exactly the announced size.
    static func check(_ delta: RawSpan, header: Header) throws(DeltaError) {
        var offset = header.instructions
        var made = 0
        let end = delta.byteCount
        while offset < end {
            let start = offset
            let code = delta[offset]
            offset += 1
            var size: Int
            if code & 0x80 != 0 {
                guard (code & 0x7f).nonzeroBitCount <= end - offset else { throw .truncated(offset: start) }
                let copy = copyArguments(code) {
                    offset += 1
                    return delta[offset - 1]
                }
                size = copy.size
                guard copy.source <= header.baseSize - size else { throw .copyOutOfBounds(offset: start) }
            } else {
                guard code != 0 else { throw .reservedInstruction(offset: start) }
                size = Int(code)
                guard size <= end - offset else { throw .truncated(offset: start) }
                offset += size
            }
            made += size
            guard made <= header.resultSize else { throw .resultSize(announced: header.resultSize) }
        }
        guard made == header.resultSize else { throw .resultSize(announced: header.resultSize) }
    }

    @inline(__always)
    private static func copyArguments(_ code: UInt8, _ next: () -> UInt8) -> (source: Int, size: Int) {
        var source = 0
        var size = 0
        if code & 0x01 != 0 { source = Int(next()) }
        if code & 0x02 != 0 { source |= Int(next()) << 8 }
        if code & 0x04 != 0 { source |= Int(next()) << 16 }
        if code & 0x08 != 0 { source |= Int(next()) << 24 }
        if code & 0x10 != 0 { size = Int(next()) }
        if code & 0x20 != 0 { size |= Int(next()) << 8 }
        if code & 0x40 != 0 { size |= Int(next()) << 16 }
        return (source, size == 0 ? 0x10000 : size)
    }

    /// Carries out instructions that ``check(_:header:)`` has proved.
    private static func run(
        _ delta: UnsafeRawBufferPointer, from start: Int, base: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) {
        guard let source = delta.baseAddress, let target = output.baseAddress else { return }
        var offset = start
        var made = 0
        while offset < delta.count {
            let code = source.load(fromByteOffset: offset, as: UInt8.self)
            offset += 1
            if code & 0x80 != 0 {
                let copy = copyArguments(code) {
                    offset += 1
                    return source.load(fromByteOffset: offset - 1, as: UInt8.self)
                }
                // A proved copy of at least one byte needs a base of at least one byte.
                (target + made).copyMemory(from: base.baseAddress! + copy.source, byteCount: copy.size)
                made += copy.size
            } else {
                (target + made).copyMemory(from: source + offset, byteCount: Int(code))
                offset += Int(code)
                made += Int(code)
            }
        }
    }
}
