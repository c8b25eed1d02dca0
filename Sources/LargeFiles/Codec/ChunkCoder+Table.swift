internal import Bytes

/// Tables of text: a chunk whose lines all have the same number of fields is coded column by column, so that digits stand beside
/// digits of the same place. Documentation/Formats/chunk-store.md, "Table".
extension ChunkCoder {
    /// How the fields of a column are written.
    private enum ColumnCoding: UInt8 {
        case joined = 0
        case places = 1
        case dictionary = 2
    }

    private struct Layout {
        var delimiter: UInt8
        var columns: Int
        var rows: Int
        /// From the first whole line to the last.
        var body: Range<Int>
        /// Where each field ends, row after row.
        var ends: [Int]

        func field(_ row: Int, _ column: Int) -> Range<Int> {
            let index = row * columns + column
            return (index == 0 ? body.lowerBound : ends[index - 1] + 1)..<ends[index]
        }
    }

    private static let maximumColumns = 256
    private static let minimumRows = 16
    /// Longer fields are no numbers.
    private static let maximumPlaces = 40

    // MARK: Coding

    /// The payload of a table; nil where the chunk is none.
    func table(_ raw: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let layout = ChunkCoder.layout(raw) else { return nil }
        var writer = ByteWriter(capacity: raw.count / 2)
        writer.write(Method.table.rawValue)
        writer.write(layout.delimiter)
        writer.writeVarint(UInt64(layout.columns))
        writer.writeVarint(UInt64(layout.rows))
        writer.writeVarint(UInt64(layout.body.lowerBound))
        writer.writeVarint(UInt64(raw.count - layout.body.upperBound))
        writer.write(UnsafeRawBufferPointer(rebasing: raw[..<layout.body.lowerBound]).bytes)
        writer.write(UnsafeRawBufferPointer(rebasing: raw[layout.body.upperBound...]).bytes)
        for column in 0..<layout.columns { write(column, of: layout, raw, into: &writer) }
        return writer.count < raw.count ? writer.bytes : nil
    }

