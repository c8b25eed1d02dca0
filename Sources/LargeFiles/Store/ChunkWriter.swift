internal import Bytes
internal import Synchronization
internal import SystemPackage

/// One batch of records on their way into the store. Safe from several threads.
///
/// Records collect in a temporary pack; at 64 MiB it is closed and the next begun. A closed pack reaches the disk, then gets its
/// name, then its index gets its own: only then do readers see it, so that a killed process leaves nothing but `tmp_…` files or
/// a pack without an index. A manifest is given after its chunks and so never stands in an earlier pack than they.
final class ChunkWriter: Sendable {
    /// Called before each step that touches the disk, with its name; a test copies the store there, or throws.
    typealias Probe = @Sendable (_ step: String) throws(ChunkStoreError) -> Void

    private struct OpenPack: ~Copyable {
        var file: TemporaryFile
        var buffer: [UInt8]
        var length: Int
        var entries: [ChunkPackEntry]
    }

    private struct State: ~Copyable {
        var pack: OpenPack?
        var keys: [Hash256: Int] = [:]
        var manifests: Set<Hash256> = []
        var stored = 0
    }

    private let directory: FilePath
    private let probe: Probe?
    private let onClose: @Sendable (FilePath) -> Void
    private let state = Mutex(State())

    private static let flushLength = 4 << 20

    init(_ directory: FilePath, probe: Probe?, onClose: @escaping @Sendable (FilePath) -> Void) {
        self.directory = directory
        self.probe = probe
        self.onClose = onClose
    }

    /// How many bytes were written, records with their frames.
    var storedLength: Int { state.withLock { $0.stored } }

    /// The depth of a chunk that this batch holds, or nil.
    func depth(_ key: Hash256) -> Int? { state.withLock { $0.keys[key] } }

    /// Adds a chunk; does nothing where the batch has it.
    func add(chunk key: Hash256, _ encoded: EncodedChunk) throws(ChunkStoreError) {
        try locked { (state) throws(ChunkStoreError) in
            guard state.keys[key] == nil else { return }
            state.keys[key] = encoded.depth
            try append(
                &state, .chunk, key, encoded.payload, depth: encoded.depth, rawLength: encoded.rawLength)
        }
    }

    /// Adds a manifest, whose chunks the batch or the store has; does nothing where the batch has it.
    func add(manifest: Manifest) throws(ChunkStoreError) {
        let bytes = manifest.encoded
        let payload = try ChunkCoder.plainPayload(bytes)
        try locked { (state) throws(ChunkStoreError) in
            guard state.manifests.insert(manifest.oid).inserted else { return }
            try append(&state, .manifest, manifest.oid, payload, depth: 0, rawLength: bytes.count)
        }
    }

    /// Copies a record of another pack as it is.
    func copy(_ entry: ChunkPackEntry, from pack: ChunkPack) throws(ChunkStoreError) {
        let payload = try pack.withPayload(entry, isChecking: true) { (payload) throws(ChunkStoreError) in
            [UInt8](payload)
        }
        try locked { (state) throws(ChunkStoreError) in
            if entry.kind == .chunk {
                guard state.keys[entry.key] == nil else { return }
                state.keys[entry.key] = entry.depth
            } else {
                guard state.manifests.insert(entry.key).inserted else { return }
            }
            try append(&state, entry.kind, entry.key, payload, depth: entry.depth, rawLength: entry.rawLength)
        }
    }

    /// Adds a record that was found without its index.
    func add(
        _ kind: ChunkPackFormat.Kind, _ key: Hash256, _ payload: [UInt8], depth: Int, rawLength: Int
    ) throws(ChunkStoreError) {
        try locked { (state) throws(ChunkStoreError) in
            if kind == .chunk {
                guard state.keys[key] == nil else { return }
                state.keys[key] = depth
            } else {
                guard state.manifests.insert(key).inserted else { return }
            }
            try append(&state, kind, key, payload, depth: depth, rawLength: rawLength)
        }
    }

    // Mutex does not pass typed errors on.
    private func locked(_ body: (inout State) throws(ChunkStoreError) -> Void) throws(ChunkStoreError) {
        let failure = state.withLock { state -> ChunkStoreError? in
            do throws(ChunkStoreError) {
                try body(&state)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private func append(
        _ state: inout State, _ kind: ChunkPackFormat.Kind, _ key: Hash256, _ payload: [UInt8], depth: Int,
        rawLength: Int
    ) throws(ChunkStoreError) {
        if let open = state.pack?.length, open > ChunkPackFormat.packTarget - payload.count { try close(&state) }
        if state.pack == nil { state.pack = try open() }
        guard var pack = state.pack.take() else { return }
        let start = pack.buffer.count
        ChunkPackFormat.record(kind, key, rawLength: rawLength, payload, into: &pack.buffer)
        let length = pack.buffer.count - start
        pack.entries.append(
            ChunkPackEntry(
                key: key, kind: kind, depth: depth, rawLength: rawLength, offset: pack.length, storedLength: length))
        pack.length += length
        state.stored += length
        if pack.buffer.count >= Self.flushLength { try flush(&pack) }
        state.pack = consume pack
    }

    private func open() throws(ChunkStoreError) -> OpenPack {
        try probe?("create")
        return try onFiles { () throws(FileError) in
            try Files.makeDirectory(directory)
            let file = try TemporaryFile(in: directory, prefix: "chunks", permissions: 0o444)
            let header = ChunkPackFormat.packHeader
            return OpenPack(file: file, buffer: header, length: header.count, entries: [])
        }
    }

    private func flush(_ pack: inout OpenPack) throws(ChunkStoreError) {
        try probe?("write")
        do throws(FileError) {
            try pack.file.output.write(pack.buffer)
        } catch {
            throw .file(error)
        }
        pack.buffer.removeAll(keepingCapacity: true)
    }

    private func close(_ state: inout State) throws(ChunkStoreError) {
        guard var pack = state.pack.take() else { return }
        try flush(&pack)
        let (bytes, name) = ChunkPackIndex.encode(pack.entries)
        let index = directory.appending("pack-\(name.hex).index")
        try probe?("synchronize")
        do throws(FileError) {
            try pack.file.finish(as: ChunkPack.dataPath(index))
        } catch {
            throw .file(error)
        }
        try probe?("write index")
        do throws(FileError) {
            var file = try TemporaryFile(in: directory, prefix: "index", permissions: 0o444)
            try file.output.write(bytes)
            try file.finish(as: index)
            try Files.synchronizeDirectory(directory)
        } catch {
            throw .file(error)
        }
        onClose(index)
    }

    /// Closes what is open: when this returns, everything that was added stands on the disk and is seen.
    func finish() throws(ChunkStoreError) {
        try locked { (state) throws(ChunkStoreError) in try close(&state) }
        try probe?("finished")
    }
}
