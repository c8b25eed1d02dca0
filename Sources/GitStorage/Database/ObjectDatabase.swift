public import Bytes
internal import GitObjects
internal import Synchronization
public import SystemPackage

/// The objects of one repository: loose ones, packs, and those of the repositories that it borrows from.
///
/// Safe to use from any number of threads. Packs are mapped when first read. An object that is not found makes the list of
/// packs be read again once, as another process may have repacked. Nothing is written except by ``write(_:_:)`` and batches.
public final class ObjectDatabase: Sendable {
    /// What may be left out: Git's defaults.
    public struct Options: Sendable {
        /// `core.looseCompression`: -1 to 9. Also what new packs of a batch are compressed with, as they stand for loose
        /// objects.
        public var looseCompression = 1
        /// `pack.compression`: -1 to 9.
        public var packCompression = -1
        /// `core.deltaBaseCacheLimit` in bytes.
        public var deltaBaseCacheLimit = 96 << 20
        /// `core.bigFileThreshold` in bytes: larger blobs are not searched for deltas.
        public var bigFileThreshold = 512 << 20
        /// `core.abbrev`: nil for as many digits as the number of objects calls for.
        public var abbreviation: Int?
        /// A batch of fewer new objects than this stays loose.
        public var batchLooseLimit = 100
        /// Whether loose objects reach the disk before their names appear (Git's default: they do not; packs do).
        public var synchronizesLooseObjects = false
        /// `core.commitGraph`: whether the commit-graph is read. Turn it off where replace refs or grafts change the history.
        public var usesCommitGraph = true
        /// Bounds on what reading may cost.
        public var limits = Limits()
        /// How many threads heavy operations use.
        public var workers = Workers.processorCount

        /// Git's defaults.
        public init() {}
    }

    /// The objects directory.
    public let directory: FilePath
    /// The hash function of the repository.
    public let algorithm: HashAlgorithm
    /// What it was opened with.
    public let options: Options

    let loose: LooseObjects
    let alternates: [ObjectDatabase]
    let scratch = ScratchPool()
    let cache: DeltaBaseCache
    let catalog: Mutex<PackCatalog>
    let graph: Mutex<GraphState>
    let emptyTree: ObjectID
    let promise = Mutex(PromiseState())

    /// Opens an objects directory, and those that `info/alternates` names.
    ///
    /// - Throws: ``StorageError/file(_:)`` where `info/alternates` cannot be read. Alternates that are missing are passed
    ///   over, as Git does.
    public convenience init(
        objectsDirectory: FilePath, algorithm: HashAlgorithm, options: Options = .init()
    ) throws(StorageError) {
        try self.init(objectsDirectory, algorithm, options, additionalAlternates: [])
    }

    /// Opens an objects directory with alternates besides those that the repository names
    /// (`GIT_ALTERNATE_OBJECT_DIRECTORIES`).
    public convenience init(
        objectsDirectory: FilePath, algorithm: HashAlgorithm, options: Options, additionalAlternates: [FilePath]
    ) throws(StorageError) {
        try self.init(objectsDirectory, algorithm, options, additionalAlternates: additionalAlternates)
    }

    private init(
        _ directory: FilePath, _ algorithm: HashAlgorithm, _ options: Options, additionalAlternates: [FilePath]
    ) throws(StorageError) {
        self.directory = directory
        self.algorithm = algorithm
        self.options = options
        loose = LooseObjects(directory: directory, algorithm: algorithm)
        cache = DeltaBaseCache(limit: options.deltaBaseCacheLimit)
        catalog = Mutex(PackCatalog())
        graph = Mutex(GraphState())
        emptyTree = .emptyTree(algorithm)
        var found: [ObjectDatabase] = []
        for path in try Alternates.all(of: directory, additional: additionalAlternates) {
            found.append(ObjectDatabase(alternate: path, algorithm, options))
        }
        alternates = found
    }

    /// A directory that is borrowed from: its own alternates are in the borrower's list already.
    private init(alternate directory: FilePath, _ algorithm: HashAlgorithm, _ options: Options) {
        self.directory = directory
        self.algorithm = algorithm
        self.options = options
        loose = LooseObjects(directory: directory, algorithm: algorithm)
        cache = DeltaBaseCache(limit: options.deltaBaseCacheLimit / 4)
        catalog = Mutex(PackCatalog())
        graph = Mutex(GraphState())
        emptyTree = .emptyTree(algorithm)
        alternates = []
    }

    /// The directory of packs.
    public var packDirectory: FilePath { directory.appending("pack") }

    /// The directories that objects are borrowed from.
    public var alternateDirectories: [FilePath] { alternates.map(\.directory) }

    /// The packs of this directory (not of alternates), newest first.
    public func packs() throws(StorageError) -> [Pack] { try currentPacks() }

    func currentPacks() throws(StorageError) -> [Pack] {
        if let list = catalog.withLock({ $0.list }) { return list }
        return try refreshPacks()
    }

    /// Why packs that stand in the directory are not used: their indexes are damaged.
    public var damagedIndexes: [StorageError] { catalog.withLock { $0.damage } }

    /// Lists the packs again.
    ///
    /// Packs that are known stay open, so that this costs one directory listing.
    @discardableResult
    public func refreshPacks() throws(StorageError) -> [Pack] {
        let known = catalog.withLock { $0.list ?? [] }
        let (list, stamp, damage) = try PackCatalog.scan(packDirectory, algorithm: algorithm, known: known)
        return catalog.withLock {
            // Another thread may have looked meanwhile: the packs that both opened stay the ones that are in use, and what
            // it found later is not replaced by what was found earlier.
            if let current = $0.list, $0.stamp.isNewer(than: stamp) { return current }
            let open = Dictionary(($0.list ?? []).map { ($0.path.string, $0) }) { first, _ in first }
            let merged = list.map { open[$0.path.string] ?? $0 }
            let isNew = $0.list?.map(\.number) != merged.map(\.number)
            let generation = $0.generation + (isNew ? 1 : 0)
            $0 = PackCatalog()
            $0.list = merged
            $0.damage = damage
            $0.stamp = stamp
            $0.generation = generation
            return merged
        }
    }

    /// How often a search begins again because the packs changed under it: other processes repack seldom.
    static let searchLimit = 8

    /// Which list of packs is in use, to be given to ``hasNewPacks(since:)`` when an object was not found.
    var packGeneration: Int { catalog.withLock { $0.generation } }

    /// Whether there are other packs than those that were searched: other threads may have listed them again meanwhile,
    /// and where they did not, this lists them where the directory may have changed.
    func hasNewPacks(since generation: Int) throws(StorageError) -> Bool {
        let (current, isListed, stamp) = catalog.withLock { ($0.generation, $0.list != nil, $0.stamp) }
        if current != generation { return true }
        if isListed, try !PackCatalog.mayHaveChanged(packDirectory, since: stamp) { return false }
        try refreshPacks()
        return packGeneration != generation
    }
}
