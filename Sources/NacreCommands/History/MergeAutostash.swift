internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Local changes that a merge puts aside and brings back (`--autostash`); in between they are kept in `MERGE_AUTOSTASH`.
struct MergeAutostash {
    private static let file = "MERGE_AUTOSTASH"
    /// What is said where changes that were put aside go into the list of stashes.
    static let kept =
        "Autostash exists; creating a new stash entry.\nYour changes are safe in the stash.\n"
        + "You can run \"git stash pop\" or \"git stash drop\" at any time.\n"
    private let arguments: Arguments
    private let context: Context
    private let repository: Repository
    private let support: MergeSupport

    init(_ arguments: Arguments, _ context: Context, _ repository: Repository) {
        self.arguments = arguments
        self.context = context
        self.repository = repository
        support = MergeSupport(context: context, repository: repository)
    }

    /// Puts local changes aside where that is asked for.
    ///
    /// - Returns: the index as it is then, locked.
    func begin(_ session: IndexSession) throws -> IndexSession {
        guard try arguments.flag("autostash") ?? repository.config.bool("merge.autostash") ?? false else {
            return session
        }
        session.release()
        if let commit = try StashOperation(Arguments(), context, repository).makeAutomatic() {
            try support.write(Self.file, commit.hexBytes + [10])
            context.output.line("Created autostash: \(repository.objects.abbreviate(commit))")
        }
        return try IndexSession(repository)
    }

    private func take() throws -> ObjectID? {
        guard let line = try support.readLine(Self.file) else { return nil }
        try support.remove(Self.file)
        return ObjectID(hex: line)
    }

    /// Brings back what was put aside, where anything was.
    func restore() throws {
        guard let commit = try take() else { return }
        try RebaseOperation(Arguments(), context, repository).restoreStash(commit)
    }

    /// Leaves what was put aside in the list of stashes.
    func keep() throws {
        guard let commit = try take() else { return }
        try StashOperation(Arguments(), context, repository).keep(commit, "autostash")
        context.output.flush()
        context.errors.write(Self.kept)
    }

    /// Says that something is put aside while the merge waits for a person.
    func remind() {
        guard ((try? support.read(Self.file)) ?? nil) != nil else { return }
        context.output.line("When finished, apply stashed changes with `git stash pop`")
    }
}
