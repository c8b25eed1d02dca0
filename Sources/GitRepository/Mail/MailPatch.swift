/// A mail that carries a patch, taken apart: who, when, what about, the text, and the patch.
public struct MailPatch: Sendable {
    /// How much of it is taken.
    public struct Options: Sendable {
        /// Whether the subject stays as it is (`-k`).
        public var keepsSubject = false
        /// Whether brackets without `PATCH` in them stay (`-b`).
        public var keepsBrackets = false
        /// Whether everything before a line of scissors is dropped.
        public var cutsAtScissors = false
        /// Whether the message's id is put at the text's end.
        public var addsMessageID = false
        /// Turns bytes of a character set into UTF-8; nil leaves them.
        public var convert: @Sendable (_ bytes: [UInt8], _ charset: String) -> [UInt8] = { bytes, _ in bytes }

        /// `am`'s.
        public init() {}
    }

    /// The author's name.
    public var name: [UInt8] = []
    /// The author's address.
    public var address: [UInt8] = []
    /// The date as the mail says it.
    public var date: [UInt8] = []
    /// The title.
    public var subject: [UInt8] = []
    /// The text below the title, up to the patch.
    public var text: [UInt8] = []
    /// The patch with what stands before it.
    public var patch: [UInt8] = []

    private let options: Options
    private var messageID: [UInt8] = []
    private var isInPatch = false
    private var readsInnerHeaders = true
    private var innerHeader: [UInt8] = []
    private var hasInnerHeader = false

    /// Takes a message apart.
    public init(_ message: [UInt8], options: Options) {
        self.options = options
        var part = MailPart(message, isMessage: true)
        for (name, value) in part.headers { header(name, value) }
        read(&part, depth: 0)
        finish()
    }

    // MARK: Headers

    private mutating func header(_ name: String, _ value: [UInt8]) {
        let text = MailCoding.header(value, options.convert)
        switch name {
        case "from": from(text)
        case "subject": subject = text
        case "date": date = Self.trimmed(text[...])
        case "message-id": messageID = Self.trimmed(text[...])
        default: break
        }
    }

    private mutating func from(_ whole: [UInt8]) {
        var text = Self.unquoted(whole)
        guard let at = text.firstIndex(of: 0x40) else {
            // No address: what there is serves as both.
            name = Self.collapsed(text)
            return
        }
        func isEnd(_ byte: UInt8) -> Bool { Mailbox.isSpace(byte) || byte == 0x3c || byte == 0x3e || byte == 0x28 }
        var start = at
        while start > 0, !isEnd(text[start - 1]) { start -= 1 }
        var end = at
        while end < text.count, !isEnd(text[end]), text[end] != 0x29 { end += 1 }
        address = Array(text[start..<end])
        var removedStart = start
        var removedEnd = end
        if removedEnd < text.count, text[removedEnd] == 0x3e { removedEnd += 1 }
        if removedStart > 0, text[removedStart - 1] == 0x3c { removedStart -= 1 }
        text.removeSubrange(removedStart..<removedEnd)
        var shown = Self.collapsed(text)
        if shown.first == 0x28, shown.last == 0x29 { shown = Self.collapsed(Array(shown.dropFirst().dropLast())) }
        let isOdd = shown.isEmpty || shown.count > 60 || shown.contains { $0 == 0x40 || $0 == 0x3c || $0 == 0x3e }
        name = isOdd ? address : shown
    }

    /// Quotation marks gone, what they and backslashes guard kept.
    private static func unquoted(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isEscaped = false
        for byte in text {
            if isEscaped {
                result.append(byte)
                isEscaped = false
            } else if byte == 0x5c {
                isEscaped = true
            } else if byte != 0x22 {
                result.append(byte)
            }
        }
        return result
    }

