internal import DataFormats

/// Reads the rows of a stretch of chunks, from the one in which it begins to the one in which it ends.
struct RowReader {
    private let format: TableFormat
    private let content: ContentReading
    private let end: Int
    private var next: Int
    private(set) var buffer: [UInt8] = []
    /// Where the rows stand in the buffer that were read last.
    private(set) var rows: [Range<Int>] = []
    private var start = 0
    /// Where the buffer's part behind the stretch begins.
    private var boundary: Int?
    private var skipsHeader: Bool
    private var hasBegun = false
    private(set) var isAtEnd = false
    /// Whether a row is longer than anybody's rows are.
    private(set) var isStuck = false

    init(_ format: TableFormat, _ content: ContentReading, _ chunks: Range<Int>, skipsHeader: Bool) {
        self.format = format
        self.content = content
        end = chunks.upperBound
        next = chunks.lowerBound
        self.skipsHeader = skipsHeader && next == 0
    }

    /// Reads about so many bytes, and finds their rows.
    mutating func read(_ count: Int) throws(ChunkStoreError) {
        rows.removeAll(keepingCapacity: true)
        guard !isAtEnd, !isStuck else { return }
        if !hasBegun { try begin() }
        buffer.removeSubrange(..<start)
        boundary = boundary.map { $0 - start }
        start = 0
        while next < end, buffer.count < count {
            buffer += try content.bytes(next)
            next += 1
        }
        if next == end, boundary == nil {
            boundary = buffer.count
            if end < content.manifest.chunks.count { buffer += try content.bytes(end) }
        }
        findRows()
        isAtEnd = next == end
        isStuck = !isAtEnd && rows.isEmpty && buffer.count >= count
    }

    /// Leaves all but the first so many rows to be read again.
    mutating func keep(after count: Int) {
        guard count < rows.count else { return }
        start = rows[count].lowerBound
        isAtEnd = false
    }

    /// The row that the stretch begins in, and the one before it, from the chunk before.
    private mutating func begin() throws(ChunkStoreError) {
        hasBegun = true
        guard next > 0 else { return }
        let before = try content.bytes(next - 1)
        buffer = Array(before[(format.rowStarts(in: before).dropLast().last ?? 0)...])
    }

    private mutating func findRows() {
        let (format, boundary) = (format, boundary)
        var (offset, skips, found) = (start, skipsHeader, rows)
        buffer.withUnsafeBytes { bytes in
            // A row that begins behind the stretch is the same in both.
            while offset < boundary ?? bytes.count {
                guard let end = format.end(of: bytes, from: offset) ?? (boundary == nil ? nil : bytes.count) else {
                    break
                }
                if !skips { found.append(offset..<end) }
                skips = false
                offset = end
            }
        }
        (start, skipsHeader, rows) = (offset, skips, found)
    }
}
