public import GitObjects

/// One path of the index's `REUC` extension: the sides of a conflict that was resolved, kept so that it can be brought back.
public struct ResolveUndo: Sendable, Hashable {
    /// The path.
    public var path: GitPath
    /// Mode and blob of base, ours and theirs; nil where a side did not have the path.
    public var sides: [Side?]

    /// One side.
    public struct Side: Sendable, Hashable {
        /// The mode's number as written.
        public var rawMode: UInt32
        /// The blob.
        public var id: ObjectID

        /// Makes a side.
        public init(rawMode: UInt32, id: ObjectID) {
            self.rawMode = rawMode
            self.id = id
        }
    }

    /// Makes a record of three sides.
    public init(path: GitPath, sides: [Side?]) {
        self.path = path
        self.sides = sides
    }
}
