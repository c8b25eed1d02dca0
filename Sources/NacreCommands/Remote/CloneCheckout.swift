internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import LargeFiles

/// Fills a new work tree.
enum CloneCheckout {
    /// Checks out a commit, fetching the large files that it names first.
    static func run(
        _ repository: Repository, _ commit: ObjectID, address: String, remote: String, isLazy: Bool, _ context: Context
    ) throws {
        try context.fetchPromisedObjects(repository)
        if repository.objects.isPromised {
            let files = try TreeFiles.list(repository.objects.peel(commit, to: .tree), repository.objects)
            repository.objects.prefetch(files.lazy.filter { $0.mode.isBlob }.map(\.id))
        }
        try StockGitSetup.configureFilter(commonDirectory: repository.commonDirectory)
        try StockGitSetup.installHook(in: repository.hooksDirectory)
        if !isLazy { try fetchLargeFiles(commit, address: address, remote: remote, context) }
        let session = try IndexSession(repository)
        let worktree = try context.worktree(ignoring: Context.noIgnores, isLazy: isLazy)
        let tree = try repository.objects.peel(commit, to: .tree)
        var index = session.index
        _ = try TreeSwitch.run(worktree, &index, from: nil, to: tree)
        session.index = index
        try session.commit(worktree)
    }

    private static func fetchLargeFiles(
        _ commit: ObjectID, address: String, remote: String, _ context: Context
    ) throws {
        var scan = PointerScan(try context.repository().objects)
        let pointers = try scan.pointers(in: commit).map(\.pointer)
        guard !pointers.isEmpty else { return }
        let connection = try LargeCommand.largeFileConnection(context, address: address, remote: remote, isPush: false)
        for (oid, reason) in try connection.fetch(pointers) {
            context.errors.line("warning: large file \(oid) cannot be fetched: \(reason)")
        }
    }
}
