/// How two changes of one text are brought together.
public struct FileMergeOptions: Sendable {
    /// What a conflict looks like.
    public enum Style: Sendable, Hashable {
        /// Both sides.
        case merge
        /// Both sides and the base between them.
        case diff3
        /// As `diff3`, lines that both sides share taken out.
        case zealousDiff3

        /// The style that `merge.conflictStyle` names.
        public init?(name: some StringProtocol) {
            switch name {
            case "merge": self = .merge
            case "diff3": self = .diff3
            case "zdiff3": self = .zealousDiff3
            default: return nil
            }
        }
    }

    /// What takes the place of a conflict.
    public enum Favor: Sendable, Hashable {
        /// The conflict.
        case none
        /// Our side of it.
        case ours
        /// Their side of it.
        case theirs
        /// Ours, then theirs.
        case union
    }

    /// How lines are compared; merges do not use the indentation.
    public var lines: LineDiffOptions = {
        var options = LineDiffOptions()
        options.algorithm = .histogram
        options.usesIndentHeuristic = false
        return options
    }()
    /// What a conflict looks like.
    public var style = Style.merge
    /// What takes the place of a conflict.
    public var favor = Favor.none
    /// How many characters a marker has.
    public var markerSize = 7
    /// Whether conflicts are joined that only lines without a letter or digit separate.
    public var joinsAcrossPunctuation = false
    /// The names beside the markers: ours, the base's, theirs.
    public var labels: (ours: String?, base: String?, theirs: String?) = (nil, nil, nil)

    /// As merges of trees compare.
    public init() {}
}
