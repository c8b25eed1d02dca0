/// The colours of a diff, as escape sequences; an empty one leaves the terminal's own.
public struct DiffColors: Sendable, Hashable {
    /// Unchanged lines.
    public var context = ""
    /// Headers.
    public var meta = "\u{1b}[1m"
    /// The part of a hunk header that holds the numbers.
    public var fragment = "\u{1b}[36m"
    /// The part that names the function.
    public var function = ""
    /// Removed lines.
    public var old = "\u{1b}[31m"
    /// Added lines.
    public var new = "\u{1b}[32m"
    /// Commit ids.
    public var commit = "\u{1b}[33m"
    /// Errors in white space.
    public var whitespace = "\u{1b}[41m"
    /// Removed lines that stand elsewhere now, and those of every second block.
    public var oldMoved = "\u{1b}[1;35m"
    /// As `oldMoved`, for the block beside another.
    public var oldMovedAlternative = "\u{1b}[1;34m"
    /// As `oldMoved`, of no interest.
    public var oldMovedDimmed = "\u{1b}[2m"
    /// As `oldMovedAlternative`, of no interest.
    public var oldMovedAlternativeDimmed = "\u{1b}[2;3m"
    /// Added lines that stood elsewhere.
    public var newMoved = "\u{1b}[1;36m"
    /// As `newMoved`, for the block beside another.
    public var newMovedAlternative = "\u{1b}[1;33m"
    /// As `newMoved`, of no interest.
    public var newMovedDimmed = "\u{1b}[2m"
    /// As `newMovedAlternative`, of no interest.
    public var newMovedAlternativeDimmed = "\u{1b}[2;3m"
    /// In a diff of patches: what is unchanged in a line that came or went.
    public var contextBold = "\u{1b}[1m"
    /// As `contextBold`, of the older patch.
    public var contextDimmed = "\u{1b}[2m"
    /// What the older patch removed.
    public var oldDimmed = "\u{1b}[2;31m"
    /// What the older patch added.
    public var newDimmed = "\u{1b}[2;32m"
    /// What the newer patch removes.
    public var oldBold = "\u{1b}[1;31m"
    /// What the newer patch adds.
    public var newBold = "\u{1b}[1;32m"
    /// Foreground and background exchanged.
    public let reverse = "\u{1b}[7m"
    /// The end of any colour.
    public let reset = "\u{1b}[m"

    /// Git's colours.
    public init() {}
}

/// Whether and how lines that only moved are marked.
public struct MovedLines: Sendable, Hashable {
    /// The way.
    public enum Mode: Sendable, Hashable { case none, plain, blocks, zebra, dimmedZebra }
    /// The way.
    public var mode = Mode.none
    /// Which white space does not count.
    public var blanks = LineDiffOptions.Blanks.exact
    /// Whether blocks may be indented by a change that is the same in all their lines.
    public var allowsIndentation = false
    /// Nothing is marked.
    public init() {}
}
