internal import Bytes

/// Reads the scalars of a TensorBoard event file: TFRecords of `Event` messages.
///
/// A record is its length (8 bytes, little-endian), the length's masked CRC-32C, the message, the message's masked
/// CRC-32C. A file that is being written may end inside a record: what is whole counts.
public enum TensorBoardReader {
    /// The scalar series in the order in which their names first occur.
    ///
    /// - Throws: ``ValueError`` where a record's checksum is wrong or a message is malformed.
    public static func read(_ bytes: [UInt8], source: String) throws(ValueError) -> [Series] {
        var order: [String] = []
        var points: [String: [Series.Point]] = [:]
        var reader = ByteReader(bytes.span.bytes)
        while reader.remaining >= 12 {
            let start = reader.offset
            do throws(ByteReaderError) {
                let header = try reader.readBytes(8)
                let lengthCheck = try reader.readUInt32LittleEndian()
                let length = header.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                guard lengthCheck == CRC32C.masked(header) else {
                    throw ByteReaderError(.overflow, at: start)
                }
                guard length <= UInt64(reader.remaining), reader.remaining - Int(length) >= 4 else { break }
                let body = try reader.readBytes(Int(length))
                guard try reader.readUInt32LittleEndian() == CRC32C.masked(body) else {
                    throw ByteReaderError(.overflow, at: start)
                }
                for (name, point) in try scalars(body) {
                    if points[name] == nil { order.append(name) }
                    points[name, default: []].append(point)
                }
            } catch {
                throw ValueError(source, "the event record at byte \(start) is damaged")
            }
        }
        return order.map { Series(name: $0, points: points[$0] ?? []) }
    }

    /// One field of a message.
    private struct Field {
        var number: UInt64
        var varint: UInt64 = 0
        var bytes: [UInt8] = []
    }

    private static func fields(_ message: [UInt8]) throws(ByteReaderError) -> [Field] {
        var reader = ByteReader(message.span.bytes)
        var result: [Field] = []
        while !reader.isAtEnd {
            let key = try reader.readVarint()
            var field = Field(number: key >> 3)
            switch key & 7 {
            case 0: field.varint = try reader.readVarint()
            case 1: field.varint = try reader.readUInt64LittleEndian()
            case 2:
                let length = try reader.readVarint()
                guard length <= UInt64(reader.remaining) else { throw ByteReaderError(.truncated, at: reader.offset) }
                field.bytes = try reader.readBytes(Int(length))
            case 5: field.varint = UInt64(try reader.readUInt32LittleEndian())
            default: throw ByteReaderError(.overflow, at: reader.offset)
            }
            result.append(field)
        }
        return result
    }

    private static func scalars(_ event: [UInt8]) throws(ByteReaderError) -> [(String, Series.Point)] {
        var step: Int64 = 0
        var result: [(String, Series.Point)] = []
        var summaries: [[UInt8]] = []
        for field in try fields(event) {
            if field.number == 2 { step = Int64(bitPattern: field.varint) }
            if field.number == 5 { summaries.append(field.bytes) }
        }
        for summary in summaries {
            for value in try fields(summary) where value.number == 1 {
                var name = ""
                var number: Double?
                for field in try fields(value.bytes) {
                    switch field.number {
                    case 1: name = String(decoding: field.bytes, as: UTF8.self)
                    case 2: number = Double(Float(bitPattern: UInt32(truncatingIfNeeded: field.varint)))
                    case 8: number = try tensorScalar(field.bytes)
                    default: break
                    }
                }
                if let number, !name.isEmpty { result.append((name, Series.Point(step: step, value: number))) }
            }
        }
        return result
    }

    /// The value of a tensor of one float or double.
    private static func tensorScalar(_ tensor: [UInt8]) throws(ByteReaderError) -> Double? {
        var type: UInt64 = 0
        var content: [UInt8] = []
        var floats: [UInt8] = []
        var single: UInt64?
        for field in try fields(tensor) {
            switch field.number {
            case 1: type = field.varint
            case 4: content = field.bytes
            case 5, 6:
                if field.bytes.isEmpty { single = field.varint } else { floats = field.bytes }
            default: break
            }
        }
        let bytes = content.isEmpty ? floats : content
        func number(_ count: Int) -> UInt64? {
            bytes.count == count ? bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } : nil
        }
        switch type {
        case 1: return (number(4) ?? single).map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
        case 2: return (number(8) ?? single).map { Double(bitPattern: $0) }
        default: return nil
        }
    }
}

/// CRC-32C (Castagnoli), as TFRecords use it.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82f6_3b78 }
    }

    /// The checksum, rotated and offset as TFRecords store it.
    static func masked(_ bytes: [UInt8]) -> UInt32 {
        let table = table
        var value: UInt32 = .max
        for byte in bytes { value = value >> 8 ^ table[Int((value ^ UInt32(byte)) & 0xff)] }
        value = ~value
        return (value >> 15 | value << 17) &+ 0xa282_ead8
    }
}
