internal import Bytes
internal import GitObjects

/// A pack that objects are taken from, with its entries in order, so that an entry's end is known.
struct SourcePack: Sendable {
    let pack: Pack
    let file: MappedFile
    /// Made for the first entry that is copied: a push of little reads only what its deltas are made against.
    private var order: PackOrder?
    /// Where the entries start, in order; empty where few are asked for, which the order finds by itself.
    private var offsets: [Int] = []

    init(_ pack: Pack) throws(StorageError) {
        self.pack = pack
        file = try pack.content()
    }

    /// Prepares for ``id(at:)`` and ``end(of:)``.
    ///
    /// - Parameter count: how many entries will be asked about.
    mutating func putInOrder(expecting count: Int) throws(StorageError) {
        guard order == nil else { return }
        let order = try PackOrder(pack)
        self.order = order
        guard count > pack.index.count / 16 else { return }
        offsets.reserveCapacity(pack.index.count)
        for place in 0..<pack.index.count { offsets.append(try order.offset(place, end: 0)) }
    }

    /// The object whose entry starts at an offset; nil where none does.
    ///
    /// - Throws: ``StorageError/table(_:_:)`` where the reverse index leads out of the index.
    func id(at offset: Int) throws(StorageError) -> ObjectID? {
        guard let order, let place = try place(of: offset) else { return nil }
        return pack.index.id(at: try order.indexPosition(place))
    }

    private func place(of offset: Int) throws(StorageError) -> Int? {
        guard !offsets.isEmpty else { return try order?.place(ofOffset: offset) }
        var low = 0
        var high = offsets.count
        while low < high {
            let middle = (low + high) >> 1
            if offsets[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low < offsets.count && offsets[low] == offset ? low : nil
    }

    /// Where the entry at an offset ends.
    ///
    /// - Throws: ``StorageError`` where no entry starts there.
    func end(of offset: Int) throws(StorageError) -> Int {
        guard let order, let place = try place(of: offset) else { throw .pack(pack.path, .truncated(offset: offset)) }
        return try order.offset(place + 1, end: file.count - pack.algorithm.byteCount)
    }
}

extension PackBuilder {
    /// Fills in kind, size and place of every object.
    mutating func locate() throws(StorageError) {
        do throws(StorageError) {
            try locateOnce()
        } catch {
            // A pack that was never mapped goes away when another process repacks: what it held stands elsewhere now.
            try database.refreshPacks()
            try locateOnce()
        }
    }

    private mutating func locateOnce() throws(StorageError) {
        let packs = try database.allPacks()
        var sources: [SourcePack?] = packs.map { _ in nil }
        var last = 0
        for number in targets.indices {
            let id = targets[number].id
            var found: (pack: Int, position: Int)?
            if last < packs.count, let position = packs[last].index.position(of: id) {
                found = (last, position)
            } else {
                for (candidate, pack) in packs.enumerated() where candidate != last {
                    if let position = pack.index.position(of: id) {
                        found = (candidate, position)
                        break
                    }
                }
            }
            guard let found else {
                let header = try database.header(id)
                targets[number].pack = -1
                targets[number].isPackedDelta = false
                targets[number].kind = header.kind
                targets[number].size = header.size
                continue
            }
            last = found.pack
            if sources[last] == nil { sources[last] = try SourcePack(packs[last]) }
            if !targets[number].isBaseOnly { try sources[last]?.putInOrder(expecting: targets.count) }
            guard let source = sources[last] else { continue }
            try fill(number, source, pack: last, offset: source.pack.offset(at: found.position))
        }
        self.sources = sources
    }

    private mutating func fill(_ number: Int, _ source: SourcePack, pack: Int, offset: Int) throws(StorageError) {
        let entry = try source.pack.entry(at: offset, in: source.file)
        let end = targets[number].isBaseOnly ? entry.dataOffset : try source.end(of: offset)
        guard end >= entry.dataOffset else { throw .pack(source.pack.path, .truncated(offset: offset)) }
        targets[number].isPackedDelta = false
        targets[number].pack = Int32(pack)
        targets[number].packOffset = offset
        targets[number].packedSize = end - offset
        targets[number].packedHeaderSize = UInt8(entry.dataOffset - offset)
        if case .whole(let kind) = entry.form {
            targets[number].kind = kind
            targets[number].size = entry.size
            return
        }
        targets[number].isPackedDelta = true
        targets[number].deltaSize = entry.size
        let header = try database.header(targets[number].id)
        targets[number].kind = header.kind
        targets[number].size = header.size
    }

    /// Marks the deltas whose base is in the set, so that their entry is copied as it stands; chains that would get too
    /// long, or that close in themselves over several packs, are broken.
    mutating func takeOverDeltas() throws(StorageError) {
        for number in targets.indices where targets[number].isPackedDelta && !targets[number].isBaseOnly {
            guard let source = sources[Int(targets[number].pack)] else { continue }
            let entry = try source.pack.entry(at: targets[number].packOffset, in: source.file)
            guard let base = try baseID(of: entry, in: source), let target = self.number(of: base), target != number
            else { continue }
            targets[number].base = Int32(target)
            targets[number].reusesDelta = true
        }
        breakChains()
    }

    private func baseID(of entry: PackEntry, in source: SourcePack) throws(StorageError) -> ObjectID? {
        switch entry.form {
        case .whole: return nil
        case .referenceDelta(let base): return base
        case .offsetDelta(let base): return try source.id(at: base)
        }
    }

    /// Walks each chain to its end once; 0 is not seen, 1 on the way, 2 done.
    private mutating func breakChains() {
        var state = [UInt8](repeating: 0, count: targets.count)
        for start in targets.indices where state[start] == 0 {
            var chain: [Int] = []
            var current = start
            while state[current] == 0 {
                state[current] = 1
                chain.append(current)
                guard targets[current].base >= 0 else { break }
                current = Int(targets[current].base)
            }
            // A chain that came back to itself: its last link is made whole.
            if state[current] == 1, let last = chain.last, targets[last].base >= 0 { release(last) }
            while let number = chain.popLast() {
                let base = Int(targets[number].base)
                targets[number].depth = base < 0 ? 0 : targets[base].depth + 1
                if Int(targets[number].depth) > options.depth { release(number) }
                state[number] = 2
            }
        }
    }

    private mutating func release(_ number: Int) {
        targets[number].base = -1
        targets[number].reusesDelta = false
        targets[number].depth = 0
    }
}

extension ObjectDatabase {
    /// The packs of this directory and of those that it borrows from, open, so that they stay readable when another
    /// process removes them.
    func allPacks() throws(StorageError) -> [Pack] {
        var packs = try openPacks()
        for alternate in alternates { packs += try alternate.openPacks() }
        return packs
    }

    /// The packs of this directory, each open where it can be.
    func openPacks() throws(StorageError) -> [Pack] {
        for _ in 0..<Self.searchLimit {
            let packs = try currentPacks()
            let generation = packGeneration
            let isWhole = packs.allSatisfy { (try? $0.content()) != nil }
            if isWhole { return packs }
            guard try hasNewPacks(since: generation) else { return packs }
        }
        return try currentPacks()
    }
}
