internal import Bytes
public import GitObjects
internal import Synchronization
public import SystemPackage

/// Takes a pack as a stream of bytes, proves it, completes it where it is thin, and installs it with its index.
///
/// Give the bytes to ``receive(_:)`` as they come and call ``finish()`` at the end. Until then everything stands in a
/// temporary file that goes away with the indexer. One thread at a time; resolving the deltas uses all cores.
public final class PackIndexer: Sendable {
    /// What may be left out.
    public struct Options: Sendable {
        /// Whether bases that are missing in the pack are taken from the repository.
        public var completesThinPacks = true
        /// `receive.maxInputSize`: the largest pack that is taken, in bytes.
        public var maximumPackSize: Int?
        /// Packs of fewer objects than this become loose objects (`transfer.unpackLimit`); 0 for never.
        public var unpackLimit = 0
        /// Checks that every object must pass (`transfer.fsckObjects`), or nil for none.
        public var checker: ObjectChecker?
        /// The content of a `.keep` file that protects the pack until the caller has moved the refs.
        public var keepMessage: [UInt8]?
        /// The content of a `.promisor` file, for a pack of a partial clone.
        public var promisorMessage: [UInt8]?
        /// Whether a reverse index is written.
        public var writesReverseIndex = true
        /// Is told what is going on, from the calling thread.
        public var progress: (@Sendable (Progress) -> Void)?

        /// What a fetch without options does.
        public init() {}
    }

    /// How far the work is.
    public enum Progress: Sendable, Hashable {
        /// Objects that have come, of those announced, and the bytes so far.
        case receiving(objects: Int, of: Int, bytes: Int)
        /// Deltas are being resolved.
        case resolving(deltas: Int)
    }

    /// What was installed.
    public struct Outcome: Sendable {
        /// The pack's checksum, which is in its name.
        public let checksum: ObjectID
        /// How many objects came.
        public let objectCount: Int
        /// How many of them were deltas.
        public let deltaCount: Int
        /// How many bases were added to complete the pack.
        public let addedBases: Int
        /// The pack, or nil where the objects became loose, or there were none.
        public let pack: FilePath?
        /// The `.keep` file, which the caller removes when the refs have moved.
        public let keep: FilePath?
        /// How many bytes came.
        public let byteCount: Int
    }

    // Unchecked: reached under the lock alone.
    private final class State: @unchecked Sendable {
        var scanner: PackScanner
        var file: TemporaryFile
        var pending: [UInt8] = []
        var isFinished = false
        init(_ scanner: consuming PackScanner, _ file: consuming TemporaryFile) {
            self.scanner = scanner
            self.file = file
        }
    }

    let database: ObjectDatabase
    let options: Options
    private let state: Mutex<State>

    /// Starts taking a pack for a repository.
    ///
    /// - Throws: ``StorageError/file(_:)`` where the pack directory cannot be written to.
    public init(_ database: ObjectDatabase, options: Options = .init()) throws(StorageError) {
        self.database = database
        self.options = options
        let scanner = try PackScanner(
            algorithm: database.algorithm, limits: database.options.limits, checker: options.checker)
        let file: TemporaryFile
        do throws(FileError) {
            try Files.makeDirectory(database.packDirectory)
            file = try TemporaryFile(in: database.packDirectory, prefix: "pack", permissions: 0o444)
        } catch {
            throw .file(error)
        }
        state = Mutex(State(scanner, file))
    }

    /// Whether the pack's last byte has come.
    public var isComplete: Bool { state.withLock { $0.scanner.isComplete } }

    /// Takes more bytes.
    ///
    /// - Throws: ``StorageError/receivedPack(_:)`` where they are no pack, ``StorageError/tooLarge(_:size:limit:)``,
    ///   ``StorageError/unsound(_:_:message:)``, ``StorageError/file(_:)``.
    public func receive(_ bytes: RawSpan) throws(StorageError) {
        // A span cannot go into the closure; its buffer outlives the call.
        try unsafe bytes.withUnsafeBytes { buffer throws(StorageError) in
            nonisolated(unsafe) let buffer = buffer
            let progress = try state.withLock { state throws(StorageError) in
                try receive(buffer, state)
                return Progress.receiving(
                    objects: state.scanner.pack.entries.count, of: state.scanner.announced,
                    bytes: state.scanner.position)
            }
            options.progress?(progress)
        }
    }

    /// Takes more bytes.
    public func receive(_ bytes: [UInt8]) throws(StorageError) { try receive(bytes.span.bytes) }

