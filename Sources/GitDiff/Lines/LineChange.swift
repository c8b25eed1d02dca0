/// Lines that were replaced: a run of old ones by a run of new ones, either of which may be empty. Counted from 0.
public struct LineChange: Sendable, Hashable {
    /// The first old line, or the one before which lines were added.
    public var oldStart: Int
    /// How many old lines went.
    public var oldCount: Int
    /// The first new line, or the one before which lines were taken away.
    public var newStart: Int
    /// How many new lines came.
    public var newCount: Int
    /// Whether the change is of the sort that the options leave out; it shows only near others.
    public var isIgnorable = false

    /// The end of the old lines.
    public var oldEnd: Int { oldStart + oldCount }
    /// The end of the new lines.
    public var newEnd: Int { newStart + newCount }

    /// Makes a change.
    public init(oldStart: Int, oldCount: Int, newStart: Int, newCount: Int) {
        self.oldStart = oldStart
        self.oldCount = oldCount
        self.newStart = newStart
        self.newCount = newCount
    }
}
