internal import Bytes

/// GGUF, versions 2 and 3: counts, metadata, the tensors' descriptions, and their bytes from an aligned offset on.
///
/// <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>
public enum GGUF {
    /// How far the descriptions may reach: vocabularies of tokenizers stand before them.
    static let maximumHeaderLength = 128 << 20
    static let maximumTensors = 1 << 20

    /// The tensors; nil where the file is not a valid one.
    public static func map(_ source: ByteSource) -> TensorMap? {
        // Headers are of unknown length: growing windows until the descriptions end inside one.
        var window = 1 << 20
        while true {
            let count = min(window, source.size)
            guard let bytes = source.bytes(at: 0, count: count) else { return nil }
            do throws(ByteReaderError) {
                return try read(bytes, size: source.size)
            } catch {
                guard error.kind == .truncated, count < source.size, window < maximumHeaderLength else { return nil }
                window *= 8
            }
        }
    }

    private static func read(_ bytes: [UInt8], size: Int) throws(ByteReaderError) -> TensorMap {
        var reader = ByteReader(bytes.span.bytes)
        try reader.skip(4)
        let version = try reader.readUInt32LittleEndian()
        guard version == 2 || version == 3 else { throw ByteReaderError(.overflow, at: 4) }
        let tensorCount = try reader.readUInt64LittleEndian()
        let pairCount = try reader.readUInt64LittleEndian()
        guard tensorCount <= UInt64(maximumTensors), pairCount <= 1 << 20 else {
            throw ByteReaderError(.overflow, at: 8)
        }
        var alignment = 32
        for _ in 0..<pairCount {
            let key = try string(&reader)
            let type = try reader.readUInt32LittleEndian()
            if key == "general.alignment", type == 4 {
                alignment = Int(try reader.readUInt32LittleEndian())
                guard alignment > 0, alignment <= 1 << 20 else {
                    throw ByteReaderError(.overflow, at: reader.offset - 4)
                }
            } else {
                try skip(&reader, type: type, depth: 0)
            }
        }
        var found: [(name: String, type: UInt32, shape: [Int], offset: Int)] = []
        for _ in 0..<tensorCount { found.append(try description(&reader)) }
        let (padded, overflow) = reader.offset.addingReportingOverflow(alignment - 1)
        guard !overflow else { throw ByteReaderError(.overflow, at: reader.offset) }
        let dataStart = padded / alignment * alignment
        return TensorMap(format: .gguf, tensors: try place(found, dataStart: dataStart, size: size))
    }

    private static func description(
        _ reader: inout ByteReader
    ) throws(ByteReaderError) -> (name: String, type: UInt32, shape: [Int], offset: Int) {
        let name = try string(&reader)
        let position = reader.offset
        let rank = try reader.readUInt32LittleEndian()
        guard rank <= 8 else { throw ByteReaderError(.overflow, at: position) }
        var shape: [Int] = []
        for _ in 0..<rank {
            guard let extent = Int(exactly: try reader.readUInt64LittleEndian()) else {
                throw ByteReaderError(.overflow, at: position)
            }
            shape.append(extent)
        }
        let type = try reader.readUInt32LittleEndian()
        guard let offset = Int(exactly: try reader.readUInt64LittleEndian()) else {
            throw ByteReaderError(.overflow, at: position)
        }
        // Extents stand innermost first.
        return (name, type, shape.reversed(), offset)
    }

    private static func place(
        _ found: [(name: String, type: UInt32, shape: [Int], offset: Int)], dataStart: Int, size: Int
    ) throws(ByteReaderError) -> [TensorMap.Tensor] {
        var tensors: [TensorMap.Tensor] = []
        for tensor in found {
            let kind = block(tensor.type)
            let probe = TensorMap.Tensor(name: "", type: kind.type, shape: tensor.shape, range: 0..<0)
            guard let count = probe.elementCount, dataStart <= size, tensor.offset <= size - dataStart,
                count % kind.elements == 0
            else { throw ByteReaderError(.overflow, at: dataStart) }
            let (bytes, overflow) = (count / kind.elements).multipliedReportingOverflow(by: kind.bytes)
            guard !overflow, bytes <= size - dataStart - tensor.offset else {
                throw ByteReaderError(.overflow, at: dataStart)
            }
            let start = dataStart + tensor.offset
            tensors.append(.init(name: tensor.name, type: kind.type, shape: tensor.shape, range: start..<start + bytes))
        }
        return tensors
    }

    /// How many elements stand in how many bytes. Types that are not known have no extent.
    private static func block(_ type: UInt32) -> (type: DataType, elements: Int, bytes: Int) {
        switch type {
        case 0: (.float32, 1, 4)
        case 1: (.float16, 1, 2)
        case 2: (.opaque, 32, 18)
        case 3: (.opaque, 32, 20)
        case 6: (.opaque, 32, 22)
        case 7: (.opaque, 32, 24)
        case 8: (.opaque, 32, 34)
        case 9: (.opaque, 32, 36)
        case 10: (.opaque, 256, 84)
        case 11: (.opaque, 256, 110)
        case 12: (.opaque, 256, 144)
        case 13: (.opaque, 256, 176)
        case 14: (.opaque, 256, 210)
        case 15: (.opaque, 256, 292)
        case 24: (.int8, 1, 1)
        case 25: (.int16, 1, 2)
        case 26: (.int32, 1, 4)
        case 27: (.int64, 1, 8)
        case 28: (.float64, 1, 8)
        case 30: (.bfloat16, 1, 2)
        case 39: (.opaque, 32, 17)
        default: (.opaque, 1, 0)
        }
    }

    private static func string(_ reader: inout ByteReader) throws(ByteReaderError) -> String {
        let position = reader.offset
        let length = try reader.readUInt64LittleEndian()
        guard length <= 1 << 26 else { throw ByteReaderError(.overflow, at: position) }
        return String(decoding: try reader.readBytes(Int(length)), as: UTF8.self)
    }

    private static func skip(_ reader: inout ByteReader, type: UInt32, depth: Int) throws(ByteReaderError) {
        if let width = scalarWidth(type) {
            try reader.skip(width)
        } else if type == 8 {
            try skipString(&reader)
        } else {
            let position = reader.offset
            guard type == 9, depth < 4 else { throw ByteReaderError(.overflow, at: position) }
            let element = try reader.readUInt32LittleEndian()
            let count = try reader.readUInt64LittleEndian()
            guard count <= UInt64(maximumHeaderLength) else { throw ByteReaderError(.overflow, at: position) }
            if let width = scalarWidth(element) {
                try reader.skip(Int(count) * width)
            } else {
                for _ in 0..<count { try skip(&reader, type: element, depth: depth + 1) }
            }
        }
    }

    private static func skipString(_ reader: inout ByteReader) throws(ByteReaderError) {
        let position = reader.offset
        let length = try reader.readUInt64LittleEndian()
        guard length <= 1 << 26 else { throw ByteReaderError(.overflow, at: position) }
        try reader.skip(Int(length))
    }

    private static func scalarWidth(_ type: UInt32) -> Int? {
        switch type {
        case 0, 1, 7: 1
        case 2, 3: 2
        case 4, 5, 6: 4
        case 10, 11, 12: 8
        default: nil
        }
    }
}
