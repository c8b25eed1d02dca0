/// Drivers that need no configuration: what names a function or a section in the files of common languages, and what their
/// words are. An attribute (`*.py diff=python`) chooses one.
public enum BuiltinDrivers {
    struct Definition {
        var name: String
        /// What names a function: an expression a line, those that begin with `!` say what does not.
        var lines: [String]
        /// What a word is.
        var words: String
        var ignoresCase = false
    }

    /// The driver of that name, or nil.
    public static func driver(_ name: String) -> DiffDriver? {
        guard let definition = definitions.first(where: { $0.name == name }) else { return nil }
        var driver = DiffDriver(name: name)
        driver.naming = FunctionNaming(
            expressions: definition.lines.joined(separator: "\n"), isExtended: true, ignoresCase: definition.ignoresCase
        )
        // Whatever else is no blank is a word of its own, a character of several bytes in one piece.
        var words = Array(definition.words.utf8)
        if name == "tex" { words += [0x80, 0x2d, 0xff] + Array("]+".utf8) }
        words += "|[^[:space:]]|[".utf8
        words += [0xc0, 0x2d, 0xff] + Array("][".utf8)
        words += [0x80, 0x2d, 0xbf] + Array("]+".utf8)
        driver.wordExpression = words
        return driver
    }
}
