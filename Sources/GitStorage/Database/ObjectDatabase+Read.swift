internal import Bytes
public import GitObjects
internal import Synchronization
internal import SystemPackage

extension ObjectDatabase {
    /// An object's kind and content.
    ///
    /// - Throws: ``StorageError/missing(_:)`` where it is nowhere; what is wrong with the file or pack otherwise.
    public func read(_ id: ObjectID) throws(StorageError) -> GitObject {
        guard let object = try readIfPresent(id) else { throw .missing(id) }
        return object
    }

    /// An object's kind and content, or nil where it is nowhere.
    public func readIfPresent(_ id: ObjectID) throws(StorageError) -> GitObject? {
        if id == emptyTree { return GitObject(.tree, []) }
        let found = try scratch.with { scratch throws(StorageError) in try find(id, scratch: scratch) }
        guard found == nil, fetchPromised([id]) else { return found }
        return try scratch.with { scratch throws(StorageError) in try find(id, scratch: scratch) }
    }

    private func find(_ id: ObjectID, scratch: Scratch) throws(StorageError) -> GitObject? {
        try search { () throws(StorageError) -> (GitObject?, StorageError?) in
            var damage: StorageError?
            do throws(StorageError) {
                if let (pack, position) = try locate(id) {
                    let reader = PackReader(scratch: scratch, cache: cache, limits: options.limits)
                    return (try reader.read(pack, at: pack.offset(at: position)), nil)
                }
            } catch {
                // A good copy may stand elsewhere: loose, or in a pack that is listed only now.
                damage = error
            }
            // An alternate's packs before loose files: a file that is not there costs more than a look into an index.
            if let object = readPackedElsewhere(id, scratch: scratch) { return (object, nil) }
            do throws(StorageError) {
                if let object = try loose.read(id, scratch: scratch, limits: options.limits) { return (object, nil) }
            } catch {
                damage = error
            }
            for alternate in alternates {
                if let object = try alternate.readIfPresent(id) { return (object, nil) }
            }
            return (nil, damage)
        }
    }

    /// An object that stands whole in a pack of an alternate.
    private func readPackedElsewhere(_ id: ObjectID, scratch: Scratch) -> GitObject? {
        for alternate in alternates {
            if let (pack, position) = (try? alternate.locate(id)) ?? nil {
                let reader = PackReader(scratch: scratch, cache: cache, limits: options.limits)
                if let object = try? reader.read(pack, at: pack.offset(at: position)) { return object }
            }
            if let object = alternate.readPackedElsewhere(id, scratch: scratch) { return object }
        }
        return nil
    }

    /// Looks for something here, and again as long as other packs appear: another process may have put what stood in one
    /// pack into another, and removed the first before it was opened.
    ///
    /// - Throws: what was wrong with the last place that had it, where no other has it whole.
    private func search<Found>(
        _ attempt: () throws(StorageError) -> (found: Found?, damage: StorageError?)
    ) throws(StorageError) -> Found? {
        for _ in 0..<Self.searchLimit {
            _ = try currentPacks()
            let generation = packGeneration
            let (found, damage) = try attempt()
            if let found { return found }
            if try hasNewPacks(since: generation) { continue }
            if let damage { throw damage }
            return nil
        }
        return nil
    }

    /// The pack that holds an object, and its position in the index; without listing the packs again.
    ///
    /// The pack is open: one that was removed after its index was read, or that is damaged, is passed over where another
    /// has the object too.
    func locate(_ id: ObjectID) throws(StorageError) -> (Pack, Int)? {
        let packs = try currentPacks()
        let last = catalog.withLock { $0.lastHit }
        var damage: StorageError?
        if last < packs.count, let position = packs[last].index.position(of: id) {
            do throws(StorageError) {
                _ = try packs[last].content()
                return (packs[last], position)
            } catch {
                damage = error
            }
        }
        for (number, pack) in packs.enumerated() where number != last {
            guard let position = pack.index.position(of: id) else { continue }
            do throws(StorageError) {
                _ = try pack.content()
                catalog.withLock { $0.lastHit = number }
                return (pack, position)
            } catch {
                damage = error
            }
        }
        if let damage { throw damage }
        return nil
    }

