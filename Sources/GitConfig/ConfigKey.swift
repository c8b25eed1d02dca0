/// A setting's name: `section.name` or `section.subsection.name`. The subsection may hold any byte but newline and NUL.
public struct ConfigKey: Sendable, Hashable, CustomStringConvertible {
    /// In lower case.
    public let section: String
    /// As written; nil where there is none.
    public let subsection: [UInt8]?
    /// In lower case.
    public let name: String

    /// Makes a key of parts, which the caller has checked.
    public init(section: String, subsection: [UInt8]?, name: String) {
        self.section = section.lowercased()
        self.subsection = subsection
        self.name = name.lowercased()
    }

    /// Reads `section.name` or `section.sub.section.name`: the section ends at the first dot, the name starts after
    /// the last.
    ///
    /// - Throws: ``ConfigError/invalidKey(_:_:)``.
    public init(parsing text: some Collection<UInt8>) throws(ConfigError) {
        let bytes = Array(text)
        let shown = String(decoding: bytes, as: UTF8.self)
        let dot = UInt8(ascii: ".")
        guard let last = bytes.lastIndex(of: dot), last > 0 else { throw .invalidKey(.noSection, shown) }
        guard last + 1 < bytes.count else { throw .invalidKey(.noName, shown) }
        // The last dot is one of them, so there is a first.
        let first = bytes.firstIndex(of: dot) ?? last
        guard bytes[..<first].allSatisfy(ConfigParser.isKeyByte),
            bytes[(last + 1)...].allSatisfy(ConfigParser.isKeyByte), ConfigParser.isLetter(bytes[last + 1])
        else { throw .invalidKey(.badCharacter, shown) }
        if first < last, bytes[(first + 1)..<last].contains(UInt8(ascii: "\n")) { throw .invalidKey(.newline, shown) }
        self.init(
            section: String(decoding: bytes[..<first], as: UTF8.self),
            subsection: first < last ? Array(bytes[(first + 1)..<last]) : nil,
            name: String(decoding: bytes[(last + 1)...], as: UTF8.self))
    }

    /// The canonical form as bytes.
    public var bytes: [UInt8] {
        var result = Array(section.utf8)
        // A setting before the first section header has neither.
        if section.isEmpty && subsection == nil { return Array(name.utf8) }
        result.append(UInt8(ascii: "."))
        if let subsection {
            result += subsection
            result.append(UInt8(ascii: "."))
        }
        result += name.utf8
        return result
    }

    /// The canonical form as text.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
