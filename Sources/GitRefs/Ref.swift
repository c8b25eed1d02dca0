public import GitObjects

/// What a ref holds.
public enum RefTarget: Sendable, Hashable {
    /// An object.
    case id(ObjectID)
    /// Another ref's name.
    case symbolic(RefName)
}

/// A ref as it was found.
public struct Ref: Sendable, Hashable {
    /// Its full name.
    public let name: RefName
    /// What it holds.
    public let target: RefTarget
    /// The object in the end; nil where a symbolic ref leads nowhere (an unborn branch).
    public let id: ObjectID?
    /// Where `packed-refs` says so: what an annotated tag leads to in the end. nil says nothing: ask the database.
    public let peeled: ObjectID?

    /// Makes a ref.
    public init(name: RefName, target: RefTarget, id: ObjectID?, peeled: ObjectID? = nil) {
        self.name = name
        self.target = target
        self.id = id
        self.peeled = peeled
    }
}
