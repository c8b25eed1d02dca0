/// What a `Range` header asks for.
enum ByteRange: Sendable, Hashable {
    /// Everything: no range, or one that may be ignored.
    case whole
    /// These bytes, at least one.
    case part(Range<Int>)
    /// Bytes that are not there.
    case unsatisfiable

    /// Reads a header; more than one range at once is answered with everything, as is allowed.
    init(_ header: String?, size: Int) {
        guard let header, header.hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else {
            self = .whole
            return
        }
        if ends[0].isEmpty {
            guard let count = Int(ends[1]), count >= 0 else {
                self = .whole
                return
            }
            self = count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
            return
        }
        guard let first = Int(ends[0]), first >= 0 else {
            self = .whole
            return
        }
        var end = size
        if !ends[1].isEmpty {
            guard let last = Int(ends[1]), last >= first else {
                self = .whole
                return
            }
            end = min(size, last < Int.max ? last + 1 : last)
        }
        self = first < end ? .part(first..<end) : .unsatisfiable
    }
}
