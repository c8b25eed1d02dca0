/// What can be wrong with a pathspec.
public enum PathspecError: Error, CustomStringConvertible {
    /// The path is outside the work tree.
    case outside(path: String, root: String)
    /// Magic that Git does not have.
    case unknownMagic(String, pathspec: String)
    /// `:(` without `)`.
    case unterminated(String)
    /// Magic that does not go together.
    case incompatible(String, pathspec: String)
    /// Attribute magic that cannot be read.
    case badAttribute(String)
    /// An empty pathspec.
    case empty

    public var description: String {
        switch self {
        case .outside(let path, let root): "\(path): '\(path)' is outside repository at '\(root)'"
        case .unknownMagic(let magic, let pathspec): "Invalid pathspec magic '\(magic)' in '\(pathspec)'"
        case .unterminated(let pathspec): "Missing ')' at the end of pathspec magic in '\(pathspec)'"
        case .incompatible(let what, let pathspec): "\(pathspec): \(what)"
        case .badAttribute(let text): text
        case .empty: "empty string is not a valid pathspec. please use . instead if you meant to match all paths"
        }
    }
}
