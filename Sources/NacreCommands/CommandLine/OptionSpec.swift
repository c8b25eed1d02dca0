/// One option of a verb: how it is parsed, and what help and completion say of it.
///
/// The grammar is that of Git's parse-options: unambiguous prefixes of long names, `--no-` forms, clustered and sticky
/// short options, values that may be left out, and `-<number>`.
struct OptionSpec: Sendable {
    enum Kind: Sendable, Hashable {
        /// Present or not; repeated flags can be counted.
        case flag
        /// Needs a value: `--name=value`, `--name value`, `-nvalue`, `-n value`.
        case value
        /// May have a value, only joined to it: `--name[=value]`, `-n[value]`.
        case optionalValue
        /// Needs a value unless it is the last word: `--merged`, `--merged main`, `--merged=main`.
        case valueUnlessLast
        /// `-<number>`: the digits themselves are the value.
        case number
    }

    /// The long name, without dashes; also the key by which ``Arguments`` finds it. For an option without a long name it
    /// is the short one.
    let name: String
    /// Other long names of the same option.
    let aliases: [String]
    /// The one-letter name.
    let short: Character?
    /// Whether there is a long form.
    let hasLong: Bool
    let kind: Kind
    /// What the value is called in help, without brackets: `when`.
    let placeholder: String
    /// Whether `--no-name` is accepted.
    let isNegatable: Bool
    /// Whether help and completion leave it out.
    let isHidden: Bool
    /// What it does, lower case, no full stop.
    let help: String

    private init(
        _ name: String, _ short: Character?, _ kind: Kind, placeholder: String = "", negatable: Bool,
        aliases: [String] = [], hasLong: Bool = true, hidden: Bool = false, help: String
    ) {
        self.name = name
        self.short = short
        self.kind = kind
        self.placeholder = placeholder
        self.aliases = aliases
        self.hasLong = hasLong
        self.help = help
        isNegatable = negatable
        isHidden = hidden
    }

    /// `--name`, `-n`, and `--no-name` unless told otherwise.
    static func flag(
        _ name: String, _ short: Character?, negatable: Bool = true, aliases: [String] = [],
        hidden: Bool = false, _ help: String
    ) -> OptionSpec {
        OptionSpec(name, short, .flag, negatable: negatable, aliases: aliases, hidden: hidden, help: help)
    }

    /// A flag that has only a short form; its key is that letter.
    static func shortFlag(_ short: Character, _ help: String) -> OptionSpec {
        OptionSpec(String(short), short, .flag, negatable: false, hasLong: false, help: help)
    }

    /// `--name=<placeholder>`.
    static func value(
        _ name: String, _ short: Character?, _ placeholder: String, negatable: Bool = true,
        aliases: [String] = [], hidden: Bool = false, _ help: String
    ) -> OptionSpec {
        OptionSpec(
            name, short, .value, placeholder: placeholder, negatable: negatable, aliases: aliases, hidden: hidden,
            help: help)
    }

    /// `-x <placeholder>` without a long form; its key is that letter.
    static func shortValue(_ short: Character, _ placeholder: String, _ help: String) -> OptionSpec {
        OptionSpec(String(short), short, .value, placeholder: placeholder, negatable: false, hasLong: false, help: help)
    }

    /// `--name[=<placeholder>]`.
    static func optional(
        _ name: String, _ short: Character?, _ placeholder: String, negatable: Bool = true,
        aliases: [String] = [], hidden: Bool = false, _ help: String
    ) -> OptionSpec {
        OptionSpec(
            name, short, .optionalValue, placeholder: placeholder, negatable: negatable, aliases: aliases,
            hidden: hidden, help: help)
    }

    /// `--name [<placeholder>]`, where the value may be left out only at the end of the words.
    static func unlessLast(_ name: String, _ placeholder: String, negatable: Bool = true, _ help: String) -> OptionSpec
    {
        OptionSpec(name, nil, .valueUnlessLast, placeholder: placeholder, negatable: negatable, help: help)
    }

    /// `-x[<placeholder>]` without a long form; its key is that letter.
    static func shortOptional(_ short: Character, _ placeholder: String, _ help: String) -> OptionSpec {
        OptionSpec(
            String(short), short, .optionalValue, placeholder: placeholder, negatable: false, hasLong: false, help: help
        )
    }

    /// `-<number>`, kept under `name`, which may be the key of another option (`-5` beside `--max-count=5`).
    static func number(_ name: String, _ help: String) -> OptionSpec {
        OptionSpec(name, nil, .number, placeholder: "number", negatable: false, hasLong: false, help: help)
    }

    /// All long names, the first being the main one.
    var longNames: [String] { hasLong ? [name] + aliases : [] }
}

extension OptionSpec {
    /// `--name` without a short form.
    static func flag(
        _ name: String, negatable: Bool = true, aliases: [String] = [], hidden: Bool = false, _ help: String
    ) -> OptionSpec {
        flag(name, nil, negatable: negatable, aliases: aliases, hidden: hidden, help)
    }

    /// `--name=<placeholder>` without a short form.
    static func value(
        _ name: String, _ placeholder: String, negatable: Bool = true, aliases: [String] = [], hidden: Bool = false,
        _ help: String
    ) -> OptionSpec {
        value(name, nil, placeholder, negatable: negatable, aliases: aliases, hidden: hidden, help)
    }

    /// `--name[=<placeholder>]` without a short form.
    static func optional(
        _ name: String, _ placeholder: String, negatable: Bool = true, aliases: [String] = [], hidden: Bool = false,
        _ help: String
    ) -> OptionSpec {
        optional(name, nil, placeholder, negatable: negatable, aliases: aliases, hidden: hidden, help)
    }
}
