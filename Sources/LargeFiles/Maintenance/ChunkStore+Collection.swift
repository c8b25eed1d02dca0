internal import Bytes
internal import Glibc
internal import SystemPackage

/// What maintenance of a store did, or would do.
public struct ChunkCollection: Sendable {
    /// A pack that goes, or is written anew without what is dead.
    public struct Pack: Sendable {
        /// The file's name.
        public let name: String
        /// What its records take.
        public let size: Int
        /// What of that something needs.
        public let live: Int
    }

    /// The packs that go or are written anew.
    public var packs: [Pack] = []
    /// How many packs are left alone because something in them was stored, or added again, lately.
    public var youngPacks = 0
    /// Content that nothing names, with its size.
    public var dead: [(oid: Hash256, size: Int)] = []
    /// Packs that were removed.
    public var removedPacks = 0
    /// Packs that were written anew without what is dead.
    public var rewrittenPacks = 0
    /// Small packs that were joined.
    public var joinedPacks = 0
    /// What the store took before.
    public var bytesBefore = 0
    /// What it takes after.
    public var bytesAfter = 0
    /// Files that killed processes left behind.
    public var leftovers = 0
}

extension ChunkStore {
    /// Removes content that nothing names.
    ///
    /// Packs that were written, or found to hold something that was added again, at or after `cutoff` are left alone: whoever
    /// just stored something has not committed it yet. Of older packs those that are more than half dead are written anew; the old
    /// one goes only when the new one stands.
    ///
    /// - Parameters:
    ///   - live: the oids of all pointers that are reachable.
    ///   - cutoff: seconds since 1970.
    ///   - isDryRun: only say what would be done.
    /// - Throws: ``ChunkStoreError``; nothing that is live is lost then.
    public func collect(
        live: Set<Hash256>, cutoff: Int64, isDryRun: Bool
    ) throws(ChunkStoreError) -> ChunkCollection {
        // What a pack without a sound index holds is not known: nothing may go then.
        if let broken = try brokenIndexes().first {
            throw .damagedPack(directory, offset: 0, expected: "sound indexes, not: \(broken)")
        }
        var result = ChunkCollection()
        let packs = try allPacks()
        var young: [ChunkPack] = []
        var old: [ChunkPack] = []
        for pack in packs { if try pack.isModified(since: cutoff) { young.append(pack) } else { old.append(pack) } }
        result.youngPacks = young.count
        let chunks = try liveChunks(live, young)
        for pack in packs {
            for case let entry? in pack.index.entries() { result.bytesBefore += entry.storedLength }
        }
        result.bytesAfter = result.bytesBefore
        var copies: [(entry: ChunkPackEntry, pack: ChunkPack)] = []
        var doomed: [ChunkPack] = []
        for pack in old {
            let entries = pack.index.entries().compactMap { $0 }
            let kept = entries.filter { $0.kind == .chunk ? chunks.contains($0.key) : live.contains($0.key) }
            for entry in entries where entry.kind == .manifest && !live.contains(entry.key) {
                result.dead.append((entry.key, (try? manifest(entry.key))??.size ?? 0))
            }
            let total = entries.reduce(0) { $0 + $1.storedLength }
            let left = kept.reduce(0) { $0 + $1.storedLength }
            guard left * 2 < total || kept.isEmpty else { continue }
            result.bytesAfter -= total - left
            if kept.isEmpty { result.removedPacks += 1 } else { result.rewrittenPacks += 1 }
            doomed.append(pack)
            let name = String(decoding: pack.path.lastComponentBytes, as: UTF8.self)
            result.packs.append(.init(name: name, size: total, live: left))
            for entry in kept { copies.append((entry, pack)) }
        }
        let joined = smallPacks(packs.filter { pack in !doomed.contains { $0 === pack } })
        result.joinedPacks = joined.count
        for pack in joined {
            for case let entry? in pack.index.entries() { copies.append((entry, pack)) }
        }
        if !isDryRun {
            let writer = beginWriting()
            // Manifests come after chunks, as in every batch.
            for kind in [ChunkPackFormat.Kind.chunk, .manifest] {
                for copy in copies where copy.entry.kind == kind { try writer.copy(copy.entry, from: copy.pack) }
            }
            try writer.finish()
            for pack in doomed where try !pack.isModified(since: cutoff) { try remove(pack) }
            // All of these stand in the new pack, so that nobody who counts on them is let down.
            for pack in joined { try remove(pack) }
            try refresh()
        }
        result.leftovers = try removeLeftovers(cutoff: cutoff, isDryRun: isDryRun)
        return result
    }

