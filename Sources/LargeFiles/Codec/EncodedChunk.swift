/// A chunk as it will be stored.
struct EncodedChunk: Sendable {
    /// What the record holds.
    let payload: [UInt8]
    /// The chunk's own length.
    let rawLength: Int
    /// How many deltas must be undone to read it.
    let depth: Int
}

/// The bytes of an earlier version that a chunk may be coded against.
struct ChunkBase: Sendable {
    /// Parts of stored chunks, one after the other.
    struct Piece: Sendable, Hashable {
        let hash: Hash256
        let offset: Int
        let length: Int
    }

    /// Where the bytes stand.
    let pieces: [Piece]
    /// How deep in deltas the deepest of the chunks stands.
    let depth: Int
    /// Where the chunk's own counterpart begins among the bytes: they may begin earlier and end later.
    let start: Int

    var length: Int { pieces.reduce(0) { $0 + $1.length } }
}