    private func receive(_ buffer: UnsafeRawBufferPointer, _ state: State) throws(StorageError) {
        let size = state.scanner.position + state.pending.count + buffer.count
        if let limit = options.maximumPackSize, size > limit {
            throw .tooLarge(nil, size: UInt64(size), limit: UInt64(limit))
        }
        do throws(FileError) {
            try state.file.output.write(buffer: buffer)
        } catch {
            throw .file(error)
        }
        guard state.pending.isEmpty else {
            state.pending.append(contentsOf: buffer)
            var pending: [UInt8] = []
            swap(&pending, &state.pending)
            let used = try state.scanner.scan(pending.span.bytes)
            pending.removeFirst(used)
            state.pending = pending
            return
        }
        let span = unsafe RawSpan(_unsafeBytes: buffer)
        let used = try state.scanner.scan(span)
        state.pending.append(contentsOf: buffer[used...])
    }

    /// Resolves the deltas and gives the pack its name.
    ///
    /// - Throws: ``StorageError/receivedPack(_:)`` where the pack is cut or a delta is wrong,
    ///   ``StorageError/missingBase(_:)`` where a base is nowhere; nothing is left behind then.
    public func finish() throws(StorageError) -> Outcome {
        try state.withLock { state throws(StorageError) in try finish(state) }
    }

    private func finish(_ state: State) throws(StorageError) -> Outcome {
        try state.scanner.checkComplete()
        let received = state.scanner.position + database.algorithm.byteCount
        guard state.pending.isEmpty, !state.isFinished else { throw .receivedPack(.garbage(offset: received)) }
        state.isFinished = true
        let pack = state.scanner.takePack()
        let count = pack.entries.count
        let deltas = pack.deltaCount
        // A pack of nothing is how "nothing new" is said; it is not kept.
        guard count > 0, let checksum = state.scanner.checksum else {
            return Outcome(
                checksum: state.scanner.checksum ?? .zero(database.algorithm), objectCount: 0, deltaCount: 0,
                addedBases: 0, pack: nil, keep: nil, byteCount: received)
        }
        let mapped: MappedFile
        do { mapped = try MappedFile(state.file.path) } catch { throw .file(error) }
        let resolver = DeltaResolver(
            pack, file: mapped, algorithm: database.algorithm, limits: database.options.limits,
            workers: database.options.workers, checker: options.checker, scratch: database.scratch
        ) { [database] id throws(StorageError) in try database.read(id).content }
        options.progress?(.resolving(deltas: deltas))
        if deltas > 0 { try resolver.resolve() }
        if count < options.unpackLimit {
            try checkNamedFiles(resolver)
            try unpack(resolver)
            return Outcome(
                checksum: checksum, objectCount: count, deltaCount: deltas, addedBases: 0, pack: nil, keep: nil,
                byteCount: received)
        }
        let completed = try complete(resolver, &state.file, checksum: checksum)
        try checkNamedFiles(resolver)
        try install(resolver.pack.entries, &state.file, checksum: completed.checksum)
        try database.refreshPacks()
        let base = database.packDirectory
        return Outcome(
            checksum: completed.checksum, objectCount: count, deltaCount: deltas, addedBases: completed.added,
            pack: base.appending(PackFiles.name(completed.checksum, "pack")),
            keep: options.keepMessage.map { _ in base.appending(PackFiles.name(completed.checksum, "keep")) },
            byteCount: received)
    }

    /// Looks into what trees of the pack name `.gitmodules` and `.gitattributes`, in the pack or here already. What a remote has
    /// promised to a partial clone may be missing.
    private func checkNamedFiles(_ resolver: DeltaResolver) throws(StorageError) {
        guard let checker = options.checker, let files = checker.namedFiles else { return }
        let isPartial = options.promisorMessage != nil
        let wanted = files.ids
        guard !wanted.isEmpty else { return }
        var received: [ObjectID: Int] = [:]
        for (index, entry) in resolver.pack.entries.enumerated() where wanted.contains(entry.id) {
            received[entry.id] = index
        }
        try files.require(checker) { [database] id throws(StorageError) in
            if let index = received[id], let kind = resolver.pack.entries[index].kind {
                return GitObject(kind, kind == .blob ? try resolver.content(of: index) : [])
            }
            if let object = try database.readIfPresent(id) { return object }
            return isPartial ? GitObject(.blob, []) : nil
        }
    }

    private func install(
        _ entries: [ScannedEntry], _ file: inout TemporaryFile, checksum: ObjectID
    ) throws(StorageError) {
        var companions: [(extension: String, content: [UInt8])] = []
        if let keep = options.keepMessage { companions.append(("keep", keep)) }
        if let promisor = options.promisorMessage { companions.append(("promisor", promisor)) }
        try PackFiles.install(
            &file, entries: entries.map { PackIndexEntry(id: $0.id, offset: $0.offset, crc: $0.crc) },
            checksum: checksum, in: database.packDirectory, algorithm: database.algorithm,
            writesReverseIndex: options.writesReverseIndex, companions: companions)
    }
}
