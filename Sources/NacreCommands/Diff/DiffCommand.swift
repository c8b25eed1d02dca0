internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `diff`: files, index, commits and plain files compared.
enum DiffCommand: Command {
    static let name = "diff"
    static let summary = "show changes between commits, commit and working tree, etc"
    static let usage = [
        "[<options>] [<commit>] [--] [<path>...]",
        "[<options>] --cached [--merge-base] [<commit>] [--] [<path>...]",
        "[<options>] [--merge-base] <commit> [<commit>...] <commit> [--] [<path>...]",
        "[<options>] <commit>...<commit> [--] [<path>...]",
        "[<options>] <blob> <blob>",
        "[<options>] --no-index [--] <path> <path>",
        "--summary --markdown <commit> [<commit>]",
    ]
    static let options: [OptionSpec] =
        [
            .flag("cached", negatable: false, aliases: ["staged"], "compare the index with a commit"),
            .flag("merge-base", negatable: false, "compare with the merge base"),
            .flag("markdown", negatable: false, "with --summary, what a reviewer wants to know, as Markdown"),
            .flag("no-index", negatable: false, "compare two paths of the file system"),
            .shortFlag("0", "diff against the unmerged paths only"),
            .flag("base", "1", negatable: false, "compare with the base of a conflict"),
            .flag("ours", "2", negatable: false, "compare with our side of a conflict"),
            .flag("theirs", "3", negatable: false, "compare with their side of a conflict"),
        ] + MergeComparison.specs + DiffOptionTable.specs

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        // Git's `--summary` alone is Git's; of Markdown Git knows nothing.
        if arguments.isOn("markdown") { return try SummaryCommand.run(arguments, context) }
        let repository = try context.repositoryIfPresent()
        if arguments.isOn("no-index") || repository == nil {
            return try NoIndexDiff.run(arguments, context)
        }
        var options = try DiffOptionTable.read(arguments, context, base: try DiffDefaults.options(context))
        var merges = try MergeComparison(arguments, try context.configuration())
        if options.formats.isEmpty { options.formats = .patch }
        let request = try DiffRequest(arguments, context)
        if request.combines(options) { merges.setDefault(.dense) }
        options.merges = merges.mode
        options.showsAllPaths = merges.showsAllPaths
        options.terminalWidth = context.terminalWidth
        if !options.isQuiet { try context.startPager("diff") }
        let worktree = context.hasWorkTree ? try context.worktree() : nil
        let external = arguments.flag("ext-diff") == false ? nil : try ExternalDiff(context)
        let source = try RepositoryDiffSource(try context.repository(), worktree: worktree, external: external)
        let run = DiffRun(context: context, source: source, options: options)
        if let merge = request.merge {
            try run.printMerge(merge.result, parents: merge.parents, try context.diffPathspec(request.paths))
            return .success
        }
        if options.merges.isCombined, let conflicts = try request.conflicts(context, worktree) {
            try run.print(conflicts)
        }
        return try run.finish(try request.entries(context, worktree, options))
    }
}

extension Context {
    /// Whether there are files to compare with.
    var hasWorkTree: Bool { (try? repositoryWithWorkTree()) != nil }
}

/// What `diff` was asked to compare.
struct DiffRequest {
    private enum Sides {
        case files
        case index(ObjectID?)
        case filesAgainst(ObjectID)
        case trees(ObjectID, ObjectID)
        case blobs(DiffSide, DiffSide)
        case merge(ObjectID, [ObjectID])
    }

    private var sides = Sides.files
    let paths: [[UInt8]]
    private var stage: ConflictStage?
    private var onlyConflicts = false
    private let ignoredSubmodules: Arguments.Occurrence?

