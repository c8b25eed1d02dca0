extension ConfigFile {
    /// Which of the settings of a key are meant.
    public enum Match {
        /// All of them.
        case any
        /// None: a setting is added whatever there is.
        case none
        /// Those whose value, nil where there is none, passes.
        case matching((_ value: [UInt8]?) -> Bool)

        func accepts(_ value: [UInt8]?) -> Bool {
            switch self {
            case .any: true
            case .none: false
            case .matching(let test): test(value)
            }
        }
    }

    /// A key as somebody wrote it, whose case is kept in the file.
    struct WrittenKey {
        let canonical: ConfigKey
        let section: [UInt8]
        let subsection: [UInt8]?
        let name: [UInt8]

        init(_ text: String) throws(ConfigError) {
            canonical = try ConfigKey(parsing: text.utf8)
            let bytes = Array(text.utf8)
            let dot = UInt8(ascii: ".")
            // The key was parsed, so there are dots.
            section = Array(bytes[..<(bytes.firstIndex(of: dot) ?? 0)])
            subsection = canonical.subsection
            name = Array(bytes[((bytes.lastIndex(of: dot) ?? -1) + 1)...])
        }

        func isSection(_ section: ConfigParser.Section) -> Bool {
            guard section.name == canonical.section else { return false }
            guard let mine = canonical.subsection, let theirs = section.subsection else {
                return canonical.subsection == nil && section.subsection == nil
            }
            if section.isQuoted { return mine == theirs }
            return mine.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 } == theirs
        }
    }

    /// Sets a key: the setting that matches is replaced, or one is added to its section's end.
    ///
    /// - Throws: ``ConfigError/multipleValues(key:)`` where several match and not all may be replaced by this one.
    public mutating func set(
        _ key: String, to value: [UInt8], matching: Match = .any, replacingAll: Bool = false
    ) throws(ConfigError) {
        try change(key, to: value, matching: matching, all: replacingAll)
    }

    /// Sets a key to text.
    public mutating func set(_ key: String, to value: String) throws(ConfigError) {
        try set(key, to: Array(value.utf8))
    }

    /// Adds a setting after those that stand there.
    public mutating func add(_ key: String, _ value: [UInt8]) throws(ConfigError) {
        try change(key, to: value, matching: .none, all: true)
    }

    /// Removes the setting that matches, and its section where nothing is left in it.
    ///
    /// - Throws: ``ConfigError/nothingToUnset`` where none matches, ``ConfigError/multipleValues(key:)`` where several
    ///   do and `all` is false.
    public mutating func unset(_ key: String, matching: Match = .any, all: Bool = false) throws(ConfigError) {
        try change(key, to: nil, matching: matching, all: all)
    }

    private mutating func change(
        _ text: String, to value: [UInt8]?, matching: Match, all: Bool
    ) throws(ConfigError) {
        let key = try WrittenKey(text)
        let parser = try ConfigParser(content, place: place)
        var places: [Int] = []
        var lastOfSection: Int?
        for (index, piece) in parser.pieces.enumerated() {
            guard piece.section >= 0, key.isSection(parser.sections[piece.section]) else { continue }
            switch piece.event {
            case .section: lastOfSection = index
            case .entry:
                if places.isEmpty { lastOfSection = index }
                let entry = parser.entries[piece.entry]
                if entry.name == key.canonical.name, matching.accepts(entry.value) { places.append(index) }
            default: break
            }
        }
        if places.isEmpty && value == nil { throw .nothingToUnset }
        if places.count > 1 && !all { throw .multipleValues(key: key.canonical.description) }
        if places.isEmpty, let value {
            insert(value, key, after: lastOfSection, parser)
        } else {
            replace(places, with: value, key, parser)
        }
    }

    /// Adds a setting after a piece of its section, or with a new section at the end.
    private mutating func insert(_ value: [UInt8], _ key: WrittenKey, after piece: Int?, _ parser: ConfigParser) {
        var end = content.count
        if let piece {
            end = parser.pieces[piece].end
            // A header's line is kept whole.
            if end > 0, end < content.count, content[end - 1] != 10, content[end] == 10 { end += 1 }
        }
        var result = Array(content[..<end])
        if let last = result.last, last != 10 { result.append(10) }
        if piece == nil { result += Self.header(section: key.section, subsection: key.subsection) }
        result += Self.line(key.name, value)
        result += content[end...]
        content = result
    }

    private mutating func replace(_ places: [Int], with value: [UInt8]?, _ key: WrittenKey, _ parser: ConfigParser) {
        var result: [UInt8] = []
        var copied = 0
        var next = 0
        while next < places.count {
            let piece = parser.pieces[places[next]]
            var begin = piece.begin
            var end = piece.end
            if value == nil, let whole = emptiedSection(places, &next, key, parser) {
                begin = whole.lowerBound
                end = whole.upperBound
            }
            while begin > 0, content[begin - 1] == 0x20 || (content[begin - 1] >= 9 && content[begin - 1] <= 13),
                content[begin - 1] != 10
            {
                begin -= 1
            }
            if begin > copied {
                result += content[copied..<begin]
                if content[begin - 1] != 10 { result.append(10) }
            }
            copied = end
            next += 1
        }
        if let value { result += Self.line(key.name, value) }
        result += content[copied...]
        content = result
    }

    /// Where the settings being removed are all that their section holds, and no comment stands in or before it: the
    /// whole section's bytes. `next` moves to the last of the settings that it covers.
    private func emptiedSection(
        _ places: [Int], _ next: inout Int, _ key: WrittenKey, _ parser: ConfigParser
    ) -> Range<Int>? {
        let pieces = parser.pieces
        func isMine(_ piece: ConfigParser.Piece) -> Bool { key.isSection(parser.sections[piece.section]) }
        var sectionSeen = false
        var first = places[next]
        scan: while first > 0 {
            let piece = pieces[first - 1]
            switch piece.event {
            case .comment: return nil
            case .entry:
                if !sectionSeen { return nil }
                break scan
            case .section:
                if !isMine(piece) { break scan }
                sectionSeen = true
            case .whitespace: break
            }
            first -= 1
        }
        var covered = next
        var last = places[next] + 1
        scan: while last < pieces.count {
            let piece = pieces[last]
            switch piece.event {
            case .comment: return nil
            case .section: if !isMine(piece) { break scan }
            case .entry:
                covered += 1
                guard covered < places.count, places[covered] == last else { return nil }
            case .whitespace: break
            }
            last += 1
        }
        next = covered
        let end = last < pieces.count ? pieces[last].begin : content.count
        return pieces[first].begin..<end
    }

    // MARK: Writing

    /// `[section]` or `[section "subsection"]`, and a newline.
    static func header(section: [UInt8], subsection: [UInt8]?) -> [UInt8] {
        var line = [UInt8(ascii: "[")] + section
        if let subsection {
            line += " \"".utf8
            for byte in subsection {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { line.append(UInt8(ascii: "\\")) }
                line.append(byte)
            }
            line.append(UInt8(ascii: "\""))
        }
        return line + "]\n".utf8
    }

    /// `\tname = value` and a newline, the value in quotes where it needs them.
    static func line(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
        let needsQuotes =
            value.first == 0x20 || value.last == 0x20
            || value.contains { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "#") || $0 == 13 }
        var line = [9] + name + Array(" = ".utf8)
        if needsQuotes { line.append(UInt8(ascii: "\"")) }
        for byte in value {
            switch byte {
            case 10: line += "\\n".utf8
            case 9: line += "\\t".utf8
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
            default: line.append(byte)
            }
        }
        if needsQuotes { line.append(UInt8(ascii: "\"")) }
        return line + [10]
    }
}
