internal import Bytes
public import GitObjects
internal import Synchronization
public import SystemPackage

extension ObjectDatabase {
    /// Every object that is here, alternates included, each once.
    public func allIDs(sorted: Bool = true) throws(StorageError) -> [ObjectID] {
        var table = ObjectIDTable()
        try collectIDs(into: &table)
        return sorted ? table.ids.sorted() : table.ids
    }

    private func collectIDs(into table: inout ObjectIDTable) throws(StorageError) {
        for pack in try currentPacks() {
            for position in 0..<pack.index.count { table.insert(pack.index.id(at: position)) }
        }
        for bucket in UInt8.min...UInt8.max {
            for id in try loose.ids(inBucket: bucket) { table.insert(id) }
        }
        for alternate in alternates { try alternate.collectIDs(into: &table) }
    }

    /// The loose objects of this directory.
    public func looseIDs() throws(StorageError) -> [ObjectID] {
        var ids: [ObjectID] = []
        for bucket in UInt8.min...UInt8.max { ids += try loose.ids(inBucket: bucket) }
        return ids
    }

    /// Where a loose object's file stands, or would.
    public func loosePath(_ id: ObjectID) -> FilePath { loose.path(of: id) }

    /// How an object takes up space: bytes on disk, and the object that it is a delta to.
    public func storage(of id: ObjectID) throws(StorageError) -> (size: Int, base: ObjectID?) {
        guard contains(id) else { throw .missing(id) }
        if let (pack, position) = try locate(id) {
            let source = try sourcePack(pack)
            let offset = try pack.offset(at: position)
            let entry = try pack.entry(at: offset, in: source.file)
            let size = try source.end(of: offset) - offset
            switch entry.form {
            case .whole: return (size, nil)
            case .referenceDelta(let base): return (size, base)
            case .offsetDelta(let base): return (size, try source.id(at: base))
            }
        }
        let status: FileStatus?
        do { status = try FileStatus.of(loose.path(of: id)) } catch { throw .file(error) }
        if let status { return (Int(status.size), nil) }
        for alternate in alternates where alternate.isAtHand(id) { return try alternate.storage(of: id) }
        throw .missing(id)
    }

    /// The order of a pack's entries, made once for the pack that is asked about.
    private func sourcePack(_ pack: Pack) throws(StorageError) -> SourcePack {
        if let known = catalog.withLock({ $0.source }), known.pack.number == pack.number { return known }
        var source = try SourcePack(pack)
        try source.putInOrder(expecting: pack.index.count)
        catalog.withLock { [source] in $0.source = source }
        return source
    }
}
