public import GitObjects
public import GitRefs

/// How a push is made.
public struct PushOptions: Sendable {
    /// What a ref there must stand at for the push to force it (`--force-with-lease`).
    public struct Lease: Sendable {
        /// The ref there, short or full; nil for all that are pushed.
        public var ref: String?
        /// Where it must stand; nil for where it was last seen.
        public var expected: ObjectID?

        /// Makes a lease.
        public init(ref: String? = nil, expected: ObjectID? = nil) {
            self.ref = ref
            self.expected = expected
        }
    }

    /// What goes where; resolved by the caller from operands, configuration and `push.default`.
    public var items: [Item] = []
    /// Branches that stand on both sides go too (`:`); whether they are forced (`+:`), or nil for none.
    public var matching: Matching?
    /// Refs here that are left out of what patterns match (`^refs/heads/private`).
    public var exclusions: [Refspec] = []
    /// All refs there become like those here: ours are forced, others are deleted.
    public var isMirror = false
    /// Refs there that have none here are deleted (`--prune`), within these patterns.
    public var pruneSpecs: [Refspec] = []
    /// Whether updates that are no fast-forward are allowed.
    public var isForced = false
    /// Force, but only where refs there stand as expected.
    public var leases: [Lease] = []
    /// Besides a lease: what was last seen there must be part of what was done here (`--force-if-includes`).
    public var requiresInclusion = false
    /// All or nothing.
    public var isAtomic = false
    /// Nothing is changed there or here.
    public var isDryRun = false
    /// Push options.
    public var pushOptions: [String] = []
    /// Whether the server is to keep quiet.
    public var isQuiet = false
    /// Annotated tags that lead to what is pushed go too (`--follow-tags`).
    public var followsTags = false
    /// Whether the pack holds deltas to objects that the server has.
    public var isThin = true

    /// Whether the push is signed; nil for not (`--signed`).
    public var signing: Signing?

    /// When a push is signed.
    public enum Signing: Sendable, Hashable {
        /// Always; a server that takes no signed pushes is an error.
        case always
        /// Where the server takes it.
        case ifAsked
    }

    /// How branches that stand on both sides are pushed.
    public enum Matching: Sendable, Hashable {
        /// Only forward.
        case forward
        /// Whatever stands there.
        case forced
    }

    /// One thing to be pushed.
    public struct Item: Sendable {
        /// The ref here as it is shown; nil for a deletion.
        public var source: String?
        /// What it is; nil for a deletion.
        public var id: ObjectID?
        /// The ref there: full.
        public var destination: RefName
        /// Whether a `+` stands in front.
        public var isForced: Bool

        /// Makes an item.
        public init(source: String?, id: ObjectID?, destination: RefName, isForced: Bool = false) {
            self.source = source
            self.id = id
            self.destination = destination
            self.isForced = isForced
        }
    }

    /// What `push` does without options.
    public init() {}
}

/// What became of one ref of a push.
public struct PushedRef: Sendable {
    /// The outcomes, in Git's words.
    public enum Status: Sendable, Hashable {
        /// Moved.
        case ok
        /// Stood there already.
        case upToDate
        /// Refused here, for a reason.
        case rejected(Reason)
        /// Refused there, with its reason.
        case remoteRejected(String)
        /// The server said nothing of it.
        case unreported
        /// Refused because another was.
        case atomicFailed
    }

    /// Why a push refuses by itself.
    public enum Reason: String, Sendable, Hashable {
        /// The commit there is not behind ours.
        case nonFastForward = "non-fast-forward"
        /// The tag is there.
        case alreadyExists = "already exists"
        /// What is there is not known here.
        case fetchFirst = "fetch first"
        /// One of both is no commit.
        case needsForce = "needs force"
        /// It does not stand as the lease says.
        case stale = "stale info"
        /// What was last seen there is not part of what was done here.
        case remoteUpdated = "remote ref updated since checkout"
    }

    /// What was asked for.
    public internal(set) var item: PushOptions.Item
    /// Where the ref stood; nil where there was none.
    public internal(set) var old: ObjectID?
    /// What became of it.
    public internal(set) var status = Status.ok
    /// Whether commits there were lost by it.
    public internal(set) var isForcedUpdate = false
    /// Whether it is one that the server was asked to move.
    var isSent = false

    /// Whether it is as it should be.
    public var isSuccess: Bool { status == .ok || status == .upToDate }
}

/// What a push did.
public struct PushOutcome: Sendable {
    /// Where to, as it is shown.
    public internal(set) var url: String
    /// What became of the refs.
    public internal(set) var refs: [PushedRef]
    /// Why the pack was not taken.
    public internal(set) var unpackFailure: String?

    /// Whether all is as it should be.
    public var isSuccess: Bool { unpackFailure == nil && refs.allSatisfy(\.isSuccess) }
}

/// What a push is about to do, for whoever must do something before: upload large files, run `pre-push`.
public struct PendingPush: Sendable {
    /// The remote's name, or its address where it has none.
    public let remote: String
    /// Where to.
    public let url: String
    /// The refs that will be moved.
    public let refs: [PushedRef]
    /// Objects that the server has, as far as its refs tell.
    public let known: [ObjectID]
}
