internal import Bytes
internal import GitObjects
internal import Synchronization

extension PackBuilder {
    /// Objects below this many bytes are not worth a delta.
    private static let leastSize = 50
    /// The bytes of found deltas that are kept until they are written; the rest is made again.
    static let keptDeltas = 256 << 20

    /// Tries each object that is not a delta yet against those of its kind and like name.
    ///
    /// The sorted list is cut into runs, one for each thread at a time; a delta's base is always in its own run, so that
    /// threads never wait for each other.
    mutating func searchDeltas() throws(StorageError) {
        let database = database
        let limit = min(database.options.bigFileThreshold, DeltaIndex.baseLimit)
        let candidates = targets.indices.filter { number in
            let target = targets[number]
            return target.base < 0 && target.size >= Self.leastSize && target.size <= limit
        }.sorted { precedes($0, $1) }
        guard candidates.contains(where: { !targets[$0].isBaseOnly }), candidates.count > 1 else { return }
        let workers = options.workers ?? database.options.workers
        let runs = Self.runs(candidates, pieces: workers * 8) { [targets] in targets[$0].nameHash }
        let below = depthBelow()
        let options = options
        let kept = Atomic<Int>(0)
        let done = Atomic<Int>(0)
        let total = candidates.count
        try targets.withUnsafeMutableBufferPointerTyped { buffer throws(StorageError) in
            let table = TargetTable(targets: buffer)
            try Workers.forEach(runs.count, workers: workers) { (_, item) throws(StorageError) in
                var window = DeltaWindow(database: database, options: options, table: table, depthBelow: below)
                for number in candidates[runs[item]] {
                    try window.take(number) { size in
                        kept.wrappingAdd(size, ordering: .relaxed).newValue <= Self.keptDeltas
                    }
                    let count = done.wrappingAdd(1, ordering: .relaxed).newValue
                    if count & 0xff == 0 { options.progress?(.compressing(count, of: total)) }
                }
            }
        }
        options.progress?(.compressing(total, of: total))
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let a = targets[left]
        let b = targets[right]
        let kinds = (a.kind?.rawValue ?? 0, b.kind?.rawValue ?? 0)
        if kinds.0 != kinds.1 { return kinds.0 < kinds.1 }
        if a.nameHash != b.nameHash { return a.nameHash < b.nameHash }
        if a.isBaseOnly != b.isBaseOnly { return a.isBaseOnly }
        if a.size != b.size { return a.size > b.size }
        return left < right
    }

    /// Cuts a sorted list into about `pieces` runs, where a name ends if that is near.
    private static func runs(_ list: [Int], pieces: Int, _ name: (Int) -> UInt32) -> [Range<Int>] {
        let length = max(256, (list.count + pieces - 1) / pieces)
        var runs: [Range<Int>] = []
        var start = 0
        while start < list.count {
            var end = min(start + length, list.count)
            let latest = min(end + length / 2, list.count)
            while end < latest, name(list[end]) == name(list[end - 1]) { end += 1 }
            runs.append(start..<end)
            start = end
        }
        return runs
    }

    /// For each object, how many deltas that are taken over build on it, one on the other.
    private func depthBelow() -> [Int32] {
        var below = [Int32](repeating: 0, count: targets.count)
        for number in targets.indices where targets[number].base >= 0 {
            var base = Int(targets[number].base)
            var depth: Int32 = 1
            while below[base] < depth {
                below[base] = depth
                guard targets[base].base >= 0 else { break }
                base = Int(targets[base].base)
                depth += 1
            }
        }
        return below
    }
}

/// The targets, shared by the threads that search.
struct TargetTable: @unchecked Sendable {
    // Unchecked: each thread writes to the targets of its own runs alone.
    let targets: UnsafeMutableBufferPointer<PackTarget>
}

/// The objects that the next one is tried against.
struct DeltaWindow {
    private final class Slot {
        let number: Int
        let content: [UInt8]
        private var index: IndexBox?

