/// What one element of a tensor is. The raw value stands in manifests: add, never renumber.
public enum DataType: UInt8, Sendable, Hashable, CaseIterable {
    /// Nothing that has a width: quantised blocks and unknown types.
    case opaque = 0
    /// A byte that is 0 or 1.
    case bool = 1
    /// Unsigned integers.
    case uint8 = 2
    case uint16 = 3
    case uint32 = 4
    case uint64 = 5
    /// Signed integers.
    case int8 = 6
    case int16 = 7
    case int32 = 8
    case int64 = 9
    /// IEEE 754 binary16.
    case float16 = 10
    /// The upper half of a binary32.
    case bfloat16 = 11
    /// IEEE 754 binary32.
    case float32 = 12
    /// IEEE 754 binary64.
    case float64 = 13
    /// Eight-bit floating point, with 4 and 3 or 5 and 2 bits of exponent and fraction.
    case float8e4m3 = 14
    case float8e5m2 = 15
    /// Two binary32, two binary64.
    case complex64 = 16
    case complex128 = 17

    /// Bytes for one element; 0 where elements have no width of their own.
    public var width: Int {
        switch self {
        case .opaque: 0
        case .bool, .uint8, .int8, .float8e4m3, .float8e5m2: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .complex64: 8
        case .complex128: 16
        }
    }

    /// Whether elements (or the parts of a complex number) are floating point numbers with the sign in the highest bit.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64, .float8e4m3, .float8e5m2, .complex64, .complex128: true
        default: false
        }
    }

    /// The width of the numbers that elements are made of.
    public var laneWidth: Int {
        switch self {
        case .complex64: 4
        case .complex128: 8
        default: width
        }
    }

    /// The name that people use: `float32`.
    public var name: String {
        switch self {
        case .opaque: "opaque"
        case .bool: "bool"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .float32: "float32"
        case .float64: "float64"
        case .float8e4m3: "float8_e4m3"
        case .float8e5m2: "float8_e5m2"
        case .complex64: "complex64"
        case .complex128: "complex128"
        }
    }
}