    /// An object's kind and size, reading as little as can be.
    public func header(_ id: ObjectID) throws(StorageError) -> (kind: ObjectKind, size: Int) {
        guard let header = try headerIfPresent(id) else { throw .missing(id) }
        return header
    }

    /// An object's kind and size, or nil where it is nowhere.
    public func headerIfPresent(_ id: ObjectID) throws(StorageError) -> (kind: ObjectKind, size: Int)? {
        if id == emptyTree { return (.tree, 0) }
        let found = try findHeader(id)
        guard found == nil, fetchPromised([id]) else { return found }
        return try findHeader(id)
    }

    private func findHeader(_ id: ObjectID) throws(StorageError) -> (kind: ObjectKind, size: Int)? {
        try scratch.with { scratch throws(StorageError) in
            try search { () throws(StorageError) -> ((kind: ObjectKind, size: Int)?, StorageError?) in
                var damage: StorageError?
                do throws(StorageError) {
                    if let (pack, position) = try locate(id) {
                        let reader = PackReader(scratch: scratch, cache: cache, limits: options.limits)
                        return (try reader.header(pack, at: pack.offset(at: position)), nil)
                    }
                } catch {
                    damage = error
                }
                if let header = try loose.header(id, scratch: scratch) { return (header, nil) }
                for alternate in alternates {
                    if let header = try alternate.headerIfPresent(id) { return (header, nil) }
                }
                return (nil, damage)
            }
        }
    }

    /// Whether an object is here. What cannot be looked at counts as absent.
    public func contains(_ id: ObjectID) -> Bool {
        for _ in 0..<Self.searchLimit {
            let generation = packGeneration
            if isAtHand(id) { return true }
            guard (try? hasNewPacks(since: generation)) ?? false else { return false }
        }
        return false
    }

    /// Whether an object is here, without listing the packs again: for asking about many new objects.
    func isAtHand(_ id: ObjectID) -> Bool {
        if id == emptyTree { return true }
        if ((try? locate(id)) ?? nil) != nil { return true }
        if (try? loose.contains(id)) ?? false { return true }
        return alternates.contains { $0.isAtHand(id) }
    }

    /// Hands an object's content over in pieces, so that large blobs need little memory. Deltas are made whole first.
    ///
    /// - Parameters:
    ///   - start: is told the kind and size before the first piece.
    ///   - sink: takes the pieces in order.
    /// - Throws: as ``read(_:)``, and what the closures throw.
    public func stream(
        _ id: ObjectID, start: (ObjectKind, Int) throws(StorageError) -> Void = { _, _ throws(StorageError) in },
        _ sink: (RawSpan) throws(StorageError) -> Void
    ) throws(StorageError) {
        let isDone = try scratch.with { scratch throws(StorageError) in
            // Where a pack was removed, the others are listed and looked into below.
            guard let (pack, position) = (try? locate(id)) ?? nil else {
                return try loose.stream(id, scratch: scratch, start: start, sink)
            }
            let reader = PackReader(scratch: scratch, cache: cache, limits: options.limits)
            return try reader.stream(pack, at: pack.offset(at: position), start: start, sink)
        }
        if isDone { return }
        let object = try read(id)
        try start(object.kind, object.content.count)
        try sink(object.content.span.bytes)
    }

    /// A commit.
    ///
    /// - Throws: ``StorageError/unexpectedKind(_:expected:actual:)`` for another kind of object.
    public func commit(_ id: ObjectID) throws(StorageError) -> Commit {
        let content = try read(id, as: .commit)
        do { return try Commit(parsing: content, algorithm: algorithm) } catch { throw .malformed(id, error) }
    }

