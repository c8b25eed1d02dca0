public import Bytes
public import GitObjects
internal import GitStorage
internal import Synchronization

extension Worktree {
    /// What to compare.
    public struct ComparisonOptions: Sendable {
        /// Only paths that match.
        public var pathspec = Pathspec.all
        /// Entries with skip-worktree or assume-valid are looked at too.
        public var ignoresMarks = false
        /// Whether content is compared where the status differs; without, such an entry counts as modified.
        public var comparesContent = true
        /// Asks about nested repositories' dirt; nil looks at their commit only.
        public var nested: (@Sendable (GitPath) -> FileChange.NestedState)?

        /// Everything, marks respected.
        public init() {}
    }

    private static let chunkSize = 512

    /// Compares the index's merged entries with the files, on all cores: one `lstat` a file, the content only where that
    /// says that something may have changed, or cannot tell.
    public func compare(
        _ index: Index, _ options: ComparisonOptions = ComparisonOptions()
    ) throws(WorktreeError) -> FileComparison {
        try compare(index, options, scan: nil).comparison
    }

    /// Compares, and looks for untracked files at the same time.
    public func compare(
        _ index: Index, _ options: ComparisonOptions, findingUntracked scan: UntrackedScan.Options
    ) throws(WorktreeError) -> (comparison: FileComparison, found: UntrackedScan.Result) {
        try compare(index, options, scan: scan)
    }

    private func compare(
        _ index: Index, _ options: ComparisonOptions, scan: UntrackedScan.Options?
    ) throws(WorktreeError) -> (comparison: FileComparison, found: UntrackedScan.Result) {
        let count = index.entries.count
        let chunks = (count + Worktree.chunkSize - 1) / Worktree.chunkSize
        let results = Mutex<[Int: FileComparison]>([:])
        let found = Mutex(UntrackedScan.Result())
        // The search is one piece of work and a long one: it begins first.
        let searches = scan == nil ? 0 : 1
        try Workers.forEach(searches + chunks, workers: workers) { (_, item) throws(WorktreeError) in
            if item < searches, let scan {
                let result = try UntrackedScan.run(self, index, scan)
                found.withLock { $0 = result }
                return
            }
            let chunk = item - searches
            var cursor = DirectoryCursor(root: rootDescriptor)
            var result = FileComparison()
            let range = (chunk * Worktree.chunkSize)..<min((chunk + 1) * Worktree.chunkSize, count)
            for position in range { try compare(position, index, options, &cursor, &result) }
            if !result.changes.isEmpty || !result.refreshed.isEmpty { results.withLock { $0[chunk] = result } }
        }
        var all = FileComparison()
        let parts = results.withLock { $0 }
        for chunk in parts.keys.sorted() {
            all.changes += parts[chunk]?.changes ?? []
            all.refreshed += parts[chunk]?.refreshed ?? []
        }
        return (all, found.withLock { $0 })
    }

    private func compare(
        _ position: Int, _ index: Index, _ options: ComparisonOptions, _ cursor: inout DirectoryCursor,
        _ result: inout FileComparison
    ) throws(WorktreeError) {
        guard index.entries[position].stage == .merged else { return }
        if !options.ignoresMarks, !index.entries[position].flags.isDisjoint(with: [.skipWorktree, .assumeValid]) {
            return
        }
        if !options.pathspec.isEmpty, !options.pathspec.matches(index.entries[position].path) { return }
        let status: FileStatus?
        do throws(FileError) {
            status = try self.status(index.entries[position].path.bytes, &cursor)
        } catch {
            throw .file(error)
        }
        let entry = index.entries[position]
        func report(_ kind: FileChange.Kind, _ mode: FileMode?, content: Bool, nested: FileChange.NestedState? = nil) {
            result.changes.append(
                FileChange(position: position, kind: kind, mode: mode, isContentChanged: content, nested: nested))
        }
        guard let status else { return report(.deleted, nil, content: true) }
        if entry.mode == .gitlink { return compareNested(entry, status, options, report) }
        if status.kind == .directory {
            return nestedHead(entry.path) == nil
                ? report(.deleted, nil, content: true) : report(.typeChanged, .gitlink, content: true)
        }
        guard let mode = mode(of: status, previous: entry.mode) else { return report(.deleted, nil, content: true) }
        if entry.flags.contains(.intentToAdd) { return report(.added, mode, content: true) }
        guard (mode == .symbolicLink) == (entry.mode == .symbolicLink) else {
            return report(.typeChanged, mode, content: true)
        }
        let matches = entry.stat.matches(status, settings.stat)
        if matches && !index.isRacy(entry) && mode == entry.mode { return }
        var isContentChanged = !matches
        if options.comparesContent || matches {
            isContentChanged = try !isSameContent(entry, status, mode, index, &cursor)
        }
        if isContentChanged || mode != entry.mode { return report(.modified, mode, content: isContentChanged) }
        if !matches { result.refreshed.append((position, StatData(status))) }
    }

