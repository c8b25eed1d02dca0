public import GitObjects
public import GitStorage

/// Visits commits from some starting points back through history, leaving out what can be reached from others.
///
/// Follows the order and the simplification that git-log(1) describes, so that what is shown equals Git's.
public struct RevisionWalk {
    var table: CommitTable
    var options: Options
    private var starts: [Int32] = []
    private var queue = NumberQueue()
    /// What is left of a list that was made before the first commit was shown.
    private var list: [Int32]?
    private var position = 0
    private var filter: PathFilter?
    /// For `--simplify-merges`: whether the paths of a merge are those of each parent.
    var sameness: Sameness = [:]
    /// For `--simplify-merges`: tells which parents others can reach.
    var bases: MergeBases
    /// For `--children`: the commits that have a commit as parent.
    var children: [Int32: [Int32]] = [:]
    private var interestingInQueue = 0
    private var isPrepared = false
    private var hasUninteresting = false
    private var boundaryCandidates: [Int32] = []
    private var isAtBoundary = false
    private var reversed: [Entry]?
    private static let contentLimit = 4 << 20

    /// Prepares a walk; starting points are added with ``include(_:isLeft:)`` and ``exclude(_:)``.
    public init(_ repository: Repository, options: Options) {
        table = CommitTable(
            repository.objects, shallow: repository.shallowCommits,
            contentLimit: options.keepsContent || options.accepts != nil ? Self.contentLimit : 0)
        self.options = options
        bases = MergeBases(repository)
        filter = options.paths.map { PathFilter($0, repository.objects) }
    }

    /// Starts at a commit.
    public mutating func include(_ id: ObjectID, isLeft: Bool = false) throws(StorageError) {
        let commit = table.number(id)
        try table.parse(commit)
        if isLeft { table.mark(commit, .left) }
        starts.append(commit)
    }

    /// Leaves out a commit and all that it descends from.
    public mutating func exclude(_ id: ObjectID, isBottom: Bool = true) throws(StorageError) {
        let commit = table.number(id)
        try table.parse(commit)
        hasUninteresting = true
        table.mark(commit, isBottom ? [.uninteresting, .bottom] : .uninteresting)
        starts.append(commit)
    }

    /// How many commits were read so far.
    public var commitCount: Int { table.count }

    /// The excluded commits that were read, each with its tree: what they hold need not be visited.
    public func excludedEdges() -> [(commit: ObjectID, tree: ObjectID)] {
        (0..<table.count).filter { table.flags[$0].isSuperset(of: [.uninteresting, .parsed]) }
            .map { (table.id(Int32($0)), table.tree(Int32($0))) }
    }

    /// Takes back the counting of a commit that was not shown after all.
    public mutating func uncount() {
        if let maximum = options.maximumCount { options.maximumCount = maximum + 1 }
    }

    /// The next commit; nil at the end.
    ///
    /// - Throws: ``StorageError``, and what the options' closures throw.
    public mutating func next() throws -> Entry? {
        guard options.isReversed else { return try step() }
        if reversed == nil {
            var all: [Entry] = []
            while let entry = try step() { all.append(entry) }
            reversed = all
        }
        return reversed?.popLast()
    }

    private mutating func step() throws -> Entry? {
        if !isPrepared { try prepare() }
        if isAtBoundary { return nextBoundary() }
        while options.skip > 0 {
            options.skip -= 1
            guard try advance() != nil else { break }
        }
        var found: Int32?
        if let left = options.maximumCount {
            if left > 0 {
                found = try advance()
                options.maximumCount = left - 1
            }
        } else {
            found = try advance()
        }
        guard let commit = found else {
            guard options.showsBoundary else { return nil }
            startBoundary()
            return nextBoundary()
        }
        table.mark(commit, .shown)
        if options.showsBoundary {
            for parent in table.parents(commit) where table.flags[Int(parent)].isDisjoint(with: [.childShown, .shown]) {
                table.mark(parent, .childShown)
                boundaryCandidates.append(parent)
            }
        }
        return entry(commit)
    }

    private mutating func entry(_ commit: Int32) -> Entry {
        // A reversed walk holds all entries at once.
        let content = options.isReversed ? nil : table.takeContent(commit)
        let flags = table.flags[Int(commit)]
        let parents = table.parents(commit)
        let shownParents = options.findsShownParents ? parents.filter(isInteresting).map { table.id($0) } : []
        return Entry(
            id: table.id(commit), parents: parents.map { table.id($0) },
            shownParents: shownParents,
            isBoundary: flags.contains(.boundary), isLeft: flags.contains(.left),
            isEqualPatch: flags.contains(.patchSame), time: table.time(commit),
            hasUninterestingParents: parents.contains { table.has($0, .uninteresting) }, tree: table.tree(commit),
            children: options.findsChildren ? (children[commit] ?? []).map { table.id($0) } : [],
            content: content)
    }

    // MARK: Preparing

