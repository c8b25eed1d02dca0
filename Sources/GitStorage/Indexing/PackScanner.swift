internal import Bytes
internal import GitObjects

/// The first pass over a pack: takes its bytes as they come and finds the entries. Whole objects are hashed on the way;
/// deltas are only measured, as their bases may still come.
///
/// It does no input or output and keeps nothing of an object that it does not check, so that memory grows with the number of
/// objects alone. What a header claims is believed only when the bytes have come.
struct PackScanner: ~Copyable {
    private enum State {
        case header, entry, data, trailer, done
    }

    private(set) var pack = ScannedPack()
    /// How many entries the header announces.
    private(set) var announced = 0
    /// How many bytes of the pack were consumed.
    private(set) var position = 0
    /// The checksum at the pack's end.
    private(set) var checksum: ObjectID?

    private let algorithm: HashAlgorithm
    private let limits: Limits
    private let checker: ObjectChecker?
    private var state = State.header
    private var packDigest: Digest
    private var objectDigest: ScreenedDigest
    private var attack: ObjectID?
    private var inflater: Inflater
    private let piece: UnsafeMutableRawBufferPointer
    /// The content of a whole object that will be checked.
    private var content: [UInt8] = []
    private var produced = 0
    /// Whether the entry at hand is being inflated by pieces.
    private var isInPieces = false
    private var crc: UInt32 = 0

    init(algorithm: HashAlgorithm, limits: Limits, checker: ObjectChecker?) throws(StorageError) {
        self.algorithm = algorithm
        self.limits = limits
        self.checker = checker
        packDigest = Digest(algorithm)
        objectDigest = ScreenedDigest(algorithm)
        do { inflater = try Inflater() } catch { throw .zlib(error) }
        piece = .allocate(byteCount: 1 << 16, alignment: 16)
    }

    deinit { piece.deallocate() }

    /// Whether the checksum has come.
    var isComplete: Bool { state == .done }

    /// Scans as much of `bytes` as makes sense alone and says how much that was; the caller gives the rest again with what
    /// comes after it.
    mutating func scan(_ bytes: RawSpan) throws(StorageError) -> Int {
        var offset = 0
        while offset < bytes.byteCount {
            let rest = bytes.extracting(offset..<bytes.byteCount)
            let used: Int
            do throws(PackError) {
                switch state {
                case .header: used = try scanHeader(rest)
                case .entry: used = try scanEntry(rest)
                case .data: used = try scanData(rest)
                case .trailer: used = try scanTrailer(rest)
                case .done: throw .garbage(offset: position)
                }
            } catch {
                throw .receivedPack(error)
            }
            if let attack { throw .collisionAttack(attack) }
            // Nothing used: more bytes are needed, unless the state moved on (an entry of no data).
            if used == 0 { break }
            offset += used
            if state == .entry || state == .trailer { try completeIfChecked() }
        }
        return offset
    }

    private mutating func consume(_ bytes: RawSpan, _ count: Int) {
        let used = bytes.extracting(0..<count)
        packDigest.update(used)
        crc = CRC32.update(crc, used)
        position += count
    }

    private mutating func scanHeader(_ bytes: RawSpan) throws(PackError) -> Int {
        guard bytes.byteCount >= 12 else { return 0 }
        guard bytes.uint32(at: 0) == 0x5041_434b, (2...3).contains(bytes.uint32(at: 4)) else { throw .badHeader }
        announced = Int(bytes.uint32(at: 8))
        guard announced < Int(Int32.max) else { throw .badObjectCount(announced) }
        consume(bytes, 12)
        state = announced == 0 ? .trailer : .entry
        return 12
    }

    private mutating func scanEntry(_ bytes: RawSpan) throws(PackError) -> Int {
        let entry: PackEntry
        do throws(PackError) {
            entry = try PackEntry.parse(bytes, at: 0, origin: position, algorithm: algorithm)
        } catch {
            // 64 bytes hold any header: only then it is the header's fault.
            if case .truncated = error, bytes.byteCount < 64 { return 0 }
            throw error
        }
        let headerSize = entry.dataOffset - entry.offset
        var scanned = ScannedEntry(
            id: .zero(algorithm), offset: position, size: entry.size, crc: 0, base: -1, depth: 0,
            headerSize: UInt8(headerSize), kind: nil, isDelta: true)
        switch entry.form {
        case .whole(let kind):
            scanned.kind = kind
            scanned.isDelta = false
            kind.withHeader(size: entry.size) { objectDigest.update(buffer: $0) }
        case .offsetDelta(let base):
            guard let index = pack.entry(at: base) else { throw .badBaseOffset(base, offset: position) }
            scanned.base = Int32(index)
            pack.deltaCount += 1
        case .referenceDelta(let base):
            pack.references.append(ReferenceDelta(entry: Int32(pack.entries.count), base: base))
            pack.deltaCount += 1
        }
        pack.entries.append(scanned)
        content.removeAll(keepingCapacity: true)
        produced = 0
        isInPieces = false
        crc = 0
        consume(bytes, headerSize)
        state = .data
        return headerSize
    }

