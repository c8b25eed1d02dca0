internal import Bytes
internal import GitObjects
internal import SystemPackage

/// One line of a pack index.
struct PackIndexEntry: Sendable {
    var id: ObjectID
    var offset: Int
    var crc: UInt32
}

/// A pack being written: a temporary file in the pack directory that gets its name, index and reverse index at the end.
///
/// A process that is killed leaves `tmp_pack_…`, which maintenance removes. The index is renamed last, so that nobody sees
/// a pack without all of its companions.
struct PackFileWriter: ~Copyable {
    private var file: TemporaryFile
    private var buffer: [UInt8] = []
    private(set) var entries: [PackIndexEntry] = []
    /// The size of the pack so far.
    private(set) var size = 12
    let algorithm: HashAlgorithm
    let directory: FilePath

    private static let bufferSize = 1 << 20

    init(in directory: FilePath, algorithm: HashAlgorithm) throws(StorageError) {
        self.directory = directory
        self.algorithm = algorithm
        do {
            file = try Self.temporaryFile(in: directory)
        } catch {
            throw .file(error)
        }
        // The count is put in at the end.
        buffer = Self.header(count: 0)
        buffer.reserveCapacity(Self.bufferSize + 65536)
    }

    private static func temporaryFile(in directory: FilePath) throws(FileError) -> TemporaryFile {
        do throws(FileError) {
            return try TemporaryFile(in: directory, prefix: "pack", permissions: 0o444)
        } catch {
            guard error.code == .noSuchFileOrDirectory else { throw error }
        }
        try Files.makeDirectory(directory)
        return try TemporaryFile(in: directory, prefix: "pack", permissions: 0o444)
    }

    static func header(count: Int) -> [UInt8] {
        var writer = ByteWriter(capacity: 12)
        writer.write("PACK")
        writer.write(2 as UInt32)
        writer.write(UInt32(truncatingIfNeeded: count))
        return writer.bytes
    }

    var path: FilePath { file.path }

    /// Appends a whole entry, header and compressed data.
    mutating func append(_ entry: RawSpan, id: ObjectID, crc: UInt32) throws(StorageError) {
        entries.append(PackIndexEntry(id: id, offset: size, crc: crc))
        try append(raw: entry)
    }

    /// Appends bytes of an entry that is written in pieces; ``note(_:offset:crc:)`` completes it.
    mutating func append(raw bytes: RawSpan) throws(StorageError) {
        size += bytes.byteCount
        if bytes.byteCount >= Self.bufferSize {
            try flush()
            do { try file.output.write(bytes) } catch { throw .file(error) }
            return
        }
        unsafe bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
        if buffer.count >= Self.bufferSize { try flush() }
    }

    mutating func note(_ id: ObjectID, offset: Int, crc: UInt32) {
        entries.append(PackIndexEntry(id: id, offset: offset, crc: crc))
    }

    /// Takes back everything after `offset`.
    mutating func truncate(to offset: Int) throws(StorageError) {
        try flush()
        do { try file.output.truncate(to: offset) } catch { throw .file(error) }
        size = offset
    }

    mutating func flush() throws(StorageError) {
        guard !buffer.isEmpty else { return }
        do { try file.output.write(buffer) } catch { throw .file(error) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Reads back what was written.
    mutating func readBack(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        try flush()
        do { return try file.output.readBack(at: offset, count: count) } catch { throw .file(error) }
    }

    /// Puts in the count, seals the pack with its checksum, and gives it, its index and its reverse index their names.
    ///
    /// - Returns: the checksum, which is also in the name.
    mutating func finish(writesReverseIndex: Bool = true) throws(StorageError) -> ObjectID {
        try flush()
        let header = Self.header(count: entries.count)
        let checksum: ObjectID
        do throws(FileError) {
            try file.output.overwrite(header, at: 0)
            checksum = try file.output.digest(of: size, algorithm)
            try file.output.write(checksum.bytes)
            try file.output.synchronize()
        } catch {
            throw .file(error)
        }
        try PackFiles.install(
            &file, entries: entries, checksum: checksum, in: directory, algorithm: algorithm,
            writesReverseIndex: writesReverseIndex)
        return checksum
    }
}

/// The names that a finished pack's files get, and the order in which they appear.
enum PackFiles {
    static func name(_ checksum: ObjectID, _ extension: String, prefix: String = "pack") -> String {
        "\(prefix)-\(checksum.hex).\(`extension`)"
    }

    /// Writes index and reverse index beside a complete temporary pack and renames all three, the index last.
    static func install(
        _ file: inout TemporaryFile, entries: [PackIndexEntry], checksum: ObjectID, in directory: FilePath,
        prefix: String = "pack", algorithm: HashAlgorithm, writesReverseIndex: Bool,
        companions: [(extension: String, content: [UInt8])] = []
    ) throws(StorageError) {
        let sorted = entries.sorted { $0.id < $1.id }
        let index = PackIndexWriter.index(sorted, packChecksum: checksum, algorithm: algorithm)
        do throws(FileError) {
            for companion in companions {
                try write(
                    companion.content, to: directory.appending(name(checksum, companion.extension, prefix: prefix)),
                    in: directory)
            }
            try file.finish(as: directory.appending(name(checksum, "pack", prefix: prefix)), synchronizing: true)
            if writesReverseIndex {
                let reverse = PackIndexWriter.reverseIndex(sorted, packChecksum: checksum, algorithm: algorithm)
                try write(reverse, to: directory.appending(name(checksum, "rev", prefix: prefix)), in: directory)
            }
            try write(index, to: directory.appending(name(checksum, "idx", prefix: prefix)), in: directory)
            try Files.synchronizeDirectory(directory)
        } catch {
            throw .file(error)
        }
    }

    private static func write(_ bytes: [UInt8], to path: FilePath, in directory: FilePath) throws(FileError) {
        var file = try TemporaryFile(in: directory, prefix: "idx", permissions: 0o444)
        try file.output.write(bytes)
        try file.finish(as: path, synchronizing: true)
    }
}
