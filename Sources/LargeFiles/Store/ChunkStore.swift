internal import Bytes
internal import Synchronization
public import SystemPackage

/// Chunks and manifests under `.git/nacre/chunks`: immutable packs with an index each. One for each repository; thread-safe.
///
/// Nothing is opened before it is needed. A pack that another process adds is found when something is missed.
public final class ChunkStore: Sendable {
    private struct State {
        var packs: [ChunkPack] = []
        var names: Set<[UInt8]> = []
        var isLoaded = false
        /// What is wrong with indexes that could not be opened.
        var broken: [String] = []
        /// Decoded chunks that were needed lately, oldest first in `order`.
        var cache: [Hash256: [UInt8]] = [:]
        var order: [Hash256] = []
        var orderStart = 0
        var cached = 0
        /// Packs that were marked as in use.
        var marked: Set<[UInt8]> = []
    }

    /// Where the packs stand.
    public let directory: FilePath
    /// Where files that are checked out are written until they are whole.
    let restorePlace: RestorePlace
    private let state = Mutex(State())
    private static let cacheLimit = 48 << 20

    /// A store in a directory, which need not exist yet.
    public init(_ directory: FilePath) {
        self.directory = directory
        restorePlace = RestorePlace(directory)
    }

    /// Forgets which packs there are, so that the next question lists the directory again.
    public func refresh() throws(ChunkStoreError) { try load(isAgain: true) }

    private func load(isAgain: Bool = false) throws(ChunkStoreError) {
        guard isAgain || !state.withLock({ $0.isLoaded }) else { return }
        let directory = directory
        let entries = try onFiles { () throws(FileError) in try Files.list(directory) } ?? []
        let known = state.withLock { $0.names }
        var found: [(name: [UInt8], pack: ChunkPack)] = []
        var present: Set<[UInt8]> = []
        var broken: [String] = []
        for entry in entries where entry.name.starts(with: Array("pack-".utf8)) {
            guard entry.name.suffix(6).elementsEqual(".index".utf8) else { continue }
            present.insert(entry.name)
            if known.contains(entry.name) { continue }
            do throws(ChunkStoreError) {
                found.append((entry.name, try ChunkPack(index: directory.appending(bytes: entry.name))))
            } catch {
                // One damaged index must not hide the other packs: what it held is missing, and a check names it.
                guard case .damagedPack = error else { throw error }
                broken.append("\(error)")
            }
        }
        state.withLock { state in
            state.isLoaded = true
            state.broken = broken
            state.packs.removeAll { !present.contains($0.index.path.lastComponentBytes) }
            state.names.formIntersection(present)
            for (name, pack) in found where state.names.insert(name).inserted { state.packs.append(pack) }
        }
    }

    /// The packs, for walking all of them.
    func allPacks() throws(ChunkStoreError) -> [ChunkPack] {
        try load()
        return state.withLock { $0.packs }
    }

    /// What is wrong with indexes that cannot be opened.
    func brokenIndexes() throws(ChunkStoreError) -> [String] {
        try refresh()
        return state.withLock { $0.broken }
    }

    func adopt(_ index: FilePath) {
        guard let pack = try? ChunkPack(index: index) else { return }
        state.withLock { state in
            if state.names.insert(index.lastComponentBytes).inserted { state.packs.append(pack) }
        }
    }

    func locate(
        _ key: Hash256, _ kind: ChunkPackFormat.Kind, isRefreshing: Bool
    ) throws(ChunkStoreError) -> (pack: ChunkPack, entry: ChunkPackEntry)? {
        try load()
        // Newest last, and likeliest.
        for pack in state.withLock({ $0.packs }).reversed() {
            if let entry = pack.index.find(key, kind) { return (pack, entry) }
        }
        guard isRefreshing else { return nil }
        try load(isAgain: true)
        for pack in state.withLock({ $0.packs }).reversed() {
            if let entry = pack.index.find(key, kind) { return (pack, entry) }
        }
        return nil
    }

    /// Whether a chunk is stored, as far as the packs that are known say.
    public func contains(chunk key: Hash256) throws(ChunkStoreError) -> Bool {
        try locate(key, .chunk, isRefreshing: false) != nil
    }

    /// The entry of a record that somebody is going to rely on: maintenance is told not to remove it.
    func use(_ key: Hash256, _ kind: ChunkPackFormat.Kind) throws(ChunkStoreError) -> ChunkPackEntry? {
        guard let (pack, entry) = try locate(key, kind, isRefreshing: false) else { return nil }
        let isNew = state.withLock { $0.marked.insert(pack.index.path.lastComponentBytes).inserted }
        if isNew { pack.markInUse() }
        return entry
    }

    /// Whether content with this SHA-256 is stored.
    public func contains(content oid: Hash256) throws(ChunkStoreError) -> Bool {
        if oid == Pointer.emptyOID { return true }
        return try locate(oid, .manifest, isRefreshing: true) != nil
    }

