internal import Bytes

/// Reads the chunks of one side: from the store, or from a file that is not stored.
struct ChunkLookup {
    let store: ChunkStore
    let coder: ChunkCoder
    var file: InputFile?
    var places: [Hash256: Range<Int>] = [:]

    func bytes(_ hash: Hash256) throws(ChunkStoreError) -> [UInt8] {
        guard let file else { return try store.base(hash, with: coder) }
        guard let place = places[hash] else { throw .missingChunk(hash) }
        do throws(FileError) {
            return try file.read(place)
        } catch {
            throw .file(error)
        }
    }
}
