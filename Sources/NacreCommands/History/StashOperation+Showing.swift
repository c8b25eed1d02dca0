internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage

extension StashOperation {
    /// Which of a stash's files `show` shows.
    private enum Shown { case tracked, untracked, both }

    /// `show`: what a stash changes against the commit that it was made on.
    func show() throws -> ExitCode {
        let found = try find(operands.first)
        let config = repository.config
        let choices: Set = ["include-untracked", "only-untracked"]
        var options = try DiffOptionTable.read(arguments, context, base: try DiffDefaults.options(context))
        var shown = try config.bool("stash.showincludeuntracked") ?? false ? Shown.both : .tracked
        if let choice = arguments.occurrences.last(where: { choices.contains($0.name) }) {
            shown = choice.isNegated ? .tracked : choice.name == "only-untracked" ? .untracked : .both
        }
        // These settings count only where nothing is said of what to print.
        if arguments.occurrences.allSatisfy({ choices.contains($0.name) }) {
            if try config.bool("stash.showstat") ?? true { options.formats.insert(.stat) }
            if try config.bool("stash.showpatch") ?? false { options.formats.insert(.patch) }
            if options.formats.isEmpty { return .success }
        }
        if options.formats.isEmpty { options.formats = .patch }
        let source = try RepositoryDiffSource(repository, worktree: try context.worktree())
        return try DiffRun(context: context, source: source, options: options).finish(try entries(found.commit, shown))
    }

    private func entries(_ id: ObjectID, _ shown: Shown) throws -> [DiffEntry] {
        let commit = try repository.objects.commit(id)
        var entries: [DiffEntry] = []
        if shown != .untracked {
            entries = try TreeDiff.compare(
                try history.tree(commit.parents.first), commit.tree, source: repository.objects)
        }
        guard shown != .tracked, commit.parents.count > 2 else { return entries }
        entries += try TreeDiff.compare(nil, try history.tree(commit.parents[2]), source: repository.objects)
        return entries.sorted { $0.path < $1.path }
    }
}
