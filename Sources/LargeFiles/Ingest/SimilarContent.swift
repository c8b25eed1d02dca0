internal import Bytes
internal import DataFormats
internal import Synchronization
internal import SystemPackage

/// Finds what a new path's content may be a version of: a renamed file, a checkpoint that was exported again.
///
/// Content is alike where its beginning has a chunk in common with the file's, or where most of its tensors have the same names,
/// types and shapes. Only the newest versions in the store are looked at, once for each batch.
final class SimilarContent: Sendable {
    private let store: ChunkStore
    private let candidates = Mutex<[Manifest]?>(nil)

    /// Smaller files gain too little.
    private static let minimumSize = 1 << 20
    private static let maximumCandidates = 64
    /// Manifests of files beyond about 2 GB take too long to be read for a guess.
    private static let maximumManifestLength = 1 << 20
    /// How much of the file's beginning is looked at.
    private static let sampleLength = 1 << 20

    init(_ store: ChunkStore) { self.store = store }

    /// The manifest that a file is most like, or nil.
    func find(_ path: FilePath) -> Manifest? {
        guard let file = try? InputFile(path), let status = try? file.status(), status.size >= Int64(Self.minimumSize)
        else { return nil }
        let manifests = load()
        guard !manifests.isEmpty else { return nil }
        let hashes = SimilarContent.sample(file)
        let tensors = SimilarContent.signature(TensorMap.read(file.source(size: Int(status.size))))
        var best: (manifest: Manifest, score: Int)?
        for manifest in manifests {
            let shared = manifest.chunks.prefix(64).count { hashes.contains($0.hash) }
            let alike = SimilarContent.signature(manifest.tensors).intersection(tensors).count
            guard shared > 0 || (alike > 0 && alike * 2 >= tensors.count) else { continue }
            let score = shared * 1000 + alike
            if score > best?.score ?? 0 { best = (manifest, score) }
        }
        return best?.manifest
    }

    /// The newest manifests, newest first.
    private func load() -> [Manifest] {
        candidates.withLock { candidates in
            if let candidates { return candidates }
            var found: [Manifest] = []
            for pack in ((try? store.packsByAge()) ?? []).reversed() where found.count < Self.maximumCandidates {
                for case let entry? in pack.index.entries()
                where entry.kind == .manifest && entry.rawLength <= Self.maximumManifestLength {
                    guard found.count < Self.maximumCandidates else { break }
                    if let manifest = (try? store.manifest(entry.key)) ?? nil, manifest.size >= Self.minimumSize / 2 {
                        found.append(manifest)
                    }
                }
            }
            candidates = found
            return found
        }
    }

    private static func sample(_ file: InputFile) -> Set<Hash256> {
        let scratch = ScratchBuffer(sampleLength)
        guard let count = try? file.read(into: scratch.buffer, at: 0) else { return [] }
        var hashes: Set<Hash256> = []
        var position = 0
        while position < count {
            let rest = UnsafeRawBufferPointer(rebasing: scratch.buffer[position..<count])
            guard let length = Xet.chunkLength(rest) else { break }
            hashes.insert(Xet.chunkHash(UnsafeRawBufferPointer(rebasing: rest[..<length])))
            position += length
        }
        return hashes
    }

    private static func signature(_ map: TensorMap?) -> Set<String> {
        Set((map?.tensors ?? []).map { "\($0.name) \($0.type.rawValue) \($0.shape)" })
    }
}

extension ChunkStore {
    /// The packs, oldest first, as their files' times say.
    func packsByAge() throws(ChunkStoreError) -> [ChunkPack] {
        var packs: [(pack: ChunkPack, time: FileStatus.Time)] = []
        for pack in try allPacks() {
            let path = pack.index.path
            guard let status = try onFiles({ () throws(FileError) in try FileStatus.of(path) }) else { continue }
            packs.append((pack, status.modified))
        }
        return packs.sorted { $0.time < $1.time }.map(\.pack)
    }
}