    private mutating func prepare() throws {
        isPrepared = true
        var unique: [Int32] = []
        for commit in starts where !table.has(commit, .seen) {
            table.mark(commit, .seen)
            unique.append(commit)
        }
        for commit in starts where table.has(commit, .uninteresting) { markParentsUninteresting(commit) }
        if !options.isWalking {
            if !options.isUnsorted {
                // Sorting is stable: equal times stay in their order.
                unique.sort { table.time($0) > table.time($1) }
            }
            if options.prunes { for commit in unique { try simplify(commit) } }
            list = unique.filter { !table.has($0, .uninteresting) }
            return
        }
        for commit in unique { enqueue(commit) }
        guard options.isLimiting || hasUninteresting else { return }
        try limit()
    }

    private mutating func enqueue(_ commit: Int32) {
        table.mark(commit, .queued)
        if !table.has(commit, .uninteresting) { interestingInQueue += 1 }
        queue.push(commit, key: table.time(commit))
    }

    private mutating func dequeue() -> Int32? {
        guard let commit = queue.pop() else { return nil }
        table.unmark(commit, .queued)
        if !table.has(commit, .uninteresting) { interestingInQueue -= 1 }
        return commit
    }

    private mutating func markUninteresting(_ commit: Int32) {
        guard !table.has(commit, .uninteresting) else { return }
        if table.has(commit, .queued) { interestingInQueue -= 1 }
        table.mark(commit, .uninteresting)
    }

    /// Marks what is known of a commit's history as left out.
    private mutating func markParentsUninteresting(_ commit: Int32) {
        var stack = Array(table.parents(commit))
        while let parent = stack.popLast() {
            if table.has(parent, .uninteresting) { continue }
            markUninteresting(parent)
            if table.has(parent, .parsed) { stack.append(contentsOf: table.parents(parent)) }
        }
    }

    /// Walks as far as it takes to know which commits are to be shown, and puts them into a list.
    private mutating func limit() throws {
        var result: [Int32] = []
        let slopLimit = 5
        var slop = slopLimit
        var date = Int64.max
        while let commit = dequeue() {
            if let since = options.since, table.time(commit) < since { table.mark(commit, .uninteresting) }
            try processParents(commit)
            if table.has(commit, .uninteresting) {
                markParentsUninteresting(commit)
                guard let next = queue.first else { break }
                if date <= table.time(next) || interestingInQueue > 0 {
                    slop = slopLimit
                    continue
                }
                slop -= 1
                if slop > 0 { continue }
                break
            }
            if options.follows == nil, let until = options.until, table.time(commit) > until { continue }
            date = table.time(commit)
            result.append(commit)
        }
        if options.omitsEqualPatches || options.marksEqualPatches { try markEqualPatches(result) }
        if options.isLeftOnly || options.isRightOnly {
            for commit in result where table.has(commit, .left) == options.isRightOnly { table.mark(commit, .shown) }
        }
        if options.isAncestryPath { limitToAncestryPath(&result) }
        result.removeAll { table.has($0, .uninteresting) && !options.showsBoundary }
        if options.order != .time { result = try sortTopologically(result) }
        if options.simplifiesMerges { result = try simplifyMerges(result) }
        if options.findsChildren { findChildren(result) }
        list = result
    }

    /// Puts a commit's parents into the queue, once.
    private mutating func processParents(_ commit: Int32) throws {
        guard !table.has(commit, .added) else { return }
        table.mark(commit, .added)
        let isLeftOut = table.has(commit, .uninteresting)
        if !isLeftOut, options.prunes { try simplify(commit) }
        let isLeft = table.has(commit, .left)
        for position in 0..<table.parentCount(commit) {
            let parent = table.parent(commit, position)
            if isLeftOut {
                markUninteresting(parent)
                guard (try? table.parse(parent)) != nil else { continue }
                markParentsUninteresting(parent)
            } else {
                do throws(StorageError) {
                    try table.parse(parent)
                } catch {
                    if options.ignoresMissing && error.isMissing { continue }
                    throw error
                }
                if isLeft { table.mark(parent, .left) }
            }
            if !table.has(parent, .seen) {
                table.mark(parent, .seen)
                enqueue(parent)
            }
            if options.followsFirstParentOnly && !isLeftOut { break }
        }
    }

    // MARK: Showing

    private mutating func advance() throws -> Int32? {
        while true {
            let commit: Int32
            if let list {
                guard position < list.count else { return nil }
                commit = list[position]
                position += 1
            } else {
                guard let next = dequeue() else { return nil }
                commit = next
                if let since = options.since, table.time(commit) < since { continue }
                try processParents(commit)
            }
            guard try isShown(commit) else {
                _ = table.takeContent(commit)
                continue
            }
            if options.prunes && options.isDense && options.rewritesParents { try rewriteParents(commit) }
            return commit
        }
    }