        private final class IndexBox {
            let index: DeltaIndex
            init(_ content: [UInt8]) { index = DeltaIndex(content) }
        }

        init(_ number: Int, _ content: [UInt8]) {
            self.number = number
            self.content = content
        }

        var memory: Int { content.count + (index?.index.memory ?? 0) }

        func delta(to target: [UInt8], limit: Int) -> [UInt8]? {
            let box = index ?? IndexBox(content)
            index = box
            return box.index.delta(to: target, limit: limit)
        }
    }

    private let database: ObjectDatabase
    private let options: PackBuilder.Options
    private let table: TargetTable
    private let depthBelow: [Int32]
    private var slots: [Slot] = []

    init(database: ObjectDatabase, options: PackBuilder.Options, table: TargetTable, depthBelow: [Int32]) {
        self.database = database
        self.options = options
        self.table = table
        self.depthBelow = depthBelow
    }

    /// Tries an object against the window, then puts it in front.
    mutating func take(_ number: Int, keeps: (Int) -> Bool) throws(StorageError) {
        let content = try database.read(table.targets[number].id).content
        let slot = Slot(number, content)
        if !table.targets[number].isBaseOnly { try search(number, content, keeps) }
        // A chain that is full serves nobody as a base.
        if Int(table.targets[number].depth) < options.depth {
            slots.append(slot)
            if slots.count > options.window { slots.removeFirst() }
            if options.windowMemory > 0 {
                while slots.count > 1, slots.reduce(0, { $0 + $1.memory }) > options.windowMemory {
                    slots.removeFirst()
                }
            }
        }
    }

    private mutating func search(_ number: Int, _ content: [UInt8], _ keeps: (Int) -> Bool) throws(StorageError) {
        let depthLimit = options.depth - Int(depthBelow[number])
        guard depthLimit > 0 else { return }
        var best: (position: Int, delta: [UInt8])?
        for position in slots.indices.reversed() {
            let source = slots[position]
            guard table.targets[source.number].kind == table.targets[number].kind else { break }
            let limit = limit(for: number, best, from: source.number, depthLimit: depthLimit)
            guard limit > 0, abs(source.content.count - content.count) < limit || content.count < source.content.count,
                content.count >= source.content.count / 32
            else { continue }
            guard let delta = source.delta(to: content, limit: limit) else { continue }
            best = (position, delta)
        }
        guard let best else { return }
        let source = slots[best.position]
        table.targets[number].base = Int32(source.number)
        table.targets[number].depth = table.targets[source.number].depth + 1
        table.targets[number].deltaSize = best.delta.count
        let packed = try database.scratch.with { scratch throws(StorageError) in
            var output: [UInt8] = []
            do throws(ZlibError) {
                try scratch.deflate(best.delta.span.bytes, level: compression, into: &output)
            } catch {
                throw .zlib(error)
            }
            return output
        }
        if keeps(packed.count) { table.targets[number].delta = packed }
        // What served once is likely to serve again: it stays in the window longer.
        slots.append(slots.remove(at: best.position))
    }

    private var compression: Int { options.compression ?? database.options.packCompression }

    /// How small a delta has to be to be worth it, as Git weighs size against the length of the chain.
    private func limit(
        for number: Int, _ best: (position: Int, delta: [UInt8])?, from source: Int, depthLimit: Int
    ) -> Int {
        let target = table.targets[number]
        let base = table.targets[source]
        // An earlier search found nothing between two objects of one pack.
        if options.reusesDeltas, target.pack >= 0, target.pack == base.pack, !base.isBaseOnly, !target.isPackedDelta {
            return 0
        }
        guard Int(base.depth) < depthLimit else { return 0 }
        let size: Int
        let depth: Int
        if let best {
            size = best.delta.count
            depth = Int(table.targets[slots[best.position].number].depth) + 1
        } else {
            size = target.size / 2 - database.algorithm.byteCount
            depth = 1
        }
        guard size > 0 else { return 0 }
        return size * (depthLimit - Int(base.depth)) / (depthLimit - depth + 1)
    }
}
