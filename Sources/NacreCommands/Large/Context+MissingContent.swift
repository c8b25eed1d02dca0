internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitWorktree
internal import LargeFiles

extension Context {
    /// The large files that are not in the work tree because their content is not here.
    func missingLargeFiles() throws -> [GitPath] {
        // Set when the first large file was met.
        guard try configuration().string("filter.lfs.process") != nil else { return [] }
        let skipped = try index().entries.filter { $0.flags.contains(.skipWorktree) && $0.stage == .merged }
        guard !skipped.isEmpty else { return [] }
        let filter = try LargeFileFilter(try repository())
        let sparse = try worktree().settings.sparse
        return try skipped.compactMap { entry in
            // Nobody asked for what the sparse patterns leave out.
            if let sparse, !sparse.includes(entry.path) { return nil }
            guard let pointer = filter.pointer(entry.id), try !filter.store.contains(pointer.oid) else { return nil }
            return entry.path
        }
    }

    /// Whether `--large=lazy` was said.
    func isLazy(_ arguments: Arguments) throws -> Bool {
        guard let when = arguments.text("large") else { return false }
        guard when == "lazy" || when == "eager" else {
            throw CommandError.usage("option `large' expects \"lazy\" or \"eager\"")
        }
        return when == "lazy"
    }

    /// Prints a large file's content, from the remote where it is not here.
    func writeContent(_ pointer: Pointer) throws {
        let errors = errors
        let filter = try LargeFileFilter(
            try repository(), fetch: try LargeCommand.fetcher(self), warn: { errors.line($0) })
        let output = output
        try filter.read(pointer) { (bytes) throws(FileError) in output.write([UInt8](bytes)) }
    }
}
