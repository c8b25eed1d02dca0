internal import Bytes
internal import DataFormats
internal import SystemPackage

/// What stored content consists of and takes.
public struct ContentUsage: Sendable {
    /// The content's length.
    public let size: Int
    /// Chunks, each counted once.
    public let chunks: Int
    /// How many of them are deltas.
    public let deltas: Int
    /// What their records take on the disk; other content may share them.
    public let stored: Int
    /// The file format by name, where it is known.
    public let format: String?
}

/// What a whole store holds.
public struct ChunkStoreSummary: Sendable {
    /// Packs.
    public var packs = 0
    /// Chunks, those that several packs hold counted each time.
    public var chunks = 0
    /// Versions of files.
    public var manifests = 0
    /// What all records take on the disk.
    public var stored = 0
}

/// What checking a store found.
public struct ChunkStoreReport: Sendable {
    /// One line each: what is wrong, and where.
    public var problems: [String] = []
    /// Content that cannot be read because of it.
    public var unreadable: Set<Hash256> = []
    /// Chunks that cannot be read.
    public var damaged: Set<Hash256> = []
    /// Which content needs each chunk that cannot be read, or is not there.
    public var needed: [Hash256: Set<Hash256>] = [:]
}

extension LargeFileStore {
    /// What content costs; nil where our store does not have it.
    public func usage(of oid: Hash256) throws(ChunkStoreError) -> ContentUsage? {
        guard let manifest = try chunks.manifest(oid) else { return nil }
        var seen: Set<Hash256> = []
        var deltas = 0
        var stored = 0
        for chunk in manifest.chunks where seen.insert(chunk.hash).inserted {
            guard let entry = try chunks.locate(chunk.hash, .chunk, isRefreshing: true)?.entry else { continue }
            stored += entry.storedLength
            if entry.depth > 0 { deltas += 1 }
        }
        return ContentUsage(
            size: manifest.size, chunks: seen.count, deltas: deltas, stored: stored,
            format: manifest.tensors?.format.name)
    }

    /// Copies content into git-lfs' own store; does nothing where it has it.
    ///
    /// - Throws: ``ChunkStoreError/missingContent(_:)`` where it is nowhere.
    public func export(_ oid: Hash256) throws(ChunkStoreError) {
        let path = lfsPath(oid)
        if try onFiles({ () throws(FileError) in try FileStatus.of(path) }) != nil { return }
        guard try chunks.contains(content: oid) else { throw .missingContent(oid) }
        let directory = path.removingLastComponent()
        try onFiles { () throws(FileError) in try Files.makeDirectory(directory) }
        var file = try onFiles { () throws(FileError) in try TemporaryFile(in: directory, prefix: "export") }
        try read(oid) { (bytes) throws(FileError) in try file.output.write(buffer: bytes) }
        do throws(FileError) {
            try file.finish(as: path)
        } catch {
            throw .file(error)
        }
    }
}

extension ChunkStore {
    /// Counts what all packs hold.
    public func summary() throws(ChunkStoreError) -> ChunkStoreSummary {
        var summary = ChunkStoreSummary()
        for pack in try allPacks() {
            summary.packs += 1
            for case let entry? in pack.index.entries() {
                summary.stored += entry.storedLength
                if entry.kind == .chunk { summary.chunks += 1 } else { summary.manifests += 1 }
            }
        }
        return summary
    }

    /// Verifies every index, every record, every chunk's hash and every manifest.
    public func check() throws(ChunkStoreError) -> ChunkStoreReport {
        var report = ChunkStoreReport()
        report.problems = try brokenIndexes()
        let packs = try allPacks()
        for pack in packs {
            let problems = try check(pack)
            report.problems += problems.map(\.text)
            report.damaged.formUnion(problems.compactMap(\.chunk))
        }
        for pack in packs {
            for case let entry? in pack.index.entries() where entry.kind == .manifest {
                do throws(ChunkStoreError) {
                    guard let manifest = try manifest(entry.key) else { continue }
                    for chunk in manifest.chunks {
                        let isStored = try contains(chunk: chunk.hash)
                        if !isStored { report.problems.append("missing chunk \(chunk.hash) of content \(entry.key)") }
                        if !isStored || report.damaged.contains(chunk.hash) {
                            report.unreadable.insert(entry.key)
                            report.needed[chunk.hash, default: []].insert(entry.key)
                        }
                    }
                } catch {
                    report.problems.append("\(error)")
                    report.unreadable.insert(entry.key)
                }
            }
        }
        return report
    }

    private struct Problem {
        let text: String
        let chunk: Hash256?
    }

    private func check(_ pack: ChunkPack) throws(ChunkStoreError) -> [Problem] {
        var problems: [Problem] = []
        if !pack.index.isSound() { problems.append(Problem(text: "damaged index '\(pack.index.path)'", chunk: nil)) }
        let entries = pack.index.entries()
        let results = Results<Problem?>(entries.count, nil)
        let coders = try UncheckedCoders.make(Workers.processorCount)
        Workers.forEach(entries.count, workers: coders.all.count) { (worker, index) throws(Never) in
            guard let entry = entries[index] else {
                results[index] = Problem(text: "damaged entry \(index) in '\(pack.index.path)'", chunk: nil)
                return
            }
            do throws(ChunkStoreError) {
                try pack.withPayload(entry, isChecking: true) { _ throws(ChunkStoreError) in }
                guard entry.kind == .chunk else { return }
                let bytes = try chunk(entry.key, in: pack, entry, with: coders.all[worker])
                guard Xet.chunkHash(bytes) == entry.key else { throw .damagedChunk(entry.key) }
            } catch {
                results[index] = Problem(text: "\(error)", chunk: entry.kind == .chunk ? entry.key : nil)
            }
        }
        problems += results.all.compactMap { $0 }
        return problems
    }
}
