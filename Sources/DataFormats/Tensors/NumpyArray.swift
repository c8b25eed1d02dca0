internal import Bytes

/// `.npy`: a magic, a version, the length of a header, the header as a Python dictionary, the elements.
///
/// <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>
public enum NumpyArray {
    /// No header is longer.
    static let maximumHeaderLength = 1 << 20

    /// The one tensor, named by the empty string; nil where the file is not a valid one or holds pickled objects.
    public static func map(_ source: ByteSource) -> TensorMap? {
        tensor(source, at: 0, end: source.size, name: "").map { TensorMap(format: .npy, tensors: [$0]) }
    }

    /// The tensor of an array that stands inside a file, as a member of an archive does.
    static func tensor(_ source: ByteSource, at start: Int, end: Int, name: String) -> TensorMap.Tensor? {
        guard end - start >= 10, let head = source.bytes(at: start, count: min(12, end - start)),
            head.starts(with: [0x93] + Array("NUMPY".utf8))
        else { return nil }
        let isShort = head[6] == 1
        guard isShort || head[6] == 2 || head[6] == 3, head.count >= 12 || isShort else { return nil }
        let prefix = isShort ? 10 : 12
        let length =
            isShort
            ? Int(head[8]) | Int(head[9]) << 8
            : Int(head[8]) | Int(head[9]) << 8 | Int(head[10]) << 16 | Int(head[11]) << 24
        guard length <= maximumHeaderLength, prefix + length <= end - start,
            let header = source.bytes(at: start + prefix, count: length), let description = PythonLiteral.parse(header),
            case .string(let code)? = description["descr"], case .tuple(let extents)? = description["shape"],
            extents.count <= TensorMap.maximumRank
        else { return nil }
        var shape: [Int] = []
        for extent in extents {
            guard case .integer(let value) = extent, value >= 0 else { return nil }
            shape.append(value)
        }
        let dataStart = start + prefix + length
        guard let (type, width) = type(code) else { return nil }
        let probe = TensorMap.Tensor(name: name, type: type, shape: shape, range: dataStart..<dataStart)
        guard let count = probe.elementCount else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
        guard !overflow, bytes <= end - dataStart else { return nil }
        return TensorMap.Tensor(name: name, type: type, shape: shape, range: dataStart..<dataStart + bytes)
    }

    /// A type code like `<f4`, with the bytes of an element; nil for pickled objects.
    private static func type(_ code: String) -> (DataType, Int)? {
        let bytes = Array(code.utf8)
        guard bytes.count >= 3, let width = Int(String(decoding: bytes[2...], as: UTF8.self)), width >= 0,
            width < 1 << 20
        else { return nil }
        let isBig = bytes[0] == UInt8(ascii: ">") && width > 1
        let type: DataType
        switch (bytes[1], width) {
        case (UInt8(ascii: "O"), _): return nil
        case (UInt8(ascii: "f"), 2): type = .float16
        case (UInt8(ascii: "f"), 4): type = .float32
        case (UInt8(ascii: "f"), 8): type = .float64
        case (UInt8(ascii: "c"), 8): type = .complex64
        case (UInt8(ascii: "c"), 16): type = .complex128
        case (UInt8(ascii: "i"), 1): type = .int8
        case (UInt8(ascii: "i"), 2): type = .int16
        case (UInt8(ascii: "i"), 4): type = .int32
        case (UInt8(ascii: "i"), 8): type = .int64
        case (UInt8(ascii: "u"), 1): type = .uint8
        case (UInt8(ascii: "u"), 2): type = .uint16
        case (UInt8(ascii: "u"), 4): type = .uint32
        case (UInt8(ascii: "u"), 8): type = .uint64
        case (UInt8(ascii: "b"), 1): type = .bool
        // Strings of UTF-32 count characters.
        case (UInt8(ascii: "U"), _): return (.opaque, width * 4)
        default: type = .opaque
        }
        return (isBig ? .opaque : type, width)
    }
}
