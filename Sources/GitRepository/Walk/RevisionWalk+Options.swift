public import GitObjects
public import GitWorktree

extension RevisionWalk {
    /// The order in which commits come.
    public enum Order: Sendable, Hashable {
        /// By the committer's time, as far as that is known when a commit is met; Git's default.
        case time
        /// No commit before its children, lines of history not mixed (`--topo-order`).
        case topological
        /// No commit before its children, otherwise by the committer's time (`--date-order`).
        case commitDate
        /// No commit before its children, otherwise by the author's time (`--author-date-order`).
        case authorDate
    }

    /// What is walked and shown.
    public struct Options {
        /// The order.
        public var order = Order.time
        /// Whether the last commit comes first (`--reverse`).
        public var isReversed = false
        /// How many commits at most.
        public var maximumCount: Int?
        /// How many are passed over first.
        public var skip = 0
        /// Only commits of this time or later, and nothing behind an older one (`--since`).
        public var since: Int64?
        /// As ``since``, but what is behind an older commit is looked at too (`--since-as-filter`).
        public var sinceFilter: Int64?
        /// Only commits of this time or earlier (`--until`).
        public var until: Int64?
        /// Only commits with at least so many parents.
        public var minimumParents = 0
        /// Only commits with at most so many parents.
        public var maximumParents: Int?
        /// Merges' other parents are not followed.
        public var followsFirstParentOnly = false
        /// Whether the commits at which the walk was cut come last (`--boundary`).
        public var showsBoundary = false
        /// Only commits between the excluded and the included ones (`--ancestry-path`).
        public var isAncestryPath = false
        /// Only these commits, no others behind them (`--no-walk`); sorted by time unless ``isUnsorted``.
        public var isWalking = true
        /// Whether given commits stay in their order.
        public var isUnsorted = false
        /// Only commits that change these paths.
        public var paths: Pathspec?
        /// Merges whose paths equal one parent's are looked behind on all sides (`--full-history`).
        public var keepsFullHistory = false
        /// Merges of lines of history that come to one are left out too (`--simplify-merges`).
        public var simplifiesMerges = false
        /// Merges that brought the paths from another parent than the first are shown (`--show-pulls`).
        public var showsPulls = false
        /// Nothing behind a commit without the paths is looked at (`--remove-empty`).
        public var stopsWhereEmpty = false
        /// Whether ``Entry/children`` is filled in (`--children`).
        public var findsChildren = false
        /// Whether commits that change nothing in the paths are left out (`--dense`, the default) or kept (`--sparse`).
        public var isDense = true
        /// Whether parents are rewritten to the next commits that are shown (`--parents`, `--children`, `--graph`).
        public var rewritesParents = false
        /// Only commits on the left side of `A...B`.
        public var isLeftOnly = false
        /// Only commits on the right side.
        public var isRightOnly = false
        /// Commits that change the same on both sides are left out.
        public var omitsEqualPatches = false
        /// Commits that change the same on both sides are marked.
        public var marksEqualPatches = false
        /// What a commit changes, as a value that is equal for equal changes; nil for merges.
        public var patchIdentity: ((ObjectID) throws -> [UInt8]?)?
        /// Further conditions: of the message, the author, the decoration. The commit's content comes along where it is at
        /// hand.
        public var accepts: ((ObjectID, [UInt8]?) throws -> Bool)?
        /// Asked of every commit, children first, before any other condition: lines that are followed (`log -L`).
        public var follows: ((ObjectID) throws -> Bool)?
        /// Whether ``Entry/content`` is filled in where the walk has read it anyhow: for who shows every commit.
        public var keepsContent = false
        /// Whether only commits that a ref names, and those needed to connect them, count (`--simplify-by-decoration`).
        public var decorated: Set<ObjectID>?
        /// Whether ``Entry/shownParents`` is filled in.
        public var findsShownParents = false
        /// Whether commits that are missing end a line instead of failing (`--ignore-missing`).
        public var ignoresMissing = false

        /// Everything from the youngest on.
        public init() {}

        var isLimiting: Bool {
            order != .time || simplifiesMerges || findsChildren || isAncestryPath || isLeftOnly || isRightOnly
                || omitsEqualPatches || marksEqualPatches
        }

        var prunes: Bool { paths != nil || decorated != nil }
    }

    /// A commit of the walk.
    public struct Entry: Sendable, Hashable {
        /// The commit.
        public let id: ObjectID
        /// Its parents, rewritten where that was asked for.
        public let parents: [ObjectID]
        /// Those of its parents that are or will be shown: what a drawing of the history needs.
        public let shownParents: [ObjectID]
        /// Whether it is one at which the walk was cut.
        public let isBoundary: Bool
        /// Whether it is on the left side of `A...B`.
        public let isLeft: Bool
        /// Whether the other side has the same change.
        public let isEqualPatch: Bool
        /// The committer's time.
        public let time: Int64
        /// Which parents are on the excluded side.
        public let hasUninterestingParents: Bool
        /// The tree.
        public let tree: ObjectID
        /// The commits of the walk that have it as parent, where that was asked for.
        public let children: [ObjectID]
        /// The commit's content, where that was asked for and had to be read, or was read since.
        public var content: [UInt8]?
    }
}

extension RevisionWalk.Entry {
    /// A commit that was not reached by a walk.
    public init(alone id: ObjectID, parents: [ObjectID], tree: ObjectID) {
        self.init(
            id: id, parents: parents, shownParents: [], isBoundary: false, isLeft: false, isEqualPatch: false, time: 0,
            hasUninterestingParents: false, tree: tree, children: [], content: nil)
    }
}
