internal import Bytes
internal import DataFormats
internal import SystemPackage

/// Finds a file's chunks and tensors without storing anything.
enum FileSurvey {
    /// What the file consists of now. Reading and cutting stay on one worker, hashing goes to all.
    static func manifest(_ file: InputFile) throws(ChunkStoreError) -> Manifest {
        let size = Int(try onFiles { () throws(FileError) in try file.status() }.size)
        let length = min(size, FileIngest.maximumWindow)
        let digest = FileDigest()
        var current = IngestWindow(size: length)
        try onFiles { () throws(FileError) in try current.fill(from: file, size: size, after: nil, digest: digest) }
        var chunks: [Manifest.Chunk] = []
        chunks.reserveCapacity(size / 60_000 + 1)
        var spare: IngestWindow?
        while true {
            let window = current
            Workers.forEach(window.chunks.count, workers: Workers.processorCount) { (_, index) throws(Never) in
                window.hashes[index] = Xet.chunkHash(window.bytes(index))
            }
            for (index, place) in window.chunks.enumerated() {
                chunks.append(.init(hash: window.hashes[index], length: place.count))
            }
            if window.isLast { break }
            let next = spare ?? IngestWindow(size: length)
            try onFiles { () throws(FileError) in
                try next.fill(from: file, size: size, after: window, digest: digest)
            }
            (current, spare) = (next, window)
        }
        return Manifest(
            oid: digest.finish(), size: chunks.reduce(0) { $0 + $1.length }, fileHash: Xet.fileHash(chunks),
            chunks: chunks, tensors: TensorMap.read(file.source(size: size)))
    }
}
