public import GitObjects
public import SystemPackage

/// Turns work-tree files into blobs and back for the paths that it claims. A layer above implements it (large files kept in
/// a chunk store); add, status and checkout call it, always with as many files at once as they have, so that an implementation
/// can use all cores and let small files share packs.
///
/// Files are read and written by the filter itself: they may not fit the memory.
public protocol ContentFilter: Sendable {
    /// Whether this filter is in charge of a path with these attributes (`filter=lfs`). Such a path is not converted in any
    /// other way.
    func claims(_ path: GitPath, _ attributes: AttributeValues) -> Bool

    /// Decides which of the files that are about to be added, and that no filter claims, shall be claimed from now on.
    ///
    /// Asked once by `add` and `commit -a`, before anything is read, with all files that are not in the index yet and are
    /// regular. Files of the answer are added through ``clean(_:isStoring:)``; the lines go into the `.gitattributes` files
    /// named, which are staged too.
    func additions(_ files: [FilteredFile], index: Index) throws -> [AttributeAddition]

    /// The blobs (pointers) of files. With `isStoring`, the files' content is kept, and stands on the disk when this returns;
    /// without, only the blob is computed, as `status` and `hash-object` without `-w` need it.
    ///
    /// - Returns: for each file, in order, the blob's content.
    /// - Throws: where a file cannot be read or stored; nothing may be staged then.
    func clean(_ files: [FilteredFile], isStoring: Bool) throws -> [[UInt8]]

    /// Writes files from blobs (pointers).
    ///
    /// Each is written to a temporary file that no scan of the work tree meets, its content verified, and renamed over
    /// ``SmudgeRequest/destination``; what stands there before may be read for shared ranges where it is known to be unchanged.
    ///
    /// - Returns: for each request, in order, what became of it.
    func smudge(_ requests: [SmudgeRequest]) throws -> [SmudgeOutcome]
}

/// A work-tree file on its way into a blob.
public struct FilteredFile: Sendable {
    /// The path in the repository.
    public let path: GitPath
    /// The file; never a symbolic link.
    public let file: FilePath
    /// Its size when it was last looked at.
    public let size: Int64
    /// The path's attributes.
    public let attributes: AttributeValues
    /// The blob that the index holds for this path: the earlier version, for a delta.
    public let previous: ObjectID?

    /// Makes a description of a file.
    public init(path: GitPath, file: FilePath, size: Int64, attributes: AttributeValues, previous: ObjectID?) {
        self.path = path
        self.file = file
        self.size = size
        self.attributes = attributes
        self.previous = previous
    }
}

/// A line for a `.gitattributes` file that a filter asks for.
public struct AttributeAddition: Sendable, Hashable {
    /// The directory whose `.gitattributes` gets the line.
    public let directory: GitPath
    /// The line without its newline: `*.safetensors filter=lfs diff=lfs merge=lfs -text`.
    public let line: [UInt8]
    /// What is said to the person, in one line; nil for nothing.
    public let notice: String?

    /// Makes an addition.
    public init(directory: GitPath, line: [UInt8], notice: String?) {
        self.directory = directory
        self.line = line
        self.notice = notice
    }
}

/// A blob on its way into a work-tree file.
public struct SmudgeRequest: Sendable {
    /// The path in the repository.
    public let path: GitPath
    /// The blob's id.
    public let id: ObjectID
    /// The blob's content.
    public let blob: [UInt8]
    /// The file to be written; its directory stands.
    public let destination: FilePath
    /// Permission bits of the new file before the umask: `0o666` or `0o777`.
    public let permissions: UInt32
    /// The path's attributes.
    public let attributes: AttributeValues
    /// The blob of the file that stands at `destination` and is about to be replaced, where it is known to be unchanged.
    public let replaced: ObjectID?

    /// Makes a request.
    public init(
        path: GitPath, id: ObjectID, blob: [UInt8], destination: FilePath, permissions: UInt32,
        attributes: AttributeValues, replaced: ObjectID?
    ) {
        self.path = path
        self.id = id
        self.blob = blob
        self.destination = destination
        self.permissions = permissions
        self.attributes = attributes
        self.replaced = replaced
    }
}

/// What became of a ``SmudgeRequest``.
public enum SmudgeOutcome: Sendable {
    /// The file stands.
    case written
    /// The blob is not one that the filter makes: it goes into the file as it is.
    case passThrough
    /// The content is not at hand: the path stays absent and its entry gets skip-worktree, so that no `commit -a` can take
    /// the absence for a deletion.
    case contentMissing
    /// The file could not be written.
    case failed(any Error)
}
