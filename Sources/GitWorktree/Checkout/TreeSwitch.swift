internal import Bytes
public import GitObjects

/// Takes an index and work tree from one tree to another, as `checkout <branch>` does: what did not change between the
/// trees stays as it is, local changes included; what did change must be unmodified.
public struct TreeSwitch {
    /// How it is done.
    public struct Options: Sendable {
        /// Local changes are thrown away (`checkout -f`, `reset --hard`).
        public var isForced = false
        /// The words of a refusal.
        public var verb = TreeSwitchRefusal.Verb.checkout
        /// Where the person stands: never removed.
        public var keptDirectory: GitPath?
        /// Ignored files may be overwritten.
        public var overwritesIgnored = true
        /// Only the index is changed (`reset --mixed`, `read-tree` without `-u`).
        public var leavesFiles = false
        /// See ``CheckoutRequest/progress``.
        public var progress: (@Sendable (_ more: Int, _ total: Int) -> Void)?

        /// `checkout`'s.
        public init() {}
    }

    private let worktree: Worktree
    private let options: Options
    private var index: Index
    private var request = CheckoutRequest()
    private var refusal: TreeSwitchRefusal
    private var additions: [IndexEntry] = []
    private var removals: [GitPath] = []
    private var cursor: DirectoryCursorBox
    private var target: ObjectID?

    /// A class, so that this value can be copied while the descriptors are owned once.
    private final class DirectoryCursorBox {
        var cursor: DirectoryCursor
        init(_ root: Int32) { cursor = DirectoryCursor(root: root) }
    }

    /// Finds out what is to be done, does it, and changes `index` to match.
    ///
    /// - Parameter old: the tree that the index came from; nil for the empty tree.
    /// - Throws: ``TreeSwitchRefusal`` where something would be lost (nothing is changed then); ``WorktreeError``.
    public static func run(
        _ worktree: Worktree, _ index: inout Index, from old: ObjectID?, to new: ObjectID?,
        _ options: Options = Options()
    ) throws -> CheckoutOutcome {
        var operation = TreeSwitch(worktree, index, options)
        try operation.plan(old, new)
        guard operation.refusal.isEmpty else { throw operation.refusal }
        operation.target = new
        return try operation.perform(&index)
    }

    private init(_ worktree: Worktree, _ index: Index, _ options: Options) {
        self.worktree = worktree
        self.index = index
        self.options = options
        refusal = TreeSwitchRefusal(verb: options.verb)
        cursor = DirectoryCursorBox(worktree.rootDescriptor)
    }

    private mutating func plan(_ old: ObjectID?, _ new: ObjectID?) throws(WorktreeError) {
        if options.isForced {
            try planForced(new)
            return
        }
        let changes = try TreeFiles.changes(old, new, worktree.objects)
        var unmerged = Set(index.conflictedPaths)
        for change in changes {
            unmerged.remove(change.path)
            try plan(change)
        }
        // Conflicts elsewhere stand in the way of any switch.
        refusal.wouldOverwrite += unmerged
    }

    private static func isSame(_ file: TreeFile?, _ entry: IndexEntry?) -> Bool {
        guard let file, let entry else { return false }
        return file.id == entry.id && file.mode == entry.mode && !entry.flags.contains(.intentToAdd)
    }

    private mutating func plan(_ change: TreeFiles.Change) throws(WorktreeError) {
        let path = change.path
        let range = index.range(of: path)
        guard let position = range.first else {
            // Not in the index.
            if change.old != nil, change.new != nil {
                refusal.wouldOverwrite.append(path)
            } else if let new = change.new {
                try add(new, replacing: nil)
            } else if let old = change.old {
                try checkAbsent(old.path, isRemoval: true)
            }
            return
        }
        let current = index.entries[position]
        guard current.stage == .merged else {
            refusal.wouldOverwrite.append(path)
            return
        }
        if let new = change.new, TreeSwitch.isSame(new, current) { return }
        guard let old = change.old, TreeSwitch.isSame(old, current) else {
            refusal.wouldOverwrite.append(path)
            return
        }
        guard try isUnchanged(current) else {
            refusal.changed.append(path)
            return
        }
        if let new = change.new {
            try add(new, replacing: current)
        } else {
            removals.append(path)
            if !current.flags.contains(.skipWorktree) { request.removals.append(path) }
        }
    }

