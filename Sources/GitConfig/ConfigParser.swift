/// Reads the syntax of config files, event by event, with the offsets that editing needs.
///
/// Follows git-config(1): sections `[name]` and `[name "sub"]` (and the old `[name.sub]`), `#` and `;` comments, `\` at a
/// line's end to continue a value, double quotes that keep white space, escapes `\" \\ \n \t \b`.
struct ConfigParser {
    enum Event {
        case section
        case entry
        case comment
        case whitespace
    }

    /// A stretch of the file.
    struct Piece {
        let event: Event
        let begin: Int
        /// Where the next piece begins.
        var end: Int
        /// The section a header opens or an entry stands in: index into `sections`.
        let section: Int
        /// Index into `entries`, for an entry.
        let entry: Int
    }

    struct Section: Hashable {
        /// In lower case; with the old syntax all that follows a dot is the subsection, in lower case too.
        let name: String
        let subsection: [UInt8]?
        /// Whether the subsection was written in quotes, and so keeps its case.
        let isQuoted: Bool
    }

    struct Entry {
        /// Index into `sections`; -1 before the first header.
        let section: Int
        let name: String
        let value: [UInt8]?
        /// The line on which it ends, from 1.
        let line: Int
    }

    private(set) var pieces: [Piece] = []
    private(set) var sections: [Section] = []
    private(set) var entries: [Entry] = []

    private let input: [UInt8]
    private var offset = 0
    private var line = 1
    /// The end of the input reads as one newline more.
    private var isAtEnd = false

