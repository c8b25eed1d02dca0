/// What can be wrong with a patch, in Git's words. Lines count from 1.
public enum PatchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Hunks without a file that they belong to.
    case fragmentWithoutHeader(line: Int, text: String)
    /// A hunk whose lines are not those that its header announces.
    case corrupt(line: Int)
    /// A header with nothing behind it.
    case onlyGarbage(line: Int)
    /// Names that do not agree with each other.
    case inconsistentName(line: Int, isNew: Bool)
    /// `/dev/null` was expected.
    case expectedNothing(line: Int, got: String)
    /// No name is left of the header's.
    case noName(line: Int, stripping: Int?)
    /// A mode that is no number.
    case invalidMode(line: Int, text: String)
    /// A file that is created depends on old content.
    case newFileHasOldLines(String)
    /// A file that is deleted has content after it.
    case deletedFileHasLines(String)
    /// A binary hunk that cannot be read.
    case corruptBinary(line: Int, text: String)
    /// Neither a literal nor a delta.
    case unknownBinary(line: Int)

    public var description: String {
        switch self {
        case .fragmentWithoutHeader(let line, let text): "patch fragment without header at line \(line): \(text)"
        case .corrupt(let line): "corrupt patch at line \(line)"
        case .onlyGarbage(let line): "patch with only garbage at line \(line)"
        case .inconsistentName(let line, let isNew):
            "git apply: bad git-diff - inconsistent \(isNew ? "new" : "old") filename on line \(line)"
        case .expectedNothing(let line, let got):
            got.isEmpty
                ? "git apply: bad git-diff - expected /dev/null on line \(line)"
                : "git apply: bad git-diff - expected /dev/null, got \(got) on line \(line)"
        case .noName(let line, let count):
            switch count {
            case nil: "git diff header lacks filename information (line \(line))"
            case 1:
                "git diff header lacks filename information when removing 1 leading pathname component (line \(line))"
            case let count?:
                "git diff header lacks filename information when removing \(count) leading pathname components "
                    + "(line \(line))"
            }
        case .invalidMode(let line, let text): "invalid mode on line \(line): \(text)"
        case .newFileHasOldLines(let name): "new file \(name) depends on old contents"
        case .deletedFileHasLines(let name): "deleted file \(name) still has contents"
        case .corruptBinary(let line, let text): "corrupt binary patch at line \(line): \(text)"
        case .unknownBinary(let line): "unrecognized binary patch at line \(line)"
        }
    }
}
