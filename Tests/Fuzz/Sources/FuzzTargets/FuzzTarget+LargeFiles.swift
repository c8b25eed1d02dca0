import Bytes
import LargeFiles
import SystemPackage

extension FuzzTarget {
    /// Reads any bytes as a pointer.
    static let pointer = FuzzTarget("Pointer") { input in
        guard let pointer = Pointer(parsing: input) else { return }
        // Keys are written in order, whatever order they came in, and under the version of today, which is longer.
        let encoded = pointer.encoded
        guard !encoded.isEmpty, encoded.count <= Pointer.maximumLength else { return }
        precondition(Pointer(parsing: encoded)?.encoded == encoded, "what is written is read as it was")
    }

    /// Reads any bytes as a manifest: the first 32 are the content's id.
    static let manifest = FuzzTarget("Manifest") { input in
        guard input.count >= 32, let oid = Hash256(bytes: Array(input[..<32])) else { return }
        guard let manifest = try? Manifest(parsing: Array(input[32...]), expecting: oid) else { return }
        _ = manifest.encoded
    }

    /// Opens any bytes as a chunk pack and its index and reads everything in them; the first four say how long the index is.
    static let chunkPack = FuzzTarget("ChunkPack") { input in
        guard input.count >= 4 else { return }
        let length = input[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= input.count - 4 else { return }
        let directory = Workplace.directory.appending("chunks")
        _ = Workplace.write("chunks/pack-0.index", input[4..<(4 + length)])
        _ = Workplace.write("chunks/pack-0.chunks", input[(4 + length)...])
        let store = ChunkStore(directory)
        _ = try? store.check()
        _ = try? store.summary()
    }
}
