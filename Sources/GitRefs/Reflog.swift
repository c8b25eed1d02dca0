public import Bytes
public import GitObjects

/// One change of a ref: `<old> <new> <who> <when> <zone>\t<message>\n`.
public struct ReflogEntry: Sendable, Hashable {
    /// What the ref held before; all zeros where it was new.
    public let old: ObjectID
    /// What it held from then on; all zeros where it was removed.
    public let new: ObjectID
    /// Who changed it, and when.
    public let committer: Signature
    /// Why, in one line.
    public let message: [UInt8]

    /// Makes an entry.
    public init(old: ObjectID, new: ObjectID, committer: Signature, message: [UInt8]) {
        self.old = old
        self.new = new
        self.committer = committer
        self.message = message
    }

    /// The message as text.
    public var text: String { String(decoding: message, as: UTF8.self) }

    /// The line with its newline; white space in the message is folded to single spaces.
    public var encoded: [UInt8] {
        var line = old.hexBytes
        line.append(0x20)
        line += new.hexBytes
        line.append(0x20)
        line += committer.encoded
        let folded = Self.fold(message)
        if !folded.isEmpty {
            line.append(9)
            line += folded
        }
        line.append(10)
        return line
    }

    static func fold(_ message: [UInt8]) -> [UInt8] {
        let words = message.split { $0 == 0x20 || ($0 >= 9 && $0 <= 13) }
        return Array(words.joined(separator: [0x20]))
    }
}

/// The changes of one ref.
public struct Reflog: Sendable {
    /// The changes, oldest first.
    public let entries: [ReflogEntry]

    /// Reads a log; lines that are broken are passed over, as Git does.
    public init(parsing content: [UInt8], algorithm: HashAlgorithm) {
        var entries: [ReflogEntry] = []
        let hex = algorithm.hexCount
        var start = 0
        while start < content.count {
            let end = content[start...].firstIndex(of: 10) ?? content.count
            defer { start = end + 1 }
            // A line without an end was being written when the process died.
            guard end < content.count, end - start > 2 * hex + 2, content[start + hex] == 0x20,
                content[start + 2 * hex + 1] == 0x20,
                let old = ObjectID(hex: content[start..<(start + hex)], algorithm: algorithm),
                let new = ObjectID(hex: content[(start + hex + 1)..<(start + 2 * hex + 1)], algorithm: algorithm)
            else { continue }
            let rest = content[(start + 2 * hex + 2)..<end]
            let tab = rest.firstIndex(of: 9) ?? end
            guard let close = rest[..<tab].lastIndex(of: UInt8(ascii: ">")), close + 1 < tab else { continue }
            entries.append(
                ReflogEntry(
                    old: old, new: new, committer: Signature(parsing: rest[..<tab]),
                    message: Array(content[min(tab + 1, end)..<end])))
        }
        self.entries = entries
    }

    /// What the ref held `count` changes ago: 0 is now. nil where the log does not go back so far; the oldest entry's
    /// own "before" counts, where it had one.
    public func id(before count: Int) -> ObjectID? {
        guard count >= 0 else { return nil }
        if count < entries.count { return entries[entries.count - 1 - count].new }
        guard count == entries.count, let first = entries.first, !first.old.isZero else { return nil }
        return first.old
    }
}