    /// Reads everything.
    ///
    /// - Throws: the number of the line that is wrong.
    init(_ input: [UInt8], place: ConfigOrigin.Place) throws(ConfigError) {
        self.input = input
        if input.starts(with: [0xef, 0xbb, 0xbf]) { offset = 3 }
        guard run() else {
            // At the end of the input the number has moved past the last line already.
            throw .badLine(line, place)
        }
        for index in pieces.indices.dropLast() { pieces[index].end = pieces[index + 1].begin }
        if let last = pieces.indices.last { pieces[last].end = input.count }
    }

    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a }

    static func isKeyByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (byte >= 0x30 && byte <= 0x39) || byte == UInt8(ascii: "-")
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 9 || byte == 10 || byte == 13 }

    private static func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }

    private mutating func next() -> UInt8 {
        guard offset < input.count else {
            line += 1
            isAtEnd = true
            return UInt8(ascii: "\n")
        }
        var byte = input[offset]
        offset += 1
        if byte == 13, offset < input.count, input[offset] == 10 {
            byte = 10
            offset += 1
        }
        if byte == 10 { line += 1 }
        return byte
    }

    private mutating func mark(_ event: Event, at begin: Int, entry: Int = -1) {
        if event == .whitespace, pieces.last?.event == .whitespace { return }
        pieces.append(Piece(event: event, begin: begin, end: begin, section: sections.count - 1, entry: entry))
    }

    /// The input's lines, until the end (true) or a line that is wrong (false; `line` is its number).
    private mutating func run() -> Bool {
        var isComment = false
        while true {
            let start = offset
            let byte = next()
            if byte == 10 {
                if isAtEnd { return true }
                mark(.whitespace, at: start)
                isComment = false
                continue
            }
            if isComment { continue }
            if Self.isSpace(byte) {
                mark(.whitespace, at: start)
                continue
            }
            if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                mark(.comment, at: start)
                isComment = true
                continue
            }
            let isGood: Bool
            if byte == UInt8(ascii: "[") {
                isGood = readSection(at: start)
            } else if Self.isLetter(byte) {
                isGood = readEntry(at: start, first: byte)
            } else {
                isGood = false
            }
            if !isGood { return false }
        }
    }

    private mutating func readSection(at start: Int) -> Bool {
        var name: [UInt8] = []
        while true {
            let byte = next()
            if isAtEnd { return false }
            if byte == UInt8(ascii: "]") {
                if name.isEmpty { return false }
                break
            }
            if Self.isSpace(byte) { return readSubsection(at: start, name: name, after: byte) }
            guard Self.isKeyByte(byte) || byte == UInt8(ascii: ".") else { return false }
            name.append(Self.lowered(byte))
        }
        // The old form `[section.sub]`: what follows the first dot, in lower case.
        if let dot = name.firstIndex(of: UInt8(ascii: ".")) {
            open(name[..<dot], subsection: Array(name[(dot + 1)...]), isQuoted: false, at: start)
        } else {
            open(name[...], subsection: nil, isQuoted: false, at: start)
        }
        return true
    }

    private mutating func readSubsection(at start: Int, name: [UInt8], after space: UInt8) -> Bool {
        var byte = space
        repeat {
            if byte == 10 {
                line -= 1
                return false
            }
            byte = next()
        } while Self.isSpace(byte)
        guard byte == UInt8(ascii: "\"") else { return false }
        var subsection: [UInt8] = []
        while true {
            byte = next()
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") { byte = next() }
            if byte == 10 {
                line -= 1
                return false
            }
            subsection.append(byte)
        }
        guard next() == UInt8(ascii: "]") else { return false }
        // `[a.b "c"]` has the subsection `b.c`.
        if let dot = name.firstIndex(of: UInt8(ascii: ".")) {
            let prefix = Array(name[(dot + 1)...]) + [UInt8(ascii: ".")]
            open(name[..<dot], subsection: prefix + subsection, isQuoted: true, at: start)
        } else {
            open(name[...], subsection: subsection, isQuoted: true, at: start)
        }
        return true
    }

    private mutating func open(_ name: ArraySlice<UInt8>, subsection: [UInt8]?, isQuoted: Bool, at start: Int) {
        sections.append(
            Section(name: String(decoding: name, as: UTF8.self), subsection: subsection, isQuoted: isQuoted))
        mark(.section, at: start)
    }

    private mutating func readEntry(at start: Int, first: UInt8) -> Bool {
        var name = [Self.lowered(first)]
        var byte: UInt8
        while true {
            byte = next()
            if isAtEnd || !Self.isKeyByte(byte) { break }
            name.append(Self.lowered(byte))
        }
        while byte == 0x20 || byte == 9 { byte = next() }
        var value: [UInt8]?
        if byte != 10 {
            guard byte == UInt8(ascii: "=") else { return false }
            value = readValue()
            guard value != nil else { return false }
        }
        entries.append(
            Entry(
                section: sections.count - 1, name: String(decoding: name, as: UTF8.self), value: value,
                line: line - 1))
        mark(.entry, at: start, entry: entries.count - 1)
        return true
    }

    private mutating func readValue() -> [UInt8]? {
        var value: [UInt8] = []
        var isQuoted = false
        var isComment = false
        var spaces = 0
        while true {
            var byte = next()
            if byte == 10 {
                if isQuoted {
                    line -= 1
                    return nil
                }
                return value
            }
            if isComment { continue }
            if Self.isSpace(byte) && !isQuoted {
                if !value.isEmpty { spaces += 1 }
                continue
            }
            if !isQuoted && (byte == UInt8(ascii: ";") || byte == UInt8(ascii: "#")) {
                isComment = true
                continue
            }
            while spaces > 0 {
                value.append(0x20)
                spaces -= 1
            }
            if byte == UInt8(ascii: "\\") {
                byte = next()
                switch byte {
                case 10: continue
                case UInt8(ascii: "t"): byte = 9
                case UInt8(ascii: "b"): byte = 8
                case UInt8(ascii: "n"): byte = 10
                case UInt8(ascii: "\\"), UInt8(ascii: "\""): break
                default: return nil
                }
                value.append(byte)
                continue
            }
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                continue
            }
            value.append(byte)
        }
    }
}
