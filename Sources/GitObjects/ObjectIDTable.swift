/// A set of ids that numbers its members in the order in which they came: for walks over hundreds of thousands of objects.
///
/// Ids are digests, so that eight of their bytes are hash enough, and a slot is four bytes: about 50 bytes for each id, and no
/// allocation for each.
public struct ObjectIDTable: Sendable {
    /// The members, by number.
    public private(set) var ids: [ObjectID] = []
    private var slots: [Int32]
    private var mask: Int

    /// An empty table with room for about `capacity` ids.
    public init(capacity: Int = 0) {
        var size = 64
        while size * 2 < capacity * 3 { size <<= 1 }
        slots = [Int32](repeating: -1, count: size)
        mask = size - 1
        ids.reserveCapacity(capacity)
    }

    /// How many ids it holds.
    public var count: Int { ids.count }

    /// The id of that number.
    public subscript(number: Int) -> ObjectID { ids[number] }

    /// The number of an id, or nil.
    public func number(of id: ObjectID) -> Int? {
        var slot = Int(truncatingIfNeeded: id.leadingBytes) & mask
        while true {
            let number = slots[slot]
            if number < 0 { return nil }
            if ids[Int(number)] == id { return Int(number) }
            slot = (slot + 1) & mask
        }
    }

    /// Whether the id is a member.
    public func contains(_ id: ObjectID) -> Bool { number(of: id) != nil }

    /// Adds an id; says its number and whether it is new.
    @discardableResult
    public mutating func insert(_ id: ObjectID) -> (number: Int, isNew: Bool) {
        var slot = Int(truncatingIfNeeded: id.leadingBytes) & mask
        while true {
            let number = slots[slot]
            if number < 0 { break }
            if ids[Int(number)] == id { return (Int(number), false) }
            slot = (slot + 1) & mask
        }
        let number = ids.count
        ids.append(id)
        slots[slot] = Int32(truncatingIfNeeded: number)
        if (number + 1) * 3 > slots.count * 2 { grow() }
        return (number, true)
    }

    private mutating func grow() {
        let size = slots.count * 2
        mask = size - 1
        slots = [Int32](repeating: -1, count: size)
        for (number, id) in ids.enumerated() {
            var slot = Int(truncatingIfNeeded: id.leadingBytes) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(truncatingIfNeeded: number)
        }
    }
}
