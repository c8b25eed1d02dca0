internal import Bytes
public import GitObjects
public import SystemPackage

/// Makes a pack of a set of objects: deltas that packs hold already are taken over, others are searched for on all cores.
///
/// Add the objects, most recent first as ``ObjectWalk`` gives them, then write the pack once, to a stream or into a
/// directory. The search follows Git's: objects of one kind and like names stand beside each other, larger ones first, and
/// each is tried against those in a window before it.
public struct PackBuilder: Sendable {
    /// What may be left out: Git's defaults.
    public struct Options: Sendable {
        /// `pack.window`: how many objects each is tried against; 0 for no search.
        public var window = 10
        /// `pack.depth`: the longest chain of deltas.
        public var depth = 50
        /// `pack.windowMemory` in bytes for each thread; 0 for no bound.
        public var windowMemory = 256 << 20
        /// `pack.compression`: -1 to 9; nil for the database's.
        public var compression: Int?
        /// Whether deltas of existing packs are taken over (`--no-reuse-delta` turns it off).
        public var reusesDeltas = true
        /// Whether compressed data of existing packs is taken over (`--no-reuse-object` turns it off).
        public var reusesObjects = true
        /// Whether deltas may name their base by distance.
        public var usesOffsetDeltas = true
        /// Whether deltas may build on objects that the receiver has and the pack does not; see ``PackBuilder/addBase(_:path:)``.
        public var isThin = false
        /// How many threads search; nil for the database's.
        public var workers: Int?
        /// Is told what is going on.
        public var progress: (@Sendable (Progress) -> Void)?

        /// Git's defaults.
        public init() {}
    }

    /// How far the work is.
    public enum Progress: Sendable, Hashable {
        /// Objects that were searched for a delta, of those to be searched.
        case compressing(Int, of: Int)
        /// Objects that were written.
        case writing(Int, of: Int, bytes: Int)
    }

    /// What was written.
    public struct Outcome: Sendable {
        /// The pack's checksum.
        public let checksum: ObjectID
        /// How many objects it holds.
        public let objectCount: Int
        /// How many of them are deltas.
        public let deltaCount: Int
        /// How many objects, and how many of these deltas, were taken over from existing packs.
        public let reused: Int
        /// See ``reused``.
        public let reusedDeltas: Int
        /// How many objects were copied as ranges of bytes of a pack with bitmaps; they count as reused too.
        public let copied: Int
        /// The size of the pack in bytes.
        public let byteCount: Int
    }

    let database: ObjectDatabase
    let options: Options
    var targets: [PackTarget] = []
    var sources: [SourcePack?] = []
    private var numbers: [ObjectID: Int32] = [:]

    /// An empty pack.
    public init(_ database: ObjectDatabase, options: Options = .init()) {
        self.database = database
        self.options = options
    }

    /// How many objects the pack will hold.
    public var count: Int { targets.reduce(0) { $0 + ($1.isBaseOnly ? 0 : 1) } }

    /// Adds an object; `path` is where a tree or blob stands, for finding its like. Does nothing where it was added before.
    public mutating func add(_ id: ObjectID, kind: ObjectKind? = nil, path: some Collection<UInt8> = []) {
        add(id, kind: kind, nameHash: PackNameHash.of(path))
    }

    /// Adds an object whose path's hash is known.
    public mutating func add(_ id: ObjectID, kind: ObjectKind? = nil, nameHash: UInt32) {
        if let number = numbers[id] {
            targets[Int(number)].isBaseOnly = false
            return
        }
        numbers[id] = Int32(targets.count)
        targets.append(PackTarget(id: id, kind: kind, nameHash: nameHash, isBaseOnly: false))
    }

    /// Names an object that the receiver has, on which deltas of a thin pack may build.
    public mutating func addBase(_ id: ObjectID, path: some Collection<UInt8> = []) {
        guard options.isThin, numbers[id] == nil else { return }
        numbers[id] = Int32(targets.count)
        targets.append(PackTarget(id: id, kind: nil, nameHash: PackNameHash.of(path), isBaseOnly: true))
    }