    private mutating func add(_ file: TreeFile, replacing current: IndexEntry?) throws(WorktreeError) {
        guard file.path.isSafe(mode: file.mode) else { throw .invalidPath(file.path) }
        if current == nil { try checkAbsent(file.path, isRemoval: false) }
        var flags: IndexEntry.Flags = []
        if let current { flags = current.flags.intersection([.skipWorktree, .assumeValid]) }
        // Content that was not at hand may be now.
        if isClaimed(file) { flags.remove(.skipWorktree) }
        if let sparse = worktree.settings.sparse, current == nil || isClaimed(file), !sparse.includes(file.path) {
            flags.insert(.skipWorktree)
        }
        let entry = IndexEntry(path: file.path, id: file.id, mode: file.mode, flags: flags)
        additions.append(entry)
        guard !flags.contains(.skipWorktree) else { return }
        if let current { request.replaced[file.path] = current.id }
        request.writes.append(entry)
    }

    /// Whether the large-file filter writes a file, which may leave it out.
    private func isClaimed(_ file: TreeFile) -> Bool {
        guard let filter = worktree.filter, file.mode.isBlob, file.mode != .symbolicLink else { return false }
        return filter.claims(file.path, worktree.attributes.attributes(of: file.path))
    }

    /// Whether an entry's file may be replaced: it is as the index says, or absent.
    private func isUnchanged(_ entry: IndexEntry) throws(WorktreeError) -> Bool {
        if options.leavesFiles || entry.flags.contains(.skipWorktree) { return true }
        let status: FileStatus?
        do throws(FileError) { status = try worktree.status(entry.path.bytes, &cursor.cursor) } catch {
            throw .file(error)
        }
        guard let status else { return true }
        if entry.mode == .gitlink { return true }
        guard let mode = worktree.mode(of: status, previous: entry.mode), mode == entry.mode else { return false }
        if entry.stat.matches(status, worktree.settings.stat) && !index.isRacy(entry) { return true }
        return try worktree.isSameContent(entry, status, mode, index, &cursor.cursor)
    }

    /// Notes an untracked file that stands where one comes or goes.
    private mutating func checkAbsent(_ path: GitPath, isRemoval: Bool) throws(WorktreeError) {
        if options.leavesFiles { return }
        do throws(FileError) {
            guard let status = try worktree.status(path.bytes, &cursor.cursor) else {
                try checkFileAbove(path, isRemoval: isRemoval)
                return
            }
            if status.kind == .directory {
                // Tracked files in it are dealt with one by one; only untracked ones can be lost.
                if !isRemoval, try holdsUntracked(path) { refusal.directories.append(path) }
                return
            }
            if options.overwritesIgnored, worktree.ignores.isIgnored(path, isDirectory: false) { return }
            if isRemoval { refusal.untrackedRemoved.append(path) } else { refusal.untrackedOverwritten.append(path) }
        } catch {
            throw .file(error)
        }
    }

    /// A file or link that stands where a directory above the path is needed.
    private mutating func checkFileAbove(_ path: GitPath, isRemoval: Bool) throws(FileError) {
        guard !isRemoval else { return }
        var ancestor = path.parent
        while let directory = ancestor, !directory.isRoot {
            if let status = try FileStatus.of(worktree.file(directory)), status.kind != .directory {
                if case .found = index.position(of: directory) { return }
                if options.overwritesIgnored, worktree.ignores.isIgnored(directory, isDirectory: false) { return }
                refusal.untrackedOverwritten.append(directory)
                return
            }
            ancestor = directory.parent
        }
    }

    private func holdsUntracked(_ directory: GitPath) throws(FileError) -> Bool {
        var scan = UntrackedScan.Options()
        scan.pathspec = Pathspec(literal: [directory])
        scan.listsAllFiles = true
        do throws(WorktreeError) {
            return try !UntrackedScan.run(worktree, index, scan).untracked.isEmpty
        } catch {
            return true
        }
    }

    // MARK: Force