    /// How deep in deltas a stored chunk stands, or nil where it is not stored.
    func depth(_ key: Hash256) throws(ChunkStoreError) -> Int? {
        try locate(key, .chunk, isRefreshing: false)?.entry.depth
    }

    /// The manifest of content with this SHA-256, or nil where it is not stored.
    public func manifest(_ oid: Hash256) throws(ChunkStoreError) -> Manifest? {
        if oid == Pointer.emptyOID {
            return Manifest(oid: oid, size: 0, fileHash: .zero, chunks: [], tensors: nil)
        }
        guard let (pack, entry) = try locate(oid, .manifest, isRefreshing: true) else { return nil }
        guard entry.rawLength <= ChunkPackFormat.maximumManifestLength else { throw .damagedManifest(oid, offset: 0) }
        let bytes = try pack.withPayload(entry) { (payload) throws(ChunkStoreError) in
            guard let bytes = try ChunkCoder.decodePlain(payload, size: entry.rawLength) else {
                throw .damagedManifest(oid, offset: 0)
            }
            return bytes
        }
        return try Manifest(parsing: bytes, expecting: oid)
    }

    /// A chunk's bytes, as it was stored; whoever needs certainty compares its hash, or that of the whole file.
    public func chunk(_ key: Hash256) throws(ChunkStoreError) -> [UInt8] {
        try decode(key, with: try ChunkCoder(), remaining: ChunkPackFormat.maximumDepth)
    }

    func chunk(_ key: Hash256, with coder: ChunkCoder) throws(ChunkStoreError) -> [UInt8] {
        try decode(key, with: coder, remaining: ChunkPackFormat.maximumDepth)
    }

    private func decode(
        _ key: Hash256, with coder: ChunkCoder, remaining: Int
    ) throws(ChunkStoreError) -> [UInt8] {
        if let cached = state.withLock({ $0.cache[key] }) { return cached }
        guard remaining >= 0 else { throw .damagedChunk(key) }
        guard let (pack, entry) = try locate(key, .chunk, isRefreshing: true) else { throw .missingChunk(key) }
        let bytes = try decode(key, in: pack, entry, with: coder, remaining: remaining)
        // Bases are asked for again by their neighbours; what is read once by a checkout is not worth keeping.
        if remaining < ChunkPackFormat.maximumDepth { keep(key, bytes) }
        return bytes
    }

    private func decode(
        _ key: Hash256, in pack: ChunkPack, _ entry: ChunkPackEntry, with coder: ChunkCoder, remaining: Int
    ) throws(ChunkStoreError) -> [UInt8] {
        guard entry.rawLength > 0, entry.rawLength <= Xet.maximumChunkSize else { throw .damagedChunk(key) }
        return try pack.withPayload(entry) { (payload) throws(ChunkStoreError) in
            let decoded = try coder.decode(payload, size: entry.rawLength) { (base) throws(ChunkStoreError) in
                try decode(base, with: coder, remaining: remaining - 1)
            }
            guard let decoded else { throw .damagedChunk(key) }
            return decoded
        }
    }

    /// A chunk as one pack holds it, whichever others do.
    func chunk(
        _ key: Hash256, in pack: ChunkPack, _ entry: ChunkPackEntry, with coder: ChunkCoder
    ) throws(ChunkStoreError) -> [UInt8] {
        try decode(key, in: pack, entry, with: coder, remaining: ChunkPackFormat.maximumDepth)
    }

    private func keep(_ key: Hash256, _ bytes: [UInt8]) {
        state.withLock { state in
            guard state.cache[key] == nil else { return }
            state.cache[key] = bytes
            state.order.append(key)
            state.cached += bytes.count
            while state.cached > Self.cacheLimit, state.orderStart < state.order.count {
                if let old = state.cache.removeValue(forKey: state.order[state.orderStart]) {
                    state.cached -= old.count
                }
                state.orderStart += 1
            }
            if state.orderStart > 4096 {
                state.order.removeFirst(state.orderStart)
                state.orderStart = 0
            }
        }
    }

    /// Keeps a decoded chunk that will be needed as a base.
    func base(_ key: Hash256, with coder: ChunkCoder) throws(ChunkStoreError) -> [UInt8] {
        try decode(key, with: coder, remaining: ChunkPackFormat.maximumDepth - 1)
    }

    /// Begins a batch of new records.
    func beginWriting(probe: ChunkWriter.Probe? = nil) -> ChunkWriter {
        ChunkWriter(directory, probe: probe) { [weak self] index in self?.adopt(index) }
    }
}

extension FilePath {
    /// The last component's bytes.
    var lastComponentBytes: [UInt8] {
        let all = bytes
        guard let slash = all.lastIndex(of: UInt8(ascii: "/")) else { return all }
        return Array(all[(slash + 1)...])
    }
}
