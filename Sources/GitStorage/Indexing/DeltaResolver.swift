internal import Bytes
internal import GitObjects
internal import Synchronization
internal import SystemPackage

/// The second pass over a pack: gives every delta its id.
///
/// From each whole object the deltas that build on it are resolved, then those that build on them, with a stack of its own.
/// A base is let go as soon as its last delta is taken up, so that a long chain needs the memory of two objects; where many
/// bases wait, the oldest are dropped and made again when needed. Different whole objects are worked on by different
/// threads.
final class DeltaResolver: @unchecked Sendable {
    // Unchecked: threads write to different elements of `entries`: an offset delta is reached from its base alone, and a
    // reference delta is claimed before it is taken up.
    private(set) var pack: ScannedPack
    private let file: MappedFile
    private let algorithm: HashAlgorithm
    private let limits: Limits
    private let workers: Int
    private let checker: ObjectChecker?
    private let scratch: ScratchPool
    /// How many entries stand in the file; those after them were taken from the repository.
    private let fileCount: Int
    private let outside: (ObjectID) throws(StorageError) -> [UInt8]

    /// Offset deltas by base: the first, and for each the next of the same base.
    private var firstChild: [Int32]
    private var nextSibling: [Int32]
    /// Reference deltas sorted by base.
    private let references: [ReferenceDelta]
    private let claimed: Mutex<[Bool]>

    /// The bytes of bases that may wait on one thread.
    private static let waitingLimit = 128 << 20

    init(
        _ pack: ScannedPack, file: MappedFile, algorithm: HashAlgorithm, limits: Limits, workers: Int,
        checker: ObjectChecker?, scratch: ScratchPool,
        outside: @escaping (ObjectID) throws(StorageError) -> [UInt8] = { id throws(StorageError) in
            throw .missing(id)
        }
    ) {
        fileCount = pack.entries.count
        self.outside = outside
        self.pack = pack
        self.file = file
        self.algorithm = algorithm
        self.limits = limits
        self.workers = workers
        self.checker = checker
        self.scratch = scratch
        firstChild = [Int32](repeating: -1, count: pack.entries.count)
        nextSibling = [Int32](repeating: -1, count: pack.entries.count)
        for index in pack.entries.indices.reversed() where pack.entries[index].base >= 0 {
            let base = Int(pack.entries[index].base)
            nextSibling[index] = firstChild[base]
            firstChild[base] = Int32(index)
        }
        references = pack.references.sorted { $0.base < $1.base }
        claimed = Mutex([Bool](repeating: false, count: pack.references.count))
    }

    /// Resolves all that builds on whole objects of the pack.
    func resolve() throws(StorageError) {
        let roots = pack.entries.indices.filter {
            !pack.entries[$0].isDelta && (firstChild[$0] >= 0 || !references.isEmpty)
        }
        try pack.entries.withUnsafeMutableBufferPointerTyped { entries throws(StorageError) in
            let table = Table(entries: entries)
            try Workers.forEach(roots.count, workers: workers) { (_, item) throws(StorageError) in
                try scratch.with { scratch throws(StorageError) in
                    try resolve(from: roots[item], content: nil, table, scratch)
                }
            }
        }
    }

    /// The bases that deltas still wait for.
    var missingBases: [ObjectID] {
        var missing: [ObjectID] = []
        claimed.withLock { claimed in
            for (number, reference) in references.enumerated() where !claimed[number] && missing.last != reference.base
            {
                missing.append(reference.base)
            }
        }
        return missing
    }

    /// How many deltas have no id yet.
    var unresolvedCount: Int { pack.entries.reduce(0) { $0 + ($1.kind == nil ? 1 : 0) } }

    /// Adds a whole object that was appended to the pack to complete it, and resolves what builds on it.
    func resolve(appended entry: ScannedEntry, content: [UInt8]) throws(StorageError) {
        pack.entries.append(entry)
        firstChild.append(-1)
        nextSibling.append(-1)
        let index = pack.entries.count - 1
        try pack.entries.withUnsafeMutableBufferPointerTyped { entries throws(StorageError) in
            let table = Table(entries: entries)
            try scratch.with { scratch throws(StorageError) in
                try resolve(from: index, content: content, table, scratch)
            }
        }
    }

    private struct Table: @unchecked Sendable {
        // Unchecked: see the class.
        let entries: UnsafeMutableBufferPointer<ScannedEntry>
    }

    private struct Frame {
        let index: Int
        var content: [UInt8]?
        let children: [Int32]
        var next = 0
    }

    private func children(of index: Int, id: ObjectID) -> [Int32] {
        var children: [Int32] = []
        if index < firstChild.count {
            var child = firstChild[index]
            while child >= 0 {
                children.append(child)
                child = nextSibling[Int(child)]
            }
        }
        guard !references.isEmpty else { return children }
        var low = 0
        var high = references.count
        while low < high {
            let middle = (low + high) >> 1
            if references[middle].base < id { low = middle + 1 } else { high = middle }
        }
        guard low < references.count, references[low].base == id else { return children }
        claimed.withLock { claimed in
            while low < references.count, references[low].base == id {
                if !claimed[low] {
                    claimed[low] = true
                    children.append(references[low].entry)
                }
                low += 1
            }
        }
        return children
    }

