internal import Bytes
public import GitObjects
internal import Synchronization

extension ObjectDatabase {
    /// The ids whose hexadecimal digits begin with `prefix` (digits as bytes, of either case), in order, at most `limit`.
    public func ids(withHexPrefix prefix: [UInt8], limit: Int) throws(StorageError) -> [ObjectID] {
        guard prefix.count >= 2, prefix.count <= algorithm.hexCount, prefix.allSatisfy({ Hex.value($0) != nil }) else {
            return []
        }
        let padding = [UInt8](repeating: UInt8(ascii: "0"), count: algorithm.hexCount - prefix.count)
        guard let first = ObjectID(hex: prefix + padding, algorithm: algorithm) else { return [] }
        var found: Set<ObjectID> = []
        let generation = packGeneration
        try collect(from: first, digits: prefix.count, limit: limit, into: &found)
        if found.isEmpty, try hasNewPacks(since: generation) {
            try collect(from: first, digits: prefix.count, limit: limit, into: &found)
        }
        return Array(found.sorted().prefix(limit))
    }

    private func collect(
        from first: ObjectID, digits: Int, limit: Int, into found: inout Set<ObjectID>
    ) throws(StorageError) {
        for pack in try currentPacks() {
            var position = pack.index.lowerBound(of: first)
            while position < pack.index.count, found.count < limit {
                let id = pack.index.id(at: position)
                guard id.commonDigits(with: first) >= digits else { break }
                found.insert(id)
                position += 1
            }
        }
        for id in try looseIDs(bucket: first[0]) where found.count < limit && id.commonDigits(with: first) >= digits {
            found.insert(id)
        }
        for alternate in alternates { try alternate.collect(from: first, digits: digits, limit: limit, into: &found) }
    }

    /// The loose objects whose first byte is `bucket`, listed once until packs are listed again.
    func looseIDs(bucket: UInt8) throws(StorageError) -> [ObjectID] {
        if let known = catalog.withLock({ $0.looseBuckets[bucket] }) { return known }
        let ids = try loose.ids(inBucket: bucket)
        catalog.withLock { $0.looseBuckets[bucket] = ids }
        return ids
    }

    /// The shortest beginning of an id's digits that no other object shares.
    ///
    /// - Parameter minimum: the least number of digits; nil for `core.abbrev`, and where that is not set as many as keep
    ///   collisions unlikely among the objects that are packed (at least 7).
    public func abbreviate(_ id: ObjectID, minimum: Int? = nil) -> String {
        let hex = id.hex
        let digits = min(max(minimum ?? options.abbreviation ?? automaticDigits, 4), algorithm.hexCount)
        if digits == algorithm.hexCount { return hex }
        return String(hex.prefix(min(max(digits, sharedDigits(id) + 1), algorithm.hexCount)))
    }

    private var automaticDigits: Int {
        if let known = catalog.withLock({ $0.automaticDigits }) { return known }
        let count = packedObjectCount
        let bits = count == 0 ? 1 : Int.bitWidth - count.leadingZeroBitCount
        let digits = max(7, (bits + 1) / 2)
        catalog.withLock { $0.automaticDigits = digits }
        return digits
    }

    private var packedObjectCount: Int {
        let own = ((try? currentPacks()) ?? []).reduce(0) { $0 + $1.index.count }
        return alternates.reduce(own) { $0 + $1.packedObjectCount }
    }

    /// The most digits that another object shares with `id`.
    private func sharedDigits(_ id: ObjectID) -> Int {
        var shared = 0
        for pack in (try? currentPacks()) ?? [] {
            let position = pack.index.lowerBound(of: id)
            if position > 0 { shared = max(shared, pack.index.id(at: position - 1).commonDigits(with: id)) }
            var next = position
            if next < pack.index.count, pack.index.id(at: next) == id { next += 1 }
            if next < pack.index.count { shared = max(shared, pack.index.id(at: next).commonDigits(with: id)) }
        }
        for other in (try? looseIDs(bucket: id[0])) ?? [] where other != id {
            shared = max(shared, other.commonDigits(with: id))
        }
        for alternate in alternates { shared = max(shared, alternate.sharedDigits(id)) }
        return shared
    }
}

extension ObjectID {
    /// How many leading hexadecimal digits two ids share.
    func commonDigits(with other: ObjectID) -> Int {
        let difference = leadingBytes ^ other.leadingBytes
        if difference != 0 { return difference.leadingZeroBitCount / 4 }
        for index in 8..<algorithm.byteCount where self[index] != other[index] {
            return index * 2 + (self[index] ^ other[index] < 16 ? 1 : 0)
        }
        return algorithm.hexCount
    }
}