    init(_ arguments: Arguments, _ context: Context) throws {
        let revisions = try OperandSplit(arguments, context)
        paths = revisions.paths
        stage =
            arguments.isOn("base") ? .base : arguments.isOn("ours") ? .ours : arguments.isOn("theirs") ? .theirs : nil
        onlyConflicts = arguments.has("0")
        ignoredSubmodules = arguments.last("ignore-submodules")
        let resolver = try context.diffResolver()
        let usesBase = arguments.isOn("merge-base")
        let isCached = arguments.isOn("cached")
        var ids: [ObjectID] = []
        var founds: [RevisionResolver.Found] = []
        // The one that is no parent by its form: the result, where several are compared at once.
        var result: Int?
        for text in revisions.revisions {
            if let range = RevisionRange(text) {
                guard revisions.revisions.count == 1 else { throw CommandError.usage("a range stands alone") }
                result = result ?? ids.count
                ids += try range.ends(resolver)
            } else if let items = try RevisionShorthand.items(text, context) {
                if let first = items.firstIndex(where: { !$0.isParent }) { result = result ?? ids.count + first }
                if ids.count == 1, items.count == 1, items[0].isExcluded {
                    ids.insert(items[0].id, at: 0)
                } else {
                    ids += items.map(\.id)
                }
            } else {
                guard let found = try resolver.find(text) else { throw RevisionError.unknown(text) }
                result = result ?? ids.count
                founds.append(found)
                ids.append(found.id)
            }
        }
        if founds.count == 2, ids.count == 2, try DiffRequest.areBlobs(founds, resolver.repository) {
            sides = .blobs(
                DiffRequest.side(founds[0], revisions.revisions[0]), DiffRequest.side(founds[1], revisions.revisions[1])
            )
            return
        }
        func tree(_ id: ObjectID) throws -> ObjectID { try resolver.repository.objects.peel(id, to: .tree) }
        switch (ids.count, isCached) {
        case (0, false): sides = .files
        case (0, true):
            let head = try resolver.repository.refs.resolve(.head)
            sides = .index(try head.map(tree))
        case (1, _):
            let id = usesBase ? try DiffRequest.mergeBase(ids[0], nil, resolver) : ids[0]
            sides = isCached ? .index(try tree(id)) : .filesAgainst(try tree(id))
        case (2, false):
            let first = usesBase ? try DiffRequest.mergeBase(ids[0], ids[1], resolver) : ids[0]
            sides = .trees(try tree(first), try tree(ids[1]))
        default:
            guard !isCached, !usesBase else { throw CommandError.usage("too many revisions") }
            guard let result else { throw CommandError.fatal("no merge given, only parents.") }
            let parents = try ids.indices.filter { $0 != result }.map { try tree(ids[$0]) }
            sides = .merge(try tree(ids[result]), parents)
        }
    }

    private static func areBlobs(_ founds: [RevisionResolver.Found], _ repository: Repository) throws -> Bool {
        try founds.allSatisfy { try repository.objects.header($0.id).kind == .blob }
    }

    private static func side(_ found: RevisionResolver.Found, _ text: String) -> DiffSide {
        DiffSide(
            path: found.path ?? GitPath(text), mode: found.mode.flatMap { FileMode(canonical: $0) } ?? .regular,
            id: found.id)
    }

    static func mergeBase(
        _ one: ObjectID, _ other: ObjectID?, _ resolver: RevisionResolver
    ) throws -> ObjectID {
        let second = try other ?? resolver.commit("HEAD")
        var bases = MergeBases(resolver.repository)
        let first = try resolver.repository.objects.peel(one, to: .commit)
        let found = try bases.bases(of: first, [try resolver.repository.objects.peel(second, to: .commit)])
        guard let base = found.first else { throw CommandError.fatal("no merge base found") }
        guard found.count == 1 else { throw CommandError.fatal("multiple merge bases found") }
        return base
    }

    /// The result and the parents, where more than two are compared at once.
    var merge: (result: ObjectID, parents: [ObjectID])? {
        if case .merge(let result, let parents) = sides { (result, parents) } else { nil }
    }

    /// Whether all sides are shown in one diff where nothing else is asked for.
    func combines(_ options: DiffOptions) -> Bool {
        if case .merge = sides { return true }
        guard case .files = sides else { return false }
        return stage == nil && !onlyConflicts && !options.isQuiet && options.formats.contains(.patch)
    }

    /// The files in conflict against both sides of it; nil where other things are compared.
    func conflicts(_ context: Context, _ worktree: Worktree?) throws -> [CombinedFile]? {
        guard case .files = sides else { return nil }
        let comparison = IndexComparison(
            repository: try context.repository(), index: try context.index(), worktree: worktree,
            pathspec: try context.diffPathspec(paths))
        return try comparison.conflicts()
    }

    /// The entries that differ.
    func entries(_ context: Context, _ worktree: Worktree?, _ options: DiffOptions) throws -> [DiffEntry] {
        if case .blobs(let old, let new) = sides { return old.id == new.id ? [] : [DiffEntry(old: old, new: new)] }
        let repository = try context.repository()
        let pathspec = try context.diffPathspec(paths)
        if case .trees(let old, let new) = sides {
            var treeOptions = TreeDiff.Options()
            treeOptions.includesUnchanged = options.renames.findsCopiesHarder
            treeOptions.limit(to: pathspec)
            return try TreeDiff.compare(old, new, source: repository.objects, options: treeOptions)
        }
        var comparison = IndexComparison(
            repository: repository, index: try context.index(), worktree: worktree, pathspec: pathspec)
        comparison.includesUnchanged = options.renames.findsCopiesHarder
        comparison.stage = stage
        comparison.combines = options.merges.isCombined
        comparison.omitsEqualFiles = true
        comparison.nested = try NestedStatus(context, given: ignoredSubmodules, standard: .untracked)
        switch sides {
        case .index(let tree): return try comparison.tree(tree)
        case .filesAgainst(let tree): return try comparison.treeAndFiles(tree)
        default:
            let entries = try comparison.files()
            return onlyConflicts ? entries.filter { $0.status == .unmerged } : entries
        }
    }
}
