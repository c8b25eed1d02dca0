public import GitObjects
internal import Synchronization

extension ObjectDatabase {
    /// Fetches objects from where they were promised; when it returns they are here, as far as they can be.
    public typealias Promise = @Sendable ([ObjectID]) throws -> Void

    /// What brings objects that a partial clone left out.
    struct PromiseState {
        var fetch: Promise?
        /// While above 0, what is not here is not here.
        var pauses = 0
        /// What was asked for in vain: it is not asked for twice.
        var refused: Set<ObjectID> = []
    }

    /// Makes reading fetch objects that are not here.
    public func setPromise(_ fetch: Promise?) {
        promise.withLock { $0.fetch = fetch }
    }

    /// Whether objects that are not here are fetched when they are read.
    public var isPromised: Bool { promise.withLock { $0.fetch != nil && $0.pauses == 0 } }

    /// Does something during which nothing is fetched: what asks whether objects are here must not bring them.
    public func withoutFetching<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        promise.withLock { $0.pauses += 1 }
        defer { promise.withLock { $0.pauses -= 1 } }
        return try body()
    }

    /// Fetches those of some objects that are not here, all at once. Nothing is said where that fails: reading says it.
    public func prefetch(_ ids: some Sequence<ObjectID>) {
        guard isPromised else { return }
        var missing: Set<ObjectID> = []
        for id in ids where !id.isZero && !missing.contains(id) && !isAtHand(id) { missing.insert(id) }
        if !missing.isEmpty { _ = fetchPromised(missing.sorted()) }
    }

    /// Fetches objects; false where nobody promised them, or they did not come.
    func fetchPromised(_ ids: [ObjectID]) -> Bool {
        let fetch = promise.withLock { state -> Promise? in
            guard state.pauses == 0, !ids.allSatisfy(state.refused.contains) else { return nil }
            return state.fetch
        }
        guard let fetch else { return false }
        do {
            try withoutFetching { try fetch(ids) }
            try refreshPacks()
            return true
        } catch {
            promise.withLock { $0.refused.formUnion(ids) }
            return false
        }
    }
}
