public import GitObjects

/// A piece of the answer to a fetch.
public enum FetchEvent: Sendable, Hashable {
    /// The server has this object too.
    case common(ObjectID)
    /// The server knows enough: a pack follows without further questions (version 2), or `done` may be sent.
    case ready
    /// The client's history is to be cut at this commit.
    case shallow(ObjectID)
    /// The history is no longer cut at this commit.
    case unshallow(ObjectID)
    /// Where a ref that was wanted by name stands.
    case wantedRef(ObjectID, [UInt8])
    /// Bytes of the pack.
    case pack(ArraySlice<UInt8>)
    /// Text for a person.
    case progress(ArraySlice<UInt8>)
}
