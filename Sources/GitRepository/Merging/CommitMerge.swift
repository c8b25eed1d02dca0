public import GitDiff
public import GitObjects
internal import GitStorage

/// Merges commits: finds what they have in common, merges several common ancestors into one first, then the trees.
public struct CommitMerge {
    private let repository: Repository
    private let options: TreeMerge.Options
    private let shift: SubtreeShift?
    private let store: TreeMerge.Store

    /// A commit, or a merge of merge bases that no object stands for: its ancestors are those of its parents.
    private struct Side {
        var tree: ObjectID
        var commits: [ObjectID]
    }

    /// Prepares merges in a repository; what they make is written as loose objects.
    ///
    /// - Parameter shift: brings their side and the base to where ours has the same files.
    public init(_ repository: Repository, options: TreeMerge.Options, shift: SubtreeShift? = nil) {
        self.repository = repository
        self.shift = shift
        self.options = options
        let objects = repository.objects
        store = { (kind, content) throws(DiffError) in
            do throws(StorageError) {
                return try objects.write(kind, content)
            } catch {
                throw .refused("\(error)")
            }
        }
    }

    /// Merges trees of a known base.
    ///
    /// - Throws: ``DiffError`` where an object cannot be read or written.
    public func merge(base: ObjectID, ours: ObjectID, theirs: ObjectID) throws -> TreeMerge.Result {
        try mergeTrees(base, ours, theirs, options)
    }

    private func mergeTrees(
        _ base: ObjectID, _ ours: ObjectID, _ theirs: ObjectID, _ options: TreeMerge.Options
    ) throws -> TreeMerge.Result {
        func shifted(_ tree: ObjectID) throws -> ObjectID {
            try shift?.shifted(tree, toFit: ours, repository.objects) ?? tree
        }
        return try TreeMerge.merge(
            base: try shifted(base), ours: ours, theirs: try shifted(theirs), source: repository.objects,
            options: options, store: store)
    }

    /// Merges two commits.
    ///
    /// - Parameter bases: the merge bases, youngest first, as ``MergeBases/bases(of:_:)`` gives them.
    /// - Throws: ``StorageError`` or ``DiffError`` where an object cannot be read or written.
    public func merge(ours: ObjectID, theirs: ObjectID, bases: [ObjectID]) throws -> TreeMerge.Result {
        var common: MergeBases?
        return try merge(try side(ours), try side(theirs), bases: bases, options, &common)
    }

    private func side(_ commit: ObjectID) throws -> Side {
        Side(tree: try repository.objects.commit(commit).tree, commits: [commit])
    }

    private func merge(
        _ ours: Side, _ theirs: Side, bases: [ObjectID], _ options: TreeMerge.Options, _ common: inout MergeBases?
    ) throws -> TreeMerge.Result {
        var options = options
        var base = Side(tree: .emptyTree(repository.algorithm), commits: [])
        let oldestFirst = Array(bases.reversed())
        if let first = oldestFirst.first {
            base = try side(first)
            options.base = repository.objects.abbreviate(first)
        } else {
            options.base = "empty tree"
        }
        if oldestFirst.count > 1 { options.base = "merged common ancestors" }
        for next in oldestFirst.dropFirst() {
            var inner = options
            inner.depth += 1
            inner.ours = "Temporary merge branch 1"
            inner.theirs = "Temporary merge branch 2"
            let other = try side(next)
            let result = try merge(base, other, bases: try self.bases(base, other, &common), inner, &common)
            base = Side(tree: result.tree, commits: base.commits + other.commits)
        }
        return try mergeTrees(base.tree, ours.tree, theirs.tree, options)
    }

    /// - Parameter common: what the earlier questions of this merge read: a criss-cross history asks many, over the same
    ///   commits.
    private func bases(_ one: Side, _ other: Side, _ common: inout MergeBases?) throws -> [ObjectID] {
        guard let commit = other.commits.first else { return [] }
        var known = common.take() ?? MergeBases(repository)
        defer { common = known }
        return try known.bases(of: commit, one.commits)
    }
}
