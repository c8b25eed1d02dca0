internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import LargeFiles
internal import Synchronization

/// Reads what is compared in a repository: objects, work-tree files as they would be stored, attributes and drivers.
final class RepositoryDiffSource: DiffSource {
    let repository: Repository
    let worktree: Worktree?
    private let attributes: AttributeRules?
    private let drivers: DiffDriverTable
    private let external: ExternalDiff?
    private let index: Index?
    private let known = Mutex<[GitPath: DiffAttributes]>([:])
    private let large: LargeDiff
    private let filter: LargeFileFilter

    /// Reads from a repository; without a work tree attributes come from the index.
    ///
    /// - Parameter external: programs that show changes in place of patches.
    init(_ repository: Repository, worktree: Worktree?, external: ExternalDiff? = nil) throws {
        self.external = external?.isEmpty == false ? external : nil
        index =
            self.external == nil ? nil : try Index.read(repository.indexFile, algorithm: repository.algorithm)
        self.repository = repository
        self.worktree = worktree
        attributes =
            try worktree?.attributes
            ?? repository.indexAttributes(repository.readIndex())
        drivers = try DiffDriverTable(repository.config)
        let filter = try worktree?.filter as? LargeFileFilter ?? LargeFileFilter(repository)
        self.filter = filter
        large = LargeDiff(filter.store, worktree)
    }

    var algorithm: HashAlgorithm { repository.algorithm }

    func prefetch(_ ids: [ObjectID]) { repository.objects.prefetch(ids) }

    func treeContent(_ id: ObjectID) throws(DiffError) -> [UInt8] { try repository.objects.treeContent(id) }

    func content(of side: DiffSide) throws(DiffError) -> [UInt8] {
        guard side.isUnhashed else { return try repository.objects.content(of: side) }
        guard let worktree else { throw .unreadableFile(side.path, reason: "there is no work tree") }
        do {
            return try RepositoryDiffSource.blobContent(side.path, worktree)
        } catch let error as DiffError {
            throw error
        } catch {
            throw .unreadableFile(side.path, reason: "\(error)")
        }
    }

    var hasExternalPrograms: Bool { external != nil }

    func showExternally(
        _ entry: DiffEntry, metadata: [UInt8], position: (index: Int, count: Int)
    ) throws(DiffError) -> Bool {
        try external?.show(entry, metadata: metadata, position: position, self) ?? false
    }

    /// Whether the work tree has an object's content under its path, as the index says too.
    func isInWorkTree(_ side: DiffSide) throws -> Bool {
        guard worktree != nil, let index, let mode = side.mode,
            index.range(of: side.path).contains(where: { index.entries[$0].id == side.id })
        else { return false }
        let file = DiffSide(path: side.path, mode: mode, id: .zero(algorithm))
        guard let content = try? content(of: file) else { return false }
        return ObjectID.hash(.blob, content, algorithm) == side.id
    }

    /// A work-tree file as it would be stored.
    private static func blobContent(_ path: GitPath, _ worktree: Worktree) throws -> [UInt8] {
        guard let status = try worktree.status(path) else {
            throw DiffError.unreadableFile(path, reason: "it is gone")
        }
        let file = worktree.file(path)
        if status.kind == .symbolicLink { return try Files.readLink(file) ?? [] }
        let values = worktree.attributes.attributes(of: path)
        if let filter = worktree.filter, filter.claims(path, values) {
            let file = FilteredFile(path: path, file: file, size: status.size, attributes: values, previous: nil)
            return try filter.clean([file], isStoring: false).first ?? []
        }
        return try worktree.contentForBlob(try Files.read(file), path: path)
    }

    func size(of side: DiffSide) throws(DiffError) -> Int {
        side.isUnhashed ? try content(of: side).count : try repository.objects.size(of: side)
    }

    func nestedCommit(_ path: GitPath) -> ObjectID? { worktree?.nestedHead(path) }

    func abbreviate(_ id: ObjectID, minimum: Int?) -> String {
        id.isZero
            ? String(repeating: "0", count: minimum ?? zeroLength) : repository.objects.abbreviate(id, minimum: minimum)
    }

    /// How long Git's abbreviation of no object is: as that of any other.
    private var zeroLength: Int { repository.objects.abbreviate(.zero(algorithm), minimum: nil).utf8.count }

    func shownText(of side: DiffSide) throws(DiffError) -> [UInt8]? {
        guard let name = attributes(of: side.path).driver?.name, let command = drivers.textConversion(name) else {
            return nil
        }
        return try TextConversion.run(command, try wholeContent(of: side), side.path)
    }

    /// What people read of a side: the text that a driver makes of it, else its whole content.
    func readableText(of side: DiffSide) throws(DiffError) -> [UInt8] {
        if let text = try shownText(of: side) { return text }
        return try wholeContent(of: side)
    }

    /// The content of a side as the work tree has it, before conversions of text: of a large file not its pointer.
    func wholeContent(of side: DiffSide) throws(DiffError) -> [UInt8] {
        let blob = try content(of: side)
        return try contentBehind(blob, side) ?? blob
    }

    func contentBehind(_ blob: [UInt8], _ side: DiffSide) throws(DiffError) -> [UInt8]? {
        guard side.mode != .symbolicLink, side.mode != .gitlink, let pointer = Pointer(parsing: blob),
            pointer.size <= Self.readableLength
        else { return nil }
        do {
            if side.isUnhashed, let worktree { return try Files.read(worktree.file(side.path)) }
            return try filter.content(pointer)
        } catch {
            throw .unreadableFile(side.path, reason: "\(error)")
        }
    }

    /// Nobody reads more; a search through such a file finds what its pointer says.
    private static let readableLength = 1 << 30

    func lengthBehind(_ blob: [UInt8]) -> Int? { Pointer(parsing: blob)?.size }

    func comparison(_ old: DiffSide, _ new: DiffSide) throws(DiffError) -> [[UInt8]] {
        func side(_ side: DiffSide) throws(DiffError) -> LargeDiff.Side? {
            guard side.exists else { return nil }
            let bytes = try content(of: side)
            return LargeDiff.Side(blob: bytes, path: side.isUnhashed ? side.path : nil)
        }
        return large.lines(try side(old), try side(new)).map { Array($0.utf8) }
    }

    func attributes(of path: GitPath) -> DiffAttributes {
        guard let rules = attributes else { return DiffAttributes() }
        return known.withLock { known in
            if let result = known[path] { return result }
            let result = drivers.attributes(rules.attributes(of: path))
            known[path] = result
            return result
        }
    }
}
