public import Bytes
public import GitObjects
public import GitRefs
public import GitStorage
public import SystemPackage

/// A repository as the other side of a fetch or push sees it.
public struct ServedRepository: Sendable {
    /// The directory that its work trees share: where `objects`, `shallow` and `hooks` stand.
    public let gitDirectory: FilePath
    /// The objects.
    public let objects: ObjectDatabase
    /// The refs.
    public let refs: RefStore
    /// Which refs are neither shown nor changed.
    public var isHidden: @Sendable (RefName) -> Bool = { _ in false }

    /// Makes a view of a repository.
    public init(gitDirectory: FilePath, objects: ObjectDatabase, refs: RefStore) {
        self.gitDirectory = gitDirectory
        self.objects = objects
        self.refs = refs
    }

    /// How objects are named.
    public var algorithm: HashAlgorithm { objects.algorithm }

    /// The commits whose parents the repository does not have.
    ///
    /// - Throws: ``ShallowFileError``.
    public func shallowCommits() throws(ShallowFileError) -> Set<ObjectID> {
        try ShallowFile.read(gitDirectory, algorithm: algorithm)
    }

    /// The refs to show, `HEAD` first where it leads somewhere (or, with `unborn`, wherever it points).
    ///
    /// - Throws: ``RefError``, ``StorageError``.
    func advertisedRefs(
        peeled: Bool, unborn: Bool = false, matching isWanted: ([UInt8]) -> Bool = { _ in true }
    ) throws -> [AdvertisedRef] {
        var result: [AdvertisedRef] = []
        if isWanted(RefName.head.bytes), !isHidden(.head), let head = try refs.ref(.head) {
            var shown = AdvertisedRef(name: head.name.bytes, id: head.id)
            if case .symbolic(let target) = head.target { shown.symbolicTarget = target.bytes }
            if head.id != nil || (unborn && shown.symbolicTarget != nil) { result.append(shown) }
        }
        for ref in try refs.list() where isWanted(ref.name.bytes) && !isHidden(ref.name) {
            guard let id = ref.id else { continue }
            var shown = AdvertisedRef(name: ref.name.bytes, id: id)
            if case .symbolic(let target) = ref.target { shown.symbolicTarget = target.bytes }
            // Branches hold commits: nothing to look up.
            if peeled && !ref.name.isBranch { shown.peeled = try ref.peeled ?? peel(id) }
            result.append(shown)
        }
        return result
    }

    /// What an annotated tag leads to; nil for other objects, and for a ref whose object is missing.
    func peel(_ id: ObjectID) throws(StorageError) -> ObjectID? {
        guard let header = try objects.headerIfPresent(id), header.kind == .tag else { return nil }
        return try objects.peelTags(id).id
    }
}
