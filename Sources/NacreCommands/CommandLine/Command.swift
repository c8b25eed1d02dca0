/// One verb of the command line.
///
/// A verb is a type without instances: what help, man pages, completion and parsing need stands in its static members, so
/// that one declaration serves all four and the table of verbs costs nothing at start-up.
protocol Command: Sendable {
    /// The word after `nacre`.
    static var name: String { get }
    /// One line for lists of commands, lower case, no full stop.
    static var summary: String { get }
    /// The synopsis lines without the program's and the verb's name: `[<options>] [--] [<pathspec>...]`.
    static var usage: [String] { get }
    /// The options, in the order in which help shows them.
    static var options: [OptionSpec] { get }
    /// Whether options may stand after the first operand (most verbs) or everything from it on is an operand (`run`).
    static var permutesOptions: Bool { get }
    /// Whether words are parsed by ``options``; a verb whose words mean something by their order alone reads
    /// ``Arguments/words`` itself.
    static var parsesOptions: Bool { get }
    /// Paragraphs for the man page and `--help`, after the synopsis.
    static var details: [String] { get }
    /// Further names (`git stage` for `add`).
    static var aliases: [String] { get }
    /// Does the work.
    ///
    /// - Throws: ``CommandError`` or an error of a lower layer, whose description becomes `fatal: …`.
    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode
}

extension Command {
    static var options: [OptionSpec] { [] }
    static var permutesOptions: Bool { true }
    static var parsesOptions: Bool { true }
    static var details: [String] { [] }
    static var aliases: [String] { [] }
}

/// What the process ends with; Git's numbers.
struct ExitCode: Sendable, Hashable {
    let rawValue: Int32

    init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// All is well.
    static let success = ExitCode(0)
    /// "Differs", "no", or an error that Git itself reports with 1.
    static let failure = ExitCode(1)
    /// Could not be done.
    static let fatal = ExitCode(128)
    /// The command line is wrong.
    static let usage = ExitCode(129)
}

/// An error that a verb reports itself.
struct CommandError: Error, CustomStringConvertible {
    /// How it is introduced on standard error.
    enum Kind: Sendable {
        /// `fatal: …`, exit code 128.
        case fatal
        /// `error: …`, exit code 1.
        case error
        /// The message and the verb's usage, exit code 129.
        case usage
        /// Nothing more is printed: the verb has said what is to be said.
        case silent
    }

    let kind: Kind
    let message: String
    let exitCode: ExitCode
    /// Lines of advice that follow as `hint: …`.
    let hints: [String]

    init(_ kind: Kind, _ message: String, exitCode: ExitCode? = nil, hints: [String] = []) {
        self.kind = kind
        self.message = message
        self.hints = hints
        self.exitCode =
            exitCode
            ?? {
                switch kind {
                case .fatal: .fatal
                case .error, .silent: .failure
                case .usage: .usage
                }
            }()
    }

    static func fatal(_ message: String, hints: [String] = []) -> CommandError {
        CommandError(.fatal, message, hints: hints)
    }

    static func error(_ message: String, hints: [String] = []) -> CommandError {
        CommandError(.error, message, hints: hints)
    }

    static func usage(_ message: String) -> CommandError { CommandError(.usage, message) }

    var description: String { message }
}