    private static func layout(_ raw: UnsafeRawBufferPointer) -> Layout? {
        guard let first = raw.firstIndex(of: 10), let last = raw.lastIndex(of: 10), last > first else { return nil }
        let body = first + 1..<last + 1
        guard let lineEnd = raw[body].firstIndex(of: 10) else { return nil }
        let line = raw[body.lowerBound..<lineEnd]
        var delimiter: UInt8 = 0
        var count = 0
        for candidate in [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";"), UInt8(ascii: "|")] {
            let found = line.count { $0 == candidate }
            if found > count { (delimiter, count) = (candidate, found) }
        }
        guard count >= 1, count < maximumColumns else { return nil }
        var ends: [Int] = []
        ends.reserveCapacity(raw.count / 4)
        var column = 0
        for index in body {
            let byte = raw[index]
            if byte == delimiter {
                ends.append(index)
                column += 1
            } else if byte == 10 {
                guard column == count else { return nil }
                ends.append(index)
                column = 0
            }
        }
        let rows = ends.count / (count + 1)
        guard rows >= minimumRows else { return nil }
        return Layout(delimiter: delimiter, columns: count + 1, rows: rows, body: body, ends: ends)
    }

    /// One column, by the shortest of the codings that fit it.
    private func write(
        _ column: Int, of layout: Layout, _ raw: UnsafeRawBufferPointer, into writer: inout ByteWriter
    ) {
        if let coded = dictionary(column, layout, raw) {
            writer.write(ColumnCoding.dictionary.rawValue)
            writer.write(coded)
            return
        }
        let joined = joined(column, layout, raw)
        if let places = places(column, layout, raw), places.count < joined.count {
            writer.write(ColumnCoding.places.rawValue)
            writer.write(places)
        } else {
            writer.write(ColumnCoding.joined.rawValue)
            writer.write(joined)
        }
    }

    /// The fields one after the other, each ended by a newline.
    private func joined(_ column: Int, _ layout: Layout, _ raw: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in 0..<layout.rows {
            bytes.append(contentsOf: raw[layout.field(row, column)])
            bytes.append(10)
        }
        var writer = ByteWriter(capacity: bytes.count / 2)
        writer.writeVarint(UInt64(bytes.count))
        write(stream: bytes, into: &writer)
        return writer.bytes
    }

    /// The fields' lengths, then the last bytes of all fields, the last but one, and so on.
    private func places(_ column: Int, _ layout: Layout, _ raw: UnsafeRawBufferPointer) -> [UInt8]? {
        var lengths: [UInt8] = []
        lengths.reserveCapacity(layout.rows)
        var longest = 0
        for row in 0..<layout.rows {
            let length = layout.field(row, column).count
            guard length <= Self.maximumPlaces else { return nil }
            longest = max(longest, length)
            lengths.append(UInt8(length))
        }
        var writer = ByteWriter(capacity: layout.rows * 2)
        write(stream: lengths, into: &writer)
        var plane: [UInt8] = []
        plane.reserveCapacity(layout.rows)
        for place in 0..<longest {
            plane.removeAll(keepingCapacity: true)
            for row in 0..<layout.rows where Int(lengths[row]) > place {
                plane.append(raw[layout.ends[row * layout.columns + column] - 1 - place])
            }
            write(stream: plane, into: &writer)
        }
        return writer.bytes
    }

    /// The different fields, and which of them each row has; nil where there are too many.
    private func dictionary(_ column: Int, _ layout: Layout, _ raw: UnsafeRawBufferPointer) -> [UInt8]? {
        let most = min(255, layout.rows / 4)
        var words: [Range<Int>] = []
        var indices: [UInt8] = []
        indices.reserveCapacity(layout.rows)
        // Open addressing by a short hash: a column of many different fields is given up after the first few hundred.
        var slots = [UInt16](repeating: 0, count: 1024)
        for row in 0..<layout.rows {
            let field = layout.field(row, column)
            var hash: UInt32 = 2_166_136_261
            for index in field { hash = (hash ^ UInt32(raw[index])) &* 16_777_619 }
            var slot = Int(hash ^ hash >> 15) & 1023
            while slots[slot] != 0, !raw[words[Int(slots[slot]) - 1]].elementsEqual(raw[field]) {
                slot = (slot + 1) & 1023
            }
            if slots[slot] == 0 {
                guard words.count < most else { return nil }
                words.append(field)
                slots[slot] = UInt16(words.count)
            }
            indices.append(UInt8(slots[slot] - 1))
        }
        var bytes: [UInt8] = []
        for word in words {
            bytes.append(contentsOf: raw[word])
            bytes.append(10)
        }
        var writer = ByteWriter(capacity: bytes.count + layout.rows)
        writer.writeVarint(UInt64(bytes.count))
        write(stream: bytes, into: &writer)
        write(stream: indices, into: &writer)
        return writer.bytes
    }

    /// A plane, by the shorter of the two compressors that know nothing of numbers.
    private func write(stream: [UInt8], into writer: inout ByteWriter) {
        stream.withUnsafeBytes { plane in
            guard let first = plane.first else { return }
            if plane.allSatisfy({ $0 == first }) {
                writer.write(2 as UInt8)
                writer.write(first)
                return
            }
            let entropy = compress(&entropyOnly, plane, limit: plane.count - 4)
            let matches = compress(&fast, plane, limit: (entropy?.count ?? plane.count - 4) - 1)
            if let frame = matches ?? entropy {
                writer.write(1 as UInt8)
                writer.writeVarint(UInt64(frame.count))
                writer.write(frame)
            } else {
                writer.write(0 as UInt8)
                writer.write(stream)
            }
        }
    }

    // MARK: Decoding

    private struct Column {
        var bytes: [UInt8] = []
        /// Where each field ends in the bytes.
        var ends: [Int] = []
    }

    /// A table's bytes; nil where the payload is damaged.
    func joinTable(_ body: UnsafeRawBufferPointer, size: Int) -> [UInt8]? {
        guard let delimiter = body.first else { return nil }
        var position = 1
        guard let columns = ChunkPackFormat.length(body, &position), columns >= 1, columns <= Self.maximumColumns,
            let rows = ChunkPackFormat.length(body, &position), rows >= 1, rows <= size / columns,
            let head = ChunkPackFormat.length(body, &position), head <= size,
            let tail = ChunkPackFormat.length(body, &position), tail <= size,
            head + tail <= body.count - position
        else { return nil }
        let start = position
        let middle = start + head
        position = middle + tail
        var output: [UInt8] = []
        output.reserveCapacity(size)
        output.append(contentsOf: body[start..<middle])
        guard let fields = readColumns(body, &position, rows, columns, limit: size), position == body.count else {
            return nil
        }
        for row in 0..<rows {
            for column in 0..<columns {
                let begin = row == 0 ? 0 : fields[column].ends[row - 1]
                output.append(contentsOf: fields[column].bytes[begin..<fields[column].ends[row]])
                output.append(column == columns - 1 ? 10 : delimiter)
            }
        }
        output.append(contentsOf: body[middle..<middle + tail])
        return output.count == size ? output : nil
    }

    private func readColumns(
        _ body: UnsafeRawBufferPointer, _ position: inout Int, _ rows: Int, _ columns: Int, limit: Int
    ) -> [Column]? {
        var result: [Column] = []
        result.reserveCapacity(columns)
        var left = limit
        for _ in 0..<columns {
            guard position < body.count, let coding = ColumnCoding(rawValue: body[position]) else { return nil }
            position += 1
            let column: Column?
            switch coding {
            case .joined: column = readJoined(body, &position, rows, limit: limit)
            case .places: column = readPlaces(body, &position, rows, limit: left)
            case .dictionary: column = readDictionary(body, &position, rows, limit: left)
            }
            guard let column, column.bytes.count <= left else { return nil }
            left -= column.bytes.count
            result.append(column)
        }
        return result
    }

    /// Fields that a newline ends each, without the newlines.
    private func readFields(
        _ body: UnsafeRawBufferPointer, _ position: inout Int, limit: Int
    ) -> Column? {
        guard let length = ChunkPackFormat.length(body, &position), length >= 1, length <= 2 * limit,
            let bytes = readStream(body, &position, count: length), bytes.last == 10
        else { return nil }
        var column = Column()
        column.bytes.reserveCapacity(length)
        for byte in bytes {
            if byte == 10 { column.ends.append(column.bytes.count) } else { column.bytes.append(byte) }
        }
        return column
    }

    private func readJoined(
        _ body: UnsafeRawBufferPointer, _ position: inout Int, _ rows: Int, limit: Int
    ) -> Column? {
        guard let column = readFields(body, &position, limit: limit), column.ends.count == rows else { return nil }
        return column
    }

    private func readPlaces(
        _ body: UnsafeRawBufferPointer, _ position: inout Int, _ rows: Int, limit: Int
    ) -> Column? {
        guard let lengths = readStream(body, &position, count: rows) else { return nil }
        var column = Column()
        var total = 0
        var longest = 0
        column.ends.reserveCapacity(rows)
        for length in lengths {
            total += Int(length)
            longest = max(longest, Int(length))
            column.ends.append(total)
        }
        guard total <= limit else { return nil }
        column.bytes = [UInt8](repeating: 0, count: total)
        for place in 0..<longest {
            let count = lengths.count { Int($0) > place }
            guard let plane = readStream(body, &position, count: count) else { return nil }
            var next = 0
            for row in 0..<rows where Int(lengths[row]) > place {
                column.bytes[column.ends[row] - 1 - place] = plane[next]
                next += 1
            }
        }
        return column
    }

    private func readDictionary(
        _ body: UnsafeRawBufferPointer, _ position: inout Int, _ rows: Int, limit: Int
    ) -> Column? {
        guard let words = readFields(body, &position, limit: limit),
            let indices = readStream(body, &position, count: rows)
        else { return nil }
        var column = Column()
        column.ends.reserveCapacity(rows)
        for index in indices {
            guard Int(index) < words.ends.count else { return nil }
            let begin = index == 0 ? 0 : words.ends[Int(index) - 1]
            column.bytes.append(contentsOf: words.bytes[begin..<words.ends[Int(index)]])
            guard column.bytes.count <= limit else { return nil }
            column.ends.append(column.bytes.count)
        }
        return column
    }

    private func readStream(_ body: UnsafeRawBufferPointer, _ position: inout Int, count: Int) -> [UInt8]? {
        guard count > 0 else { return [] }
        var isRead = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            isRead = readPlane(body, &position, into: UnsafeMutableRawBufferPointer(buffer))
            initialized = isRead ? count : 0
        }
        return isRead ? bytes : nil
    }
}
