internal import Bytes

/// safetensors: the length of a JSON header in 8 bytes (little-endian), the header, the tensors' bytes without holes.
///
/// <https://github.com/huggingface/safetensors#format>
public enum Safetensors {
    /// No header is longer.
    public static let maximumHeaderLength = 100_000_000

    /// The tensors; nil where the file is not a valid one.
    public static func map(_ source: ByteSource) -> TensorMap? {
        guard let header = header(source) else { return nil }
        return map(header: header.bytes, dataStart: header.dataStart, size: source.size)
    }

    /// The header's bytes and where the data begins; nil where the file cannot be one.
    static func header(_ source: ByteSource) -> (bytes: [UInt8], dataStart: Int)? {
        guard let head = source.bytes(at: 0, count: 9), head[8] == UInt8(ascii: "{") else { return nil }
        var length: UInt64 = 0
        for index in (0..<8).reversed() { length = length << 8 | UInt64(head[index]) }
        guard length >= 2, length <= UInt64(maximumHeaderLength), length <= UInt64(source.size - 8),
            let bytes = source.bytes(at: 8, count: Int(length))
        else { return nil }
        return (bytes, 8 + Int(length))
    }

    private static func map(header: [UInt8], dataStart: Int, size: Int) -> TensorMap? {
        guard case .object(let members)? = try? JSONScanner.parse(header) else { return nil }
        var tensors: [TensorMap.Tensor] = []
        for member in members where member.name != "__metadata__" {
            guard let dtype = member.value["dtype"]?.text, let shape = shape(member.value["shape"]),
                let offsets = member.value["data_offsets"]?.elements, offsets.count == 2,
                let begin = offsets[0].integer, let end = offsets[1].integer,
                begin >= 0, begin <= end, end <= size - dataStart
            else { return nil }
            let tensor = TensorMap.Tensor(
                name: member.name, type: type(dtype), shape: shape, range: dataStart + begin..<dataStart + end)
            if tensor.type != .opaque {
                guard let count = tensor.elementCount, count <= size, count * tensor.type.width == end - begin else {
                    return nil
                }
            }
            tensors.append(tensor)
        }
        return TensorMap(format: .safetensors, tensors: tensors)
    }

    private static func shape(_ value: JSONValue?) -> [Int]? {
        guard let elements = value?.elements, elements.count <= TensorMap.maximumRank else { return nil }
        var shape: [Int] = []
        for element in elements {
            guard let extent = element.integer, extent >= 0 else { return nil }
            shape.append(extent)
        }
        return shape
    }

    private static func type(_ name: String) -> DataType {
        switch name {
        case "BOOL": .bool
        case "U8": .uint8
        case "I8": .int8
        case "U16": .uint16
        case "I16": .int16
        case "U32": .uint32
        case "I32": .int32
        case "U64": .uint64
        case "I64": .int64
        case "F16": .float16
        case "BF16": .bfloat16
        case "F32": .float32
        case "F64": .float64
        case "F8_E4M3", "F8_E4M3FNUZ": .float8e4m3
        case "F8_E5M2", "F8_E5M2FNUZ": .float8e5m2
        case "C64": .complex64
        default: .opaque
        }
    }
}