    /// Whether a parent stands in the drawing.
    private func isInteresting(_ commit: Int32) -> Bool {
        if options.showsBoundary, table.has(commit, .childShown) { return true }
        return (try? isShown(commit)) ?? false
    }

    private func isShown(_ commit: Int32) throws -> Bool {
        let flags = table.flags[Int(commit)]
        if !flags.isDisjoint(with: [.shown, .uninteresting]) { return false }
        if let follows = options.follows, try !follows(table.id(commit)) { return false }
        if let until = options.until, table.time(commit) > until { return false }
        if let since = options.sinceFilter, table.time(commit) < since { return false }
        let parents = table.parentCount(commit)
        if parents < options.minimumParents { return false }
        if let maximum = options.maximumParents, parents > maximum { return false }
        if let accepts = options.accepts, try !accepts(table.id(commit), table.content(commit)) { return false }
        if options.prunes, options.isDense, flags.contains(.treeSame) {
            guard options.rewritesParents else { return false }
            if options.showsPulls, flags.contains(.pullMerge) { return true }
            return table.parents(commit).filter(isRelevant).count >= 2
        }
        return true
    }

    // MARK: Paths

    func isRelevant(_ commit: Int32) -> Bool {
        table.flags[Int(commit)].intersection([.uninteresting, .bottom]) != .uninteresting
    }

    private mutating func isSame(_ commit: Int32, _ parent: Int32?) throws(StorageError) -> Bool {
        if let decorated = options.decorated {
            if decorated.contains(table.id(commit)) { return false }
            if filter == nil { return parent != nil }
        }
        let tree = table.tree(commit)
        let parentTree = parent.map { table.tree($0) }
        return try filter?.isSame(parentTree, tree) ?? true
    }

    /// Looks whether a commit changes the paths, and drops the parents behind which nothing of interest can be.
    private mutating func simplify(_ commit: Int32) throws {
        let count = table.parentCount(commit)
        if count == 0 {
            if try isSame(commit, nil) { table.mark(commit, .treeSame) }
            return
        }
        if !options.isDense && count == 1 { return }
        var relevantParents = 0
        var relevantChange = false
        var irrelevantChange = false
        var same = [Bool](repeating: false, count: count > 1 ? count : 0)
        for position in 0..<count {
            let parent = table.parent(commit, position)
            if position == 1, options.followsFirstParentOnly { break }
            try table.parse(parent)
            let isRelevant = isRelevant(parent)
            if isRelevant { relevantParents += 1 }
            if try isSame(commit, parent) {
                if options.keepsFullHistory || !isRelevant {
                    if count > 1 { same[position] = true }
                    continue
                }
                table.setParents(commit, [parent])
                if !options.showsPulls || position == 0 { table.mark(commit, .treeSame) }
                return
            }
            if options.stopsWhereEmpty, try isSame(parent, nil) {
                // Everything of interest came here: what was before is of none.
                table.setParents(parent, [])
            }
            if position == 0 { table.mark(commit, .pullMerge) }
            if isRelevant { relevantChange = true } else { irrelevantChange = true }
        }
        if options.simplifiesMerges, count > 1 { sameness[commit] = same }
        if relevantParents > 0 ? !relevantChange : !irrelevantChange { table.mark(commit, .treeSame) }
    }

    /// Replaces parents that are not shown by the next ones behind them that are.
    private mutating func rewriteParents(_ commit: Int32) throws {
        guard !table.has(commit, .rewritten) else { return }
        table.mark(commit, .rewritten)
        var result: [Int32] = []
        for parent in Array(table.parents(commit)) {
            guard let rewritten = try rewrite(parent), !result.contains(rewritten) else { continue }
            result.append(rewritten)
            if options.followsFirstParentOnly { break }
        }
        table.setParents(commit, result)
    }

    private mutating func rewrite(_ start: Int32) throws -> Int32? {
        var commit = start
        while true {
            if list == nil { try processParents(commit) }
            let flags = table.flags[Int(commit)]
            if flags.contains(.uninteresting) || !flags.contains(.treeSame) { return commit }
            let parents = table.parents(commit)
            guard let first = parents.first else { return nil }
            if parents.count == 1 || options.followsFirstParentOnly {
                commit = first
                continue
            }
            let relevant = parents.filter(isRelevant)
            guard relevant.count == 1, let only = relevant.first else { return commit }
            commit = only
        }
    }

    // MARK: Boundary

    private mutating func startBoundary() {
        isAtBoundary = true
        var commits: [Int32] = []
        for commit in boundaryCandidates where table.flags[Int(commit)].isDisjoint(with: [.shown, .boundary]) {
            table.mark(commit, .boundary)
            commits.append(commit)
        }
        list = (try? sortTopologically(commits.reversed())) ?? commits
        position = 0
    }

    private mutating func nextBoundary() -> Entry? {
        guard let list, position < list.count else { return nil }
        position += 1
        return entry(list[position - 1])
    }
}