    /// A tree. The empty one is always known.
    public func tree(_ id: ObjectID) throws(StorageError) -> Tree {
        let content = try read(id, as: .tree)
        do { return try Tree(parsing: content, algorithm: algorithm) } catch { throw .malformed(id, error) }
    }

    /// An annotated tag.
    public func tag(_ id: ObjectID) throws(StorageError) -> Tag {
        let content = try read(id, as: .tag)
        do { return try Tag(parsing: content, algorithm: algorithm) } catch { throw .malformed(id, error) }
    }

    /// The content of an object that must be of a kind.
    public func read(_ id: ObjectID, as kind: ObjectKind) throws(StorageError) -> [UInt8] {
        let object = try read(id)
        guard object.kind == kind else { throw .unexpectedKind(id, expected: kind, actual: object.kind) }
        return object.content
    }

    /// Follows tags, and a commit to its tree, until an object of the kind stands there.
    ///
    /// - Throws: ``StorageError/unexpectedKind(_:expected:actual:)`` where there is no way to that kind.
    public func peel(_ id: ObjectID, to kind: ObjectKind) throws(StorageError) -> ObjectID {
        var current = id
        while true {
            let actual = try header(current).kind
            if actual == kind { return current }
            switch actual {
            case .tag: current = try tag(current).target
            case .commit where kind == .tree: current = try links(current).tree
            default: throw .unexpectedKind(id, expected: kind, actual: actual)
            }
        }
    }

    /// Follows tags to the object that is no tag.
    public func peelTags(_ id: ObjectID) throws(StorageError) -> (id: ObjectID, kind: ObjectKind) {
        var current = id
        while true {
            let kind = try header(current).kind
            guard kind == .tag else { return (current, kind) }
            current = try tag(current).target
        }
    }
}

extension PackReader {
    /// Hands a whole entry's content over in pieces; false for a delta.
    func stream(
        _ pack: Pack, at offset: Int, start: (ObjectKind, Int) throws(StorageError) -> Void,
        _ sink: (RawSpan) throws(StorageError) -> Void
    ) throws(StorageError) -> Bool {
        let file = try pack.content()
        let entry = try pack.entry(at: offset, in: file)
        guard case .whole(let kind) = entry.form else { return false }
        let bytes = file.bytes
        let input = bytes.extracting(entry.dataOffset..<bytes.byteCount - pack.algorithm.byteCount)
        try start(kind, entry.size)
        try scratch.inflate(input, size: entry.size, sink) { error in
            StorageError.pack(pack.path, .zlib(error, offset: entry.offset))
        }
        return true
    }
}

extension Scratch {
    /// Inflates a stream of known size and hands it over in pieces; gives back how many input bytes it took.
    @discardableResult
    func inflate(
        _ input: RawSpan, size: Int, _ sink: (RawSpan) throws(StorageError) -> Void,
        failure: (ZlibError) -> StorageError
    ) throws(StorageError) -> Int {
        inflater.reset()
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        var consumed = 0
        var produced = 0
        while true {
            let step: Inflater.Step
            do throws(ZlibError) {
                step = try unsafe input.withUnsafeBytes { source throws(ZlibError) in
                    try piece.withMutableBytes { target throws(ZlibError) in
                        try inflater.step(input: UnsafeRawBufferPointer(rebasing: source[consumed...]), output: target)
                    }
                }
                consumed += step.consumed
                produced += step.produced
                guard produced <= size else { throw .tooLarge(limit: size) }
                if !step.isFinished && step.consumed == 0 && step.produced == 0 { throw .truncated(offset: consumed) }
                guard !step.isFinished || produced == size else { throw .corrupt(offset: consumed) }
            } catch {
                throw failure(error)
            }
            if step.produced > 0 { try sink(piece.span.bytes.extracting(0..<step.produced)) }
            if step.isFinished { return consumed }
        }
    }
}
