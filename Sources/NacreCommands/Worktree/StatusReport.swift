internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Everything that `status` shows, collected.
struct StatusReport {
    /// One path that is not as in the last commit.
    struct Item {
        let path: GitPath
        /// Letter for commit against index: A M D R C T, or nil.
        var staged: UInt8?
        /// Letter for index against file: M D T A, or nil.
        var unstaged: UInt8?
        /// The path before a rename, and how alike.
        var origin: GitPath?
        var score = 0
        var headMode: FileMode?
        var headID: ObjectID?
        var indexMode: FileMode?
        var indexID: ObjectID?
        var fileMode: FileMode?
        var nested: FileChange.NestedState?
        /// Which sides of a conflict there are: bit 0 base, 1 ours, 2 theirs.
        var conflict = 0
        var sides: [IndexEntry?] = [nil, nil, nil]
        /// Where the rename is between index and file.
        var isWorktreeRename = false
    }

    /// What to collect.
    struct Options {
        var pathspec = Pathspec.all
        /// `no`, `normal` or `all`.
        var untracked = "normal"
        var ignored = UntrackedScan.Ignored.none
        var renames: RenameOptions?
        /// What the index is compared with; nil for `HEAD`.
        var reference: ObjectID?
        var isAmending = false
        /// `--ignore-submodules`, as it stood.
        var ignoredSubmodules: Arguments.Occurrence?
    }

    var state: RepositoryState
    /// What is to be said of a sparse checkout.
    var sparseness: String?
    /// Whether there is no commit to compare with.
    var isInitial: Bool
    var items: [Item] = []
    var untracked: [GitPath] = []
    var ignored: [GitPath] = []
    /// Entries that are unchanged but whose remembered status is old.
    var comparison: FileComparison

    /// Before the first commit what is in conflict counts as staged, as it does for git.
    var isCommittable: Bool { items.contains { $0.staged != nil } || state.head == nil && hasConflicts }
    var isDirty: Bool { items.contains { $0.unstaged != nil && $0.conflict == 0 } }
    var hasConflicts: Bool { items.contains { $0.conflict != 0 } }

    init(_ context: Context, _ index: Index, _ worktree: Worktree, _ options: Options) throws {
        let repository = try context.repository()
        state = try RepositoryState(repository)
        sparseness = try StatusReport.sparseness(index, repository)
        let head: ObjectID?
        isInitial = options.isAmending ? options.reference == nil : state.head == nil
        if options.isAmending {
            head = try options.reference.map { try repository.objects.peel($0, to: .tree) }
        } else {
            head = try state.head.map { try repository.objects.peel($0, to: .tree) }
        }
        var collected: [GitPath: Item] = [:]
        try StatusReport.collectStaged(head, index, repository, options, &collected)
        var comparing = Worktree.ComparisonOptions()
        comparing.pathspec = options.pathspec
        let nested = try NestedStatus(
            context, given: options.ignoredSubmodules, standard: options.untracked == "no" ? .untracked : .none)
        comparing.nested = nested.look
        if options.untracked != "no" || options.ignored != .none {
            var scan = UntrackedScan.Options()
            scan.listsAllFiles = options.untracked == "all"
            scan.ignored = options.ignored
            scan.pathspec = options.pathspec
            let (compared, found) = try worktree.compare(index, comparing, findingUntracked: scan)
            comparison = compared
            if options.untracked != "no" { untracked = found.untracked }
            ignored = found.ignored
        } else {
            comparison = try worktree.compare(index, comparing)
        }
        comparison.changes.removeAll { $0.nested != nil && nested.isIgnored(index.entries[$0.position].path) }
        if nested.ignoresAll {
            collected = collected.filter { $0.value.headMode != .gitlink && $0.value.indexMode != .gitlink }
        }
        StatusReport.collectConflicts(index, options, worktree, &collected)
        for change in comparison.changes { StatusReport.collect(change, index, &collected) }
        for path in collected.keys { StatusReport.complete(&collected[path]!, index) }
        items = collected.values.sorted { $0.path < $1.path }
    }