    private func resolve(
        from root: Int, content: [UInt8]?, _ table: Table, _ scratch: Scratch
    ) throws(StorageError) {
        let children = children(of: root, id: table.entries[root].id)
        guard !children.isEmpty else { return }
        var stack = [Frame(index: root, content: content, children: children)]
        var waiting = content?.count ?? 0
        while var frame = stack.popLast() {
            let child = Int(frame.children[frame.next])
            frame.next += 1
            let base: [UInt8]
            if let content = frame.content {
                base = content
            } else {
                base = try remake(frame.index, table, scratch)
                waiting += base.count
            }
            frame.content = nil
            waiting -= base.count
            if frame.next < frame.children.count {
                frame.content = base
                waiting += base.count
                stack.append(frame)
            }
            let made = try apply(child, to: base, parent: frame.index, table, scratch)
            let grandchildren = self.children(of: child, id: table.entries[child].id)
            guard !grandchildren.isEmpty else { continue }
            waiting += made.count
            stack.append(Frame(index: child, content: made, children: grandchildren))
            var oldest = 0
            while waiting > Self.waitingLimit, oldest < stack.count - 1 {
                waiting -= stack[oldest].content?.count ?? 0
                stack[oldest].content = nil
                oldest += 1
            }
        }
    }

    /// Applies a delta entry to its base's content and notes what it is.
    private func apply(
        _ index: Int, to base: [UInt8], parent: Int, _ table: Table, _ scratch: Scratch
    ) throws(StorageError) -> [UInt8] {
        let content = try applied(index, to: base, table, scratch)
        guard let kind = table.entries[parent].kind else { return content }
        let (id, isAttack) = ObjectID.screen(kind, content.span.bytes, algorithm)
        guard !isAttack else { throw .collisionAttack(id) }
        table.entries[index].id = id
        table.entries[index].kind = kind
        table.entries[index].base = Int32(parent)
        table.entries[index].depth = table.entries[parent].depth + 1
        if let checker, kind != .blob || checker.wantsBlobs { try checker.require(id, kind, content.span.bytes) }
        return content
    }

    private func applied(
        _ index: Int, to base: [UInt8], _ table: Table, _ scratch: Scratch
    ) throws(StorageError) -> [UInt8] {
        let entry = table.entries[index]
        let delta = try inflate(entry, scratch)
        do throws(DeltaError) {
            let size = try Delta.header(delta.span.bytes).resultSize
            guard size <= limits.objectSize else {
                throw DeltaError.resultSize(announced: size)
            }
            return try Delta.apply(delta.span.bytes, to: base.span.bytes)
        } catch {
            throw .receivedPack(.delta(error, offset: entry.offset))
        }
    }

    private func inflate(_ entry: ScannedEntry, _ scratch: Scratch) throws(StorageError) -> [UInt8] {
        let file = self.file
        let bytes = file.bytes
        let start = entry.offset + Int(entry.headerSize)
        guard start <= bytes.byteCount else { throw .receivedPack(.truncated(offset: entry.offset)) }
        guard entry.size <= limits.objectSize else {
            throw .tooLarge(nil, size: UInt64(entry.size), limit: UInt64(limits.objectSize))
        }
        do throws(ZlibError) {
            return try scratch.inflater.inflate(bytes.extracting(start..<bytes.byteCount), size: entry.size).bytes
        } catch {
            throw .receivedPack(.zlib(error, offset: entry.offset))
        }
    }

    /// The content of an entry whose bases are all resolved.
    private func remake(_ index: Int, _ table: Table, _ scratch: Scratch) throws(StorageError) -> [UInt8] {
        var chain: [Int] = []
        var current = index
        while table.entries[current].isDelta {
            chain.append(current)
            current = Int(table.entries[current].base)
        }
        var content =
            current < fileCount ? try inflate(table.entries[current], scratch) : try outside(table.entries[current].id)
        while let next = chain.popLast() { content = try applied(next, to: content, table, scratch) }
        return content
    }

    /// The content of a resolved entry.
    func content(of index: Int) throws(StorageError) -> [UInt8] {
        try pack.entries.withUnsafeMutableBufferPointerTyped { entries throws(StorageError) in
            try scratch.with { scratch throws(StorageError) in
                try remake(index, Table(entries: entries), scratch)
            }
        }
    }
}

extension Array {
    /// `withUnsafeMutableBufferPointer` with a typed error.
    mutating func withUnsafeMutableBufferPointerTyped<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var span = self.mutableSpan
        return try span.withUnsafeMutableBufferPointer(body)
    }
}