    /// Whether the object was added.
    public func contains(_ id: ObjectID) -> Bool {
        numbers[id].map { !targets[Int($0)].isBaseOnly } ?? false
    }

    func number(of id: ObjectID) -> Int? { numbers[id].map { Int($0) } }

    /// Writes the pack as a stream.
    ///
    /// - Parameter sink: takes the bytes in order.
    /// - Throws: ``StorageError/missing(_:)`` where an object is not here, what is wrong with stored objects, and what the
    ///   sink throws.
    public consuming func write(
        to sink: @escaping (RawSpan) throws(StorageError) -> Void
    ) throws(StorageError) -> Outcome {
        try prepare()
        var output = PackStreamWriter(algorithm: database.algorithm, sink: sink)
        return try PackAssembler(self).write(to: &output)
    }

    /// Writes the pack, its index and its reverse index into a directory.
    ///
    /// - Returns: what was written and the pack's path; nil where there is no object.
    public consuming func write(
        into directory: FilePath, prefix: String = "pack", writesReverseIndex: Bool = true,
        companions: [(extension: String, content: [UInt8])] = []
    ) throws(StorageError) -> (outcome: Outcome, pack: FilePath)? {
        guard count > 0 else { return nil }
        try prepare()
        let algorithm = database.algorithm
        var file: TemporaryFile
        do throws(FileError) {
            try Files.makeDirectory(directory)
            file = try TemporaryFile(in: directory, prefix: "pack", permissions: 0o444)
        } catch {
            throw .file(error)
        }
        let box = OutputBox(file)
        var output = PackStreamWriter(algorithm: algorithm) { bytes throws(StorageError) in try box.write(bytes) }
        let outcome = try PackAssembler(self).write(to: &output)
        try box.install(
            entries: output.entries, checksum: outcome.checksum, in: directory, prefix: prefix, algorithm: algorithm,
            writesReverseIndex: writesReverseIndex, companions: companions)
        return (outcome, directory.appending("\(prefix)-\(outcome.checksum.hex).pack"))
    }

    /// Finds out where the objects stand, which deltas can be taken over, and searches for the rest.
    mutating func prepare() throws(StorageError) {
        try locate()
        if options.reusesDeltas && options.reusesObjects { try takeOverDeltas() }
        if options.window > 0 && options.depth > 0 { try searchDeltas() }
    }
}

/// Carries a temporary file into a closure that writes to it.
private final class OutputBox {
    private var file: TemporaryFile

    init(_ file: consuming TemporaryFile) { self.file = file }

    func write(_ bytes: RawSpan) throws(StorageError) {
        do { try file.output.write(bytes) } catch { throw .file(error) }
    }

    func install(
        entries: [PackIndexEntry], checksum: ObjectID, in directory: FilePath, prefix: String,
        algorithm: HashAlgorithm, writesReverseIndex: Bool, companions: [(extension: String, content: [UInt8])]
    ) throws(StorageError) {
        try PackFiles.install(
            &file, entries: entries, checksum: checksum, in: directory, prefix: prefix, algorithm: algorithm,
            writesReverseIndex: writesReverseIndex, companions: companions)
    }
}

/// Git's hash of a path: the last characters count most, so that files of one name in different folders, and of one
/// extension, stand near each other.
public enum PackNameHash {
    /// The hash of a path.
    public static func of(_ path: some Collection<UInt8>) -> UInt32 {
        var hash: UInt32 = 0
        for byte in path where !(byte == 0x20 || (9...13).contains(byte)) {
            hash = (hash >> 2) &+ (UInt32(byte) << 24)
        }
        return hash
    }

    /// The hash of a borrowed path.
    public static func of(_ path: RawSpan) -> UInt32 {
        var hash: UInt32 = 0
        for offset in 0..<path.byteCount {
            let byte = path[offset]
            if byte != 0x20, !(9...13).contains(byte) { hash = (hash >> 2) &+ (UInt32(byte) << 24) }
        }
        return hash
    }
}
