/// Which pairs of paths are looked for.
public struct RenameOptions: Sendable, Hashable {
    /// What is looked for.
    public enum Detection: Sendable, Hashable {
        /// Nothing: a rename is a deletion and an addition.
        case none
        /// Renames (`-M`).
        case renames
        /// Copies of files that changed too (`-C`).
        case copies
    }

    /// What is looked for.
    public var detection = Detection.renames
    /// How alike the files of a pair must be at least, of ``DiffEntry/maximumScore``.
    public var minimumScore = 30000
    /// Whether files that did not change are looked at as sources of copies (`-C -C`); the entries must hold them then.
    public var findsCopiesHarder = false
    /// Where more than the square of this many pairs would have to be compared, only equal files and equal names are;
    /// 0 or less: no limit.
    public var limit = 1000
    /// Whether empty files are paired.
    public var pairsEmptyFiles = true
    /// A modification that changes so much is taken apart into a deletion and an addition (`-B`); nil: never.
    public var breakScore: Int?
    /// One that survives is shown as a rewrite where so much of the old file is gone.
    public var rewriteScore = 36000
    /// Only this path is of interest as a rename's result (`--follow`).
    public var onlyDestination: [UInt8]?

    /// Git's defaults of `diff` and `log`.
    public init() {}

    /// The score of a number as `-M` takes it: `50%`, `5` (0.5), `90` (0.90), `100%`.
    public static func score(parsing text: some StringProtocol) -> Int? {
        var number = 0
        var scale = 1
        var hasDot = false
        var digits = text.utf8[...]
        while let byte = digits.first {
            if byte == UInt8(ascii: "."), !hasDot {
                scale = 1
                hasDot = true
            } else if byte == UInt8(ascii: "%") {
                scale = hasDot ? scale * 100 : 100
                digits.removeFirst()
                break
            } else if byte >= 0x30, byte <= 0x39 {
                if scale < 100_000 {
                    scale *= 10
                    number = number * 10 + Int(byte - 0x30)
                }
            } else {
                break
            }
            digits.removeFirst()
        }
        guard digits.isEmpty else { return nil }
        return number >= scale ? DiffEntry.maximumScore : DiffEntry.maximumScore * number / scale
    }
}
