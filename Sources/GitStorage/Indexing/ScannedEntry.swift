internal import GitObjects

/// What is known of an entry of a pack that is being indexed.
struct ScannedEntry: Sendable {
    /// The object's id; zero while its delta is not resolved.
    var id: ObjectID
    /// Where the entry starts.
    var offset: Int
    /// The size of the data inflated: of the object, or of the delta.
    var size: Int
    /// CRC-32 over the entry's bytes.
    var crc: UInt32
    /// The entry that this is a delta to: known at once for an offset delta, when resolved for a reference delta; or -1.
    var base: Int32
    /// How many deltas stand between this and a whole object.
    var depth: UInt32
    /// How many bytes the header takes.
    var headerSize: UInt8
    /// The object's kind; a delta's once it is resolved.
    var kind: ObjectKind?
    var isDelta: Bool
}

/// A delta whose base is named by id.
struct ReferenceDelta: Sendable {
    let entry: Int32
    let base: ObjectID
}

/// A pack's entries in the order in which they stand.
struct ScannedPack: Sendable {
    var entries: [ScannedEntry] = []
    var references: [ReferenceDelta] = []
    var deltaCount = 0

    /// The entry that starts at an offset.
    func entry(at offset: Int) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) >> 1
            if entries[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].offset == offset ? low : nil
    }
}
