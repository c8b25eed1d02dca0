internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import LargeFiles
internal import SystemPackage

extension LargeCommand {
    /// Writes files whose content was left out of the work tree, and takes skip-worktree from their entries.
    static func fetch(_ operands: [[UInt8]], _ context: Context) throws -> ExitCode {
        let (repository, workTree) = try context.repositoryWithWorkTree()
        let filter = try LargeFileFilter(repository)
        let lock = try IndexLock(repository.indexFile)
        var index = try context.index()
        // Without being named, only what a sparse checkout wants.
        let sparse = operands.isEmpty ? try context.worktree().settings.sparse : nil
        var wanted: [Entry] = []
        for entry in try entries(operands, filter, context)
        where try FileStatus.of(workTree.appending(bytes: entry.path.bytes)) == nil
            && (entry.index.flags.contains(.skipWorktree) || !operands.isEmpty)
            && sparse?.includes(entry.path) ?? true
        {
            wanted.append(entry)
        }
        var destinations: [LargeFileStore.Destination] = []
        for entry in wanted {
            let file = workTree.appending(bytes: entry.path.bytes)
            try Files.makeDirectory(file.removingLastComponent())
            destinations.append(
                .init(
                    oid: entry.pointer.oid, path: file, permissions: entry.index.mode == .executable ? 0o777 : 0o666,
                    replaced: nil))
        }
        try download(wanted.map(\.pointer), filter.store, repository, context)
        var failures = 0
        for (entry, outcome) in zip(wanted, try filter.store.write(destinations)) {
            let name = String(decoding: entry.path.quoted(), as: UTF8.self)
            switch outcome {
            case .written:
                if case .found(let position) = index.position(of: entry.path),
                    let status = try FileStatus.of(workTree.appending(bytes: entry.path.bytes))
                {
                    index.update(at: position) { entry in
                        entry.flags.remove(.skipWorktree)
                        entry.stat = StatData(status)
                    }
                }
            case .missing:
                failures += 1
                context.missingContent.note(entry.path, entry.pointer)
            case .failed(let error):
                failures += 1
                context.errors.line("error: \(name): \(error)")
            }
        }
        try lock.commit(index)
        return failures == 0 ? .success : .failure
    }

    /// Fetches what is not at hand from the remote, where there is one.
    private static func download(
        _ pointers: [Pointer], _ store: LargeFileStore, _ repository: Repository, _ context: Context
    ) throws {
        var missing: [Pointer] = []
        for pointer in pointers where try !store.contains(pointer.oid) { missing.append(pointer) }
        guard !missing.isEmpty, let remote = try defaultRemote(repository) else { return }
        let connection = try largeFileConnection(context, address: remote.address, remote: remote.name, isPush: false)
        for failure in try connection.fetch(missing) { context.errors.line("error: \(failure.oid): \(failure.reason)") }
    }

    /// Copies content into `.git/lfs/objects`, so that stock git-lfs finds it.
    static func export(_ operands: [[UInt8]], _ context: Context) throws -> ExitCode {
        let filter = try LargeFileFilter(try context.repository())
        var done: Set<Hash256> = []
        var failures = 0
        for entry in try entries(operands, filter, context) where done.insert(entry.pointer.oid).inserted {
            do {
                try filter.store.export(entry.pointer.oid)
            } catch {
                failures += 1
                context.errors.line("error: \(String(decoding: entry.path.quoted(), as: UTF8.self)): \(error)")
            }
        }
        return failures == 0 ? .success : .failure
    }
}