    private func compareNested(
        _ entry: IndexEntry, _ status: FileStatus, _ options: ComparisonOptions,
        _ report: (FileChange.Kind, FileMode?, Bool, FileChange.NestedState?) -> Void
    ) {
        guard status.kind == .directory else {
            return report(.typeChanged, mode(of: status, previous: nil), true, nil)
        }
        guard let head = nestedHead(entry.path) else { return }
        var state = options.nested?(entry.path) ?? FileChange.NestedState()
        state.hasNewCommit = head != entry.id
        if state != FileChange.NestedState() { report(.modified, .gitlink, state.hasNewCommit, state) }
    }

    /// Whether a file holds an entry's content.
    func isSameContent(
        _ entry: IndexEntry, _ status: FileStatus, _ mode: FileMode, _ index: Index, _ cursor: inout DirectoryCursor
    ) throws(WorktreeError) -> Bool {
        // A size that differs decides where nothing converts; a size of 0 was put there to force a look.
        if entry.stat.size != 0, entry.stat.size != StatData.size(status.size), status.kind == .regular,
            Conversion(attributes.attributes(of: entry.path), settings).isIdentity,
            filter?.claims(entry.path, attributes.attributes(of: entry.path)) != true
        {
            return false
        }
        let context = CleanContext(index: index)
        return try blob(entry.path, status, mode, context, into: nil, &cursor) == entry.id
    }

    /// Brings the remembered status of unchanged entries up to date.
    ///
    /// - Returns: whether the index changed, and so is worth writing.
    @discardableResult
    public func refresh(_ index: inout Index, _ comparison: FileComparison) -> Bool {
        for (position, stat) in comparison.refreshed { index.setStat(stat, at: position) }
        return !comparison.refreshed.isEmpty
    }

    /// Makes an index that stays in memory say what a comparison learnt, for another comparison in this process: what was
    /// found equal is equal while its status stays, what differed is looked at again.
    ///
    /// - Parameter time: a time before the comparison began; files that changed then or later are in doubt.
    public func settle(_ index: inout Index, _ comparison: FileComparison, at time: FileStatus.Time) {
        refresh(&index, comparison)
        for change in comparison.changes where index.entries[change.position].mode != .gitlink {
            index.setStat(StatData(), at: change.position)
        }
        index.timestamp = time
    }

    /// Marks racily clean entries so that the next reader looks at them; call before an index that was read is written.
    public func smudgeRacyEntries(_ index: inout Index) {
        let snapshot = index
        index.smudgeRacyEntries { entry in
            var cursor = DirectoryCursor(root: rootDescriptor)
            guard let status = try? self.status(entry.path.bytes, &cursor),
                let mode = mode(of: status, previous: entry.mode)
            else { return true }
            // An entry whose status differs is looked at anyhow.
            guard entry.stat.matches(status, settings.stat) else { return true }
            return (try? isSameContent(entry, status, mode, snapshot, &cursor)) ?? false
        }
    }
}
