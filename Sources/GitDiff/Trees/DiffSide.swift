public import Bytes
public import GitObjects

/// One side of a changed path: a file as it was, or as it is.
public struct DiffSide: Sendable, Hashable {
    /// The path.
    public var path: GitPath
    /// What the file is; nil where this side has no such file.
    public var mode: FileMode?
    /// The object; zero where the side does not exist, or its content was not hashed yet (a work-tree file).
    public var id: ObjectID
    /// Whether a gitlink's repository holds changes that no commit has.
    public var isDirty = false

    /// Makes a side.
    public init(path: GitPath, mode: FileMode?, id: ObjectID) {
        self.path = path
        self.mode = mode
        self.id = id
    }

    /// The side on which the path does not exist.
    public static func absent(_ path: GitPath, _ algorithm: HashAlgorithm) -> DiffSide {
        DiffSide(path: path, mode: nil, id: .zero(algorithm))
    }

    /// Whether the path exists on this side.
    public var exists: Bool { mode != nil }

    /// Whether the content has to be read from the work tree to be known.
    public var isUnhashed: Bool { exists && id.isZero }

    /// The mode as diffs print it: `000000` for a side that does not exist.
    public var octalMode: String { mode?.octal ?? "000000" }
}
