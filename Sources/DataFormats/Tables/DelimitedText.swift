/// Rows of text whose fields a byte separates, quoted as RFC 4180 says: CSV, and TSV with a tab.
///
/// Any bytes are rows of some kind: nothing fails, nothing is kept beyond what was asked for.
public struct DelimitedText: Sendable, Hashable {
    /// The byte between two fields.
    public let separator: UInt8

    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// Makes a reader.
    public init(separator: UInt8) { self.separator = separator }

    /// Where the row that begins at `start` ends, behind its newline; nil where the bytes end before it does.
    public func end(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var isQuoted = false
        // A quote elsewhere than at a field's beginning is a character.
        var mayOpen = true
        var offset = start
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if isQuoted {
                if byte == Self.quote { (isQuoted, mayOpen) = (false, true) }
            } else if byte == Self.newline {
                return offset
            } else if byte == Self.quote, mayOpen {
                isQuoted = true
            } else {
                mayOpen = byte == separator
            }
        }
        return nil
    }

    /// The fields of a row, without quotes and the line's end.
    public func fields(_ row: UnsafeRawBufferPointer) -> [[UInt8]] {
        var fields: [[UInt8]] = []
        var field: [UInt8] = []
        var (isQuoted, mayOpen, hasClosed) = (false, true, false)
        for byte in DelimitedText.withoutEnd(row) {
            if isQuoted {
                if byte == Self.quote {
                    (isQuoted, mayOpen, hasClosed) = (false, true, true)
                } else {
                    field.append(byte)
                }
            } else if byte == Self.quote, mayOpen {
                // Two quotes in a quoted field are one.
                if hasClosed { field.append(byte) }
                isQuoted = true
            } else if byte == separator {
                fields.append(field)
                field.removeAll(keepingCapacity: true)
                (mayOpen, hasClosed) = (true, false)
            } else {
                field.append(byte)
                mayOpen = false
            }
        }
        fields.append(field)
        return fields
    }

    /// The fields of a row.
    func fields(_ row: some Collection<UInt8>) -> [[UInt8]] { Array(row).withUnsafeBytes { fields($0) } }

    /// A row without its line's end: the last one of a file may lack it, and files change from one kind to the other.
    static func withoutEnd(_ row: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var count = row.count
        if count > 0, row[count - 1] == newline { count -= 1 }
        if count > 0, row[count - 1] == carriageReturn { count -= 1 }
        return UnsafeRawBufferPointer(rebasing: row[..<count])
    }

    /// Finds the separator of a text from its first rows: all have as many fields, two or more. Nil where none fits.
    static func sniff(_ head: [UInt8], isWhole: Bool) -> DelimitedText? {
        for separator in [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";")] {
            let text = DelimitedText(separator: separator)
            let counts = text.firstRows(head, isWhole: isWhole).map { text.fields($0).count }
            if counts.count >= 2, let first = counts.first, first >= 2, counts.allSatisfy({ $0 == first }) {
                return text
            }
        }
        return nil
    }

    /// The first rows that are whole, at most so many.
    func firstRows(_ head: [UInt8], isWhole: Bool, limit: Int = 32) -> [ArraySlice<UInt8>] {
        var rows: [ArraySlice<UInt8>] = []
        var start = 0
        while rows.count < limit, start < head.count {
            let end = head.withUnsafeBytes { self.end(of: $0, from: start) }
            guard let next = end ?? (isWhole ? head.count : nil) else { break }
            rows.append(head[start..<next])
            start = next
        }
        return rows
    }

    /// Where rows begin in bytes from the middle of a file. Whether those begin in a quoted field cannot be seen at once: of the
    /// two readings the one is right in which quotes open fields behind separators and close them before such.
    func rowStarts(in bytes: [UInt8]) -> [Int] {
        func isBorder(_ index: Int) -> Bool {
            guard bytes.indices.contains(index) else { return true }
            return [separator, Self.quote, Self.newline, Self.carriageReturn].contains(bytes[index])
        }
        // Rows, and quotes out of place, for bytes that begin outside of quotes and for those that begin inside.
        var starts: [[Int]] = [[], []]
        var misplaced = [0, 0]
        var outside = 0
        for (index, byte) in bytes.enumerated() {
            if byte == Self.quote {
                if !isBorder(index - 1) { misplaced[outside] += 1 }
                if !isBorder(index + 1) { misplaced[1 - outside] += 1 }
                outside = 1 - outside
            } else if byte == Self.newline {
                starts[outside].append(index + 1)
            }
        }
        return misplaced[1] < misplaced[0] ? starts[1] : starts[0]
    }

    /// The names of the columns, where the first row looks like them: none is empty, a number, or there twice.
    func header(_ head: [UInt8], isWhole: Bool) -> [[UInt8]]? {
        guard let row = firstRows(head, isWhole: isWhole, limit: 1).first else { return nil }
        let names = fields(row)
        guard Set(names).count == names.count else { return nil }
        let areNames = names.allSatisfy { !$0.isEmpty && Double(String(decoding: $0, as: UTF8.self)) == nil }
        return areNames ? names : nil
    }
}