    /// How much of the files a sparse checkout has; nil without one.
    private static func sparseness(_ index: Index, _ repository: Repository) throws -> String? {
        guard try repository.config.bool("core.sparsecheckout") == true, !index.entries.isEmpty else { return nil }
        let isKeptSparse =
            try repository.config.bool("index.sparse") == true
            && repository.config.bool("core.sparsecheckoutcone") == true
        if index.isSparse || isKeptSparse { return "You are in a sparse checkout." }
        let absent = index.entries.count { $0.flags.contains(.skipWorktree) }
        let percent = 100 - 100 * absent / index.entries.count
        return "You are in a sparse checkout with \(percent)% of tracked files present."
    }

    private static func collectStaged(
        _ head: ObjectID?, _ index: Index, _ repository: Repository, _ options: Options,
        _ collected: inout [GitPath: Item]
    ) throws {
        var entries: [DiffEntry] = []
        let algorithm = repository.algorithm
        func side(_ file: TreeFile?, _ path: GitPath) -> DiffSide {
            file.map { DiffSide(path: path, mode: $0.mode, id: $0.id) } ?? .absent(path, algorithm)
        }
        for change in try TreeFiles.changes(from: head, to: index, repository.objects)
        where options.pathspec.matches(change.path) {
            entries.append(DiffEntry(old: side(change.old, change.path), new: side(change.new, change.path)))
        }
        if let renames = options.renames {
            entries = try RenameDetector.detect(entries, source: repository.objects, options: renames).entries
        }
        for entry in entries {
            var item = Item(path: entry.path)
            item.staged = entry.status.rawValue
            item.headMode = entry.old.mode
            item.headID = entry.old.exists ? entry.old.id : nil
            item.indexMode = entry.new.mode
            item.indexID = entry.new.exists ? entry.new.id : nil
            if entry.status == .renamed || entry.status == .copied {
                item.origin = entry.old.path
                item.score = entry.percent
            }
            collected[entry.path] = item
        }
    }

    private static func collectConflicts(
        _ index: Index, _ options: Options, _ worktree: Worktree, _ collected: inout [GitPath: Item]
    ) {
        for entry in index.entries where entry.stage != .merged && options.pathspec.matches(entry.path) {
            var item = collected[entry.path] ?? Item(path: entry.path)
            let bit = Int(entry.stage.rawValue) - 1
            item.staged = nil
            item.conflict |= 1 << bit
            item.sides[bit] = entry
            if item.fileMode == nil, let status = (try? worktree.status(entry.path)) ?? nil {
                item.fileMode = worktree.mode(of: status, previous: entry.mode)
            }
            collected[entry.path] = item
        }
    }

    private static func collect(_ change: FileChange, _ index: Index, _ collected: inout [GitPath: Item]) {
        let entry = index.entries[change.position]
        var item = collected[entry.path] ?? Item(path: entry.path)
        item.unstaged =
            switch change.kind {
            case .modified: UInt8(ascii: "M")
            case .deleted: UInt8(ascii: "D")
            case .typeChanged: UInt8(ascii: "T")
            case .added: UInt8(ascii: "A")
            }
        item.fileMode = change.mode
        item.nested = change.nested
        collected[entry.path] = item
    }

    /// Fills in what a path that changed on one side only has on the other.
    private static func complete(_ item: inout Item, _ index: Index) {
        guard item.conflict == 0 else { return }
        guard let entry = index[item.path] else { return }
        if entry.flags.contains(.intentToAdd) { return }
        item.indexMode = entry.mode
        item.indexID = entry.id
        if item.staged == nil {
            item.headMode = entry.mode
            item.headID = entry.id
        }
        if item.unstaged == nil { item.fileMode = entry.mode }
    }
}
