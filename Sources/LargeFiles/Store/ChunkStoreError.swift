public import Bytes
public import SystemPackage

/// What can go wrong with stored content.
public enum ChunkStoreError: Error, CustomStringConvertible {
    /// The file system refused.
    case file(FileError)
    /// A pack or its index is not what the format says, at a byte.
    case damagedPack(FilePath, offset: Int, expected: String)
    /// No pack holds the chunk.
    case missingChunk(Hash256)
    /// The chunk decodes to other bytes than its hash says, or not at all.
    case damagedChunk(Hash256)
    /// Nothing is known of content with this SHA-256.
    case missingContent(Hash256)
    /// The manifest does not fit its content, or is malformed at a byte.
    case damagedManifest(Hash256, offset: Int)
    /// The file went on changing while it was read.
    case changing(FilePath)
    /// zstd or the system gave no memory.
    case outOfMemory
    /// A test asked for a failure here.
    case interrupted

    public var description: String {
        switch self {
        case .file(let error): error.description
        case .damagedPack(let path, let offset, let expected):
            "chunk pack '\(path)' is damaged at byte \(offset): expected \(expected) (run 'nacre large fsck')"
        case .missingChunk(let hash): "chunk \(hash) is missing (run 'nacre large fsck')"
        case .damagedChunk(let hash): "chunk \(hash) is damaged (run 'nacre large fsck')"
        case .missingContent(let oid): "content \(oid) is not here (run 'nacre large fetch')"
        case .damagedManifest(let oid, let offset):
            "manifest of content \(oid) is damaged at byte \(offset) (run 'nacre large fsck')"
        case .changing(let path): "file '\(path)' keeps changing while it is read (add it when nothing writes to it)"
        case .outOfMemory: "out of memory"
        case .interrupted: "interrupted"
        }
    }
}

/// Runs file operations and passes their errors on as the store's.
func onFiles<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
) throws(ChunkStoreError) -> Result {
    do throws(FileError) {
        return try body()
    } catch {
        throw .file(error)
    }
}
