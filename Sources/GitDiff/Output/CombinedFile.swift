public import GitObjects

/// A file of a merge that differs from the same file of every parent.
public struct CombinedFile: Sendable {
    /// The file in the merge.
    public var result: DiffSide
    /// The file in each parent, under the name that it had there.
    public var parents: [DiffEntry]

    /// Whether the result is a work-tree file rather than an object.
    public var isInWorkTree = false

    /// Makes a file of its result and what became of each parent's file.
    public init(result: DiffSide, parents: [DiffEntry]) {
        self.result = result
        self.parents = parents
    }

    /// The path in the merge.
    public var path: GitPath { result.path }

    /// The path that the file had in a parent.
    func path(in parent: DiffEntry) -> GitPath {
        parent.status == .renamed || parent.status == .copied ? parent.old.path : path
    }

    /// The files of a merge that none of the parents has as they are.
    ///
    /// - Throws: ``DiffError`` where a tree or file cannot be read.
    public static func find(
        parents: [ObjectID], result: ObjectID, source: any DiffSource, options: DiffOptions,
        treeOptions: TreeDiff.Options = TreeDiff.Options()
    ) throws(DiffError) -> [CombinedFile] {
        var all: [[DiffEntry]] = []
        for parent in parents {
            let entries = try TreeDiff.compare(parent, result, source: source, options: treeOptions)
            all.append(try DiffSelection(entries, source: source, options: options).entries)
        }
        return common(all)
    }

    /// The files that differ from those of all parents, of what differs from each.
    public static func common(_ comparisons: [[DiffEntry]]) -> [CombinedFile] {
        guard let first = comparisons.first else { return [] }
        var files = first.filter { !DiffContents.isUnchanged($0) }.map { CombinedFile(result: $0.new, parents: [$0]) }
        for entries in comparisons.dropFirst() {
            guard !files.isEmpty else { break }
            var byPath: [GitPath: DiffEntry] = [:]
            for entry in entries where !DiffContents.isUnchanged(entry) { byPath[entry.new.path] = entry }
            files = files.compactMap { file in
                guard let entry = byPath[file.path] else { return nil }
                var file = file
                file.parents.append(entry)
                return file
            }
        }
        return files
    }
}
