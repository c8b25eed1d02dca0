internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// `diff-index`: a tree against the index or the files.
enum DiffIndexCommand: Command {
    static let name = "diff-index"
    static let summary = "compare a tree to the working tree or index"
    static let usage = ["[-m] [--cached] [<options>] <tree-ish> [<path>...]"]
    static let options: [OptionSpec] =
        [
            .flag("cached", negatable: false, "do not consider the on-disk file at all"),
            .shortFlag("m", "take files that are not there as unchanged"),
            .shortFlag("r", "recurse into sub-trees, which always happens"),
        ] + DiffOptionTable.specs

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        var base = try DiffDefaults.options(context, isPlumbing: true)
        base.abbreviation = 0
        var options = try DiffOptionTable.read(arguments, context, base: base)
        if options.formats.isEmpty { options.formats = .raw }
        if arguments.has("m") { throw CommandError.fatal("diff-index -m is not supported") }
        let split = try OperandSplit(arguments, context)
        guard split.revisions.count == 1 else { throw CommandError.usage("one tree-ish is needed") }
        let repository = try context.repository()
        let tree = try repository.objects.peel(try context.diffResolver().resolve(split.revisions[0]), to: .tree)
        let worktree = context.hasWorkTree ? try context.worktree() : nil
        var comparison = IndexComparison(
            repository: repository, index: try context.index(), worktree: worktree,
            pathspec: try context.diffPathspec(split.paths))
        comparison.includesUnchanged = options.renames.findsCopiesHarder
        comparison.nested = try NestedStatus(
            context, given: arguments.last("ignore-submodules"), standard: .untracked)
        comparison.showsAnnounced = true
        let entries = arguments.isOn("cached") ? try comparison.tree(tree) : try comparison.treeAndFiles(tree)
        let source = try RepositoryDiffSource(
            repository, worktree: worktree, external: arguments.isOn("ext-diff") ? ExternalDiff(context) : nil)
        return try DiffRun(context: context, source: source, options: options).finish(entries)
    }
}

/// `diff-files`: the index against the files.
enum DiffFilesCommand: Command {
    static let name = "diff-files"
    static let summary = "compare files in the working tree and the index"
    static let usage = ["[-q] [-0 | -1 | -2 | -3] [<options>] [<path>...]"]
    static let options: [OptionSpec] =
        [
            .shortFlag("q", "remain silent even for nonexistent files"),
            .flag("base", "1", negatable: false, "compare with the base of a conflict"),
            .flag("ours", "2", negatable: false, "compare with our side of a conflict"),
            .flag("theirs", "3", negatable: false, "compare with their side of a conflict"),
            .shortFlag("0", "show only that paths are in conflict"),
            .shortFlag("r", "recurse into sub-trees, which always happens"),
        ] + MergeComparison.specs + DiffOptionTable.specs

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        var base = try DiffDefaults.options(context, isPlumbing: true)
        base.abbreviation = 0
        var options = try DiffOptionTable.read(arguments, context, base: base)
        if options.formats.isEmpty { options.formats = .raw }
        let repository = try context.repository()
        let worktree = try context.worktree()
        var comparison = IndexComparison(
            repository: repository, index: try context.index(), worktree: worktree,
            pathspec: try context.diffPathspec(arguments.operands))
        comparison.includesUnchanged = options.renames.findsCopiesHarder
        comparison.nested = try NestedStatus(
            context, given: arguments.last("ignore-submodules"), standard: .untracked)
        comparison.stage =
            arguments.isOn("base") ? .base : arguments.isOn("ours") ? .ours : arguments.isOn("theirs") ? .theirs : nil
        var merges = try MergeComparison(arguments, repository.config)
        if merges.impliesPatch, !DiffOptionTable.namesFormat(arguments) { options.formats = .patch }
        if options.formats.contains(.patch), comparison.stage == nil, !arguments.has("0") { merges.setDefault(.dense) }
        options.merges = merges.mode
        options.showsAllPaths = merges.showsAllPaths
        comparison.combines = merges.mode.isCombined
        let source = try RepositoryDiffSource(
            repository, worktree: worktree, external: arguments.isOn("ext-diff") ? ExternalDiff(context) : nil)
        let run = DiffRun(context: context, source: source, options: options)
        if comparison.combines { try run.print(comparison.conflicts()) }
        var entries = try comparison.files()
        if arguments.has("0") { entries.removeAll { $0.status != .unmerged } }
        if arguments.has("q") { entries.removeAll { $0.status == .deleted } }
        return try run.finish(entries)
    }
}