    /// Everything becomes as in the tree; only files whose entry and status fit already are left alone.
    private mutating func planForced(_ new: ObjectID?) throws(WorktreeError) {
        let files = try new.map { (id) throws(WorktreeError) in try TreeFiles.list(id, worktree.objects) } ?? []
        var wanted = Set<GitPath>(minimumCapacity: files.count)
        var options = Worktree.ComparisonOptions()
        options.ignoresMarks = false
        let comparison = try self.options.leavesFiles ? FileComparison() : worktree.compare(index, options)
        var dirty = Set(comparison.changes.map { index.entries[$0.position].path })
        if !worktree.settings.isTrustingExecutableBit { try addPermissions(comparison, to: &dirty) }
        for (position, stat) in comparison.refreshed { index.setStat(stat, at: position) }
        for file in files {
            wanted.insert(file.path)
            if let current = index[file.path], TreeSwitch.isSame(file, current) {
                if dirty.contains(file.path) { request.writes.append(current) }
                continue
            }
            guard file.path.isSafe(mode: file.mode) else { throw .invalidPath(file.path) }
            let old = index[file.path]
            var flags = old?.flags.intersection([.skipWorktree, .assumeValid]) ?? []
            if isClaimed(file) { flags.remove(.skipWorktree) }
            if let sparse = worktree.settings.sparse, !sparse.includes(file.path) { flags.insert(.skipWorktree) }
            let entry = IndexEntry(path: file.path, id: file.id, mode: file.mode, flags: flags)
            additions.append(entry)
            if !flags.contains(.skipWorktree) { request.writes.append(entry) }
        }
        for entry in index.entries where !wanted.contains(entry.path) {
            if removals.last != entry.path {
                removals.append(entry.path)
                if !entry.flags.contains(.skipWorktree) { request.removals.append(entry.path) }
            }
        }
    }

    /// Files that were touched are written anew, so that their executable bit is the entry's even where it does not count.
    private func addPermissions(
        _ comparison: FileComparison, to dirty: inout Set<GitPath>
    ) throws(WorktreeError) {
        for (position, _) in comparison.refreshed {
            let entry = index.entries[position]
            let status: FileStatus?
            do throws(FileError) { status = try worktree.status(entry.path.bytes, &cursor.cursor) } catch {
                throw .file(error)
            }
            if let status, entry.mode.isBlob, entry.mode != .symbolicLink,
                status.isExecutable != (entry.mode == .executable)
            {
                dirty.insert(entry.path)
            }
        }
    }

    // MARK: Doing it

    private mutating func perform(_ result: inout Index) throws -> CheckoutOutcome {
        request.keptDirectory = options.keptDirectory
        request.progress = options.progress
        request.removals.sort()
        request.writes.sort { $0.path < $1.path }
        index.apply(adding: additions, removing: removals)
        var outcome = CheckoutOutcome()
        if !options.leavesFiles {
            let touchesRules = (request.writes.map(\.path) + request.removals).contains {
                $0.name.elementsEqual(".gitattributes".utf8)
            }
            if touchesRules { try writeAttributesFirst(&outcome) }
            let rest = try worktree.checkOut(request)
            outcome.written += rest.written
            outcome.missing += rest.missing
            outcome.failures += rest.failures
            worktree.record(outcome, in: &index)
        }
        index.resolveUndo = []
        // The trees are at hand where the index now equals the new one.
        var complete = index
        if let target, (try? complete.writeTree(into: nil)) == target { index = complete }
        result = index
        return outcome
    }

    /// Attributes decide how files are written: those that change are in place before the others.
    private mutating func writeAttributesFirst(_ outcome: inout CheckoutOutcome) throws(WorktreeError) {
        func isRules(_ path: GitPath) -> Bool { path.name.elementsEqual(".gitattributes".utf8) }
        var first = CheckoutRequest()
        first.keptDirectory = request.keptDirectory
        first.removals = request.removals.filter(isRules)
        first.writes = request.writes.filter { isRules($0.path) }
        // A file in the way of one of their directories has to go first too.
        let blocking = request.removals.filter { path in
            !isRules(path) && first.writes.contains { $0.path.isInside(path) }
        }
        first.removals += blocking
        request.removals.removeAll { isRules($0) || blocking.contains($0) }
        request.writes.removeAll { isRules($0.path) }
        let part = try worktree.checkOut(first)
        outcome.written += part.written
        outcome.failures += part.failures
        worktree.attributes.reload()
    }
}
