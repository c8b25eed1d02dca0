internal import Glibc

/// A text cut into lines. A line holds its newline; the last one may have none.
public struct Lines: Sendable {
    /// The whole text.
    public let bytes: [UInt8]
    /// Where each line starts, and after them the end of the last: one more than there are lines.
    public let starts: [Int32]

    /// How many lines there are.
    public var count: Int { starts.count - 1 }

    /// Cuts the first `length` bytes of a text (all where nil). Texts of 2 GiB and more count as having no lines: the
    /// callers treat such files as binary long before.
    public init(_ bytes: [UInt8], length: Int? = nil) {
        let end = min(length ?? bytes.count, bytes.count)
        self.bytes = bytes
        guard end > 0, end < Int(Int32.max) else {
            starts = [0]
            return
        }
        var starts: [Int32] = []
        starts.reserveCapacity(end / 24 + 2)
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            var position = 0
            while position < end {
                starts.append(Int32(truncatingIfNeeded: position))
                guard let found = memchr(base + position, 10, end - position) else { break }
                position = base.distance(to: UnsafeRawPointer(found)) + 1
            }
        }
        starts.append(Int32(truncatingIfNeeded: end))
        self.starts = starts
    }

    /// The bytes of a line, its newline among them.
    public subscript(line: Int) -> ArraySlice<UInt8> { bytes[Int(starts[line])..<Int(starts[line + 1])] }

    /// The bytes of a run of lines.
    public subscript(lines: Range<Int>) -> ArraySlice<UInt8> {
        bytes[Int(starts[lines.lowerBound])..<Int(starts[lines.upperBound])]
    }

    /// Whether the last line has no newline.
    public var isMissingFinalNewline: Bool {
        guard let end = starts.last, end > 0 else { return false }
        return bytes[Int(end) - 1] != UInt8(ascii: "\n")
    }

    /// Whether a line holds nothing but blanks.
    func isBlank(_ line: Int) -> Bool { self[line].allSatisfy { Whitespace.isSpace($0) } }
}

/// What Git takes for white space: blank, tab, newline, carriage return.
enum Whitespace {
    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }
}
