internal import GitObjects

/// The message of commits that become one, as `squash` and `fixup` put it together: each under a heading, those that do not
/// count commented out. It is kept in Git's file while there is more to come.
struct MeldedMessage {
    private struct Part {
        var isSkipped: Bool
        var body: [UInt8]
    }

    private let comment: UInt8
    private var parts: [Part] = []

    /// Begins with the message of the first commit.
    init(first: [UInt8], isSkipped: Bool, comment: UInt8) {
        self.comment = comment
        parts = [Part(isSkipped: isSkipped, body: isSkipped ? CommentedText.comment(first, with: comment) : first)]
    }

    /// Reads what was put together so far.
    init(parsing text: [UInt8], comment: UInt8) {
        self.comment = comment
        var body: [[UInt8]] = []
        var lines = text.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        if lines.first?.first == comment { lines.removeFirst() }
        for line in lines {
            let number = parts.count + 1
            let isActive = line == heading(number, isSkipped: false)
            guard isActive || line == heading(number, isSkipped: true) else {
                body.append(line)
                continue
            }
            finish(&body, isLast: false)
            parts.append(Part(isSkipped: !isActive, body: []))
        }
        finish(&body, isLast: true)
    }

    private mutating func finish(_ lines: inout [[UInt8]], isLast: Bool) {
        defer { lines = [] }
        guard !parts.isEmpty else { return }
        // A blank line behind the heading, and one before the next.
        if lines.first?.isEmpty == true { lines.removeFirst() }
        if !isLast, lines.last?.isEmpty == true { lines.removeLast() }
        parts[parts.count - 1].body = lines.flatMap { $0 + [10] }
    }

    private func heading(_ number: Int, isSkipped: Bool) -> [UInt8] {
        let text: String
        switch (number, isSkipped) {
        case (1, false): text = "This is the 1st commit message:"
        case (1, true): text = "The 1st commit message will be skipped:"
        case (_, false): text = "This is the commit message #\(number):"
        case (_, true): text = "The commit message #\(number) will be skipped:"
        }
        return [comment, 32] + Array(text.utf8)
    }

    /// Adds a message that is left out.
    mutating func addSkipped(_ message: [UInt8]) {
        parts.append(Part(isSkipped: true, body: CommentedText.comment(message, with: comment)))
    }

    /// Adds a message; where its first line only says what it belongs to, that line is left out.
    mutating func add(_ message: [UInt8], skippingSubject: Bool) {
        guard skippingSubject else {
            parts.append(Part(isSkipped: false, body: message))
            return
        }
        // The subject ends with the first blank line.
        var end = message.startIndex
        while end < message.endIndex {
            let line = message[end...].prefix { $0 != 10 }
            if line.allSatisfy({ $0 == 32 || $0 == 9 }) { break }
            end = min(line.endIndex + 1, message.endIndex)
        }
        let subject = CommentedText.comment(Array(message[..<end]), with: comment)
        parts.append(Part(isSkipped: false, body: subject + message[end...]))
    }

    /// Leaves out everything so far: another message takes its place.
    mutating func skipAll() {
        for place in parts.indices where !parts[place].isSkipped {
            parts[place].isSkipped = true
            parts[place].body = CommentedText.comment(parts[place].body, with: comment)
        }
    }

    /// Takes the last message out again.
    mutating func removeLast() { parts.removeLast() }

    var count: Int { parts.count }

    /// The file's content.
    var text: [UInt8] {
        var result = [comment, 32] + Array("This is a combination of \(parts.count) commits.\n".utf8)
        for (number, part) in parts.enumerated() {
            if number > 0 { result.append(10) }
            result += heading(number + 1, isSkipped: part.isSkipped) + [10, 10] + part.body
        }
        return result
    }
}
