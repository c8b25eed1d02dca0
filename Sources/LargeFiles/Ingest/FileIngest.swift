internal import Bytes
internal import DataFormats
internal import SystemPackage

/// Takes one file into the store in one pass: reading, SHA-256 and the search for chunk ends in one worker, hashing and coding
/// chunks in all.
struct FileIngest {
    let path: FilePath
    let store: ChunkStore
    let writer: ChunkWriter
    /// One for each worker.
    let coders: [ChunkCoder]
    /// What the path held before.
    let earlier: Manifest?
    /// Told how many bytes more are done.
    let progress: (@Sendable (Int) -> Void)?
    /// Records that are damaged: they are stored anew.
    var distrusted: Set<Hash256> = []

    /// A window for each worker; all files that fit one window are read at once.
    static let windowPerWorker = 8 << 20
    static let maximumWindow = 32 << 20
    private static let attempts = 3

    /// Reads the file and adds its chunks and manifest to the batch.
    ///
    /// - Throws: ``ChunkStoreError/changing(_:)`` where the file changed during each of three attempts.
    func run() throws(ChunkStoreError) -> Manifest {
        for _ in 0..<Self.attempts {
            let path = path
            let file = try onFiles { () throws(FileError) in try InputFile(path) }
            let before = try onFiles { () throws(FileError) in try file.status() }
            let manifest = try pass(file, size: Int(before.size))
            let after = try onFiles { () throws(FileError) in try file.status() }
            if FileIngest.isSame(before, after), manifest.size == Int(before.size) {
                let isKnown = distrusted.contains(manifest.oid) ? false : try store.use(manifest.oid, .manifest) != nil
                if !isKnown && manifest.size > 0 { try writer.add(manifest: manifest) }
                return manifest
            }
        }
        throw .changing(path)
    }

    static func isSame(_ before: FileStatus, _ after: FileStatus) -> Bool {
        before.size == after.size && before.modified == after.modified && before.changed == after.changed
            && before.inode == after.inode
    }

    /// SHA-256 and size alone.
    static func pointer(_ path: FilePath) throws(ChunkStoreError) -> Pointer {
        for _ in 0..<attempts {
            let file = try onFiles { () throws(FileError) in try InputFile(path) }
            let before = try onFiles { () throws(FileError) in try file.status() }
            let digest = FileDigest()
            let scratch = ScratchBuffer(1 << 20)
            var offset = 0
            while true {
                let position = offset
                let count = try onFiles { () throws(FileError) in try file.read(into: scratch.buffer, at: position) }
                if count == 0 { break }
                digest.update(UnsafeRawBufferPointer(rebasing: scratch.buffer[..<count]))
                offset += count
            }
            let after = try onFiles { () throws(FileError) in try file.status() }
            if isSame(before, after), offset == Int(before.size) { return Pointer(oid: digest.finish(), size: offset) }
        }
        throw .changing(path)
    }

    private func pass(_ file: InputFile, size: Int) throws(ChunkStoreError) -> Manifest {
        let tensors = TensorMap.read(file.source(size: size))
        let version = earlier.map { EarlierVersion($0) }
        var finder = version.map { version in
            BaseFinder(version) { [store, writer] hash in
                writer.depth(hash) ?? ((try? store.use(hash, .chunk)) ?? nil)?.depth
            }
        }
        let digest = FileDigest()
        let length = min(size, min(Self.maximumWindow, Self.windowPerWorker * coders.count))
        var current = IngestWindow(size: length)
        var next: IngestWindow?
        try onFiles { () throws(FileError) in try current.fill(from: file, size: size, after: nil, digest: digest) }
        var chunks: [Manifest.Chunk] = []
        chunks.reserveCapacity(size / 60_000 + 1)
        while true {
            let window = current
            Workers.forEach(window.chunks.count, workers: coders.count) { (_, index) throws(Never) in
                window.hashes[index] = Xet.chunkHash(window.bytes(index))
            }
            let work = try plan(window, tensors: tensors, finder: &finder, chunks: &chunks)
            if !window.isLast, next == nil { next = IngestWindow(size: length) }
            try encode(window, work) { () throws(FileError) in
                if !window.isLast {
                    try next?.fill(from: file, size: size, after: window, digest: digest)
                }
            }
            for item in work {
                guard let encoded = window.encoded[item.chunk] else { continue }
                try writer.add(chunk: window.hashes[item.chunk], encoded)
                window.encoded[item.chunk] = nil
            }
            progress?(window.chunks.last?.upperBound ?? 0)
            guard !window.isLast, let filled = next else { break }
            next = window
            current = filled
        }
        let total = chunks.reduce(0) { $0 + $1.length }
        return Manifest(
            oid: digest.finish(), size: total, fileHash: Xet.fileHash(chunks), chunks: chunks, tensors: tensors)
    }

