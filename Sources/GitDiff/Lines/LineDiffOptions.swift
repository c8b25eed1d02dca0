/// How two texts are compared.
public struct LineDiffOptions: Sendable, Hashable {
    /// The way in which matching lines are found.
    public enum Algorithm: Sendable, Hashable {
        /// Myers' with Git's shortcuts: the default.
        case myers
        /// Myers' without the shortcuts: the smallest diff.
        case minimal
        /// Lines that occur once on both sides first.
        case patience
        /// The rarest common lines first.
        case histogram
    }

    /// Which differences in white space do not count.
    public enum Blanks: Sendable, Hashable {
        /// All count.
        case exact
        /// None (`-w`).
        case ignoreAll
        /// Runs of any length are equal, those at the end of a line do not count (`-b`).
        case ignoreChange
        /// Those at the end of a line do not count.
        case ignoreAtEnd
        /// A carriage return before the newline does not count.
        case ignoreCarriageReturn
    }

    /// The way in which matching lines are found.
    public var algorithm = Algorithm.myers
    /// Which differences in white space do not count.
    public var blanks = Blanks.exact
    /// Whether changes of blank lines only are left out.
    public var ignoresBlankLines = false
    /// Changes whose every line matches one of these are left out (`-I`).
    public var ignoredLines: [LinePattern] = []
    /// Whether a change that can be moved goes to where the indentation says that it begins.
    public var usesIndentHeuristic = true
    /// Texts that, where they begin a line that occurs once on both sides, hold the diff together (`--anchored`).
    public var anchors: [[UInt8]] = []
    /// Whether long common ends are cut off unread, as Git does where no context is shown. It can change where a change
    /// of repeated lines is put.
    public var trimsCommonTail = false

    /// The default of Git.
    public init() {}
}