    static func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var text = text
        while let first = text.first, Mailbox.isSpace(first) { text = text.dropFirst() }
        while let last = text.last, Mailbox.isSpace(last) { text = text.dropLast() }
        return Array(text)
    }

    /// Runs of white space as one space, none at the ends.
    static func collapsed(_ text: [UInt8]) -> [UInt8] {
        Array(text.split(whereSeparator: Mailbox.isSpace).joined(separator: [32]))
    }

    // MARK: The body

    private mutating func read(_ part: inout MailPart, depth: Int) {
        guard depth < 16 else { return }
        if let boundary = part.boundary {
            for inner in part.parts(boundary) {
                var inner = MailPart(inner, isMessage: false)
                read(&inner, depth: depth + 1)
            }
            return
        }
        let convert = options.convert
        let charset = part.charset
        let body = part.decodedBody { bytes in
            guard let charset else {
                return String(validating: bytes, as: UTF8.self) == nil ? convert(bytes, "ISO-8859-1") : bytes
            }
            return convert(bytes, charset)
        }
        // A patch's own bytes are not converted: they are the files'.
        var start = 0
        while start < body.raw.count {
            let end = body.raw[start...].firstIndex(of: 10).map { $0 + 1 } ?? body.raw.count
            let line = Array(body.raw[start..<end])
            start = end
            if isInPatch {
                patch += line
            } else {
                take(body.convert(line), raw: line)
            }
        }
    }

    private mutating func take(_ line: [UInt8], raw: [UInt8]) {
        if readsInnerHeaders, takeInnerHeader(line) { return }
        if options.cutsAtScissors, Self.isScissors(line) {
            text = []
            readsInnerHeaders = true
            return
        }
        if Self.beginsPatch(line) {
            isInPatch = true
            patch += raw
            return
        }
        text += line
    }

    /// `From:`, `Subject:` and `Date:` at the beginning of the text stand for the mail's own.
    private mutating func takeInnerHeader(_ line: [UInt8]) -> Bool {
        let isBlank = line.allSatisfy(Mailbox.isSpace)
        if hasInnerHeader, let first = line.first, first == 32 || first == 9, !isBlank {
            innerHeader += [32] + Self.trimmed(line[...])
            return true
        }
        flushInnerHeader()
        if isBlank {
            if text.isEmpty && !hasInnerHeader { return true }
            readsInnerHeaders = !hasInnerHeader && text.isEmpty
            hasInnerHeader = false
            return true
        }
        for name in ["From: ", "Subject: ", "Date: "] where line.starts(with: name.utf8) {
            innerHeader = Self.trimmed(line[...])
            hasInnerHeader = true
            return true
        }
        readsInnerHeaders = false
        return false
    }

    private mutating func flushInnerHeader() {
        guard !innerHeader.isEmpty, let colon = innerHeader.firstIndex(of: 0x3a) else { return }
        let name = String(decoding: innerHeader[..<colon], as: UTF8.self).lowercased()
        header(name, Self.trimmed(innerHeader[(colon + 1)...]))
        innerHeader = []
    }

    static func beginsPatch(_ line: [UInt8]) -> Bool {
        if line.starts(with: "diff -".utf8) || line.starts(with: "Index: ".utf8) { return true }
        guard line.count >= 4, line.starts(with: "---".utf8) else { return false }
        if line[3] == 32, line.count > 4, !Mailbox.isSpace(line[4]) { return true }
        return line[3...].allSatisfy(Mailbox.isSpace) && line.last == 10
    }

    /// A line of dashes with a pair of scissors in it.
    static func isScissors(_ line: [UInt8]) -> Bool {
        var gap = 0
        var perforation = 0
        var scissors = 0
        var isPerforated = false
        var first: Int?
        var last = 0
        var index = 0
        while index < line.count {
            let byte = line[index]
            if Mailbox.isSpace(byte) {
                if isPerforated {
                    perforation += 1
                    gap += 1
                }
                index += 1
                continue
            }
            last = index
            if first == nil { first = index }
            if byte == 0x2d {
                isPerforated = true
                perforation += 1
                index += 1
                continue
            }
            let pair = line[index...].prefix(2)
            if [">8", "8<", ">%", "%<"].contains(where: { pair.elementsEqual($0.utf8) }) {
                isPerforated = true
                perforation += 2
                scissors += 2
                index += 2
                continue
            }
            isPerforated = false
            index += 1
        }
        let visible = first.map { last - $0 + 1 } ?? 0
        return scissors > 0 && 8 <= visible && visible < perforation * 3 && gap * 2 < perforation
    }

    // MARK: Finishing

    private mutating func finish() {
        flushInnerHeader()
        if !options.keepsSubject { subject = Self.collapsed(cleanedSubject()) }
        if options.addsMessageID, !messageID.isEmpty {
            text += Array("Message-Id: ".utf8) + messageID + [10]
        }
    }

    private func cleanedSubject() -> [UInt8] {
        var text = subject
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte | 0x20 == UInt8(ascii: "r") {
                guard text.count > at + 3, text[at + 1] | 0x20 == UInt8(ascii: "e"), text[at + 2] == 0x3a else { break }
                text.removeSubrange(at..<(at + 3))
            } else if byte == 32 || byte == 9 || byte == 0x3a {
                text.remove(at: at)
            } else if byte == 0x5b, let close = text[at...].firstIndex(of: 0x5d) {
                let inside = Array(text[at...close])
                if !options.keepsBrackets || (inside.count >= 7 && Self.contains(inside, "PATCH")) {
                    text.removeSubrange(at...close)
                } else {
                    at = close + 1
                    if at < text.count, Mailbox.isSpace(text[at]) { at += 1 }
                }
            } else {
                break
            }
        }
        return text
    }

    private static func contains(_ text: [UInt8], _ word: String) -> Bool {
        let word = Array(word.utf8)
        guard text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { text[$0...].starts(with: word) }
    }
}
