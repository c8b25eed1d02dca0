/// Takes mailboxes apart.
public enum Mailbox {
    /// The messages of an mbox file. A file that does not begin with `From ` is one message.
    ///
    /// - Parameters:
    ///   - keepsReturns: whether CR LF stays so.
    ///   - isQuoted: whether `>From ` stands for `From ` (`mboxrd`).
    public static func split(_ content: [UInt8], keepsReturns: Bool = false, isQuoted: Bool = false) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        var current: [UInt8]?
        var start = content.firstIndex { !isSpace($0) } ?? content.count
        start = content[..<start].lastIndex(of: 10).map { $0 + 1 } ?? 0
        while start < content.count {
            let end = content[start...].firstIndex(of: 10).map { $0 + 1 } ?? content.count
            var line = Array(content[start..<end])
            start = end
            if isSeparator(line) {
                if let current { messages.append(current) }
                current = line
                continue
            }
            if !keepsReturns, line.count > 1, line[line.count - 2] == 13, line.last == 10 {
                line.remove(at: line.count - 2)
            }
            if isQuoted, line.first == 0x3e {
                let rest = line.drop { $0 == 0x3e }
                if rest.starts(with: "From ".utf8) { line.removeFirst() }
            }
            current = (current ?? []) + line
        }
        if let current { messages.append(current) }
        return messages
    }

    /// `From <who> <date>`: a time with colons and a year.
    static func isSeparator(_ line: [UInt8]) -> Bool {
        guard line.count >= 20, line.starts(with: "From ".utf8) else { return false }
        guard let colon = line[5..<(line.count - 2)].lastIndex(of: 0x3a), colon >= 9, colon + 4 < line.count else {
            return false
        }
        func isDigit(_ index: Int) -> Bool { line[index] &- 0x30 < 10 }
        guard isDigit(colon - 4), isDigit(colon - 2), isDigit(colon - 1), isDigit(colon + 1), isDigit(colon + 2) else {
            return false
        }
        let year = line[(colon + 3)...].drop(while: isSpace).prefix { $0 &- 0x30 < 10 }
        return (Int(String(decoding: year, as: UTF8.self)) ?? 0) > 90
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }
}
