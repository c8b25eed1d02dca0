public import GitObjects

/// A file of a merge that differs from the same file of every parent.
public struct CombinedFile: Sendable {
    /// The file in the merge.
    public var result: DiffSide
    /// The file in each parent, under the name that it had there.
    public var parents: [DiffEntry]

    /// The path in the merge.
    public var path: GitPath { result.path }

    /// The files of a merge that none of the parents has as they are.
    ///
    /// - Throws: ``DiffError`` where a tree or file cannot be read.
    public static func find(
        parents: [ObjectID], result: ObjectID, source: any DiffSource, options: DiffOptions,
        treeOptions: TreeDiff.Options = TreeDiff.Options()
    ) throws(DiffError) -> [CombinedFile] {
        var files: [CombinedFile] = []
        for (index, parent) in parents.enumerated() {
            let entries = try TreeDiff.compare(parent, result, source: source, options: treeOptions)
            let selected = try DiffSelection(entries, source: source, options: options).entries
            guard index > 0 else {
                files = selected.map { CombinedFile(result: $0.new, parents: [$0]) }
                continue
            }
            var byPath: [GitPath: DiffEntry] = [:]
            for entry in selected { byPath[entry.new.path] = entry }
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
