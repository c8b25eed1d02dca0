/// A set of ids that numbers its members in the order in which they came: for walks over hundreds of thousands of objects.
///
/// Ids are digests, so that eight of their bytes are hash enough. A slot holds four of them beside the number, so that the
/// ids themselves, which are seldom in the processor's cache, are looked at only where they are likely to be equal. About 60
/// bytes for each id, and no allocation for each.
public struct ObjectIDTable: Sendable {
    /// The members, by number.
    public private(set) var ids: [ObjectID] = []
    /// The first four bytes of the id above the number plus one; 0 where the slot is empty.
    private var slots: [UInt64]
    private var mask: Int

    /// An empty table with room for about `capacity` ids.
    public init(capacity: Int = 0) {
        var size = 64
        while size * 2 < capacity * 3 { size <<= 1 }
        slots = [UInt64](repeating: 0, count: size)
        mask = size - 1
        ids.reserveCapacity(capacity)
    }

    /// How many ids it holds.
    public var count: Int { ids.count }

    /// The id of that number.
    public subscript(number: Int) -> ObjectID { ids[number] }

    /// The number of an id, or nil.
    public func number(of id: ObjectID) -> Int? {
        let hash = id.leadingBytes
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if (entry ^ hash) >> 32 == 0 {
                let number = Int(entry & 0xffff_ffff) - 1
                if ids[number] == id { return number }
            }
            slot = (slot + 1) & mask
        }
    }

    /// Whether the id is a member.
    public func contains(_ id: ObjectID) -> Bool { number(of: id) != nil }

    /// Adds an id; says its number and whether it is new.
    @discardableResult
    public mutating func insert(_ id: ObjectID) -> (number: Int, isNew: Bool) {
        let hash = id.leadingBytes
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { break }
            if (entry ^ hash) >> 32 == 0 {
                let number = Int(entry & 0xffff_ffff) - 1
                if ids[number] == id { return (number, false) }
            }
            slot = (slot + 1) & mask
        }
        let number = ids.count
        ids.append(id)
        slots[slot] = (hash & ~0xffff_ffff) | UInt64(truncatingIfNeeded: number + 1)
        if (number + 1) * 3 > slots.count * 2 { grow() }
        return (number, true)
    }

    private mutating func grow() {
        let size = slots.count * 2
        mask = size - 1
        slots = [UInt64](repeating: 0, count: size)
        for (number, id) in ids.enumerated() {
            let hash = id.leadingBytes
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = (hash & ~0xffff_ffff) | UInt64(truncatingIfNeeded: number + 1)
        }
    }
}
