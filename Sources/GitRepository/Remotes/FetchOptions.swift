public import GitObjects
public import GitProtocol
public import GitRefs

/// How a fetch is made.
public struct FetchOptions: Sendable {
    /// What to fetch, in place of what the configuration says.
    public var refspecs: [Refspec] = []
    /// Which tags come along; nil for what the remote's configuration says.
    public var tags: Remote.TagMode?
    /// How the history is to be cut.
    public var deepening = FetchRequest.Deepening()
    /// What is left out; nil for what the remote's configuration says.
    public var filter: FilterSpec?
    /// Whether refs that are gone there are removed here; nil for what the configuration says.
    public var prunes: Bool?
    /// Whether updates that are no fast-forward are allowed.
    public var isForced = false
    /// Whether nothing is changed.
    public var isDryRun = false
    /// Whether `FETCH_HEAD` grows instead of being replaced.
    public var appends = false
    /// Whether `FETCH_HEAD` is written.
    public var writesFetchHead = true
    /// Whether the branch of `HEAD` may be changed.
    public var updatesHead = false
    /// Whether all refs are moved or none.
    public var isAtomic = false
    /// Whether the server is to keep quiet.
    public var isQuiet = false
    /// What stands in the reflog before the kind of change: `fetch origin`.
    public var action = "fetch"
    /// The branch whose upstream is marked for merging in `FETCH_HEAD`: the short names of its `merge` settings.
    public var mergeRefs: [String] = []

    /// Where refs that were named on the command line are kept, in place of what the configuration says (`--refmap`).
    public var refmap: [Refspec]?
    /// The only objects that are named to the server as being here, with what is behind them; nil for all refs.
    public var negotiationTips: [ObjectID]?
    /// Whether all objects are here already, complete: nothing is asked for then.
    public var hasAllObjects = false
    /// Why the pack that comes is to be kept as it is; nil where later repacks may take it.
    public var keepMessage: [UInt8]?

    /// What `fetch` does without options.
    public init() {}
}

/// What became of one ref.
public struct RefChange: Sendable, Hashable {
    /// The sign in front: blank, `+`, `-`, `*`, `t`, `=`, `!`.
    public var flag: Character
    /// `[new branch]`, `1a2b3c4..5d6e7f8`, ….
    public var summary: String
    /// The ref on the side that is read.
    public var from: String
    /// The ref on the side that is written.
    public var to: String
    /// What stands in brackets at the end.
    public var note: String?

    /// Whether it could not be done.
    public var isFailure: Bool { flag == "!" }

    /// Makes a change.
    public init(_ flag: Character, _ summary: String, from: String, to: String, note: String? = nil) {
        self.flag = flag
        self.summary = summary
        self.from = from
        self.to = to
        self.note = note
    }
}

/// What a fetch did.
public struct FetchReport: Sendable {
    /// Where from, as it is shown.
    public internal(set) var url: String
    /// What became of the refs, in the order in which they are shown; up-to-date ones included.
    public internal(set) var changes: [RefChange] = []
    /// How wide the summary's column is.
    public internal(set) var summaryWidth = 17
    /// How wide the column of the refs there is.
    public internal(set) var nameWidth = 10
    /// Whether a ref could not be changed.
    public var hasFailures: Bool { changes.contains(where: \.isFailure) }
    /// The refs that the server has.
    public internal(set) var remoteRefs: [AdvertisedRef] = []
    /// The refs that were moved here.
    public internal(set) var updated: [RefName] = []
    /// The refs that stand in `FETCH_HEAD` alone.
    public internal(set) var unstored: [RefName] = []
    /// Whether refs stand in the way of others (a directory where a file must be).
    public internal(set) var hasConflict = false
}
