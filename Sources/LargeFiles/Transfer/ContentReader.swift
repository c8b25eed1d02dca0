internal import Bytes

/// Reads stored content piece by piece, for whoever asks for the next when the last has been sent.
public struct ContentReader: ~Copyable {
    /// The content's length.
    public let size: Int
    private let store: ChunkStore
    private let version: EarlierVersion
    private let coder: ChunkCoder
    private var position: Int
    private let end: Int

    /// Begins at the start of a range, or of all of the content.
    ///
    /// - Throws: ``ChunkStoreError/missingContent(_:)`` where the store has no such content.
    public init(_ store: ChunkStore, _ oid: Hash256, range: Range<Int>? = nil) throws(ChunkStoreError) {
        guard let manifest = try store.manifest(oid) else { throw .missingContent(oid) }
        let coder = try ChunkCoder()
        self.store = store
        self.coder = coder
        size = manifest.size
        version = EarlierVersion(manifest)
        let whole = range ?? 0..<manifest.size
        position = min(max(0, whole.lowerBound), manifest.size)
        end = min(max(position, whole.upperBound), manifest.size)
    }

    /// The next bytes, at most one chunk's, verified against its hash; nil at the end.
    public mutating func next() throws(ChunkStoreError) -> [UInt8]? {
        guard position < end, let piece = version.pieces(position..<min(end, position + 1)).first else { return nil }
        let bytes = try store.chunk(piece.hash, with: coder)
        guard Xet.chunkHash(bytes) == piece.hash, piece.offset < bytes.count else { throw .damagedChunk(piece.hash) }
        let count = min(bytes.count - piece.offset, end - position)
        position += count
        if piece.offset == 0 && count == bytes.count { return bytes }
        return Array(bytes[piece.offset..<piece.offset + count])
    }
}

extension LargeFileStore {
    /// What became of a manifest that came from elsewhere.
    public enum ManifestReceipt: Sendable {
        /// It is stored: the content is here.
        case stored
        /// These chunks have to come first.
        case missing([Hash256])
        /// It does not fit its chunks, or they are not the content that it names.
        case invalid
    }

    /// Stores a manifest that came from elsewhere, once its chunks are here and give the content that it names.
    public func receive(manifest bytes: [UInt8], oid: Hash256) throws(ChunkStoreError) -> ManifestReceipt {
        let writer = chunks.beginWriting()
        let receipt = try receive(manifest: bytes, oid: oid, writer)
        try writer.finish()
        return receipt
    }

    func receive(
        manifest bytes: [UInt8], oid: Hash256, _ writer: ChunkWriter
    ) throws(ChunkStoreError) -> ManifestReceipt {
        if try chunks.contains(content: oid) { return .stored }
        let manifest: Manifest
        do throws(ChunkStoreError) {
            manifest = try Manifest(parsing: bytes, expecting: oid)
        } catch {
            return .invalid
        }
        let missing = try chunks.missing(manifest.chunks.map(\.hash))
        guard missing.isEmpty else { return .missing(missing) }
        let coders = try UncheckedCoders.make(1)
        let restore = FileRestore(manifest: manifest, store: chunks, coders: coders, existing: nil)
        do throws(ChunkStoreError) {
            guard try restore.fill(nil, nil, { _ throws(FileError) in }) == oid else { return .invalid }
        } catch {
            if case .damagedChunk = error { return .invalid }
            throw error
        }
        try writer.add(manifest: manifest)
        return .stored
    }
}
