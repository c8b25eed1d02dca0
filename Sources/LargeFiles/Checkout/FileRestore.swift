internal import Bytes
internal import SystemPackage

/// Writes one file from its chunks: decoding in all workers, writing and SHA-256 in one of them at the same time.
struct FileRestore {
    let manifest: Manifest
    let store: ChunkStore
    let coders: UncheckedCoders
    /// A file that is known to hold other content, whose shared ranges are read instead of decoded.
    let existing: (path: FilePath, manifest: Manifest)?
    /// Told how many bytes more are written.
    var progress: (@Sendable (Int) -> Void)?

    private static let windowPerWorker = 4 << 20
    private static let maximumWindow = 32 << 20

    /// Writes a temporary file, verifies it and renames it to `destination`.
    ///
    /// - Throws: ``ChunkStoreError/missingChunk(_:)``, ``ChunkStoreError/damagedChunk(_:)``, or
    ///   ``ChunkStoreError/damagedManifest(_:offset:)`` where all chunks are sound and the whole is not; `destination` is as it
    ///   was then.
    func write(to destination: FilePath, permissions: UInt32) throws(ChunkStoreError) {
        if let existing, let file = try? InputFile(existing.path) {
            let version = EarlierVersion(existing.manifest)
            // What is read from the work tree may have changed unnoticed: then everything is decoded.
            if try attempt(destination, permissions, reusing: (file, version)) { return }
        }
        if try attempt(destination, permissions, reusing: nil) { return }
        for chunk in manifest.chunks {
            let bytes = try store.chunk(chunk.hash, with: coders.all[0])
            if bytes.count != chunk.length || Xet.chunkHash(bytes) != chunk.hash { throw .damagedChunk(chunk.hash) }
        }
        throw .damagedManifest(manifest.oid, offset: 1)
    }

    private func attempt(
        _ destination: FilePath, _ permissions: UInt32, reusing: (InputFile, EarlierVersion)?
    ) throws(ChunkStoreError) -> Bool {
        let place = store.restorePlace
        var file = try onFiles { () throws(FileError) in
            try RestoreFile(for: destination, in: place, permissions: permissions)
        }
        let descriptor = file.descriptor
        let target = try onFiles { () throws(FileError) in
            try RestoreTarget(destination, descriptor, manifest, reusing: reusing)
        }
        let progress = progress
        var offset = 0
        let oid = try fill(reusing, target) { (bytes) throws(FileError) in
            try target.write(bytes, at: offset)
            offset += bytes.count
            progress?(bytes.count)
        }
        guard oid == manifest.oid else { return false }
        do throws(FileError) {
            if try file.finish(as: destination) { return true }
        } catch {
            throw .file(error)
        }
        return try attempt(destination, permissions, reusing: reusing)
    }

    /// Hands the content to `sink` in order; returns its SHA-256. What `target` has already is read back from there.
    func fill(
        _ reusing: (InputFile, EarlierVersion)? = nil, _ target: RestoreTarget? = nil,
        _ sink: (UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws(ChunkStoreError) -> Hash256 {
        let digest = FileDigest()
        let length = min(manifest.size, min(Self.maximumWindow, Self.windowPerWorker * coders.all.count))
        var current = RestoreWindow(size: length + Xet.maximumChunkSize)
        var previous = RestoreWindow(size: manifest.size > length ? length + Xet.maximumChunkSize : 0)
        var next = 0
        var offset = 0
        while true {
            next = current.take(manifest.chunks, from: next, offset: offset, limit: length)
            offset += current.count
            let (window, written) = (current, previous)
            try withoutActuallyEscaping(sink) { (sink) throws(ChunkStoreError) in
                let sink = UncheckedSink(sink)
                let store = store
                let coders = coders
                let reusing = reusing
                try Workers.forEach(window.chunks.count + 1, workers: coders.all.count) {
                    (worker, item) throws(ChunkStoreError) in
                    guard item > 0 else {
                        let bytes = UnsafeRawBufferPointer(rebasing: written.buffer[..<written.count])
                        digest.update(bytes)
                        try onFiles { () throws(FileError) in try sink.run(bytes) }
                        return
                    }
                    try window.read(item - 1, store, coders.all[worker], reusing, target)
                }
            }
            if window.count == 0 { return digest.finish() }
            previous = window
            current = written.buffer.count >= length ? written : RestoreWindow(size: length + Xet.maximumChunkSize)
        }
    }
}

/// Some chunks of a file, decoded side by side.
///
/// Unchecked: each chunk's bytes are written by the one worker that has it, and read when all are done.
final class RestoreWindow: @unchecked Sendable {
    let buffer: UnsafeMutableRawBufferPointer
    private(set) var chunks: [(chunk: Manifest.Chunk, place: Int, fileOffset: Int)] = []
    private(set) var count = 0

    init(size: Int) { buffer = .allocate(byteCount: max(size, 1), alignment: 64) }

    deinit { buffer.deallocate() }

    /// Takes chunks from `start` on up to about `limit` bytes; returns the first that it did not take.
    func take(_ all: [Manifest.Chunk], from start: Int, offset: Int, limit: Int) -> Int {
        chunks.removeAll(keepingCapacity: true)
        count = 0
        var index = start
        while index < all.count, count < limit, all[index].length <= buffer.count - count {
            chunks.append((all[index], count, offset + count))
            count += all[index].length
            index += 1
        }
        return index
    }

    func read(
        _ index: Int, _ store: ChunkStore, _ coder: ChunkCoder,
        _ reusing: (file: InputFile, version: EarlierVersion)?, _ target: RestoreTarget?
    ) throws(ChunkStoreError) {
        let (chunk, place, offset) = chunks[index]
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[place..<place + chunk.length])
        if let target, target.has(offset..<offset + chunk.length) {
            // It must be what stands there that is verified. Where it cannot be read, the digest will not fit.
            if target.read(into: room, at: offset) < chunk.length {
                room.initializeMemory(as: UInt8.self, repeating: 0)
            }
            return
        }
        if let reusing, let old = reusing.version.place(of: chunk.hash, near: offset),
            let got = try? reusing.file.read(into: room, at: old), got == chunk.length
        {
            return
        }
        let bytes = try store.chunk(chunk.hash, with: coder)
        guard bytes.count == chunk.length else { throw .damagedChunk(chunk.hash) }
        room.copyBytes(from: bytes)
    }
}

/// Takes bytes in order.
///
/// Unchecked: exactly one worker calls it, while the one that handed it over waits.
private struct UncheckedSink: @unchecked Sendable {
    let run: (UnsafeRawBufferPointer) throws(FileError) -> Void
    init(_ run: @escaping (UnsafeRawBufferPointer) throws(FileError) -> Void) { self.run = run }
}