    /// A chunk to be coded.
    private struct WorkItem: Sendable {
        let chunk: Int
        let lane: Lane?
        let base: ChunkBase?
    }

    /// Which chunks of a window are new, and what each may be a delta of. In order, because each shared chunk says where the
    /// next ones come from.
    private func plan(
        _ window: IngestWindow, tensors: TensorMap?, finder: inout BaseFinder?, chunks: inout [Manifest.Chunk]
    ) throws(ChunkStoreError) -> [WorkItem] {
        var work: [WorkItem] = []
        var planned: Set<Hash256> = []
        for (index, place) in window.chunks.enumerated() {
            let hash = window.hashes[index]
            chunks.append(.init(hash: hash, length: place.count))
            let start = window.fileOffset + place.lowerBound
            _ = finder?.pass(hash, at: start)
            let isStored = distrusted.contains(hash) ? false : try store.use(hash, .chunk) != nil
            guard !isStored, writer.depth(hash) == nil, planned.insert(hash).inserted else { continue }
            let range = start..<start + place.count
            let tensor = tensors?.dominant(in: range)
            let lane = tensor.flatMap { Lane($0, in: range) }
            let base = finder?.base(range, tensor: tensor, isExact: lane != nil)
            work.append(WorkItem(chunk: index, lane: lane, base: base))
        }
        return work
    }

    /// Codes the chunks on all workers; one of them first does `other`, which reads on.
    private func encode(
        _ window: IngestWindow, _ work: [WorkItem], _ other: () throws(FileError) -> Void
    ) throws(ChunkStoreError) {
        let coders = UncheckedCoders(coders)
        let store = store
        try withoutActuallyEscaping(other) { (other) throws(ChunkStoreError) in
            let other = UncheckedTask(other)
            try Workers.forEach(work.count + 1, workers: coders.all.count) { (worker, item) throws(ChunkStoreError) in
                guard item > 0 else {
                    try onFiles { () throws(FileError) in try other.run() }
                    return
                }
                let coder = coders.all[worker]
                let item = work[item - 1]
                var base: (ChunkBase, [UInt8])?
                if let wanted = item.base, let bytes = try? FileIngest.bytes(wanted, store, coder) {
                    base = (wanted, bytes)
                }
                window.encoded[item.chunk] = coder.encode(window.bytes(item.chunk), lane: item.lane, base: base)
            }
        }
    }

    private static func bytes(
        _ base: ChunkBase, _ store: ChunkStore, _ coder: ChunkCoder
    ) throws(ChunkStoreError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(base.length)
        for piece in base.pieces {
            let chunk = try store.base(piece.hash, with: coder)
            guard piece.offset + piece.length <= chunk.count else { throw .damagedChunk(piece.hash) }
            bytes += chunk[piece.offset..<piece.offset + piece.length]
        }
        return bytes
    }
}

/// One coder for each worker.
///
/// Unchecked: a worker uses its own only.
struct UncheckedCoders: @unchecked Sendable {
    let all: [ChunkCoder]
    init(_ all: [ChunkCoder]) { self.all = all }

    /// A coder for each of `count` workers.
    static func make(_ count: Int) throws(ChunkStoreError) -> UncheckedCoders {
        var all: [ChunkCoder] = []
        for _ in 0..<count { all.append(try ChunkCoder()) }
        return UncheckedCoders(all)
    }
}

/// Work that exactly one worker does.
///
/// Unchecked: it runs once, while the one that handed it over waits.
private struct UncheckedTask: @unchecked Sendable {
    let run: () throws(FileError) -> Void
    init(_ run: @escaping () throws(FileError) -> Void) { self.run = run }
}
