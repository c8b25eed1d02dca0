internal import GitObjects

/// An object that a pack will hold, or on which its deltas may build.
struct PackTarget: Sendable {
    let id: ObjectID
    var kind: ObjectKind?
    let nameHash: UInt32
    /// Whether the receiver has it: it is no part of the pack.
    var isBaseOnly: Bool
    /// The size of the object.
    var size = 0
    /// Where it stands: a number in the list of packs, or -1 for loose.
    var pack: Int32 = -1
    var packOffset = 0
    /// The bytes of its entry in that pack; unknown where the receiver has it.
    var packedSize = 0
    /// Where the entry's compressed data starts, from the entry's beginning.
    var packedHeaderSize: UInt8 = 0
    /// Whether the entry in that pack is a delta.
    var isPackedDelta = false
    /// The number of the target that it will be a delta to, or -1.
    var base: Int32 = -1
    /// Whether the delta of the existing pack is taken over.
    var reusesDelta = false
    /// The size of the delta; for the search.
    var deltaSize = 0
    /// How many deltas stand between it and a whole object.
    var depth: Int32 = 0
    /// The delta that the search found, deflated, where it is small enough to be kept.
    var delta: [UInt8]?

    init(id: ObjectID, kind: ObjectKind?, nameHash: UInt32, isBaseOnly: Bool) {
        self.id = id
        self.kind = kind
        self.nameHash = nameHash
        self.isBaseOnly = isBaseOnly
    }
}
