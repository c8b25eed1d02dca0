internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `diff-tree`: two trees, or a commit and its parents.
enum DiffTreeCommand: Command {
    static let name = "diff-tree"
    static let summary = "compare the content and mode of blobs found via two tree objects"
    static let usage = [
        "[--stdin] [-m] [-s] [-v] [-t] [-r] [-c] [--cc] [--root] [--merge-base] [<options>] <tree-ish> [<tree-ish>] [<path>...]"
    ]
    static let options: [OptionSpec] =
        [
            .shortFlag("r", "recurse into sub-trees"),
            .shortFlag("t", "show tree entry itself as well as subtrees; implies -r"),
            .shortFlag("v", "show the commit message before the differences"),
            .flag("root", negatable: false, "show the initial commit as a creation event"),
            .flag("stdin", negatable: false, "read commits or pairs of trees from standard input"),
            .flag("merge-base", negatable: false, "compare with the merge base"),
            .flag("no-commit-id", negatable: false, "do not print the commit's id"),
            .flag("always", negatable: false, "show the commit even where nothing differs"),
            .optional("pretty", "format", negatable: false, "how commits are shown"),
            .value("format", "format", negatable: false, "how commits are shown"),
            .flag("oneline", negatable: false, "--pretty=oneline --abbrev-commit"),
            .flag("abbrev-commit", "shorten commit ids"),
            .value("date", "mode", negatable: false, "how dates are shown"),
        ] + MergeComparison.specs + DiffOptionTable.specs

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        var base = try DiffDefaults.options(context, isPlumbing: true)
        base.abbreviation = 0
        var options = try DiffOptionTable.read(arguments, context, base: base)
        let merges = try MergeComparison(arguments, repository.config)
        options.merges = merges.mode
        options.showsAllPaths = merges.showsAllPaths
        if options.formats.isEmpty { options.formats = merges.mode == .dense ? .patch : .raw }
        options.reportsTrees = arguments.has("t")
        let recursive: DiffOptions.Formats = [.patch, .stat, .numstat, .shortstat, .dirstat, .summary, .check]
        options.isRecursive = arguments.has("r") || arguments.has("t") || !options.formats.isDisjoint(with: recursive)
        let worktree = context.hasWorkTree ? try context.worktree() : nil
        let source = try RepositoryDiffSource(
            repository, worktree: worktree, external: arguments.isOn("ext-diff") ? ExternalDiff(context) : nil)
        let runner = DiffRun(context: context, source: source, options: options)
        let printer = try commitPrinter(arguments, context)
        printer?.pretty.abbreviation = options.abbreviation
        printer?.separator = options.endsWithNUL ? 0 : 10
        var job = CommitComparison(
            arguments: arguments, context: context, options: options, runner: runner, repository: repository,
            printer: printer)
        if arguments.isOn("stdin") {
            job.pathspec = try context.diffPathspec(arguments.operands)
            return try job.readInput()
        }
        let split = try OperandSplit(arguments, context)
        job.pathspec = try context.diffPathspec(split.paths)
        let ids = try self.ids(split.revisions, context)
        switch ids.count {
        case 1:
            if arguments.has("merge-base") { throw CommandError.fatal("--merge-base only works with two commits") }
            return try job.commit(ids[0])
        case 2:
            let resolver = try context.diffResolver()
            let first =
                arguments.has("merge-base") ? try DiffRequest.mergeBase(ids[0], ids[1], resolver) : ids[0]
            return try job.trees(first, ids[1])
        case 0: throw CommandError.usage("one or two tree-ishes are needed")
        // Git compares nothing here either.
        default: return .success
        }
    }

    private static func ids(_ revisions: [String], _ context: Context) throws -> [ObjectID] {
        let resolver = try context.diffResolver()
        var ids: [ObjectID] = []
        for text in revisions {
            if let range = RevisionRange(text) {
                ids += try range.ends(resolver)
            } else if let items = try RevisionShorthand.items(text, context) {
                ids += items.map(\.id)
            } else {
                ids.append(try resolver.resolve(text))
            }
        }
        return ids
    }

    /// What shows commits with their messages; nil where only their ids are wanted.
    private static func commitPrinter(_ arguments: Arguments, _ context: Context) throws -> LogPrinter? {
        let repository = try context.repository()
        let pretty = PrettyContext(repository, now: context.now, localZone: context.localZone)
        let printer = LogPrinter(pretty, context.output)
        var isShown = arguments.has("v")
        for occurrence in arguments.occurrences {
            switch occurrence.name {
            case "pretty", "format":
                printer.style = try LogStyle(option: occurrence.text, repository)
                isShown = true
            case "oneline":
                (printer.style, printer.abbreviatesCommit, isShown) = (.oneline, true, true)
            case "abbrev-commit": printer.abbreviatesCommit = !occurrence.isNegated
            case "date":
                guard let mode = DateStyle.Mode(parsing: occurrence.text ?? "") else {
                    throw CommandError.fatal("unknown date format \(occurrence.text ?? "")")
                }
                pretty.dateMode = mode
            default: break
            }
        }
        return isShown ? printer : nil
    }
}

