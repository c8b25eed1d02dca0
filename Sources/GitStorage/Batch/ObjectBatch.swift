internal import Bytes
public import GitObjects
internal import Synchronization

/// New objects that belong together: one pack for many, loose files for few.
///
/// `add` may be called from any number of threads: each hashes and deflates on the caller's thread, and only the finished
/// entry is appended under a lock; call it from ``Workers`` to use all cores. Objects that the repository has, or that were
/// added before, are passed over. Memory is bounded: the first objects wait until there are enough for a pack (at most
/// ``pendingLimit`` bytes of them), the rest go to a temporary file. What was added can be counted on after ``finish()``;
/// going away without it leaves at most some unreachable loose objects.
public final class ObjectBatch: Sendable {
    /// The bytes of content that wait in memory while it is open whether a pack is worth it.
    public static let pendingLimit = 4 << 20
    /// While it is open whether a pack is worth it, an object of more than this many bytes becomes loose at once.
    private static let directLimit = 512 << 10

    private struct Pending: Sendable {
        let id: ObjectID
        let object: GitObject
    }

    // Unchecked: reached under the lock alone; it holds the writer, which cannot be copied out.
    private final class State: @unchecked Sendable {
        var known: Set<ObjectID> = []
        var pending: [Pending] = []
        var pendingBytes = 0
        var looseCount = 0
        var writer: Writer?
        var isFinished = false
    }

    private final class Writer {
        var file: PackFileWriter
        init(_ file: consuming PackFileWriter) { self.file = file }
    }

    private enum Course { case wait, loose, pack }

    private let database: ObjectDatabase
    private let state = Mutex(State())

    init(_ database: ObjectDatabase) { self.database = database }

    /// Adds an object and says its id.
    ///
    /// - Throws: ``StorageError/file(_:)`` where it cannot be written.
    @discardableResult
    public func add(_ kind: ObjectKind, _ content: [UInt8]) throws(StorageError) -> ObjectID {
        let id = ObjectID.hash(kind, content, database.algorithm)
        guard try reserve(id) else { return id }
        let course = state.withLock { state -> Course in
            let course = self.course(of: content.count, state)
            if course == .wait {
                state.pending.append(Pending(id: id, object: GitObject(kind, content)))
                state.pendingBytes += content.count
            }
            return course
        }
        if course != .wait { try store(id, kind, content.span.bytes, course) }
        return id
    }

    /// Adds an object from borrowed bytes and says its id; the bytes are copied only while few objects have come.
    @discardableResult
    public func add(_ kind: ObjectKind, _ content: RawSpan) throws(StorageError) -> ObjectID {
        let size = content.byteCount
        let course = state.withLock { state -> Course in self.course(of: size, state) }
        if course == .wait { return try add(kind, [UInt8](content)) }
        let id = ObjectID.hash(kind, content, database.algorithm)
        guard try reserve(id) else { return id }
        try store(id, kind, content, course)
        return id
    }

    private func course(of size: Int, _ state: State) -> Course {
        let limit = database.options.batchLooseLimit
        guard state.writer == nil, state.pending.count + state.looseCount + 1 < limit else { return .pack }
        if size <= Self.directLimit && state.pendingBytes + size <= Self.pendingLimit { return .wait }
        state.looseCount += 1
        return .loose
    }

    /// Whether the id is new; from now on it is not.
    private func reserve(_ id: ObjectID) throws(StorageError) -> Bool {
        guard state.withLock({ $0.known.insert(id).inserted }) else { return false }
        guard try database.isKnown(id) else { return true }
        database.freshen(id)
        return false
    }

    private func store(
        _ id: ObjectID, _ kind: ObjectKind, _ content: RawSpan, _ course: Course
    ) throws(StorageError) {
        try database.scratch.with { scratch throws(StorageError) in
            if course == .loose {
                try database.writeLoose(id, kind, content, scratch: scratch)
            } else {
                try append(id, kind, content, scratch: scratch)
            }
        }
    }

    /// Compresses an object into a pack entry and appends it.
    private func append(
        _ id: ObjectID, _ kind: ObjectKind, _ content: RawSpan, scratch: Scratch
    ) throws(StorageError) {
        scratch.buffer.removeAll(keepingCapacity: true)
        try PackEntry.encode(
            .whole(kind), content, offset: 0, level: database.options.looseCompression, scratch: scratch,
            into: &scratch.buffer)
        let entry = scratch.buffer
        let crc = CRC32.update(0, entry)
        try state.withLock { state throws(StorageError) in
            try writer(of: state).file.append(entry.span.bytes, id: id, crc: crc)
        }
        // One huge object must not keep its buffer for good.
        if entry.capacity > 8 << 20 { scratch.buffer = [] }
    }

    private func writer(of state: State) throws(StorageError) -> Writer {
        if let writer = state.writer { return writer }
        let writer = Writer(try PackFileWriter(in: database.packDirectory, algorithm: database.algorithm))
        state.writer = writer
        return writer
    }

    /// Adds a blob of known size that is read in pieces, so that memory does not grow with it. It goes into the pack; other
    /// threads that add wait for it.
    ///
    /// - Parameters:
    ///   - size: the number of bytes that `read` will give.
    ///   - read: fills the beginning of a buffer and says how many bytes it put there; 0 at the end.
    /// - Throws: ``StorageError/output(_:)`` with what `read` threw, or with a ``SizeChange`` where it gave another number
    ///   of bytes than announced. The batch is as it was before then.
    @discardableResult
    public func addBlob(
        size: Int, read: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws(StorageError) -> ObjectID {
        try database.scratch.with { scratch throws(StorageError) in
            try state.withLock { state throws(StorageError) in
                let writer = try writer(of: state)
                let start = writer.file.size
                do throws(StorageError) {
                    let (id, crc) = try writer.file.appendBlob(
                        size: size, level: database.options.looseCompression, scratch: scratch, read: read)
                    let isNew = state.known.insert(id).inserted
                    if isNew, try !database.isKnown(id) {
                        writer.file.note(id, offset: start, crc: crc)
                    } else {
                        try writer.file.truncate(to: start)
                    }
                    return id
                } catch {
                    try writer.file.truncate(to: start)
                    throw error
                }
            }
        }
    }

    /// Whether an object was added, and not only found in the repository.
    public func contains(_ id: ObjectID) -> Bool { state.withLock { $0.known.contains(id) } }

    /// Makes everything that was added readable through the database; later calls do nothing.
    ///
    /// - Throws: ``StorageError/file(_:)``; the temporary pack is removed when the batch goes away.
    public func finish() throws(StorageError) {
        let (pending, packs) = state.withLock { state in
            defer { state.pending = [] }
            let isFirst = !state.isFinished
            state.isFinished = true
            return (isFirst ? state.pending : [], state.writer != nil)
        }
        try Workers.forEach(pending.count) { (_, item) throws(StorageError) in
            let entry = pending[item]
            try store(entry.id, entry.object.kind, entry.object.content.span.bytes, packs ? .pack : .loose)
        }
        let hasPack = try state.withLock { state throws(StorageError) in
            guard let writer = state.writer else { return false }
            state.writer = nil
            guard !writer.file.entries.isEmpty else { return false }
            _ = try writer.file.finish()
            return true
        }
        if hasPack { try database.refreshPacks() }
    }
}

/// A file that was being read had another size than it said.
public struct SizeChange: Error, CustomStringConvertible {
    /// The size that was announced.
    public let announced: Int

    public var description: String { "file changed while it was read: expected \(announced) bytes" }
}
