internal import DataFormats

/// The version that a path had before: where its chunks and tensors stand.
final class EarlierVersion: Sendable {
    let manifest: Manifest
    /// Where each chunk begins, and the file's size at the end.
    let offsets: [Int]
    private let places: [Hash256: [Int]]
    private let tensors: [String: TensorMap.Tensor]

    init(_ manifest: Manifest) {
        self.manifest = manifest
        var offsets: [Int] = []
        offsets.reserveCapacity(manifest.chunks.count + 1)
        var places: [Hash256: [Int]] = [:]
        var offset = 0
        for chunk in manifest.chunks {
            offsets.append(offset)
            places[chunk.hash, default: []].append(offset)
            offset += chunk.length
        }
        offsets.append(offset)
        self.offsets = offsets
        self.places = places
        tensors = Dictionary(
            (manifest.tensors?.tensors ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var size: Int { manifest.size }

    /// Where a chunk stands, nearest to where it is expected; nil where it does not occur.
    func place(of hash: Hash256, near expected: Int) -> Int? {
        places[hash]?.min { abs($0 - expected) < abs($1 - expected) }
    }

    /// The tensor of that name, if it is of that type.
    func tensor(like other: TensorMap.Tensor) -> TensorMap.Tensor? {
        guard let tensor = tensors[other.name], tensor.type == other.type else { return nil }
        return tensor
    }

    var hasTensors: Bool { !tensors.isEmpty }

    /// The chunk parts that make up a range of the file.
    func pieces(_ range: Range<Int>) -> [ChunkBase.Piece] {
        var low = 0
        var high = manifest.chunks.count
        // The last chunk that begins at or before the range.
        while low + 1 < high {
            let middle = (low + high) / 2
            if offsets[middle] <= range.lowerBound { low = middle } else { high = middle }
        }
        var pieces: [ChunkBase.Piece] = []
        var index = low
        while index < manifest.chunks.count, offsets[index] < range.upperBound {
            let shared = range.clamped(to: offsets[index]..<offsets[index + 1])
            if !shared.isEmpty {
                pieces.append(
                    .init(
                        hash: manifest.chunks[index].hash, offset: shared.lowerBound - offsets[index],
                        length: shared.count))
            }
            index += 1
        }
        return pieces
    }
}

/// Finds, chunk after chunk of a new version, which bytes of the earlier one each comes from.
struct BaseFinder {
    private let earlier: EarlierVersion
    private let depth: (Hash256) -> Int?
    /// How far the earlier version's bytes are from the new one's, as the last chunk that both have says.
    private var carry = 0

    /// How far a text's base reaches to either side of its counterpart: lines inserted and removed since the last shared
    /// chunk.
    static let slack = 48 << 10

    init(_ earlier: EarlierVersion, depth: @escaping (Hash256) -> Int?) {
        self.earlier = earlier
        self.depth = depth
    }

    /// Notes the next chunk if the earlier version has it too; returns whether it does.
    mutating func pass(_ hash: Hash256, at offset: Int) -> Bool {
        guard let place = earlier.place(of: hash, near: offset + carry) else { return false }
        carry = place - offset
        return true
    }

    /// The base for a chunk at `range` of the new version; for numbers exactly as long as the chunk.
    func base(_ range: Range<Int>, tensor: TensorMap.Tensor?, isExact: Bool) -> ChunkBase? {
        var shift = carry
        if let tensor {
            if let old = earlier.tensor(like: tensor) {
                shift = old.range.lowerBound - tensor.range.lowerBound
            } else if earlier.hasTensors {
                return nil
            }
        }
        let (lower, upper) = (range.lowerBound + shift, range.upperBound + shift)
        let wanted: Range<Int>
        if isExact {
            guard lower >= 0, upper <= earlier.size else { return nil }
            wanted = lower..<upper
        } else {
            let start = max(0, min(lower - Self.slack, earlier.size))
            wanted = start..<max(start, min(upper + Self.slack, earlier.size))
        }
        guard !wanted.isEmpty else { return nil }
        let pieces = earlier.pieces(wanted)
        var deepest = 0
        for piece in pieces {
            guard let depth = depth(piece.hash) else { return nil }
            deepest = max(deepest, depth)
        }
        guard pieces.count <= ChunkCoder.maximumPieces, deepest < ChunkPackFormat.maximumDepth else { return nil }
        return ChunkBase(pieces: pieces, depth: deepest, start: max(0, lower - wanted.lowerBound))
    }
}
