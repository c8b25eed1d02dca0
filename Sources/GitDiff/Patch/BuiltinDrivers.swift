/// Drivers that need no configuration: what names a function or a section in the files of common languages. An attribute
/// (`*.py diff=python`) chooses one.
public enum BuiltinDrivers {
    private struct Definition {
        var name: String
        var lines: [String]
        var ignoresCase = false
    }

    private static let word = "[A-Za-z_][A-Za-z_0-9]*"

    private static let definitions: [Definition] = [
        Definition(
            name: "bash",
            lines: [
                "^[ \t]*(([a-zA-Z_][a-zA-Z0-9_]*[ \t]*\\([ \t]*\\)|function[ \t]+[a-zA-Z_][a-zA-Z0-9_]*(([ \t]*\\([ \t]*\\))|([ \t]+)))[ \t]*(\\{|\\(\\(?|\\[\\[))"
            ]),
        Definition(
            name: "cpp",
            lines: ["!^[ \t]*\(word):[[:space:]]*($|/[/*])", "^((::[[:space:]]*)?[A-Za-z_].*)$"]),
        Definition(
            name: "css", lines: ["![:;][[:space:]]*$", "^[:[@.#]?[_a-z0-9].*$"], ignoresCase: true),
        Definition(
            name: "golang",
            lines: ["^[ \t]*(func[ \t]*.*(\\{[ \t]*)?)", "^[ \t]*(type[ \t].*(struct|interface)[ \t]*(\\{[ \t]*)?)"]),
        Definition(name: "html", lines: ["^[ \t]*(<[Hh][1-6]([ \t].*)?>.*)$"]),
        Definition(
            name: "java",
            lines: [
                "!^[ \t]*(catch|do|for|if|instanceof|new|return|switch|throw|while)",
                "^[ \t]*(([a-z-]+[ \t]+)*(class|enum|interface|record)[ \t]+.*)$",
                "^[ \t]*(([A-Za-z_<>&][][?&<>.,A-Za-z_0-9]*[ \t]+)+\(word)[ \t]*\\([^;]*)$",
            ]),
        Definition(name: "markdown", lines: ["^ {0,3}#{1,6}[ \t].*"]),
        Definition(
            name: "php",
            lines: [
                "^[\t ]*(((public|protected|private|static|abstract|final)[\t ]+)*function.*)$",
                "^[\t ]*((((final|abstract)[\t ]+)?class|enum|interface|trait).*)$",
            ]),
        Definition(name: "python", lines: ["^[ \t]*((class|(async[ \t]+)?def)[ \t].*)$"]),
        Definition(name: "ruby", lines: ["^[ \t]*((class|module|def)[ \t].*)$"]),
        Definition(
            name: "rust",
            lines: [
                "^[\t ]*((pub(\\([^\\)]+\\))?[\t ]+)?((async|const|unsafe|extern([\t ]+\"[^\"]+\"))[\t ]+)?"
                    + "(struct|enum|union|mod|trait|fn|impl|macro_rules!)[< \t]+[^;]*)$"
            ]),
        Definition(name: "tex", lines: ["^(\\\\((sub)*section|chapter|part)\\*{0,1}\\{.*)$"]),
    ]

    /// The driver of that name, or nil.
    public static func driver(_ name: String) -> DiffDriver? {
        guard let definition = definitions.first(where: { $0.name == name }) else { return nil }
        var driver = DiffDriver(name: name)
        driver.naming = FunctionNaming(
            expressions: definition.lines.joined(separator: "\n"), isExtended: true, ignoresCase: definition.ignoresCase
        )
        return driver
    }
}
