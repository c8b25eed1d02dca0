public import GitObjects

/// A ref as one side shows it to the other.
public struct AdvertisedRef: Sendable, Hashable {
    /// The name's bytes, as they came: unchecked where the other side said them.
    public var name: [UInt8]
    /// The object; nil where the ref is `HEAD` of a branch that has no commit yet.
    public var id: ObjectID?
    /// What an annotated tag leads to.
    public var peeled: ObjectID?
    /// The ref that a symbolic ref points to.
    public var symbolicTarget: [UInt8]?

    /// Makes a ref.
    public init(name: [UInt8], id: ObjectID?, peeled: ObjectID? = nil, symbolicTarget: [UInt8]? = nil) {
        self.name = name
        self.id = id
        self.peeled = peeled
        self.symbolicTarget = symbolicTarget
    }

    /// The name as text, for messages.
    public var text: String { ProtocolError.printable(name, limit: 4096) }
}
