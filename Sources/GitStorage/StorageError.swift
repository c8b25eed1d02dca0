public import Bytes
public import GitObjects
public import SystemPackage

/// What can go wrong with stored objects. Each case names the object or the file, and the byte where one is known.
public enum StorageError: Error, CustomStringConvertible {
    /// No such object here.
    case missing(ObjectID)
    /// An object is of another kind than was asked for.
    case unexpectedKind(ObjectID, expected: ObjectKind, actual: ObjectKind)
    /// An object's content cannot be read as its kind.
    case malformed(ObjectID, ObjectError)
    /// An object's content has another hash than its name.
    case hashMismatch(ObjectID, actual: ObjectID)
    /// A loose object's file is damaged.
    case loose(FilePath, LooseObjectError)
    /// A pack is damaged.
    case pack(FilePath, PackError)
    /// A pack index, reverse index or commit-graph is damaged.
    case table(FilePath, TableError)
    /// Something is larger than the limits allow.
    case tooLarge(ObjectID?, size: UInt64, limit: UInt64)
    /// A tree lies deeper below the one that was asked for than trees may.
    case tooDeep(ObjectID, limit: Int)
    /// A pack that is being received is damaged.
    case receivedPack(PackError)
    /// A received delta's base is neither in the pack nor in the repository.
    case missingBase(ObjectID)
    /// A received object fails the checks that were asked for.
    case unsound(ObjectID, ObjectKind, message: String)
    /// A received object is one half of a collision attack on SHA-1.
    case collisionAttack(ObjectID)
    /// The file system refused.
    case file(FileError)
    /// A lock is held.
    case lock(LockError)
    /// zlib could not go on.
    case zlib(ZlibError)
    /// Whoever takes the output could not.
    case output(any Error)

    public var description: String {
        switch self {
        case .missing(let id): "object \(id) is missing"
        case .unexpectedKind(let id, let expected, let actual):
            "object \(id) is a \(actual.name), not a \(expected.name)"
        case .malformed(let id, let error): "object \(id): \(error)"
        case .hashMismatch(let id, let actual): "hash mismatch: \(id) has the content of \(actual)"
        case .loose(let path, let error): "loose object '\(path)': \(error) (run 'nacre fsck')"
        case .pack(let path, let error): "pack '\(path)': \(error) (run 'nacre fsck')"
        case .table(let path, let error): "'\(path)': \(error) (run 'nacre fsck')"
        case .tooDeep(let id, let limit): "directories are nested deeper than \(limit) at tree \(id)"
        case .tooLarge(let id, let size, let limit):
            (id.map { "object \($0)" } ?? "an object") + " of \(size) bytes is more than the limit of \(limit)"
        case .receivedPack(let error): "received pack: \(error)"
        case .missingBase(let id): "received pack: delta base \(id) is missing"
        case .unsound(let id, let kind, let message): "object \(id) (\(kind.name)): \(message)"
        case .collisionAttack(let id): "SHA-1 appears to be part of a collision attack: \(id)"
        case .file(let error): error.description
        case .lock(let error): error.description
        case .zlib(let error): error.description
        case .output(let error): "\(error)"
        }
    }

    /// Whether the object simply is not here.
    public var isMissing: Bool {
        if case .missing = self { return true }
        return false
    }
}

/// What can be wrong with a loose object's file.
public enum LooseObjectError: Error, Hashable, CustomStringConvertible {
    /// The header is not `<kind> <size>\0`.
    case badHeader
    /// The content is shorter or longer than the header says.
    case wrongSize(announced: Int)
    /// Bytes follow the compressed stream.
    case garbage(offset: Int)
    /// The compressed stream is damaged.
    case zlib(ZlibError)

    public var description: String {
        switch self {
        case .badHeader: "invalid header"
        case .wrongSize(let announced): "content is not of the \(announced) bytes that its header announces"
        case .garbage(let offset): "garbage at end, from byte \(offset)"
        case .zlib(let error): error.description
        }
    }
}

/// What can be wrong with a pack. Offsets count bytes from the pack's beginning.
public enum PackError: Error, Hashable, CustomStringConvertible {
    /// It does not begin with `PACK`, version 2 or 3.
    case badHeader
    /// The pack ends inside of something.
    case truncated(offset: Int)
    /// An entry has a type that packs do not have.
    case badEntryType(UInt8, offset: Int)
    /// A size or distance does not fit.
    case numberOutOfRange(offset: Int)
    /// A delta's base stands before the pack's first entry, or at no entry.
    case badBaseOffset(Int, offset: Int)
    /// A delta's base is not in the pack.
    case missingBase(ObjectID, offset: Int)
    /// A chain of deltas is longer than the limit, or closed in itself.
    case chainTooLong(offset: Int, limit: Int)
    /// A delta cannot be applied.
    case delta(DeltaError, offset: Int)
    /// An entry's compressed data is damaged.
    case zlib(ZlibError, offset: Int)
    /// The checksum at the end is not the content's.
    case badChecksum
    /// More objects are announced than the limit allows, or than the bytes can hold.
    case badObjectCount(Int)
    /// Bytes follow the checksum.
    case garbage(offset: Int)
    /// Its index belongs to another pack.
    case indexMismatch
    /// The checksum over an entry's bytes is not the one in the index.
    case badEntryChecksum(ObjectID, offset: Int)

    public var description: String {
        switch self {
        case .badHeader: "not a pack of version 2 or 3"
        case .truncated(let offset): "truncated at byte \(offset)"
        case .badEntryType(let type, let offset): "unknown object type \(type) at byte \(offset)"
        case .numberOutOfRange(let offset): "number out of range at byte \(offset)"
        case .badBaseOffset(let base, let offset): "delta base offset \(base) is out of bound at byte \(offset)"
        case .missingBase(let id, let offset): "delta base \(id) is missing at byte \(offset)"
        case .chainTooLong(let offset, let limit): "chain of more than \(limit) deltas at byte \(offset)"
        case .delta(let error, let offset): "delta at byte \(offset): \(error)"
        case .zlib(let error, let offset): "object at byte \(offset): \(error)"
        case .badChecksum: "checksum mismatch"
        case .badObjectCount(let count): "\(count) objects announced"
        case .garbage(let offset): "garbage after byte \(offset)"
        case .indexMismatch: "its index belongs to another pack"
        case .badEntryChecksum(let id, let offset): "bytes of object \(id) at byte \(offset) have changed"
        }
    }
}

/// What can be wrong with a file of sorted tables: pack index, reverse index, commit-graph.
public enum TableError: Error, Hashable, CustomStringConvertible {
    /// Signature, version or hash function are not what this program reads.
    case badHeader
    /// The file is shorter than its tables.
    case truncated(size: Int)
    /// Counts do not grow, or lead outside of the file.
    case badFanout(offset: Int)
    /// Ids are not in order.
    case unsorted(offset: Int)
    /// A number leads outside of what it points into.
    case badPosition(offset: Int)
    /// A table that must be there is not, or its bounds are wrong.
    case badChunk(offset: Int)
    /// The checksum at the end is not the content's.
    case badChecksum

    public var description: String {
        switch self {
        case .badHeader: "signature or version is unknown"
        case .truncated(let size): "truncated at byte \(size)"
        case .badFanout(let offset): "table of counts is not monotonic at byte \(offset)"
        case .unsorted(let offset): "ids are out of order at byte \(offset)"
        case .badPosition(let offset): "number leads outside of the file at byte \(offset)"
        case .badChunk(let offset): "table of contents is wrong at byte \(offset)"
        case .badChecksum: "checksum mismatch"
        }
    }
}
