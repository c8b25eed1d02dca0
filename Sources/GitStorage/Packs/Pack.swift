public import Bytes
internal import GitObjects
internal import Synchronization
public import SystemPackage

/// A pack and its index. The pack is mapped when it is first read; both stay readable when the files are removed.
public final class Pack: Sendable {
    /// The `.pack` file.
    public let path: FilePath
    /// Its index.
    public let index: PackIndex
    /// When the pack was last changed; newer packs are looked into first.
    let modified: FileStatus.Time
    let number: Int
    private let mapping = Mutex<MappedFile?>(nil)
    private static let counter = Atomic<Int>(0)

    /// Opens the index; the pack is opened later.
    public init(indexPath: FilePath, algorithm: HashAlgorithm) throws(StorageError) {
        var path = indexPath
        path.extension = "pack"
        self.path = path
        index = try PackIndex(indexPath, algorithm: algorithm)
        do { modified = try FileStatus.of(path)?.modified ?? .init(seconds: 0, nanoseconds: 0) } catch {
            throw .file(error)
        }
        number = Self.counter.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    /// The hash function of its ids.
    public var algorithm: HashAlgorithm { index.algorithm }

    /// Whether a file with this extension stands beside the pack: `keep`, `promisor`, `rev`, `bitmap`, `mtimes`.
    public func hasCompanion(_ extension: String) -> Bool {
        var companion = path
        companion.extension = `extension`
        return ((try? FileStatus.of(companion)) ?? nil) != nil
    }

    /// The pack's bytes, mapped at the first call.
    ///
    /// - Throws: ``StorageError/file(_:)`` where it cannot be opened, ``StorageError/pack(_:_:)`` where it is no pack or
    ///   not the one that the index was made for.
    public func content() throws(StorageError) -> MappedFile {
        if let file = mapping.withLock({ $0 }) { return file }
        let file = try map()
        let bytes = file.bytes
        let trailer = bytes.byteCount - algorithm.byteCount
        guard trailer >= 12 else { throw .pack(path, .truncated(offset: bytes.byteCount)) }
        guard bytes.uint32(at: 0) == 0x5041_434b, (2...3).contains(bytes.uint32(at: 4)) else {
            throw .pack(path, .badHeader)
        }
        guard Int(bytes.uint32(at: 8)) == index.count,
            ObjectID(bytes, at: trailer, algorithm: algorithm) == index.packChecksum
        else { throw .pack(path, .indexMismatch) }
        mapping.withLock { $0 = file }
        return file
    }

    /// Gives back the memory of what was read.
    func releasePages() { mapping.withLock { $0 }?.releasePages() }

    private func map() throws(StorageError) -> MappedFile {
        do { return try MappedFile(path) } catch { throw .file(error) }
    }

    /// The header of the entry at an offset.
    public func entry(at offset: Int) throws(StorageError) -> PackEntry {
        let file = try content()
        return try entry(at: offset, in: file)
    }

    func entry(at offset: Int, in file: MappedFile) throws(StorageError) -> PackEntry {
        let bytes = file.bytes
        let end = bytes.byteCount - algorithm.byteCount
        do throws(PackError) {
            guard offset >= 12 else { throw .badBaseOffset(offset, offset: offset) }
            return try PackEntry.parse(bytes.extracting(0..<end), at: offset, algorithm: algorithm)
        } catch {
            throw .pack(path, error)
        }
    }

    /// Where the object at an index position stands.
    public func offset(at position: Int) throws(StorageError) -> Int {
        do throws(TableError) {
            return try index.offset(at: position)
        } catch {
            throw .table(index.path, error)
        }
    }
}
