public import GitObjects

/// One ref to be moved by a push.
public struct RefUpdate: Sendable, Hashable {
    /// The ref's name, unchecked where the other side said it.
    public var name: [UInt8]
    /// Where the ref is to stand now; zero where it must not exist.
    public var old: ObjectID
    /// Where it is to stand then; zero where it is to go.
    public var new: ObjectID

    /// Makes an update.
    public init(name: [UInt8], old: ObjectID, new: ObjectID) {
        self.name = name
        self.old = old
        self.new = new
    }

    /// Whether the ref is to go.
    public var isDeletion: Bool { new.isZero }

    /// Whether the ref is new.
    public var isCreation: Bool { old.isZero && !new.isZero }

    /// The name as text, for messages.
    public var text: String { ProtocolError.printable(name, limit: 4096) }
}
