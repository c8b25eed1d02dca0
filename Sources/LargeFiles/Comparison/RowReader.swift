internal import DataFormats

/// Reads the rows of a stretch of chunks, from the one in which it begins to the one in which it ends.
struct RowReader {
    private let format: TableFormat
    private let content: ContentReading
    private let end: Int
    private var next: Int
    private var buffer: [UInt8] = []
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

    /// Reads about so many bytes, and hands on their rows.
    mutating func read(_ count: Int, _ row: (UnsafeRawBufferPointer) -> Void) throws(ChunkStoreError) {
        guard !isAtEnd, !isStuck else { return }
        if !hasBegun { try begin() }
        buffer.removeSubrange(..<start)
        start = 0
        while next < end, buffer.count < count {
            buffer += try content.bytes(next)
            next += 1
        }
        if next == end {
            boundary = buffer.count
            if end < content.manifest.chunks.count { buffer += try content.bytes(end) }
        }
        hand(row)
        isAtEnd = next == end
        isStuck = !isAtEnd && start == 0 && buffer.count >= count
    }

    /// The row that the stretch begins in, and the one before it, from the chunk before.
    private mutating func begin() throws(ChunkStoreError) {
        hasBegun = true
        guard next > 0 else { return }
        let before = try content.bytes(next - 1)
        buffer = Array(before[(format.rowStarts(in: before).dropLast().last ?? 0)...])
    }

    private mutating func hand(_ row: (UnsafeRawBufferPointer) -> Void) {
        let (format, boundary, isLast) = (format, boundary, end == content.manifest.chunks.count)
        var (offset, skips) = (start, skipsHeader)
        buffer.withUnsafeBytes { bytes in
            // A row that begins behind the stretch is the same in both.
            while offset < boundary ?? bytes.count {
                let found = format.end(of: bytes, from: offset)
                guard let end = found ?? (boundary == nil ? nil : bytes.count) else { break }
                if found == nil, !isLast, boundary == nil { break }
                if !skips { row(UnsafeRawBufferPointer(rebasing: bytes[offset..<end])) }
                skips = false
                offset = end
            }
        }
        (start, skipsHeader) = (offset, skips)
    }
}
