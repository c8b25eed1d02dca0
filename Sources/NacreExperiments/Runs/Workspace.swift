public import GitObjects
public import GitRefs
public import GitStorage
public import GitWorktree
public import SystemPackage

/// What runs and experiments need of a repository, given by the layer that opened it.
public struct Workspace: Sendable {
    /// The objects.
    public let objects: ObjectDatabase
    /// The refs.
    public let refs: RefStore
    /// The work tree, with the filter for large files.
    public let worktree: Worktree
    /// The index.
    public let indexFile: FilePath
    /// Nacre's own state, shared by all worktrees: `.git/nacre`.
    public let nacreDirectory: FilePath
    /// Who commits, and the time now.
    public let committer: @Sendable () throws -> Signature
    /// The environment's variables.
    public let variables: [String: String]

    /// Makes a workspace.
    public init(
        objects: ObjectDatabase, refs: RefStore, worktree: Worktree, indexFile: FilePath, nacreDirectory: FilePath,
        variables: [String: String], committer: @escaping @Sendable () throws -> Signature
    ) {
        self.objects = objects
        self.refs = refs
        self.worktree = worktree
        self.indexFile = indexFile
        self.nacreDirectory = nacreDirectory
        self.variables = variables
        self.committer = committer
    }

    /// The files of the work tree as they are now.
    public var files: DirectorySource { DirectorySource(worktree.root) }

    /// The commit that is checked out; nil on an unborn branch.
    public func head() throws -> ObjectID? { try refs.resolve(.head) }

    /// The tree of a commit; nil for none.
    func tree(_ commit: ObjectID?) throws -> ObjectID? {
        guard let commit else { return nil }
        return try objects.peel(commit, to: .tree)
    }

    /// The pipeline of the work tree, if it has one.
    public func pipeline() throws -> Pipeline? { try PipelineReader.read(from: files) }

    /// Commits a tree.
    func commit(tree: ObjectID, parents: [ObjectID], message: String) throws -> ObjectID {
        let signature = try committer()
        let commit = Commit(
            tree: tree, parents: parents, author: signature, committer: signature, message: Array(message.utf8))
        return try objects.write(.commit, commit.encoded)
    }
}
