public import Bytes
public import GitObjects
public import SystemPackage

/// A pack's entries after every one was read and every delta resolved: what `index-pack` and `verify-pack` work on.
public struct PackInspection: Sendable {
    /// One entry.
    public struct Entry: Sendable {
        /// The object's id.
        public let id: ObjectID
        /// Its kind.
        public let kind: ObjectKind
        /// The size of the entry's data inflated: of the object, or of the delta.
        public let size: Int
        /// The bytes that the entry takes.
        public let packedSize: Int
        /// Where it starts.
        public let offset: Int
        /// How many deltas stand between it and a whole object.
        public let depth: Int
        /// The object that it is a delta to.
        public let base: ObjectID?
    }

    /// The pack's checksum.
    public let checksum: ObjectID
    /// The entries in the order of the pack.
    public let entries: [Entry]
    private let lines: [PackIndexEntry]

    /// Reads and proves a pack file.
    ///
    /// - Throws: ``StorageError/pack(_:_:)`` with what is wrong with it.
    public init(
        packAt path: FilePath, algorithm: HashAlgorithm, limits: Limits = .init(), checker: ObjectChecker? = nil,
        workers: Int = Workers.processorCount
    ) throws(StorageError) {
        let file: MappedFile
        do { file = try MappedFile(path) } catch { throw .file(error) }
        do throws(StorageError) {
            try self.init(file, algorithm: algorithm, limits: limits, checker: checker, workers: workers)
        } catch {
            if case .receivedPack(let problem) = error { throw .pack(path, problem) }
            throw error
        }
    }

    /// Reads and proves a pack from mapped or copied bytes; it must be complete in itself.
    public init(
        _ file: MappedFile, algorithm: HashAlgorithm, limits: Limits = .init(), checker: ObjectChecker? = nil,
        workers: Int = Workers.processorCount
    ) throws(StorageError) {
        var scanner = try PackScanner(algorithm: algorithm, limits: limits, checker: checker)
        let bytes = file.bytes
        var offset = 0
        while offset < bytes.byteCount {
            let used = try scanner.scan(bytes.extracting(offset..<bytes.byteCount))
            if used == 0 { break }
            offset += used
        }
        try scanner.checkComplete()
        guard offset == bytes.byteCount, let checksum = scanner.checksum else {
            throw .receivedPack(.garbage(offset: offset))
        }
        let end = bytes.byteCount - algorithm.byteCount
        let resolver = DeltaResolver(
            scanner.takePack(), file: file, algorithm: algorithm, limits: limits, workers: workers, checker: checker,
            scratch: ScratchPool())
        if resolver.pack.deltaCount > 0 { try resolver.resolve() }
        if let missing = resolver.missingBases.first { throw .missingBase(missing) }
        let scanned = resolver.pack.entries
        self.checksum = checksum
        var entries: [Entry] = []
        entries.reserveCapacity(scanned.count)
        for (number, entry) in scanned.enumerated() {
            guard let kind = entry.kind else {
                throw .receivedPack(.chainTooLong(offset: entry.offset, limit: scanned.count))
            }
            let next = number + 1 < scanned.count ? scanned[number + 1].offset : end
            entries.append(
                Entry(
                    id: entry.id, kind: kind, size: entry.size, packedSize: next - entry.offset, offset: entry.offset,
                    depth: Int(entry.depth), base: entry.base >= 0 ? scanned[Int(entry.base)].id : nil))
        }
        self.entries = entries
        lines = scanned.map { PackIndexEntry(id: $0.id, offset: $0.offset, crc: $0.crc) }.sorted { $0.id < $1.id }
    }

    /// The pack's index, version 2.
    public var index: [UInt8] {
        PackIndexWriter.index(lines, packChecksum: checksum, algorithm: checksum.algorithm)
    }

    /// The pack's reverse index.
    public var reverseIndex: [UInt8] {
        PackIndexWriter.reverseIndex(lines, packChecksum: checksum, algorithm: checksum.algorithm)
    }
}

extension PackIndex {
    /// Proves that this is the index of an inspected pack.
    ///
    /// - Throws: ``StorageError/table(_:_:)`` where the index is damaged, ``StorageError/pack(_:_:)`` where an object stands
    ///   elsewhere or is not listed.
    public func check(against pack: PackInspection, pack path: FilePath) throws(StorageError) {
        do throws(TableError) { try verify() } catch { throw .table(self.path, error) }
        guard packChecksum == pack.checksum, count == pack.entries.count else { throw .pack(path, .indexMismatch) }
        for entry in pack.entries {
            guard let position = position(of: entry.id) else { throw .pack(path, .indexMismatch) }
            let offset: Int
            do throws(TableError) { offset = try self.offset(at: position) } catch { throw .table(self.path, error) }
            // A pack may hold an object twice; one of them is listed at this position.
            guard offset == entry.offset || isListed(entry.id, near: position, offset: entry.offset) else {
                throw .pack(path, .indexMismatch)
            }
        }
    }

    private func isListed(_ id: ObjectID, near position: Int, offset: Int) -> Bool {
        for step in [-1, 1] {
            var other = position + step
            while other >= 0, other < count, self.id(at: other) == id {
                if (try? self.offset(at: other)) == offset { return true }
                other += step
            }
        }
        return false
    }
}
