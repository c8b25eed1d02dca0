internal import Bytes
internal import Synchronization
internal import SystemPackage

/// A closed chunk pack: its index, and its data once somebody reads it.
final class ChunkPack: Sendable {
    let index: ChunkPackIndex
    let path: FilePath
    private let data = Mutex<MappedFile?>(nil)

    init(index path: FilePath) throws(ChunkStoreError) {
        index = try ChunkPackIndex(path)
        self.path = ChunkPack.dataPath(path)
    }

    /// `pack-<name>.chunks` beside `pack-<name>.index`.
    static func dataPath(_ index: FilePath) -> FilePath {
        var path = index
        path.extension = "chunks"
        return path
    }

    private func mapped() throws(ChunkStoreError) -> MappedFile {
        let (file, failure) = data.withLock { (data) -> (MappedFile?, ChunkStoreError?) in
            if let data { return (data, nil) }
            do throws(ChunkStoreError) {
                let file = try onFiles { () throws(FileError) in try MappedFile(path) }
                let isPack = unsafe file.bytes.withUnsafeBytes {
                    $0.prefix(ChunkPackFormat.headerLength).elementsEqual(ChunkPackFormat.packHeader)
                }
                guard isPack else { throw .damagedPack(path, offset: 0, expected: "a chunk pack of version 1") }
                data = file
                return (file, nil)
            } catch {
                return (nil, error)
            }
        }
        if let failure { throw failure }
        guard let file else { throw .outOfMemory }
        return file
    }

    /// Shows the payload of an entry's record.
    ///
    /// - Throws: ``ChunkStoreError/damagedPack(_:offset:expected:)`` where no such record stands there.
    func withPayload<Result>(
        _ entry: ChunkPackEntry, isChecking: Bool = false,
        _ body: (UnsafeRawBufferPointer) throws(ChunkStoreError) -> Result
    ) throws(ChunkStoreError) -> Result {
        let file = try mapped()
        return try unsafe file.bytes.withUnsafeBytes { buffer throws(ChunkStoreError) in
            guard
                let record = ChunkPackFormat.readRecord(buffer, at: entry.offset, isChecking: isChecking),
                record.kind == entry.kind, record.key == entry.key, record.rawLength == entry.rawLength
            else { throw .damagedPack(path, offset: entry.offset, expected: "the record of \(entry.key)") }
            return try body(UnsafeRawBufferPointer(rebasing: buffer[record.payload]))
        }
    }

    /// A copy of the whole record, for sending it as it is.
    func record(_ entry: ChunkPackEntry) throws(ChunkStoreError) -> [UInt8] {
        let file = try mapped()
        return try unsafe file.bytes.withUnsafeBytes { buffer throws(ChunkStoreError) in
            guard
                let record = ChunkPackFormat.readRecord(buffer, at: entry.offset, isChecking: false),
                record.key == entry.key
            else { throw .damagedPack(path, offset: entry.offset, expected: "the record of \(entry.key)") }
            return [UInt8](buffer[entry.offset..<record.end])
        }
    }
}
