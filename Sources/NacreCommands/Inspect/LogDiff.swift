internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// What is shown of a commit's changes: `-p`, `--stat`, `--name-status`, and the choice of commits by their changes.
final class LogDiff {
    /// The comparison with one parent.
    struct Part {
        let parent: ObjectID?
        let selection: DiffSelection
        /// Whether the commit is compared with each of several parents.
        let isOfMany: Bool
    }

    let options: DiffOptions
    private let repository: Repository
    let source: RepositoryDiffSource
    private let pathspec: Pathspec
    private let output: OutputStream
    private let merges: MergeComparison
    /// Whether commits that are no merges are compared.
    private let comparesAll: Bool
    /// The file that is followed through renames.
    private var followed: GitPath?

    init(
        _ arguments: Arguments, _ context: Context, pathspec: Pathspec, defaultFormats: DiffOptions.Formats,
        merges defaultMerges: DiffOptions.Merges = .none, adjusting adjust: (inout DiffOptions) -> Void = { _ in }
    ) throws {
        repository = try context.repository()
        output = context.output
        var options = try DiffOptionTable.read(arguments, context, base: DiffDefaults.options(context))
        var merges = try MergeComparison(arguments, repository.config)
        merges.setDefault(defaultMerges)
        if arguments.has("first-parent") { merges.followFirstParent() }
        if options.formats.isEmpty { options.formats = defaultFormats }
        comparesAll = !options.formats.isEmpty || merges.impliesPatch
        if options.formats.isEmpty, merges.impliesPatch || merges.needsDiff { options.formats = .patch }
        options.merges = merges.mode
        options.showsAllPaths = merges.showsAllPaths
        self.merges = merges
        if options.formats.contains(.none) { options.formats = [] }
        options.isRecursive = true
        options.terminalWidth = context.terminalWidth
        adjust(&options)
        self.options = options
        self.pathspec = arguments.has("full-diff") ? .all : pathspec
        let worktree = context.hasWorkTree ? try context.worktree() : nil
        let external = arguments.isOn("ext-diff") ? try ExternalDiff(context) : nil
        source = try RepositoryDiffSource(repository, worktree: worktree, external: external)
        if arguments.isOn("follow") {
            guard pathspec.items.count == 1, let item = pathspec.items.first else {
                throw CommandError.fatal("--follow requires exactly one pathspec")
            }
            followed = GitPath(item.match)
        }
    }

    /// Whether commits with so many parents have to be compared at all.
    func isActive(parentCount: Int) -> Bool {
        isSelecting || (!options.formats.isEmpty && (comparesAll || (parentCount > 1 && merges.needsDiff)))
    }

    /// Whether commits that change nothing that is looked for are left out.
    var isSelecting: Bool { options.pickaxe != nil || !options.filter.isEmpty || followed != nil }

    /// The comparisons of a commit with its parents that found something.
    func parts(_ entry: RevisionWalk.Entry, parents: [ObjectID]) throws -> [Part] {
        var olds: [ObjectID?] = parents
        if parents.isEmpty { olds = [nil] }
        if parents.count > 1 {
            switch options.merges {
            case .firstParent: olds = [parents[0]]
            case .separate: break
            default: return []
            }
        }
        var result: [Part] = []
        for old in olds {
            let selection = try selection(old, entry.tree)
            if selection.entries.isEmpty { continue }
            result.append(Part(parent: old, selection: selection, isOfMany: olds.count > 1))
        }
        return result
    }

    /// The files of a merge that differ from those of all parents, and what differs from the first one.
    func combined(_ tree: ObjectID, parents: [ObjectID]) throws -> (files: [CombinedFile], first: [DiffEntry]) {
        let selections = try parents.map {
            try DiffSelection(entries($0, tree, limit: pathspec), source: source, options: options)
        }
        let needsFirst = !options.formats.isDisjoint(with: [.stat, .numstat, .shortstat, .summary, .dirstat])
        return (CombinedFile.common(selections.map(\.entries)), needsFirst ? selections.first?.entries ?? [] : [])
    }

    private func entries(_ old: ObjectID?, _ tree: ObjectID, limit: Pathspec) throws -> [DiffEntry] {
        var treeOptions = TreeDiff.Options()
        treeOptions.includesUnchanged = options.renames.findsCopiesHarder
        treeOptions.limit(to: limit)
        let first = try old.map { try repository.objects.links($0).tree }
        return try TreeDiff.compare(first, tree, source: repository.objects, options: treeOptions)
    }

    private func selection(_ old: ObjectID?, _ tree: ObjectID) throws -> DiffSelection {
        guard let path = followed else {
            return try DiffSelection(entries(old, tree, limit: pathspec), source: source, options: options)
        }
        let own = try entries(old, tree, limit: Pathspec(literal: [path])).filter { $0.path == path }
        guard let first = own.first, !first.old.exists, old != nil else {
            return try DiffSelection(own, source: source, options: options)
        }
        // The file is new here: it may have had another name before.
        var renaming = options
        renaming.renames.detection = .renames
        renaming.filter = DiffOptions().filter
        renaming.pickaxe = nil
        let all = try DiffSelection(entries(old, tree, limit: .all), source: source, options: renaming)
        guard let renamed = all.entries.first(where: { $0.new.path == path && $0.old.path != path && $0.old.exists })
        else {
            return try DiffSelection(own, source: source, options: options)
        }
        followed = renamed.old.path
        var result = all
        result.entries = [renamed]
        return result
    }

    /// What a commit changes, without line numbers, ids and white space: equal for equal changes. nil for merges.
    func patchIdentity(_ id: ObjectID) throws -> [UInt8]? {
        let links = try repository.objects.links(id)
        guard links.parents.count <= 1 else { return nil }
        var plain = DiffOptions()
        plain.formats = .patch
        plain.showsFullIndex = true
        plain.renames.detection = .none
        let found = try entries(links.parents.first, links.tree, limit: pathspec)
        let selection = try DiffSelection(found, source: source, options: plain)
        var text: [UInt8] = []
        var printer = DiffPrinter(source: source, options: plain) { text += copy $0 }
        try printer.print(selection.entries)
        var result: [UInt8] = []
        var ids: ArraySlice<UInt8> = []
        for line in text.split(separator: 10) {
            if line.starts(with: "index ".utf8) {
                ids = line
                continue
            }
            // Of files that are no text nothing else is told.
            if line.starts(with: "Binary files ".utf8) { result += ids }
            if line.starts(with: "@@ ".utf8) {
                result += "@@".utf8
                continue
            }
            result += line.filter { !CommitText.isSpace($0) }
            result.append(10)
        }
        return result
    }

    /// Prints a comparison, each line behind what the graph draws.
    func print(_ part: Part, prefix: [UInt8]) throws {
        try print(prefix: prefix) { printer in try printer.print(part.selection.entries) }
    }

    /// Prints a merge against all its parents.
    func print(_ files: [CombinedFile], first: [DiffEntry], prefix: [UInt8]) throws {
        let isDense = options.merges == .dense
        try print(prefix: prefix) { printer in try printer.printMerge(files, first: first, isDense: isDense) }
    }

    private func print(prefix: [UInt8], _ body: (inout DiffPrinter) throws -> Void) throws {
        let output = output
        var options = options
        options.linePrefix = prefix
        var printer = DiffPrinter(source: source, options: options) { output.write(copy $0) }
        try body(&printer)
    }
}