/// Commits and trees as `diff-tree` compares them.
private struct CommitComparison {
    let arguments: Arguments
    let context: Context
    let options: DiffOptions
    let runner: DiffRun
    let repository: Repository
    let printer: LogPrinter?
    var pathspec = Pathspec.all

    private func entries(_ old: ObjectID?, _ new: ObjectID?, isRecursive: Bool) throws -> [DiffEntry] {
        var treeOptions = TreeDiff.Options()
        treeOptions.isRecursive = isRecursive
        treeOptions.reportsTrees = options.reportsTrees
        treeOptions.includesUnchanged = options.renames.findsCopiesHarder
        treeOptions.limit(to: pathspec)
        let first = try old.map { try repository.objects.peel($0, to: .tree) }
        let second = try new.map { try repository.objects.peel($0, to: .tree) }
        return try TreeDiff.compare(first, second, source: repository.objects, options: treeOptions)
    }

    func trees(_ old: ObjectID, _ new: ObjectID) throws -> ExitCode {
        try runner.finish(try entries(old, new, isRecursive: options.isRecursive))
    }

    /// Compares a commit with its parents, or with others that stand for them.
    func commit(_ name: ObjectID, parents others: [ObjectID]? = nil) throws -> ExitCode {
        let id = try repository.objects.peel(name, to: .commit)
        let commit = try CommitText(id, repository.objects)
        let all = try others ?? (repository.shallowCommits.contains(id) ? [] : repository.objects.links(id).parents)
        var parents: [ObjectID?] = all
        if parents.isEmpty { parents = arguments.isOn("root") ? [nil] : [] }
        if parents.count > 1 {
            switch options.merges {
            case .none: parents = []
            case .firstParent: parents = [parents[0]]
            case .separate: break
            case .combined, .dense: return try combined(commit, all)
            }
        }
        var code: Int32 = 0
        var isShown = false
        for parent in parents {
            let entries = try entries(parent, id, isRecursive: options.isRecursive)
            let selection = try DiffSelection(entries, source: runner.source, options: options)
            if !selection.entries.isEmpty {
                try show(commit, from: parents.count > 1 ? parent : nil, separating: true)
                isShown = true
            }
            code |= try runner.finish(entries).rawValue
        }
        if !isShown, arguments.has("always") { try show(commit, from: nil, separating: false) }
        return ExitCode(code)
    }

    /// Prints the commit's id or message, and what stands between that and the differences.
    private func show(_ commit: CommitText, from parent: ObjectID?, separating: Bool) throws {
        guard !arguments.isOn("no-commit-id"), !options.isQuiet else { return }
        guard let printer else {
            let id = arguments.isOn("abbrev-commit") ? repository.objects.abbreviate(commit.id) : commit.id.hex
            context.output.write(Array(id.utf8) + [options.endsWithNUL ? 0 : 10])
            return
        }
        try printer.show(
            commit, RevisionWalk.Entry(alone: commit.id, parents: commit.parents, tree: commit.tree), from: parent)
        guard separating, !options.formats.contains(.none), printer.style != .oneline, !printer.style.isEmpty else {
            return
        }
        context.output.write(options.formats.isSuperset(of: [.patch, .stat]) ? "---\n" : "\n")
    }

    private func combined(_ commit: CommitText, _ parents: [ObjectID]) throws -> ExitCode {
        try show(commit, from: nil, separating: false)
        if printer != nil, printer?.style.isEmpty == false, !arguments.isOn("no-commit-id"),
            !options.formats.contains(.none)
        {
            context.output.write([options.endsWithNUL ? 0 : 10])
        }
        try runner.printMerge(
            commit.tree, parents: parents.map { try repository.objects.peel($0, to: .tree) }, pathspec)
        return .success
    }

    func readInput() throws -> ExitCode {
        var code: Int32 = 0
        for line in try Files.readAll(0, path: "standard input").split(separator: 10) {
            let words = line.split(separator: 32)
            let ids = words.compactMap { ObjectID(hex: $0, algorithm: repository.algorithm) }
            guard ids.count == words.count, let first = ids.first else {
                context.output.line(Array(line))
                continue
            }
            if ids.count == 2, try repository.objects.header(first).kind == .tree {
                context.output.line("\(ids[0]) \(ids[1])")
                code |= try trees(ids[0], ids[1]).rawValue
            } else {
                code |= try commit(first, parents: ids.count > 1 ? Array(ids.dropFirst()) : nil).rawValue
            }
        }
        return ExitCode(code)
    }
}
