/// The kinds of text that hold one record after the other.
public enum TableFormat: Sendable, Hashable {
    /// CSV or TSV.
    case delimited(DelimitedText)
    /// One JSON object a line.
    case jsonLines

    /// How much of a file's beginning is looked at.
    public static let headLength = 64 << 10

    /// What a file holds, judged by its first bytes; nil where it is something else.
    ///
    /// - Parameter isWhole: whether `head` is the whole file.
    public static func sniff(_ head: [UInt8], isWhole: Bool) -> TableFormat? {
        let head = TableFormat.withoutMark(head)
        guard !head.isEmpty, !head.contains(0) else { return nil }
        if head.first == UInt8(ascii: "{") {
            let lines = head.split(separator: UInt8(ascii: "\n"), maxSplits: 8)
            let whole = isWhole ? lines.prefix(8) : lines.dropLast().prefix(8)
            let areObjects = whole.allSatisfy { JSONLines.members(Array($0)) != nil }
            return whole.count >= 2 && areObjects ? .jsonLines : nil
        }
        return DelimitedText.sniff(head, isWhole: isWhole).map { .delimited($0) }
    }

    /// The name that people use.
    public var name: String {
        switch self {
        case .delimited(let text): text.separator == UInt8(ascii: "\t") ? "TSV" : "CSV"
        case .jsonLines: "JSON Lines"
        }
    }

    /// The names of the columns, as the head of a file gives them; nil where it does not.
    public func columns(_ head: [UInt8], isWhole: Bool) -> [String]? {
        switch self {
        case .delimited(let text):
            text.header(TableFormat.withoutMark(head), isWhole: isWhole)?.map { String(decoding: $0, as: UTF8.self) }
        case .jsonLines: nil
        }
    }

    /// What a row of this kind holds, as a file's first bytes show it: names, where there are any.
    ///
    /// - Returns: the names, or how many fields there are without names.
    public func fields(_ head: [UInt8], isWhole: Bool) -> (names: [String], count: Int) {
        switch self {
        case .delimited(let text):
            let names = columns(head, isWhole: isWhole) ?? []
            let first = text.firstRows(head, isWhole: isWhole, limit: 1).first
            return (names, max(names.count, first.map { text.fields($0).count } ?? 0))
        case .jsonLines:
            let line = head.prefix { $0 != UInt8(ascii: "\n") }
            let names = (JSONLines.members(Array(line)) ?? []).map(\.name)
            return (names, names.count)
        }
    }

    /// Where the row that begins at `start` ends; nil where the bytes end before it does.
    public func end(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        switch self {
        case .delimited(let text): return text.end(of: bytes, from: start)
        case .jsonLines:
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            return end + 1
        }
    }

    /// Where rows begin in bytes from the middle of a file, and behind the last one; the first may have begun before them.
    public func rowStarts(in bytes: [UInt8]) -> [Int] {
        switch self {
        case .delimited(let text): return text.rowStarts(in: bytes)
        case .jsonLines: return bytes.indices.filter { bytes[$0] == 0x0a }.map { $0 + 1 }
        }
    }

    /// UTF-8's byte order mark is no part of the first column's name.
    private static func withoutMark(_ head: [UInt8]) -> [UInt8] {
        head.starts(with: [0xef, 0xbb, 0xbf]) ? Array(head.dropFirst(3)) : head
    }
}
