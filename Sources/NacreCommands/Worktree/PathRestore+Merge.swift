internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

extension PathRestore {
    /// Brings back the conflicts of matching paths that were resolved, from what the index remembers of them.
    func reviveConflicts(_ index: inout Index) {
        for record in index.resolveUndo where pathspec.matches(record.path) {
            guard case .found = index.position(of: record.path) else { continue }
            index.remove(record.path)
            for (stage, side) in zip([ConflictStage.base, .ours, .theirs], record.sides) {
                guard let side, let mode = GitObjects.FileMode(canonical: side.rawMode) else { continue }
                index.add(IndexEntry(path: record.path, id: side.id, mode: mode, stage: stage))
            }
        }
        index.resolveUndo.removeAll { pathspec.matches($0.path) }
    }

    /// The merge of a conflict's sides, with markers, as an entry to be written.
    ///
    /// - Returns: nil where it cannot be merged; the reason has been said.
    func mergedEntry(_ path: GitPath, _ sides: [IndexEntry], _ support: MergeSupport) throws -> IndexEntry? {
        func side(_ stage: ConflictStage) -> IndexEntry? { sides.first { $0.stage == stage } }
        guard let ours = side(.ours), let theirs = side(.theirs) else {
            context.errors.line("error: path '\(path)' does not have necessary versions")
            return nil
        }
        let objects = repository.objects
        let settings = try support.options(strategyOptions: [], ours: "ours", theirs: "theirs", worktree: worktree)
        var options = settings.file
        options.style = conflictStyle ?? options.style
        options.joinsAcrossPunctuation = false
        options.labels = ("ours", "base", "theirs")
        let driver = settings.driver?(path)
        if let size = driver?.markerSize { options.markerSize = size }
        if case .union? = driver?.kind { options.favor = .union }
        let contents = try [side(.base), ours, theirs].map { entry in
            try entry.map { try objects.read($0.id, as: .blob) } ?? []
        }
        let content: [UInt8]
        var isBinary = contents.contains { $0.prefix(8000).contains(0) }
        if case .binary? = driver?.kind { isBinary = true }
        if case .text? = driver?.kind { isBinary = false }
        if case .program(let program)? = driver?.kind {
            content = try program(contents[0], contents[1], contents[2], options.markerSize, path).content
        } else if isBinary {
            context.errors.line("warning: Cannot merge binary files: \(path) (ours vs. theirs)")
            content = contents[1]
        } else {
            content =
                FileMerge.merge(base: contents[0], ours: contents[1], theirs: contents[2], options: options).content
        }
        return IndexEntry(path: path, id: try objects.write(.blob, content), mode: ours.mode)
    }
}
