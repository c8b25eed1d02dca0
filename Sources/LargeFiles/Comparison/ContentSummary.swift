internal import Bytes
internal import DataFormats
public import SystemPackage

/// What is inside a large file.
public struct ContentSummary: Sendable {
    /// Its length.
    public let size: Int
    /// What it is, where that is known: `safetensors, 12 tensors`, `CSV, 3 columns`.
    public let kind: String?
    /// Its parts by name: `layer0.weight float32 [64, 64]`, or a column.
    public let parts: [String]

    init(size: Int, _ map: TensorMap?, head: () throws(ChunkStoreError) -> [UInt8]) throws(ChunkStoreError) {
        self.size = size
        if let map {
            kind = "\(map.format.name), \(map.tensors.count) tensors"
            parts = map.tensors.map { "\($0.name) \(ContentComparison.text($0))" }
            return
        }
        let head = try head()
        let isWhole = head.count == size
        guard let format = TableFormat.sniff(head, isWhole: isWhole) else {
            (kind, parts) = (nil, [])
            return
        }
        let fields = format.fields(head, isWhole: isWhole)
        let noun = format == .jsonLines ? "member" : "column"
        kind = "\(format.name), \(fields.count) \(noun)\(fields.count == 1 ? "" : "s")"
        parts = fields.names
    }
}

extension LargeFileStore {
    /// What is inside a stored version; nil where it is not in our store.
    public func summary(_ oid: Hash256) throws(ChunkStoreError) -> ContentSummary? {
        guard let manifest = try chunks.manifest(oid) else { return nil }
        let store = chunks
        return try ContentSummary(size: manifest.size, manifest.tensors) { () throws(ChunkStoreError) in
            let lookup = ChunkLookup(store: store, coder: try ChunkCoder())
            return try ContentReading(manifest: manifest, chunks: lookup).head(TableFormat.headLength)
        }
    }

    /// What is inside a file, from its beginning alone.
    public func summary(file: FilePath) throws(ChunkStoreError) -> ContentSummary {
        let input = try onFiles { () throws(FileError) in try InputFile(file) }
        let size = Int(try onFiles { () throws(FileError) in try input.status() }.size)
        return try ContentSummary(size: size, TensorMap.read(input.source(size: size))) { () throws(ChunkStoreError) in
            try onFiles { () throws(FileError) in try input.read(0..<min(size, TableFormat.headLength)) }
        }
    }
}
