public import Bytes
public import GitObjects

/// The header of one entry of a pack: what it is, how large it gets, where its compressed data starts.
public struct PackEntry: Sendable, Hashable {
    /// How an entry holds its object.
    public enum Form: Sendable, Hashable {
        /// Whole.
        case whole(ObjectKind)
        /// As a delta to the entry at an offset before it.
        case offsetDelta(base: Int)
        /// As a delta to an object named by id.
        case referenceDelta(base: ObjectID)
    }

    /// How the object is held.
    public let form: Form
    /// The size of the data inflated: of the object, or of the delta.
    public let size: Int
    /// Where the entry starts in the pack.
    public let offset: Int
    /// Where its compressed data starts.
    public let dataOffset: Int

    /// Reads the header at `offset`; `origin` is where `bytes` start in the pack.
    ///
    /// - Throws: ``PackError`` with the offset in the pack; `truncated` where more bytes are needed.
    @inline(__always)
    public static func parse(
        _ bytes: RawSpan, at offset: Int, origin: Int = 0, algorithm: HashAlgorithm
    ) throws(PackError) -> PackEntry {
        var position = offset
        let end = bytes.byteCount
        guard position >= 0, position < end else { throw .truncated(offset: origin + offset) }
        var byte = bytes[position]
        position += 1
        let type = byte >> 4 & 7
        var size = UInt64(byte & 15)
        var shift: UInt64 = 4
        while byte & 0x80 != 0 {
            guard position < end else { throw .truncated(offset: origin + offset) }
            byte = bytes[position]
            position += 1
            guard shift < 60 else { throw .numberOutOfRange(offset: origin + offset) }
            size |= UInt64(byte & 0x7f) << shift
            shift += 7
        }
        guard let announced = Int(exactly: size) else { throw .numberOutOfRange(offset: origin + offset) }
        let form: Form
        switch type {
        case 1...4:
            // The raw values of kinds are these numbers.
            form = .whole(ObjectKind(rawValue: type) ?? .blob)
        case 6:
            var distance: UInt64 = 0
            var isFirst = true
            repeat {
                guard position < end else { throw .truncated(offset: origin + offset) }
                byte = bytes[position]
                position += 1
                if !isFirst { distance += 1 }
                isFirst = false
                guard distance >> 55 == 0 else { throw .numberOutOfRange(offset: origin + offset) }
                distance = distance << 7 | UInt64(byte & 0x7f)
            } while byte & 0x80 != 0
            let start = origin + offset
            guard distance > 0, distance <= UInt64(start), start - Int(distance) >= 12 else {
                throw .badBaseOffset(start - Int(clamping: distance), offset: start)
            }
            form = .offsetDelta(base: start - Int(distance))
        case 7:
            guard let base = ObjectID(bytes, at: position, algorithm: algorithm) else {
                throw .truncated(offset: origin + offset)
            }
            position += algorithm.byteCount
            form = .referenceDelta(base: base)
        default: throw .badEntryType(type, offset: origin + offset)
        }
        return PackEntry(form: form, size: announced, offset: origin + offset, dataOffset: origin + position)
    }

    /// Appends the header of an entry: type, size and, for a delta, its base.
    public static func write(_ form: Form, size: Int, offset: Int, to output: inout [UInt8]) {
        let type: UInt8 =
            switch form {
            case .whole(let kind): kind.rawValue
            case .offsetDelta: 6
            case .referenceDelta: 7
            }
        var rest = size >> 4
        var byte = type << 4 | UInt8(size & 15)
        while rest != 0 {
            output.append(byte | 0x80)
            byte = UInt8(rest & 0x7f)
            rest >>= 7
        }
        output.append(byte)
        switch form {
        case .whole: break
        case .offsetDelta(let base):
            var writer = ByteWriter()
            writer.writeOffsetVarint(UInt64(offset - base))
            output.append(contentsOf: writer.bytes)
        case .referenceDelta(let base): output.append(contentsOf: base.bytes)
        }
    }
}
