/// The tensors of a file: names, types, shapes, and where their bytes stand.
///
/// Read from headers only, which may come from anybody: everything is checked against the file's size, and what does not fit
/// makes the whole map nil, so that the file is treated as plain bytes.
public struct TensorMap: Sendable, Hashable {
    /// The file formats that are understood. The raw value stands in manifests: add, never renumber.
    public enum Format: UInt8, Sendable, Hashable, CaseIterable {
        case safetensors = 1
        case npy = 2
        case npz = 3
        case pytorch = 4
        case gguf = 5

        /// The name that people use.
        public var name: String {
            switch self {
            case .safetensors: "safetensors"
            case .npy: "NumPy array"
            case .npz: "NumPy archive"
            case .pytorch: "PyTorch"
            case .gguf: "GGUF"
            }
        }
    }

    /// One tensor.
    public struct Tensor: Sendable, Hashable {
        /// Its name; a path with dots where it is nested.
        public let name: String
        /// Its elements' type.
        public let type: DataType
        /// Its extents, outermost first; none for a scalar.
        public let shape: [Int]
        /// Its bytes in the file, in C order unless the format says otherwise.
        public let range: Range<Int>

        /// Makes a tensor.
        public init(name: String, type: DataType, shape: [Int], range: Range<Int>) {
            self.name = name
            self.type = type
            self.shape = shape
            self.range = range
        }

        /// The number of elements, or nil where it does not fit an `Int`.
        public var elementCount: Int? {
            var count = 1
            for extent in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: extent)
                if overflow { return nil }
                count = product
            }
            return count
        }
    }

    /// No tensor has more extents.
    public static let maximumRank = 64

    /// The format.
    public let format: Format
    /// The tensors, by where they begin.
    public let tensors: [Tensor]

    /// Makes a map; puts the tensors in order.
    public init(format: Format, tensors: [Tensor]) {
        self.format = format
        self.tensors = tensors.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
    }

    /// What is inside a file, judged by its first bytes; nil where it is none of the formats, or a broken one.
    public static func read(_ source: ByteSource) -> TensorMap? {
        guard source.size >= 10, let head = source.read(0, 10) else { return nil }
        if head.starts(with: [0x93] + Array("NUMPY".utf8)) { return NumpyArray.map(source) }
        if head.starts(with: Array("GGUF".utf8)) { return GGUF.map(source) }
        if head.starts(with: [0x50, 0x4b, 0x03, 0x04]) { return TensorArchive.map(source) }
        return Safetensors.map(source)
    }

    /// The tensor that holds most of these bytes, if any does.
    ///
    /// - Complexity: O(log n) to find the first, then one step for each that the bytes touch.
    public func dominant(in bytes: Range<Int>) -> Tensor? {
        var low = 0
        var high = tensors.count
        // The first tensor that begins behind the range's first byte; the one before it may reach into the range.
        while low < high {
            let middle = (low + high) / 2
            if tensors[middle].range.lowerBound <= bytes.lowerBound { low = middle + 1 } else { high = middle }
        }
        var best: Tensor?
        var most = 0
        var index = max(0, low - 1)
        while index < tensors.count, tensors[index].range.lowerBound < bytes.upperBound {
            let shared = tensors[index].range.clamped(to: bytes).count
            if shared > most {
                most = shared
                best = tensors[index]
            }
            index += 1
        }
        return best
    }
}
