public import GitObjects
public import GitProtocol

/// What a fetch is to bring.
public struct FetchGoal {
    /// Objects wanted.
    public var wants: [ObjectID]
    /// Commits at which the history here is cut now.
    public var shallow: Set<ObjectID> = []
    /// How the history is to be cut then.
    public var deepening = FetchRequest.Deepening()
    /// What is to be left out.
    public var filter: FilterSpec?
    /// Whether annotated tags come with what they lead to.
    public var includesTags = false
    /// Whether the server is to keep quiet.
    public var isQuiet = false
    /// What is here; nil where nothing is to be named (a clone, or objects wanted by themselves).
    public var negotiator: HaveNegotiator?

    /// Wants these objects.
    public init(wants: [ObjectID]) { self.wants = wants }
}

/// What a fetch brought besides the pack.
public struct FetchAnswer: Sendable {
    /// Commits at which the history is cut now.
    public internal(set) var shallow: [ObjectID] = []
    /// Commits at which it is cut no longer.
    public internal(set) var unshallow: [ObjectID] = []
}
