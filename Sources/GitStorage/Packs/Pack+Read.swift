internal import Bytes
internal import GitObjects

/// Bounds on what reading may cost, whatever the input claims.
public struct Limits: Sendable, Hashable {
    /// The largest object that is read into memory.
    public var objectSize: Int
    /// The longest chain of deltas that is followed.
    public var deltaChain: Int

    /// Makes limits.
    public init(objectSize: Int = 4 << 30, deltaChain: Int = 1 << 17) {
        self.objectSize = objectSize
        self.deltaChain = deltaChain
    }
}

/// What reading an object out of a pack needs besides the pack.
struct PackReader {
    let scratch: Scratch
    let cache: DeltaBaseCache
    let limits: Limits

    /// zlib never makes more than 1032 bytes of one: a larger claim is a lie, and nothing is allocated for it.
    static let greatestRatio = 1032

    /// Reads the object at an offset, following its deltas.
    ///
    /// The chain is collected first and applied from its base upwards: no recursion, however long it is. What lies on the
    /// way is kept in the cache, as the next object's base is likely to be among it.
    func read(_ pack: Pack, at offset: Int) throws(StorageError) -> GitObject {
        let file = try pack.content()
        var chain: [PackEntry] = []
        var position = offset
        var object: GitObject
        while true {
            if let cached = cache[.init(pack: pack.number, offset: position)] {
                object = cached
                break
            }
            let entry = try pack.entry(at: position, in: file)
            if case .whole(let kind) = entry.form {
                object = GitObject(kind, try inflate(entry, of: pack, file))
                if !chain.isEmpty || kind == .tree {
                    cache.insert(object, for: .init(pack: pack.number, offset: position))
                }
                break
            }
            guard chain.count < limits.deltaChain else {
                throw .pack(pack.path, .chainTooLong(offset: offset, limit: limits.deltaChain))
            }
            chain.append(entry)
            position = try basePosition(entry, in: pack)
        }
        while let entry = chain.popLast() {
            let content = try apply(entry, of: pack, file, to: object.content)
            object = GitObject(object.kind, content)
            if !chain.isEmpty || object.kind == .tree {
                cache.insert(object, for: .init(pack: pack.number, offset: entry.offset))
            }
        }
        return object
    }

    /// The kind and size of the object at an offset: only the first bytes of deltas are inflated.
    func header(_ pack: Pack, at offset: Int) throws(StorageError) -> (kind: ObjectKind, size: Int) {
        let file = try pack.content()
        var position = offset
        var size: Int?
        for _ in 0...limits.deltaChain {
            let entry = try pack.entry(at: position, in: file)
            if case .whole(let kind) = entry.form { return (kind, size ?? entry.size) }
            if size == nil { size = try resultSize(entry, of: pack, file) }
            if let cached = cache[.init(pack: pack.number, offset: position)] { return (cached.kind, size ?? 0) }
            position = try basePosition(entry, in: pack)
        }
        throw .pack(pack.path, .chainTooLong(offset: offset, limit: limits.deltaChain))
    }

    private func basePosition(_ entry: PackEntry, in pack: Pack) throws(StorageError) -> Int {
        switch entry.form {
        case .whole: return entry.offset
        case .offsetDelta(let base): return base
        case .referenceDelta(let base):
            guard let position = pack.index.position(of: base) else {
                throw .pack(pack.path, .missingBase(base, offset: entry.offset))
            }
            return try pack.offset(at: position)
        }
    }

    private func check(_ entry: PackEntry, _ available: Int, of pack: Pack) throws(StorageError) {
        guard entry.size <= limits.objectSize else {
            throw .tooLarge(nil, size: UInt64(entry.size), limit: UInt64(limits.objectSize))
        }
        guard entry.size / Self.greatestRatio <= available else {
            throw .pack(pack.path, .zlib(.truncated(offset: 0), offset: entry.offset))
        }
    }

    /// An entry's data, inflated.
    func inflate(_ entry: PackEntry, of pack: Pack, _ file: MappedFile) throws(StorageError) -> [UInt8] {
        let bytes = file.bytes
        let input = bytes.extracting(entry.dataOffset..<bytes.byteCount - pack.algorithm.byteCount)
        try check(entry, input.byteCount, of: pack)
        do throws(ZlibError) {
            return try scratch.inflater.inflate(input, size: entry.size).bytes
        } catch {
            throw .pack(pack.path, .zlib(error, offset: entry.offset))
        }
    }

    private func apply(
        _ entry: PackEntry, of pack: Pack, _ file: MappedFile, to base: [UInt8]
    ) throws(StorageError) -> [UInt8] {
        let delta = try inflate(entry, of: pack, file)
        do throws(DeltaError) {
            let size = try Delta.header(delta.span.bytes).resultSize
            guard size <= limits.objectSize else {
                throw DeltaError.resultSize(announced: size)
            }
            return try Delta.apply(delta.span.bytes, to: base.span.bytes)
        } catch {
            throw .pack(pack.path, .delta(error, offset: entry.offset))
        }
    }

    private func resultSize(_ entry: PackEntry, of pack: Pack, _ file: MappedFile) throws(StorageError) -> Int {
        let bytes = file.bytes
        let input = bytes.extracting(entry.dataOffset..<bytes.byteCount - pack.algorithm.byteCount)
        // Two numbers of at most ten bytes each.
        let (head, count) = try scratch.head(of: input, limit: 20) { error in
            StorageError.pack(pack.path, .zlib(error, offset: entry.offset))
        }
        let text = [UInt8](head.prefix(count))
        do throws(DeltaError) {
            return try Delta.header(text.span.bytes).resultSize
        } catch {
            throw .pack(pack.path, .delta(error, offset: entry.offset))
        }
    }
}

extension Scratch {
    /// The first bytes of a zlib stream, at most `limit`.
    func head(
        of input: RawSpan, limit: Int, _ failure: (ZlibError) -> StorageError
    ) throws(StorageError) -> (bytes: [UInt8], count: Int) {
        inflater.reset()
        var output = [UInt8](repeating: 0, count: limit)
        var problem: ZlibError?
        var produced = 0
        unsafe input.withUnsafeBytes { source in
            output.withUnsafeMutableBytes { target in
                var consumed = 0
                do throws(ZlibError) {
                    while produced < target.count {
                        let step = try inflater.step(
                            input: UnsafeRawBufferPointer(rebasing: source[consumed...]),
                            output: UnsafeMutableRawBufferPointer(rebasing: target[produced...]))
                        consumed += step.consumed
                        produced += step.produced
                        if step.isFinished { return }
                        if step.consumed == 0 && step.produced == 0 { throw .truncated(offset: consumed) }
                    }
                } catch {
                    problem = error
                }
            }
        }
        if let problem { throw failure(problem) }
        return (output, produced)
    }
}