    /// Packs that are joined because there are many of them and each costs every look-up.
    private func smallPacks(_ packs: [ChunkPack]) -> [ChunkPack] {
        let small = packs.filter { pack in
            pack.index.entries().reduce(0) { $0 + ($1?.storedLength ?? 0) } < ChunkPackFormat.packTarget / 16
        }
        return small.count >= Self.joinedCount ? small : []
    }

    private static let joinedCount = 16

    /// Chunks that live content consists of, and what they are coded against.
    private func liveChunks(
        _ live: Set<Hash256>, _ young: [ChunkPack]
    ) throws(ChunkStoreError) -> Set<Hash256> {
        var keys: [Hash256] = []
        for oid in live {
            // Content that is not here at all is not our loss; one whose manifest cannot be read stops the collection, because its
            // chunks may be all that a repair has.
            guard let manifest = try manifest(oid) else { continue }
            keys += manifest.chunks.map(\.hash)
        }
        for pack in young {
            for case let entry? in pack.index.entries() {
                if entry.kind == .chunk {
                    keys.append(entry.key)
                } else if let manifest = try manifest(entry.key) {
                    keys += manifest.chunks.map(\.hash)
                }
            }
        }
        var chunks: Set<Hash256> = []
        var waiting = keys
        while let key = waiting.popLast() {
            guard chunks.insert(key).inserted else { continue }
            // Every pack's copy counts: they may be coded against different chunks.
            for pack in try allPacks() {
                guard let entry = pack.index.find(key, .chunk), entry.depth > 0 else { continue }
                waiting += try pack.withPayload(entry) { (payload) throws(ChunkStoreError) in
                    ChunkCoder.bases(payload) ?? []
                }
            }
        }
        return chunks
    }

    /// Takes a pack out of the store.
    func remove(_ pack: ChunkPack) throws(ChunkStoreError) {
        // Without its index nobody sees the pack any more.
        try onFiles { () throws(FileError) in
            try Files.remove(pack.index.path)
            try Files.remove(pack.path)
        }
    }

    /// Temporary files, and packs without an index, that are older than the cutoff.
    private func removeLeftovers(cutoff: Int64, isDryRun: Bool) throws(ChunkStoreError) -> Int {
        let directory = directory
        return try onFiles { () throws(FileError) in
            let entries = try Files.list(directory) ?? []
            let names = Set(entries.map(\.name))
            var count = 0
            for entry in entries {
                let isOrphan =
                    entry.name.suffix(7).elementsEqual(".chunks".utf8)
                    && !names.contains(Array(entry.name.dropLast(7)) + Array(".index".utf8))
                guard isOrphan || entry.name.starts(with: Array("tmp_".utf8)) else { continue }
                let path = directory.appending(bytes: entry.name)
                guard let status = try FileStatus.of(path), status.modified.seconds < cutoff else { continue }
                count += 1
                if !isDryRun { try Files.remove(path) }
            }
            return count
        }
    }
}

extension ChunkPack {
    /// Whether the pack was written, or marked as in use again, at or after a time. A pack that is gone was.
    func isModified(since cutoff: Int64) throws(ChunkStoreError) -> Bool {
        let path = path
        guard let status = try onFiles({ () throws(FileError) in try FileStatus.of(path) }) else { return true }
        return status.modified.seconds >= cutoff
    }

    /// Marks the pack as in use, so that maintenance that runs at the same time leaves it alone. Where that is refused (a
    /// read-only store), nobody can remove it either.
    func markInUse() {
        _ = path.withPlatformString { utimensat(AT_FDCWD, $0, nil, 0) }
    }
}
