internal import Bytes
public import GitObjects
internal import GitRefs
public import GitRepository
internal import GitStorage

extension LiveContent {
    /// Where content stands in the history.
    public struct Use: Sendable {
        /// The newest commit that has it.
        public let commit: ObjectID
        /// Its path there.
        public let path: GitPath
        /// How many commits before that one have it, at any path.
        public internal(set) var olderCommits = 0
        /// Whether only refs below `refs/nacre/` (what undo needs, and histories before a migration) lead there.
        public internal(set) var isInternal = false
    }

    /// Where each of these contents stands; what no ref's history names is left out.
    public static func uses(of oids: Set<Hash256>, in repository: Repository) throws -> [Hash256: Use] {
        let refs = try repository.refs.list()
        func isInternal(_ ref: RefName) -> Bool { ref.description.hasPrefix("refs/nacre/") }
        var ids = refs.filter { !isInternal($0.name) }.compactMap(\.id)
        if let head = try repository.refs.resolve(.head) { ids.append(head) }
        var result = try uses(of: oids, behind: ids, in: repository)
        let rest = oids.filter { result[$0] == nil }
        guard !rest.isEmpty else { return result }
        for (oid, use) in try uses(
            of: rest, behind: refs.filter { isInternal($0.name) }.compactMap(\.id), in: repository)
        {
            result[oid] = use
            result[oid]?.isInternal = true
        }
        return result
    }

    private static func uses(
        of oids: Set<Hash256>, behind ids: [ObjectID], in repository: Repository
    ) throws -> [Hash256: Use] {
        var walk = RevisionWalk(repository, options: .init())
        var hasStart = false
        for id in ids {
            guard let commit = try? repository.objects.peel(id, to: .commit) else { continue }
            try walk.include(commit)
            hasStart = true
        }
        var search = UseSearch(oids: oids, objects: repository.objects)
        var result: [Hash256: Use] = [:]
        while hasStart, let entry = try walk.next() {
            var seen: Set<Hash256> = []
            for (oid, path) in try search.pointers(in: entry.tree, depth: 0) where seen.insert(oid).inserted {
                if result[oid] == nil {
                    result[oid] = Use(commit: entry.id, path: GitPath(path))
                } else {
                    result[oid]?.olderCommits += 1
                }
            }
        }
        return result
    }
}

/// Finds some contents in trees. What a tree holds is kept, as most trees stand in many commits.
private struct UseSearch {
    let oids: Set<Hash256>
    let objects: ObjectDatabase
    private var trees: [ObjectID: [(oid: Hash256, path: [UInt8])]] = [:]
    private var blobs: [ObjectID: Hash256?] = [:]

    /// No tree of a repository that Git can check out is deeper: a path has at most 4,096 bytes.
    private static let maximumDepth = 2048

    init(oids: Set<Hash256>, objects: ObjectDatabase) {
        self.oids = oids
        self.objects = objects
    }

    mutating func pointers(
        in tree: ObjectID, depth: Int
    ) throws(StorageError) -> [(oid: Hash256, path: [UInt8])] {
        if let known = trees[tree] { return known }
        guard depth <= Self.maximumDepth else { return [] }
        var found: [(oid: Hash256, path: [UInt8])] = []
        for entry in try objects.tree(tree).entries {
            if entry.mode == .tree {
                let prefix = entry.name + [UInt8(ascii: "/")]
                found += try pointers(in: entry.id, depth: depth + 1).map { ($0.oid, prefix + $0.path) }
            } else if entry.mode == .regular || entry.mode == .executable, let oid = try content(of: entry.id) {
                found.append((oid, entry.name))
            }
        }
        trees[tree] = found
        return found
    }

    /// The content that a blob stands for, if it is one of those that are looked for.
    private mutating func content(of blob: ObjectID) throws(StorageError) -> Hash256? {
        if let known = blobs[blob] { return known }
        let header = try objects.header(blob)
        var oid: Hash256?
        if header.kind == .blob, header.size <= Pointer.maximumLength {
            oid = Pointer(parsing: try objects.read(blob).content)?.oid
        }
        if let found = oid, !oids.contains(found) { oid = nil }
        blobs[blob] = .some(oid)
        return oid
    }
}
