internal import Bytes
internal import DataFormats
public import SystemPackage

/// What changed between two versions of a large file, told from their manifests; content is read only where
/// a tensor shares a chunk with a neighbour that changed.
public struct ContentComparison: Sendable {
    /// A tensor that both versions have, with other elements, type or shape.
    public struct TensorChange: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Type and shape before: `bfloat16 [4096, 1024]`.
        public let old: String
        /// Type and shape after.
        public let new: String
    }

    /// Length before.
    public let oldSize: Int
    /// Length after.
    public let newSize: Int
    /// How many bytes of the new version stand in chunks that the old one does not have: at most this much changed.
    public let changedBytes: Int
    /// Tensors that only the new version has, where the formats are known.
    public let addedTensors: [String]
    /// Tensors that only the old version has.
    public let removedTensors: [String]
    /// Tensors that both have and that differ.
    public let changedTensors: [TensorChange]
    /// How many tensors are the same in both.
    public let unchangedTensors: Int
    /// Rows, columns and cells, for a person, where both versions are tables or notebooks.
    public let records: [String]

    /// Compares two versions.
    ///
    /// - Throws: ``ChunkStoreError`` where a chunk that must be looked at cannot be read.
    ///
    /// - Parameter file: where the new version is read, if the store does not have it.
    init(
        _ old: Manifest, _ new: Manifest, in store: ChunkStore, file: InputFile? = nil
    ) throws(ChunkStoreError) {
        let left = ChunkLookup(store: store, coder: try ChunkCoder())
        var right = left
        if let file {
            right.file = file
            var offset = 0
            for chunk in new.chunks {
                right.places[chunk.hash] = offset..<offset + chunk.length
                offset += chunk.length
            }
        }
        oldSize = old.size
        newSize = new.size
        let known = Set(old.chunks.map(\.hash))
        changedBytes = new.chunks.reduce(0) { $0 + (known.contains($1.hash) ? 0 : $1.length) }
        let before = EarlierVersion(old)
        let after = EarlierVersion(new)
        let oldTensors = Dictionary(
            (old.tensors?.tensors ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<String> = []
        var added: [String] = []
        var changed: [TensorChange] = []
        var unchanged = 0
        for tensor in new.tensors?.tensors ?? [] where seen.insert(tensor.name).inserted {
            guard let earlier = oldTensors[tensor.name] else {
                added.append("\(tensor.name) \(ContentComparison.text(tensor))")
                continue
            }
            var isSame = earlier.type == tensor.type && earlier.shape == tensor.shape
            if isSame {
                isSame = try ContentComparison.isEqual(
                    before.pieces(earlier.range), left, after.pieces(tensor.range), right)
            }
            if isSame {
                unchanged += 1
            } else {
                changed.append(
                    .init(name: tensor.name, old: ContentComparison.text(earlier), new: ContentComparison.text(tensor)))
            }
        }
        addedTensors = added
        changedTensors = changed
        unchangedTensors = unchanged
        removedTensors = (old.tensors?.tensors ?? []).filter { !seen.contains($0.name) }.map {
            "\($0.name) \(ContentComparison.text($0))"
        }
        records =
            old.tensors == nil && new.tensors == nil
            ? try RecordComparison(
                old: ContentReading(manifest: old, chunks: left), new: ContentReading(manifest: new, chunks: right)
            ).lines() : []
    }

    /// `bfloat16 [4096, 1024]`.
    static func text(_ tensor: TensorMap.Tensor) -> String {
        "\(tensor.type.name) [\(tensor.shape.map(String.init).joined(separator: ", "))]"
    }

    /// Whether two rows of chunk parts are the same bytes.
    private static func isEqual(
        _ left: [ChunkBase.Piece], _ leftChunks: ChunkLookup, _ right: [ChunkBase.Piece], _ rightChunks: ChunkLookup
    ) throws(ChunkStoreError) -> Bool {
        guard left.reduce(0, { $0 + $1.length }) == right.reduce(0, { $0 + $1.length }) else { return false }
        var (i, j, inLeft, inRight) = (0, 0, 0, 0)
        while i < left.count, j < right.count {
            let count = min(left[i].length - inLeft, right[j].length - inRight)
            let (from, other) = (left[i].offset + inLeft, right[j].offset + inRight)
            if left[i].hash != right[j].hash || from != other {
                let old = try leftChunks.bytes(left[i].hash)
                let new = try rightChunks.bytes(right[j].hash)
                guard from + count <= old.count, other + count <= new.count else { throw .damagedChunk(left[i].hash) }
                guard old[from..<from + count] == new[other..<other + count] else { return false }
            }
            inLeft += count
            inRight += count
            if inLeft == left[i].length { (i, inLeft) = (i + 1, 0) }
            if inRight == right[j].length { (j, inRight) = (j + 1, 0) }
        }
        return true
    }

    /// Lines for a person: sizes, the share that changed, and what is inside, of each kind at most `limit`.
    public func lines(limit: Int = 20) -> [String] {
        let share = newSize == 0 ? 0 : Int((Double(changedBytes) / Double(newSize) * 1000).rounded())
        var lines = ["size \(oldSize) -> \(newSize), at most \(share / 10).\(share % 10) % of the bytes changed"]
        func list(_ items: [String]) {
            lines += items.prefix(limit)
            if items.count > limit { lines.append("… and \(items.count - limit) more") }
        }
        list(removedTensors.map { "- \($0)" })
        list(addedTensors.map { "+ \($0)" })
        list(changedTensors.map { $0.old == $0.new ? "~ \($0.name) \($0.new)" : "~ \($0.name) \($0.old) -> \($0.new)" })
        if unchangedTensors > 0 { lines.append("\(unchangedTensors) tensors unchanged") }
        return lines + records
    }
}

extension LargeFileStore {
    /// What changed between two versions; nil where either is not in our store.
    public func compare(_ old: Hash256, _ new: Hash256) throws(ChunkStoreError) -> ContentComparison? {
        guard let before = try chunks.manifest(old), let after = try chunks.manifest(new) else { return nil }
        return try ContentComparison(before, after, in: chunks)
    }

    /// What changed between a stored version and a file that is not; nil where the version is not in our store.
    public func compare(_ old: Hash256, file: FilePath) throws(ChunkStoreError) -> ContentComparison? {
        guard let before = try chunks.manifest(old) else { return nil }
        let input = try onFiles { () throws(FileError) in try InputFile(file) }
        let after = try FileSurvey.manifest(input)
        return try ContentComparison(before, after, in: chunks, file: input)
    }
}
