public import GitObjects

/// Why a revision names nothing, or cannot be looked up.
public enum RevisionError: Error, CustomStringConvertible {
    /// It names nothing.
    case unknown(String)
    /// A ref's log does not go back so far.
    case logTooShort(ref: String, count: Int)
    /// `@{upstream}` of something that has none.
    case noUpstream(String)
    /// `@{push}` leads nowhere.
    case noPush(String)
    /// The object is of another kind than is needed.
    case wrongKind(String, expected: ObjectKind)
    /// A path is not in a tree.
    case noPath(path: String, tree: String)
    /// A search's pattern is malformed.
    case badPattern(String)
    /// An option or limit that is not understood.
    case invalid(String)

    /// What is wrong, in Git's words.
    public var description: String {
        switch self {
        case .unknown(let text):
            """
            ambiguous argument '\(text)': unknown revision or path not in the working tree.
            Use '--' to separate paths from revisions, like this:
            'git <command> [<revision>...] -- [<file>...]'
            """
        case .logTooShort(let ref, let count): "log for '\(ref)' only has \(count) entries"
        case .noUpstream(let text), .noPush(let text), .invalid(let text): text
        case .wrongKind(let text, let expected): "\(text) is not a \(expected.name)"
        case .noPath(let path, let tree): "path '\(path)' does not exist in '\(tree)'"
        case .badPattern(let text): "invalid search pattern: \(text)"
        }
    }
}
