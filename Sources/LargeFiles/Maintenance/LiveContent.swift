internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
public import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Finds which large files a repository still names: from all refs, reflogs, indexes and heads of all worktrees.
public enum LiveContent {
    /// The oids of all reachable pointers.
    ///
    /// - Throws: where a ref's history cannot be read in full: then nothing may be removed.
    public static func find(_ repository: Repository) throws -> Set<Hash256> {
        var search = Search(repository)
        for ref in try repository.refs.list() {
            if let id = ref.id { try search.start(id, isStrict: true) }
        }
        for directory in try gitDirectories(repository) {
            for name in headNames {
                if let id = try head(directory.appending(name), repository) { try search.start(id, isStrict: true) }
            }
            try search.scan(Index.read(directory.appending("index"), algorithm: repository.algorithm))
        }
        if repository.indexFile != repository.gitDirectory.appending("index") {
            try search.scan(Index.read(repository.indexFile, algorithm: repository.algorithm))
        }
        try search.walk(isStrict: true)
        for name in try repository.refs.reflogNames() {
            for entry in try repository.refs.reflog(name)?.entries ?? [] {
                try search.start(entry.old, isStrict: false)
                try search.start(entry.new, isStrict: false)
            }
        }
        try search.walk(isStrict: false)
        return search.found
    }

    private static let headNames = [
        "HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_HEAD", "FETCH_HEAD",
        "REBASE_HEAD",
        "AUTO_MERGE",
    ]

    /// The main git directory and those of linked worktrees.
    private static func gitDirectories(_ repository: Repository) throws -> [FilePath] {
        var directories = [repository.commonDirectory]
        let linked = repository.commonDirectory.appending("worktrees")
        for entry in try Files.list(linked) ?? [] { directories.append(linked.appending(bytes: entry.name)) }
        return directories
    }

    /// The id in a file like `HEAD`; nil where there is none or it is symbolic, as refs are looked at anyway.
    private static func head(_ path: FilePath, _ repository: Repository) throws -> ObjectID? {
        guard let content = try Files.readIfPresent(path, limit: 1 << 20) else { return nil }
        return ObjectID(hex: content.prefix(repository.algorithm.hexCount), algorithm: repository.algorithm)
    }

    private struct Search {
        let repository: Repository
        var scan: PointerScan
        var found: Set<Hash256> = []
        var commits: [ObjectID] = []
        var started: Set<ObjectID> = []

        init(_ repository: Repository) {
            self.repository = repository
            scan = PointerScan(repository.objects)
        }

        mutating func start(_ id: ObjectID, isStrict: Bool) throws {
            guard !id.isZero, started.insert(id).inserted else { return }
            if !isStrict && !repository.objects.contains(id) { return }
            let kind = try repository.objects.header(id).kind
            switch kind {
            case .commit: commits.append(id)
            case .tree: try take(scan.pointers(inTree: id))
            case .blob: take(blob: id)
            case .tag:
                let tag = try Tag(parsing: try repository.objects.read(id).content, algorithm: repository.algorithm)
                try start(tag.target, isStrict: isStrict)
            }
        }

        mutating func scan(_ index: Index) throws {
            for entry in index.entries where entry.mode == .regular || entry.mode == .executable {
                take(blob: entry.id)
            }
        }

        private mutating func take(blob id: ObjectID) {
            guard let header = try? repository.objects.header(id), header.kind == .blob,
                header.size <= Pointer.maximumLength, let blob = try? repository.objects.read(id),
                let pointer = Pointer(parsing: blob.content)
            else { return }
            found.insert(pointer.oid)
        }

        private mutating func take(_ pointers: [PointerScan.Found]) { found.formUnion(pointers.map(\.pointer.oid)) }

        mutating func walk(isStrict: Bool) throws {
            var options = RevisionWalk.Options()
            options.ignoresMissing = !isStrict
            var walk = RevisionWalk(repository, options: options)
            for commit in commits { try walk.include(commit) }
            let hasStarts = !commits.isEmpty
            commits = []
            guard hasStarts else { return }
            while let entry = try walk.next() {
                do throws(StorageError) {
                    try take(scan.pointers(inTree: entry.tree))
                } catch {
                    // What a reflog alone names may have been pruned by stock git: its pointers went with it.
                    if isStrict || !error.isMissing { throw error }
                }
            }
        }
    }
}
