internal import Bytes
internal import GitObjects

/// Putting a commit's message together.
enum CommitMessage {
    /// `--cleanup`.
    enum Cleanup: String {
        case verbatim
        case whitespace
        case strip
        case scissors
    }

    static let scissors = "------------------------ >8 ------------------------"

    /// Takes out blank lines at the ends and doubled ones, spaces at lines' ends, and with `comment` lines that begin with it.
    static func stripped(_ message: [UInt8], comment: UInt8?) -> [UInt8] {
        var result: [UInt8] = []
        var blanks = 0
        for line in message.split(separator: 10, omittingEmptySubsequences: false) {
            if let comment, line.first == comment { continue }
            var line = line
            while let last = line.last, last == 32 || (9...13).contains(last) { line.removeLast() }
            if line.isEmpty {
                blanks += 1
                continue
            }
            if blanks > 0, !result.isEmpty { result.append(10) }
            blanks = 0
            result.append(contentsOf: line)
            result.append(10)
        }
        return result
    }

    /// Applies a cleanup.
    static func clean(_ message: [UInt8], _ cleanup: Cleanup, comment: UInt8) -> [UInt8] {
        switch cleanup {
        case .verbatim: return message
        case .whitespace: return stripped(message, comment: nil)
        case .strip: return stripped(message, comment: comment)
        case .scissors: return stripped(cut(message, comment: comment), comment: nil)
        }
    }

    /// What stands before the scissors line.
    static func cut(_ message: [UInt8], comment: UInt8) -> [UInt8] {
        let marker = [comment, 32] + Array(scissors.utf8)
        var start = message.startIndex
        for line in message.split(separator: 10, omittingEmptySubsequences: false) {
            if line.elementsEqual(marker) { return Array(message[..<start]) }
            start += line.count + 1
        }
        return message
    }

    /// Where the trailers at the message's end begin and whether there are any: a last paragraph of which at least a quarter
    /// are `Key: value` lines (all, without one that Git itself writes).
    static func hasTrailers(_ message: [UInt8]) -> Bool {
        let lines = message.split(separator: 10, omittingEmptySubsequences: false)
        var last = lines[...]
        while let line = last.last, line.allSatisfy({ $0 == 32 || $0 == 9 }) { last.removeLast() }
        guard let blank = last.lastIndex(where: { $0.allSatisfy { $0 == 32 || $0 == 9 } }) else { return false }
        let paragraph = last[(blank + 1)...]
        var trailers = 0
        var others = 0
        var isRecognized = false
        for line in paragraph {
            if line.first == 32 || line.first == 9 { continue }
            if isGenerated(line) {
                isRecognized = true
                trailers += 1
            } else if isTrailer(line) {
                trailers += 1
            } else {
                others += 1
            }
        }
        if isRecognized { return trailers * 3 >= others }
        return trailers > 0 && others == 0
    }

    private static func isGenerated(_ line: ArraySlice<UInt8>) -> Bool {
        line.starts(with: Array("Signed-off-by: ".utf8)) || line.starts(with: Array("(cherry picked from commit ".utf8))
    }

    private static func isTrailer(_ line: ArraySlice<UInt8>) -> Bool {
        var sawSpace = false
        for (position, byte) in line.enumerated() {
            if byte == UInt8(ascii: ":") { return position > 0 }
            let isName =
                byte == UInt8(ascii: "-") || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a)
                || (byte >= 0x61 && byte <= 0x7a)
            if isName && !sawSpace { continue }
            if position > 0, byte == 32 || byte == 9 {
                sawSpace = true
                continue
            }
            return false
        }
        return false
    }

    /// Appends a trailer, unless `unlessLast` and it stands last already.
    static func appendTrailer(_ trailer: [UInt8], to message: inout [UInt8], isSignOff: Bool) {
        while message.last == 10 { message.removeLast() }
        let lines = message.split(separator: 10, omittingEmptySubsequences: false)
        if isSignOff {
            if hasTrailers(message), lines.last?.elementsEqual(trailer) == true {
                message.append(10)
                return
            }
        }
        if !message.isEmpty {
            message.append(10)
            if !hasTrailers(message) { message.append(10) }
        } else if isSignOff {
            message.append(10)
            message.append(10)
        }
        message += trailer + [10]
    }

    /// Whether nothing but sign-offs stands in a cleaned message.
    static func isEmpty(_ message: [UInt8]) -> Bool {
        message.split(separator: 10).allSatisfy { line in
            line.starts(with: Array("Signed-off-by: ".utf8)) || line.allSatisfy { $0 == 32 || (9...13).contains($0) }
        }
    }
}
