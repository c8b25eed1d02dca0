internal import Bytes
internal import CKernels

/// Chunks and hashes of the Xet protocol specification 1.1.0 (huggingface.co/docs/xet).
public enum Xet {
    /// A chunk's least length, but for the last of a file.
    public static let minimumChunkSize = 8192
    /// A chunk's greatest length.
    public static let maximumChunkSize = 131_072

    // The keys stand in hashing.md of the specification.
    private static let dataKey = key("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
    private static let nodeKey = key("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
    private static let verificationKey = key("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")

    private static func key(_ hex: String) -> [UInt8] { Hex.decode(hex.utf8) ?? [UInt8](repeating: 0, count: 32) }

    private static func keyed(_ key: [UInt8], _ data: UnsafeRawBufferPointer) -> Hash256 {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { output in
            // An allocation of 32 bytes has an address.
            let target = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
            nacre_blake3_keyed(key, data.baseAddress?.assumingMemoryBound(to: UInt8.self), data.count, target)
            return Hash256(loading: UnsafeRawBufferPointer(output))
        }
    }

    /// A chunk's hash: BLAKE3 of its bytes, keyed.
    public static func chunkHash(_ data: UnsafeRawBufferPointer) -> Hash256 { keyed(dataKey, data) }

    /// A chunk's hash: BLAKE3 of its bytes, keyed.
    public static func chunkHash(_ data: [UInt8]) -> Hash256 { data.withUnsafeBytes { chunkHash($0) } }

    /// The length of the chunk that begins with these bytes, or nil where they do not end it.
    public static func chunkLength(_ data: UnsafeRawBufferPointer) -> Int? {
        guard let base = data.baseAddress else { return nil }
        let length = nacre_gear_cut(base.assumingMemoryBound(to: UInt8.self), data.count)
        return length == 0 ? nil : length
    }

    /// The root over chunks: nodes are grouped so that a change moves few groups, level by level until one is left.
    ///
    /// It names a xorb. Zeros without chunks.
    public static func root(_ chunks: [Manifest.Chunk]) -> Hash256 {
        guard !chunks.isEmpty else { return .zero }
        var level = chunks.map { (hash: $0.hash, length: UInt64($0.length)) }
        while level.count > 1 {
            var next: [(hash: Hash256, length: UInt64)] = []
            var start = 0
            while start < level.count {
                let end = start + groupSize(level[start...])
                var text = ByteWriter(capacity: 90 * (end - start))
                var length: UInt64 = 0
                for node in level[start..<end] {
                    text.write("\(node.hash.xetString) : \(node.length)\n")
                    length += node.length
                }
                next.append((text.bytes.withUnsafeBytes { keyed(nodeKey, $0) }, length))
                start = end
            }
            level = next
        }
        return level[0].hash
    }

    /// A group ends after its third to ninth node, where that node's last word is a multiple of four; at the ninth or the
    /// last in any case.
    private static func groupSize(_ nodes: ArraySlice<(hash: Hash256, length: UInt64)>) -> Int {
        guard nodes.count > 2 else { return nodes.count }
        let limit = min(9, nodes.count)
        for index in 2..<limit where nodes[nodes.startIndex + index].hash.lastWord % 4 == 0 { return index + 1 }
        return limit
    }

    /// A file's hash: BLAKE3 of the root under a key of zeros. Zeros for an empty file.
    public static func fileHash(_ chunks: [Manifest.Chunk]) -> Hash256 {
        guard !chunks.isEmpty else { return .zero }
        return root(chunks).bytes.withUnsafeBytes { keyed([UInt8](repeating: 0, count: 32), $0) }
    }

    /// The hash that proves in a shard that a file's term was really held.
    public static func verificationHash(_ chunks: ArraySlice<Manifest.Chunk>) -> Hash256 {
        var bytes: [UInt8] = []
        for chunk in chunks { bytes += chunk.hash.bytes }
        return bytes.withUnsafeBytes { keyed(verificationKey, $0) }
    }

    /// BLAKE3 without a key: the checks inside our own files.
    static func plainHash(_ data: UnsafeRawBufferPointer) -> Hash256 {
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { output in
            // An allocation of 32 bytes has an address.
            let target = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
            nacre_blake3(data.baseAddress?.assumingMemoryBound(to: UInt8.self), data.count, target)
            return Hash256(loading: UnsafeRawBufferPointer(output))
        }
    }
}