    /// Whether the content of the entry at hand is kept for the checker.
    private func keepsContent(_ entry: ScannedEntry) -> Bool {
        checker != nil && !entry.isDelta && (entry.kind != .blob || checker?.wantsBlobs == true)
    }

    private mutating func scanData(_ bytes: RawSpan) throws(PackError) -> Int {
        let entry = pack.entries[pack.entries.count - 1]
        let used: Int
        if let whole = inflateWhole(bytes, entry) {
            used = whole
        } else {
            let (taken, isFinished) = try scanPieces(bytes, entry)
            guard isFinished else {
                consume(bytes, taken)
                return taken
            }
            used = taken
        }
        consume(bytes, used)
        finishEntry(entry)
        return used
    }

    private mutating func finishEntry(_ entry: ScannedEntry) {
        let last = pack.entries.count - 1
        pack.entries[last].crc = crc
        if !entry.isDelta {
            let (id, isAttack) = ObjectID.screened(&objectDigest, algorithm)
            pack.entries[last].id = id
            if isAttack { attack = id }
        }
        state = pack.entries.count == announced ? .trailer : .entry
    }

    /// An entry that is small and has come whole: the usual case, in one step.
    private mutating func inflateWhole(_ bytes: RawSpan, _ entry: ScannedEntry) -> Int? {
        guard !isInPieces, entry.size > 0, entry.size <= piece.count else { return nil }
        let target = UnsafeMutableRawBufferPointer(rebasing: piece[..<entry.size])
        guard let used = unsafe bytes.withUnsafeBytes({ inflater.inflateWhole($0, into: target) }) else { return nil }
        take(UnsafeRawBufferPointer(target), of: entry)
        return used
    }

    private mutating func take(_ made: UnsafeRawBufferPointer, of entry: ScannedEntry) {
        guard !entry.isDelta else { return }
        objectDigest.update(buffer: made)
        if keepsContent(entry) { content.append(contentsOf: made) }
    }

    private mutating func scanPieces(
        _ bytes: RawSpan, _ entry: ScannedEntry
    ) throws(PackError) -> (used: Int, isFinished: Bool) {
        if !isInPieces {
            inflater.reset()
            isInPieces = true
        }
        var used = 0
        while true {
            let step: Inflater.Step
            do throws(ZlibError) {
                step = try inflate(bytes, from: used)
            } catch {
                throw .zlib(error, offset: entry.offset)
            }
            used += step.consumed
            produced += step.produced
            guard produced <= entry.size else { throw .zlib(.tooLarge(limit: entry.size), offset: entry.offset) }
            take(UnsafeRawBufferPointer(rebasing: piece[..<step.produced]), of: entry)
            if step.isFinished { break }
            if step.consumed == 0 && step.produced == 0 { return (used, false) }
        }
        guard produced == entry.size else { throw .zlib(.corrupt(offset: used), offset: entry.offset) }
        return (used, true)
    }

    private mutating func inflate(_ bytes: RawSpan, from offset: Int) throws(ZlibError) -> Inflater.Step {
        try unsafe bytes.withUnsafeBytes { source throws(ZlibError) in
            try inflater.step(input: UnsafeRawBufferPointer(rebasing: source[offset...]), output: piece)
        }
    }

    private mutating func completeIfChecked() throws(StorageError) {
        guard let checker, let entry = pack.entries.last, keepsContent(entry), let kind = entry.kind else { return }
        try checker.require(entry.id, kind, content.span.bytes)
        content.removeAll(keepingCapacity: true)
    }

    private mutating func scanTrailer(_ bytes: RawSpan) throws(PackError) -> Int {
        guard let stored = ObjectID(bytes, at: 0, algorithm: algorithm) else { return 0 }
        var digest = Digest(algorithm)
        swap(&digest, &packDigest)
        guard ObjectID(finishing: digest, algorithm: algorithm) == stored else { throw .badChecksum }
        checksum = stored
        state = .done
        return algorithm.byteCount
    }

    /// What a pack that ends here is: complete, or cut.
    func checkComplete() throws(StorageError) {
        guard state == .done else { throw .receivedPack(.truncated(offset: position)) }
    }

    /// Takes the entries out.
    mutating func takePack() -> ScannedPack {
        defer { pack = ScannedPack() }
        return pack
    }
}
