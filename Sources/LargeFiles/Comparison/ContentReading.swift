/// One version whose chunks are read.
struct ContentReading {
    let manifest: Manifest
    let chunks: ChunkLookup

    /// The first bytes.
    func head(_ length: Int) throws(ChunkStoreError) -> [UInt8] {
        var bytes: [UInt8] = []
        for chunk in manifest.chunks {
            guard bytes.count < length else { break }
            bytes += try chunks.bytes(chunk.hash)
        }
        return Array(bytes.prefix(length))
    }

    /// The bytes of a chunk by its number.
    func bytes(_ index: Int) throws(ChunkStoreError) -> [UInt8] { try chunks.bytes(manifest.chunks[index].hash) }

    /// The length of a run of chunks.
    func length(_ range: Range<Int>) -> Int { manifest.chunks[range].reduce(0) { $0 + $1.length } }
}
