internal import Bytes
public import SystemPackage

/// Brings a damaged store back to health: what cannot be read is taken in again from files that still have it, and only then
/// do the damaged records go.
public struct StoreRepair {
    private let store: LargeFileStore
    /// What the check found before anything was done.
    public let report: ChunkStoreReport
    /// What was taken in again.
    public private(set) var refilled: Set<Hash256> = []

    /// Checks the store.
    public init(_ store: LargeFileStore) throws(ChunkStoreError) {
        self.store = store
        // Records whose index is damaged are whole as a rule: they get a new index before anything is called missing.
        try StoreRepair.salvage(store.chunks)
        report = try store.chunks.check()
    }

    /// Content that has a manifest and cannot be read, and has not been taken in again.
    public var remaining: Set<Hash256> { report.unreadable.subtracting(refilled) }

    /// Takes content in again from a file.
    ///
    /// - Returns: false where the file is another's, or is not there.
    public mutating func refill(_ oid: Hash256, from file: FilePath) throws(ChunkStoreError) -> Bool {
        let status = try onFiles { () throws(FileError) in try FileStatus.of(file) }
        guard status?.kind == .regular, try FileIngest.pointer(file).oid == oid else { return false }
        let writer = store.chunks.beginWriting()
        var ingest = FileIngest(
            path: file, store: store.chunks, writer: writer,
            coders: try UncheckedCoders.make(Workers.processorCount).all, earlier: nil, progress: nil)
        ingest.distrusted = report.damaged.union([oid])
        let manifest = try ingest.run()
        try writer.finish()
        guard manifest.oid == oid else { throw .changing(file) }
        refilled.insert(oid)
        return true
    }

    /// Where git-lfs would keep content.
    public func lfsFile(_ oid: Hash256) -> FilePath { store.lfsPath(oid) }

    /// Removes damaged records: those that are not what was written, and those of which there is a sound copy now.
    ///
    /// - Returns: how many went.
    public func removeDamaged() throws(ChunkStoreError) -> Int {
        let chunks = store.chunks
        let coder = try ChunkCoder()
        var sound: Set<Hash256> = []
        var packs: [(pack: ChunkPack, bad: Set<Int>, doubtful: Set<Int>)] = []
        for pack in try chunks.allPacks() {
            let entries = pack.index.entries()
            var bad: Set<Int> = []
            var doubtful: Set<Int> = []
            for (index, entry) in entries.enumerated() {
                guard let entry else {
                    bad.insert(index)
                    continue
                }
                let isWhole = (try? pack.withPayload(entry, isChecking: true) { _ throws(ChunkStoreError) in }) != nil
                if !isWhole {
                    bad.insert(index)
                } else if entry.kind == .chunk, report.damaged.contains(entry.key) {
                    if let bytes = try? chunks.chunk(entry.key, in: pack, entry, with: coder),
                        bytes.withUnsafeBytes({ Xet.chunkHash($0) }) == entry.key
                    {
                        sound.insert(entry.key)
                    } else {
                        doubtful.insert(index)
                    }
                }
            }
            if !bad.isEmpty || !doubtful.isEmpty { packs.append((pack, bad, doubtful)) }
        }
        return try rewrite(packs, sound: sound)
    }

    private func rewrite(
        _ packs: [(pack: ChunkPack, bad: Set<Int>, doubtful: Set<Int>)], sound: Set<Hash256>
    ) throws(ChunkStoreError) -> Int {
        var removed = 0
        for (pack, bad, doubtful) in packs {
            var kept: [ChunkPackEntry] = []
            var dropped = bad.count
            for (index, entry) in pack.index.entries().enumerated() where !bad.contains(index) {
                guard let entry else { continue }
                if doubtful.contains(index), sound.contains(entry.key) {
                    dropped += 1
                } else {
                    kept.append(entry)
                }
            }
            guard dropped > 0 else { continue }
            removed += dropped
            let writer = store.chunks.beginWriting()
            for entry in kept.sorted(by: { $0.kind.rawValue < $1.kind.rawValue }) { try writer.copy(entry, from: pack) }
            try writer.finish()
            try store.chunks.remove(pack)
        }
        try store.chunks.refresh()
        return removed
    }

    /// Gives packs whose index cannot be read a new one, by copying what is whole in them.
    ///
    /// The pack is set aside first: what is copied from it may get its name. One that cannot be followed to its end stays there for
    /// whoever knows better, and is looked at again by the next repair.
    private static func salvage(_ chunks: ChunkStore) throws(ChunkStoreError) {
        let directory = chunks.directory
        let isBroken = try !chunks.brokenIndexes().isEmpty
        for entry in try onFiles({ () throws(FileError) in try Files.list(directory) }) ?? []
        where isBroken && entry.name.starts(with: Array("pack-".utf8))
            && entry.name.suffix(6).elementsEqual(".index".utf8)
        {
            let index = directory.appending(bytes: entry.name)
            if (try? ChunkPack(index: index)) != nil { continue }
            let data = ChunkPack.dataPath(index)
            try onFiles { () throws(FileError) in
                if try FileStatus.of(data) != nil {
                    try Files.rename(data, to: directory.appending(bytes: aside + data.lastComponentBytes))
                }
                try Files.remove(index)
            }
        }
        for entry in try onFiles({ () throws(FileError) in try Files.list(directory) }) ?? []
        where entry.name.starts(with: aside) {
            let data = directory.appending(bytes: entry.name)
            let writer = chunks.beginWriting()
            let isWhole = try copyRecords(of: data, to: writer, chunks)
            try writer.finish()
            if isWhole { _ = try onFiles { () throws(FileError) in try Files.remove(data) } }
        }
        try chunks.refresh()
    }

    private static let aside = Array("damaged-".utf8)

    /// Copies the records of a pack, one after the other.
    ///
    /// - Returns: whether the last one ends where the pack does.
    private static func copyRecords(
        of data: FilePath, to writer: ChunkWriter, _ chunks: ChunkStore
    ) throws(ChunkStoreError) -> Bool {
        guard try onFiles({ () throws(FileError) in try FileStatus.of(data) }) != nil else { return true }
        let file = try onFiles { () throws(FileError) in try MappedFile(data) }
        return try unsafe file.bytes.withUnsafeBytes { buffer throws(ChunkStoreError) in
            var offset = ChunkPackFormat.headerLength
            while let record = ChunkPackFormat.readRecord(buffer, at: offset, isChecking: false) {
                defer { offset = record.end }
                guard ChunkPackFormat.readRecord(buffer, at: offset, isChecking: true) != nil else { continue }
                let payload = UnsafeRawBufferPointer(rebasing: buffer[record.payload])
                var depth = 0
                if record.kind == .chunk {
                    for base in ChunkCoder.bases(payload) ?? [] {
                        var below = writer.depth(base)
                        if below == nil { below = try chunks.depth(base) }
                        depth = max(depth, 1 + (below ?? 0))
                    }
                }
                try writer.add(
                    record.kind, record.key, [UInt8](payload), depth: min(depth, ChunkPackFormat.maximumDepth),
                    rawLength: record.rawLength)
            }
            return offset == buffer.count
        }
    }
}
