internal import GitObjects

/// A text with paths in it, which keep their bytes: `"add '\(path)'"` of a path that is not UTF-8 is said as it is.
struct ByteText: ExpressibleByStringInterpolation {
    let bytes: [UInt8]

    init(stringLiteral value: String) { bytes = Array(value.utf8) }

    init(stringInterpolation: Interpolation) { bytes = stringInterpolation.bytes }

    /// Collects the parts.
    struct Interpolation: StringInterpolationProtocol {
        var bytes: [UInt8] = []

        init(literalCapacity: Int, interpolationCount: Int) { bytes.reserveCapacity(literalCapacity) }

        mutating func appendLiteral(_ literal: String) { bytes += literal.utf8 }

        mutating func appendInterpolation(_ path: GitPath) { bytes += path.bytes }

        mutating func appendInterpolation(_ text: String) { bytes += text.utf8 }
    }
}

extension OutputStream {
    /// The text, whose paths keep their bytes, and a newline.
    func line(bytes text: ByteText) { line(text.bytes) }
}
