/// What counts as an error in white space: `core.whitespace` and the `whitespace` attribute.
public struct WhitespaceRules: Sendable, Hashable {
    /// Blanks at the end of a line.
    public var trailingSpace = true
    /// A space before a tab in the indentation.
    public var spaceBeforeTab = true
    /// Indentation by as many spaces as a tab is wide.
    public var indentWithSpaces = false
    /// A tab in the indentation.
    public var tabInIndent = false
    /// A carriage return before the newline is part of the line's end.
    public var allowsCarriageReturn = false
    /// Blank lines at the end of the file.
    public var blankAtEOF = true
    /// How wide a tab is.
    public var tabWidth = 8

    /// Git's defaults.
    public init() {}

    /// Reads a value such as `-trailing-space,tab-in-indent,tabwidth=4`: named rules are added to the defaults, those with
    /// a minus taken away; unknown words are passed over, as Git does.
    public init(parsing value: String) {
        for word in value.split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" || $0 == "\n" }) {
            let isOn = !word.hasPrefix("-")
            let name = isOn ? word : word.dropFirst()
            switch name {
            case "trailing-space":
                trailingSpace = isOn
                blankAtEOF = isOn
            case "blank-at-eol": trailingSpace = isOn
            case "blank-at-eof": blankAtEOF = isOn
            case "space-before-tab": spaceBeforeTab = isOn
            case "indent-with-non-tab": indentWithSpaces = isOn
            case "tab-in-indent": tabInIndent = isOn
            case "cr-at-eol": allowsCarriageReturn = isOn
            default:
                if name.hasPrefix("tabwidth="), let width = Int(name.dropFirst(9)), width > 0, width < 64 {
                    tabWidth = width
                }
            }
        }
    }

    /// The rules when the `whitespace` attribute is set without a value: every error counts but tabs in the indentation.
    public static var all: WhitespaceRules {
        var rules = WhitespaceRules()
        rules.indentWithSpaces = true
        return rules
    }

    /// The rules when the attribute is unset.
    public static var none: WhitespaceRules {
        var rules = WhitespaceRules()
        rules.trailingSpace = false
        rules.spaceBeforeTab = false
        rules.blankAtEOF = false
        return rules
    }
}
