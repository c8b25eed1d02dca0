internal import Bytes
internal import GitObjects
internal import SystemPackage

/// The objects of a pack in the order in which they stand in it: by the reverse index beside the pack, else worked out.
struct PackOrder: Sendable {
    private enum Table: Sendable {
        /// A reverse index: its positions start at byte 12.
        case mapped(MappedFile)
        case made([UInt32])
    }

    private let table: Table
    private let pack: Pack

    init(_ pack: Pack) throws(StorageError) {
        self.pack = pack
        var path = pack.path
        path.extension = "rev"
        let count = pack.index.count
        if let file = try? MappedFile(path), file.count == 12 + count * 4 + 2 * pack.algorithm.byteCount,
            file.bytes.uint32(at: 0) == 0x5249_4458, file.bytes.uint32(at: 4) == 1,
            ObjectID(file.bytes, at: 12 + count * 4, algorithm: pack.algorithm) == pack.index.packChecksum
        {
            table = .mapped(file)
            return
        }
        var offsets: [Int] = []
        offsets.reserveCapacity(count)
        for position in 0..<count { offsets.append(try pack.offset(at: position)) }
        table = .made(PackOrder.sorted(offsets))
    }

    /// The positions of offsets from the lowest to the highest: by comparison where there are few, else digit by digit.
    static func sorted(_ offsets: [Int]) -> [UInt32] {
        var order = (0..<UInt32(offsets.count)).map { $0 }
        guard offsets.count >= 4096, let highest = offsets.max() else {
            order.sort { offsets[Int($0)] < offsets[Int($1)] }
            return order
        }
        var next = [UInt32](repeating: 0, count: order.count)
        for shift in stride(from: 0, to: Int.bitWidth - highest.leadingZeroBitCount, by: 16) {
            var places = [Int](repeating: 0, count: 1 << 16 + 1)
            for offset in offsets { places[offset >> shift & 0xffff + 1] += 1 }
            for digit in 1..<places.count { places[digit] += places[digit - 1] }
            for position in order {
                let digit = offsets[Int(position)] >> shift & 0xffff
                next[places[digit]] = position
                places[digit] += 1
            }
            swap(&order, &next)
        }
        return order
    }

    /// The position in the index of the object that stands at a place of the pack.
    ///
    /// - Throws: ``StorageError/table(_:_:)`` where the reverse index leads out of the index.
    func indexPosition(_ place: Int) throws(StorageError) -> Int {
        switch table {
        case .made(let positions): return Int(positions[place])
        case .mapped(let file):
            let position = Int(file.bytes.uint32(at: 12 + place * 4))
            guard position < pack.index.count else {
                throw .table(pack.index.path, .badPosition(offset: 12 + place * 4))
            }
            return position
        }
    }

    /// Where the object at a place starts; for the place behind the last one, where the pack's checksum does.
    func offset(_ place: Int, end: Int) throws(StorageError) -> Int {
        place < pack.index.count ? try pack.offset(at: try indexPosition(place)) : end
    }

    /// The place of the object that starts at an offset; nil where none does.
    ///
    /// - Complexity: O(log n)
    func place(ofOffset offset: Int) throws(StorageError) -> Int? {
        var low = 0
        var high = pack.index.count
        while low < high {
            let middle = (low + high) >> 1
            let found = try pack.offset(at: try indexPosition(middle))
            if found == offset { return middle }
            if found < offset { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The place of an object; nil where the pack does not hold it.
    func place(of id: ObjectID) throws(StorageError) -> Int? {
        guard let position = pack.index.position(of: id) else { return nil }
        return try place(ofOffset: try pack.offset(at: position))
    }
}
