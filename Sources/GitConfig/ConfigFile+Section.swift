extension ConfigFile {
    /// Gives every section of a name a new one; settings that stand on the header's line move to one of their own.
    ///
    /// - Throws: ``ConfigError/noSection(_:)``, ``ConfigError/badSectionName(_:)``.
    public mutating func renameSection(_ old: String, to new: String) throws(ConfigError) {
        try rewriteSections(old, to: new, copying: false)
    }

    /// Adds a copy of every section of a name, under another name, after it.
    public mutating func copySection(_ old: String, to new: String) throws(ConfigError) {
        try rewriteSections(old, to: new, copying: true)
    }

    /// Removes every section of a name with all in it.
    ///
    /// - Throws: ``ConfigError/noSection(_:)``.
    public mutating func removeSection(_ name: String) throws(ConfigError) {
        try rewriteSections(name, to: nil, copying: false)
    }

    private static func split(_ name: String) -> (section: [UInt8], subsection: [UInt8]?) {
        let bytes = Array(name.utf8)
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return (bytes, nil) }
        return (Array(bytes[..<dot]), Array(bytes[(dot + 1)...]))
    }

    private mutating func rewriteSections(_ old: String, to new: String?, copying: Bool) throws(ConfigError) {
        var header: [UInt8]?
        if let new {
            let (section, subsection) = Self.split(new)
            guard !section.isEmpty, section.allSatisfy(ConfigParser.isKeyByte),
                subsection?.contains(10) != true
            else { throw .badSectionName(new) }
            header = Self.header(section: section, subsection: subsection)
        }
        let wanted = Array(old.utf8)
        let parser = try ConfigParser(content, place: place)
        var output = ConfigSectionRewriter(header: header, isCopying: copying)
        var isFound = false
        // The header that stands on each line, where one does: the line's first piece that is not white space.
        for (index, piece) in parser.pieces.enumerated() where piece.event == .section {
            let isMatch = writtenName(piece) == wanted
            let start = lineStart(piece.begin)
            let end = sectionEnd(after: index, parser)
            if isMatch { isFound = true }
            output.take(content, from: start, headerEnd: headerEnd(piece), to: end, isMatch: isMatch)
        }
        guard isFound else { throw .noSection(old) }
        content = output.finish(content)
    }

    /// A header's name as `section.subsection`, in the case in which it was written: Git compares that here.
    private func writtenName(_ piece: ConfigParser.Piece) -> [UInt8] {
        let header = content[(piece.begin + 1)..<max(headerEnd(piece) - 1, piece.begin + 1)]
        guard let quote = header.firstIndex(of: UInt8(ascii: "\"")) else { return Array(header) }
        var name = header[..<quote].filter { $0 != 0x20 && $0 != 9 }
        name.append(UInt8(ascii: "."))
        var isEscaped = false
        for byte in header[(quote + 1)...] {
            if byte == UInt8(ascii: "\"") && !isEscaped { break }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            if !isEscaped { name.append(byte) }
        }
        return Array(name)
    }

    private func lineStart(_ offset: Int) -> Int {
        var start = offset
        while start > 0, content[start - 1] == 0x20 || content[start - 1] == 9 { start -= 1 }
        return start
    }

    /// The byte after the header's `]`.
    private func headerEnd(_ piece: ConfigParser.Piece) -> Int {
        var offset = piece.begin
        var isQuoted = false
        while offset < content.count {
            let byte = content[offset]
            offset += 1
            if byte == UInt8(ascii: "\\"), isQuoted {
                offset += 1
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: "]"), !isQuoted {
                break
            }
        }
        return min(offset, content.count)
    }

    private func sectionEnd(after index: Int, _ parser: ConfigParser) -> Int {
        for piece in parser.pieces[(index + 1)...] where piece.event == .section { return lineStart(piece.begin) }
        return content.count
    }
}

/// Puts a file together again with some of its sections renamed, copied or left out.
struct ConfigSectionRewriter {
    let header: [UInt8]?
    let isCopying: Bool
    private var result: [UInt8] = []
    private var copied = 0

    init(header: [UInt8]?, isCopying: Bool) {
        self.header = header
        self.isCopying = isCopying
    }

    mutating func take(_ content: [UInt8], from start: Int, headerEnd: Int, to end: Int, isMatch: Bool) {
        guard isMatch else { return }
        result += content[copied..<start]
        copied = end
        guard let header else { return }
        var body = Array(content[headerEnd..<end])
        // What follows the header on its line gets a line of its own.
        let rest = body.prefix { $0 != 10 }
        if rest.allSatisfy({ $0 == 0x20 || $0 == 9 || $0 == 13 }) {
            body.removeFirst(min(rest.count + 1, body.count))
        } else {
            body.removeFirst(rest.prefix { $0 == 0x20 || $0 == 9 }.count)
            body.insert(9, at: 0)
        }
        if isCopying {
            result += content[start..<end]
            if let last = result.last, last != 10 { result.append(10) }
        }
        result += header + body
    }

    func finish(_ content: [UInt8]) -> [UInt8] { result + content[copied...] }
}
